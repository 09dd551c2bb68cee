//! The served chain in the report's words. What does not parse is shown by its size alone.

use model::{Bytes, Certificate, RemoteText};
use rustls::pki_types::CertificateDer;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// At most [`MAX_CERTIFICATES`], leaf first.
pub(crate) fn describe(chain: &[CertificateDer<'_>]) -> Vec<Certificate> {
    chain.iter().take(MAX_CERTIFICATES).map(|der| one(der)).collect()
}

fn one(der: &[u8]) -> Certificate {
    let der_bytes = Bytes::of(der);
    let Ok((_, parsed)) = X509Certificate::from_der(der) else {
        let unreadable = RemoteText::clean("unreadable certificate");
        return Certificate {
            subject: unreadable.clone(),
            issuer: unreadable,
            names: Vec::new(),
            not_before_unix_s: 0,
            not_after_unix_s: 0,
            der_bytes,
        };
    };
    Certificate {
        subject: parsed.subject().to_string().into(),
        issuer: parsed.issuer().to_string().into(),
        names: names(&parsed),
        not_before_unix_s: parsed.validity().not_before.timestamp(),
        not_after_unix_s: parsed.validity().not_after.timestamp(),
        der_bytes,
    }
}

fn names(certificate: &X509Certificate<'_>) -> Vec<RemoteText> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let shown = extension.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(RemoteText::clean(name)),
        GeneralName::IPAddress(raw) => address(raw).map(|address| RemoteText::clean(&address.to_string())),
        _ => None,
    });
    shown.take(MAX_NAMES).collect()
}

fn address(raw: &[u8]) -> Option<std::net::IpAddr> {
    <[u8; 4]>::try_from(raw).map(Into::into).or_else(|_| <[u8; 16]>::try_from(raw).map(Into::into)).ok()
}

/// Longer chains do not occur in earnest.
const MAX_CERTIFICATES: usize = 8;

/// Content delivery networks put a hundred names on one certificate.
const MAX_NAMES: usize = 16;
