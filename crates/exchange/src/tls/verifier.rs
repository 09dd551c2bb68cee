//! Verifies as git does, and writes the verdict down instead of hanging up: an untrusted server is still measured, but
//! no credential is sent to it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use model::{FailureKind, RemoteText};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// Records what verification says and lets the handshake go on.
#[derive(Debug)]
pub(crate) struct Verifier {
    inner: Arc<WebPkiServerVerifier>,
    roots: String,
    problem: Mutex<Option<(FailureKind, RemoteText)>>,
}

impl Verifier {
    /// Trusts the system's store and what is in `ca_files`, as git and Flux do; the bundled roots stand in for a system
    /// store that is empty. The error names the file that could not be used.
    pub(crate) fn new(ca_files: &[PathBuf], provider: &Arc<CryptoProvider>) -> Result<Self, String> {
        let (store, roots) = root_store(ca_files)?;
        let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider.clone())
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { inner, roots, problem: Mutex::new(None) })
    }

    /// Which roots were trusted.
    pub(crate) fn roots(&self) -> &str {
        &self.roots
    }

    /// What verification had against the chain.
    pub(crate) fn problem(&self) -> Option<(FailureKind, RemoteText)> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Err(error) = self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            let kind = match &error {
                Error::InvalidCertificate(
                    CertificateError::Expired
                    | CertificateError::ExpiredContext { .. }
                    | CertificateError::NotValidYet
                    | CertificateError::NotValidYetContext { .. },
                ) => FailureKind::CertificateExpired,
                Error::InvalidCertificate(
                    CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
                ) => FailureKind::CertificateWrongName,
                _ => FailureKind::CertificateUntrusted,
            };
            *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = Some((kind, error.to_string().into()));
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

fn root_store(ca_files: &[PathBuf]) -> Result<(RootCertStore, String), String> {
    let mut store = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    store.add_parsable_certificates(system.certs);
    let mut roots = if store.is_empty() {
        store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        "bundled roots (no system store)".to_owned()
    } else {
        "system store".to_owned()
    };
    for file in ca_files {
        let shown = file.display();
        let certificates: Vec<_> = CertificateDer::pem_file_iter(file)
            .and_then(Iterator::collect)
            .map_err(|error| format!("the CA file {shown} cannot be read as PEM certificates: {error}"))?;
        let (added, _) = store.add_parsable_certificates(certificates);
        if added == 0 {
            return Err(format!(
                "the CA file {shown} holds no certificate; a PEM file with -----BEGIN CERTIFICATE----- was expected"
            ));
        }
        roots = format!("{roots} and {shown}");
    }
    Ok((store, roots))
}
