//! Verifies the server's chain and writes the verdict down instead of hanging up: an untrusted server is still measured,
//! but no credential is sent to it.
//!
//! In one point it follows Go and not the TLS library: a certificate that the user trusts by itself is accepted as the
//! server's own, even where it calls itself an authority (`openssl req -x509` makes such) or where another one signed it.

use std::sync::{Arc, Mutex, PoisonError};

use model::{FailureKind, RemoteText, TlsTrust};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::roots::Roots;

/// Records what verification says and lets the handshake go on.
#[derive(Debug)]
pub(crate) struct Verifier {
    inner: Arc<WebPkiServerVerifier>,
    roots: Arc<Roots>,
    verdict: Mutex<Option<Verdict>>,
}

/// What verification came to.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    /// What it had against the chain.
    pub(crate) problem: Option<(FailureKind, RemoteText)>,
    /// The same for the report.
    pub(crate) trust: TlsTrust,
}

impl Verifier {
    /// For one handshake.
    pub(crate) fn new(roots: Arc<Roots>, provider: &Arc<CryptoProvider>) -> Result<Self, String> {
        let inner = WebPkiServerVerifier::builder_with_provider(roots.store.clone(), provider.clone())
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { inner, roots, verdict: Mutex::new(None) })
    }

    /// What became of it; none where no certificate came.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        self.verdict.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The user trusts this very certificate: then only its name and its dates are left to check.
    fn verify_given(&self, leaf: &CertificateDer<'_>, name: &ServerName<'_>, now: UnixTime) -> Result<(), Error> {
        if !self.roots.given(leaf) {
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

fn leads_nowhere(error: &Error) -> bool {
    *error == Error::InvalidCertificate(CertificateError::UnknownIssuer)
}

fn kind(error: &Error) -> FailureKind {
    match error {
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
        let verified = self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        let verified = match verified {
            Err(error) if is_authority_as_server(&error) || leads_nowhere(&error) => {
                self.verify_given(end_entity, server_name, now)
            }
            other => other.map(|_| ()),
        };
        let nowhere = verified.as_ref().is_err_and(leads_nowhere);
        let problem = verified.err().map(|error| (kind(&error), RemoteText::clean(&error.to_string())));
        let trust = TlsTrust {
            verified: problem.is_none(),
            roots: self.roots.words.clone(),
            problem: problem.as_ref().map(|(_, text)| text.clone()),
            public_root: Some(Roots::lead_to_public(end_entity, intermediates, now)),
            related_root: self.roots.related(intermediates.last().unwrap_or(end_entity)).filter(|_| nowhere),
            at_unix_s: i64::try_from(now.as_secs()).ok(),
        };
        *self.verdict.lock().unwrap_or_else(PoisonError::into_inner) = Some(Verdict { problem, trust });
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
