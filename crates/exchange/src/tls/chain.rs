//! The served chain in the report's words. What does not parse is shown by its size alone.

use std::fmt::Write as _;

use model::{Bytes, Certificate, CertificateDetails, RemoteText};
use rustls::pki_types::CertificateDer;
use sha2::{Digest as _, Sha256};
use x509_parser::der_parser::Oid;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::objects::{oid_registry, oid2sn};
use x509_parser::oid_registry::OID_PKIX_ACCESS_DESCRIPTOR_CA_ISSUERS;
use x509_parser::prelude::{FromDer, X509Certificate, X509Name};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// At most [`MAX_CERTIFICATES`], leaf first.
pub(crate) fn describe(chain: &[CertificateDer<'_>]) -> Vec<Certificate> {
    chain.iter().take(MAX_CERTIFICATES).map(|der| describe_certificate(der)).collect()
}

/// One certificate, or what a server sends in its place.
pub fn describe_certificate(der: &[u8]) -> Certificate {
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
            details: None,
        };
    };
    Certificate {
        subject: parsed.subject().to_string().into(),
        issuer: parsed.issuer().to_string().into(),
        names: names(&parsed),
        not_before_unix_s: parsed.validity().not_before.timestamp(),
        not_after_unix_s: parsed.validity().not_after.timestamp(),
        der_bytes,
        details: Some(details(der, &parsed)),
    }
}

/// The organisation in a name.
pub(crate) fn organization(name: &X509Name<'_>) -> Option<RemoteText> {
    let first = name.iter_organization().next()?;
    first.as_str().ok().filter(|text| !text.trim().is_empty()).map(RemoteText::clean)
}

fn details(der: &[u8], certificate: &X509Certificate<'_>) -> CertificateDetails {
    let (key, key_bits) = key(certificate.public_key());
    CertificateDetails {
        issuer_organization: organization(certificate.issuer()),
        is_authority: certificate.is_ca(),
        self_issued: certificate.subject().as_raw() == certificate.issuer().as_raw(),
        issuer_url: issuer_url(certificate),
        sha256: Sha256::digest(der).iter().fold(String::new(), |mut digits, byte| {
            let _ = write!(digits, "{byte:02x}");
            digits
        }),
        key,
        key_bits,
        signature: called(&certificate.signature_algorithm.algorithm),
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

/// Authority information access (RFC 5280 §4.2.2.1).
fn issuer_url(certificate: &X509Certificate<'_>) -> Option<RemoteText> {
    let access = certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::AuthorityInfoAccess(access) => Some(access),
        _ => None,
    })?;
    access.accessdescs.iter().find_map(|description| match &description.access_location {
        GeneralName::URI(url) if description.access_method == OID_PKIX_ACCESS_DESCRIPTOR_CA_ISSUERS => {
            Some(RemoteText::clean(url))
        }
        _ => None,
    })
}

fn key(key: &SubjectPublicKeyInfo<'_>) -> (String, Option<u32>) {
    match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => ("RSA".to_owned(), u32::try_from(rsa.key_size()).ok().filter(|bits| *bits > 0)),
        Ok(PublicKey::EC(_)) => {
            let curve = key.algorithm.parameters.as_ref().and_then(|parameters| parameters.as_oid().ok());
            (curve.as_ref().map_or_else(|| "EC".to_owned(), |curve| format!("EC {}", curve_name(curve))), None)
        }
        _ => (called(&key.algorithm.algorithm), None),
    }
}

fn curve_name(curve: &Oid<'_>) -> String {
    // SECG's numbers for the curves of NIST (RFC 5480 §2.1.1.1).
    match curve.to_id_string().as_str() {
        "1.2.840.10045.3.1.7" => "P-256".to_owned(),
        "1.3.132.0.34" => "P-384".to_owned(),
        "1.3.132.0.35" => "P-521".to_owned(),
        other => shortened(other),
    }
}

/// An algorithm's short name, else its number.
fn called(algorithm: &Oid<'_>) -> String {
    match algorithm.to_id_string().as_str() {
        "1.3.101.112" => "Ed25519".to_owned(), // RFC 8410 §3
        number => shortened(oid2sn(algorithm, oid_registry()).unwrap_or(number)),
    }
}

/// A number may be as long as whoever made the certificate liked.
fn shortened(text: &str) -> String {
    text.chars().take(MAX_NUMBER).collect()
}

/// Of an object identifier's digits and dots; those in use have twenty or so.
const MAX_NUMBER: usize = 64;

/// Longer chains do not occur in earnest.
const MAX_CERTIFICATES: usize = 8;

/// Content delivery networks put a hundred names on one certificate.
const MAX_NAMES: usize = 16;
