//! The authorities that are trusted here: the system's, the user's, and beside them those that everybody trusts.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use model::RemoteText;
use rustls::RootCertStore;
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::ParsedCertificate;
use x509_parser::prelude::{FromDer, X509Certificate, X509Name};

use super::chain::organization;

/// Whom to trust.
#[derive(Debug)]
pub(crate) struct Roots {
    /// All that is trusted.
    pub(crate) store: Arc<RootCertStore>,
    /// Those that the user gave, as they are.
    given: Vec<CertificateDer<'static>>,
    /// In words.
    pub(crate) words: String,
}

impl Roots {
    /// The system's store and what is in `ca_files`; the bundled roots stand in for a system store that is empty. The
    /// error names the file that could not be used.
    pub(crate) fn load(ca_files: &[PathBuf]) -> Result<Self, String> {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let mut words = if store.is_empty() {
            store = public();
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

    /// The user gave this very certificate.
    pub(crate) fn given(&self, certificate: &CertificateDer<'_>) -> bool {
        self.given.iter().any(|given| given.as_ref() == certificate.as_ref())
    }

    /// The chain leads to a root that everybody trusts, whoever is trusted here. Its dates are another question: it is looked at as of a moment at
    /// which the server's own certificate was valid.
    pub(crate) fn lead_to_public(
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> bool {
        let (Ok(parsed), Ok((_, dates))) = (ParsedCertificate::try_from(leaf), X509Certificate::from_der(leaf)) else {
            return false;
        };
        let validity = dates.validity();
        let seconds = |at: i64| u64::try_from(at).unwrap_or(0);
        let (first, last) = (seconds(validity.not_before.timestamp()), seconds(validity.not_after.timestamp()));
        let then = UnixTime::since_unix_epoch(Duration::from_secs(now.as_secs().min(last).max(first)));
        let algorithms = aws_lc_rs::default_provider().signature_verification_algorithms.all;
        verify_server_cert_signed_by_trust_anchor(&parsed, &public(), intermediates, then, algorithms).is_ok()
    }

    /// A trusted root of the organisation that issued this certificate.
    pub(crate) fn related(&self, last: &CertificateDer<'_>) -> Option<RemoteText> {
        let (_, last) = X509Certificate::from_der(last).ok()?;
        let wanted = organization(last.issuer())?;
        self.store.roots.iter().find_map(|root| {
            // An anchor's subject is kept without the tag and length that stand around it.
            let subject = sequence(&root.subject);
            let (_, name) = X509Name::from_der(&subject).ok()?;
            (organization(&name).as_ref() == Some(&wanted)).then(|| RemoteText::clean(&name.to_string()))
        })
    }
}

/// What Mozilla trusts, as of the day on which this program was built.
fn public() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

/// The content of a sequence with its header again (X.690 §8.1).
fn sequence(content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut der = vec![0x30];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => der.push(short),
        Ok(medium) => der.extend([0x81, medium]),
        Err(_) => {
            der.push(0x82);
            der.extend(u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    der.extend_from_slice(content);
    der
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_public_roots_are_read() {
        let roots = public();
        let read = roots.roots.iter().filter(|root| {
            X509Name::from_der(&sequence(&root.subject)).is_ok_and(|(_, name)| organization(&name).is_some())
        });
        assert!(read.count() * 10 > roots.roots.len() * 9, "nearly every authority has an organisation");
    }
}
