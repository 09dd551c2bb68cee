//! Verifies the server's chain and writes the verdict down instead of hanging up: an untrusted server is still measured,
//! but no credential is sent to it.
//!
//! In one point it follows Go and not the TLS library: a certificate that the user trusts by itself is accepted as the
//! server's own, even where it calls itself an authority (`openssl req -x509` makes such).

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use model::{FailureKind, RemoteText};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme};
use x509_parser::prelude::{FromDer, X509Certificate};

/// The authorities that are trusted.
#[derive(Debug)]
pub(crate) struct Roots {
    store: Arc<RootCertStore>,
    /// Those that the user gave, as they are.
    given: Vec<CertificateDer<'static>>,
    /// In words.
    words: String,
}

impl Roots {
    /// The system's store and what is in `ca_files`; the bundled roots stand in for a system store that is empty. The
    /// error names the file that could not be used.
    pub(crate) fn load(ca_files: &[PathBuf]) -> Result<Self, String> {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let mut words = if store.is_empty() {
            store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
            "bundled roots (no system store)".to_owned()
        } else {
            "system store".to_owned()
        };
        let mut given = Vec::new();
        for file in ca_files {
            let shown = file.display();
            let certificates: Vec<_> = CertificateDer::pem_file_iter(file)
                .and_then(Iterator::collect)
                .map_err(|error| format!("the CA file {shown} cannot be read as PEM certificates: {error}"))?;
            let (added, _) = store.add_parsable_certificates(certificates.clone());
            if added == 0 {
                return Err(format!(
                    "the CA file {shown} holds no certificate; a PEM file with -----BEGIN CERTIFICATE----- was expected"
                ));
            }
            given.extend(certificates);
            words = format!("{words} and {shown}");
        }
        Ok(Self { store: Arc::new(store), given, words })
    }
}

/// Records what verification says and lets the handshake go on.
#[derive(Debug)]
pub(crate) struct Verifier {
    inner: Arc<WebPkiServerVerifier>,
    roots: Arc<Roots>,
    problem: Mutex<Option<(FailureKind, RemoteText)>>,
}

impl Verifier {
    /// For one handshake.
    pub(crate) fn new(roots: Arc<Roots>, provider: &Arc<CryptoProvider>) -> Result<Self, String> {
        let inner = WebPkiServerVerifier::builder_with_provider(roots.store.clone(), provider.clone())
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { inner, roots, problem: Mutex::new(None) })
    }

    /// Which roots were trusted.
    pub(crate) fn roots(&self) -> &str {
        &self.roots.words
    }

    /// What verification had against the chain.
    pub(crate) fn problem(&self) -> Option<(FailureKind, RemoteText)> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The user trusts this very certificate: then only its name and its dates are left to check.
    fn verify_given(&self, leaf: &CertificateDer<'_>, name: &ServerName<'_>, now: UnixTime) -> Result<(), Error> {
        if !self.roots.given.iter().any(|given| given.as_ref() == leaf.as_ref()) {
            return Err(CertificateError::UnknownIssuer.into());
        }
        verify_server_name(&ParsedCertificate::try_from(leaf)?, name)?;
        let (_, parsed) = X509Certificate::from_der(leaf).map_err(|_| CertificateError::BadEncoding)?;
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let validity = parsed.validity();
        if now < validity.not_before.timestamp() {
            return Err(CertificateError::NotValidYet.into());
        }
        if now > validity.not_after.timestamp() { Err(CertificateError::Expired.into()) } else { Ok(()) }
    }
}

/// The TLS library's word for a certificate of a server that calls itself an authority.
fn is_authority_as_server(error: &Error) -> bool {
    let Error::InvalidCertificate(CertificateError::Other(OtherError(inner))) = error else { return false };
    inner.to_string().contains("CaUsedAsEndEntity")
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
        let verified = self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        let verdict = match verified {
            Err(error) if is_authority_as_server(&error) => self.verify_given(end_entity, server_name, now),
            other => other.map(|_| ()),
        };
        if let Err(error) = verdict {
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
