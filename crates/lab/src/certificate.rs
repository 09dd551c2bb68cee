//! A throw-away certificate authority and one server certificate signed by it.
//!
//! Knows how to make them, sound or with the flaws that a client has to notice. Refuses to be clever: no chains.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use serde::Deserialize;

/// What a server's certificate is like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certificate {
    /// Nothing is wrong.
    #[default]
    Good,
    /// It was valid until 2020.
    Expired,
    /// It will be valid from 2100.
    NotYetValid,
    /// It is for `www.other.test` alone.
    WrongName,
    /// What signed it is not what the client trusts.
    UnknownAuthority,
}

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
    pub fn create(folder: &Path, names: &[String], certificate: Certificate) -> Result<Self> {
        let authority = make_authority("netprobe laboratory authority")?;
        let trusted = match certificate {
            Certificate::UnknownAuthority => make_authority("another authority")?.pem(),
            _ => authority.pem(),
        };
        let names = if certificate == Certificate::WrongName { vec![OTHER_NAME.to_owned()] } else { names.to_vec() };
        let mut leaf = CertificateParams::new(names).context("a name that no certificate can hold")?;
        match certificate {
            Certificate::Expired => leaf.not_after = date_time_ymd(2020, 1, 1),
            Certificate::NotYetValid => leaf.not_before = date_time_ymd(2100, 1, 1),
            _ => {}
        }
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
            authority: write("authority.pem", trusted)?,
            certificate: write("server.pem", certificate.pem())?,
            key: write("server.key", key.serialize_pem())?,
        })
    }
}

fn make_authority(name: &str) -> Result<CertifiedIssuer<'static, KeyPair>> {
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, name);
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?)
}

const OTHER_NAME: &str = "www.other.test";
