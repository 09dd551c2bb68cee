//! A throw-away certificate authority and one server certificate signed by it.
//!
//! Knows how to make them. Refuses to be clever: no chains, no expiry games; faults of certificates belong to scenarios.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

/// The files of one server's identity, PEM throughout.
#[derive(Debug, Clone)]
pub struct ServerIdentity {
    /// Certificate of the authority: what a client has to trust.
    pub authority: PathBuf,
    /// The server's certificate. It is no authority: rustls refuses those as end entities.
    pub certificate: PathBuf,
    /// The server's private key.
    pub key: PathBuf,
}

impl ServerIdentity {
    /// Makes an authority and a certificate for these host names and addresses, and writes both into `folder`.
    pub fn create(folder: &Path, names: &[String]) -> Result<Self> {
        let mut authority = CertificateParams::default();
        authority.distinguished_name.push(DnType::CommonName, "netprobe laboratory authority");
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

        let mut leaf = CertificateParams::new(names.to_vec()).context("a name that no certificate can hold")?;
        leaf.distinguished_name.push(DnType::CommonName, "netprobe laboratory server");
        leaf.is_ca = IsCa::ExplicitNoCa;
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        leaf.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let certificate = leaf.signed_by(&key, &authority)?;

        let write = |name: &str, text: String| -> Result<PathBuf> {
            let file = folder.join(name);
            fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
            Ok(file)
        };
        Ok(Self {
            authority: write("authority.pem", authority.pem())?,
            certificate: write("server.pem", certificate.pem())?,
            key: write("server.key", key.serialize_pem())?,
        })
    }
}
