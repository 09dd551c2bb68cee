//! A throw-away certificate authority and one server certificate signed by it, or by another that it has signed.
//!
//! Knows how to make them, sound or with the flaws that a client has to notice. Refuses to know who notices.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

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
    /// A new root of the same organisation has signed it, and the client trusts the old one.
    RootReplaced,
    /// It is valid for five days more, of ninety.
    ExpiresSoon,
    /// It is valid for five days more, of six: such are renewed every few days.
    ShortLived,
    /// An authority that the client does not know has signed it by way of another one, and both are named as Zscaler's are.
    Intercepted,
    /// The same, and the client trusts it.
    InterceptedTrusted,
    /// An authority between the server and the one that is trusted has signed it, and its certificate is served.
    Intermediate,
    /// The same, and its certificate is not served.
    IntermediateMissing,
    /// It has signed itself and calls itself an authority, as `openssl req -x509` makes them. The client trusts it.
    SelfSignedAuthority,
}

/// The files of one server's identity, PEM throughout.
#[derive(Debug, Clone)]
pub struct ServerIdentity {
    /// Certificate of the authority: what a client has to trust.
    pub authority: PathBuf,
    /// The server's certificate, and behind it those that are served with it.
    pub certificate: PathBuf,
    /// The server's private key.
    pub key: PathBuf,
}

impl ServerIdentity {
    /// Makes an authority and a certificate for these host names and addresses, and writes both into `folder`.
    pub fn create(folder: &Path, names: &[String], certificate: Certificate) -> Result<Self> {
        let made = make(names, certificate)?;
        let write = |name: &str, text: String| -> Result<PathBuf> {
            let file = folder.join(name);
            fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
            Ok(file)
        };
        Ok(Self {
            authority: write("authority.pem", made.trusted)?,
            certificate: write("server.pem", made.served)?,
            key: write("server.key", made.key)?,
        })
    }
}

/// PEM throughout.
struct Made {
    trusted: String,
    served: String,
    key: String,
}

fn make(names: &[String], certificate: Certificate) -> Result<Made> {
    let key = KeyPair::generate()?;
    if certificate == Certificate::SelfSignedAuthority {
        let mut own = server(names)?;
        own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        own.key_usages = Vec::new();
        let pem = own.self_signed(&key)?.pem();
        return Ok(Made { trusted: pem.clone(), served: pem, key: key.serialize_pem() });
    }
    let leaf = leaf(names, certificate)?;
    let (organization, root_name, between_name) = match certificate {
        Certificate::Intercepted | Certificate::InterceptedTrusted => {
            ("Zscaler Inc.", "Zscaler Root CA", "Zscaler Intermediate Root CA (lab.test)")
        }
        Certificate::RootReplaced => ("netprobe laboratory", "netprobe laboratory root 2", ""),
        _ => ("netprobe laboratory", "netprobe laboratory authority", "netprobe laboratory issuing authority"),
    };
    let root = make_authority(organization, root_name)?;
    let between = match certificate {
        Certificate::Intercepted
        | Certificate::InterceptedTrusted
        | Certificate::Intermediate
        | Certificate::IntermediateMissing => Some(authority_below(organization, between_name, &root)?),
        _ => None,
    };
    let signed = match &between {
        Some(between) => leaf.signed_by(&key, between)?,
        None => leaf.signed_by(&key, &root)?,
    };
    let trusted = match certificate {
        Certificate::UnknownAuthority | Certificate::Intercepted => {
            make_authority("another organisation", "another authority")?.pem()
        }
        Certificate::RootReplaced => make_authority(organization, "netprobe laboratory root 1")?.pem(),
        _ => root.pem(),
    };
    let below = between.filter(|_| certificate != Certificate::IntermediateMissing);
    let served = signed.pem() + &below.map_or_else(String::new, |between| between.pem());
    Ok(Made { trusted, served, key: key.serialize_pem() })
}

fn leaf(names: &[String], certificate: Certificate) -> Result<CertificateParams> {
    let mut leaf = match certificate {
        Certificate::WrongName => server(&[OTHER_NAME.to_owned()])?,
        _ => server(names)?,
    };
    let now = date_time_ymd(1970, 1, 1) + SystemTime::now().duration_since(UNIX_EPOCH)?;
    match certificate {
        Certificate::Expired => leaf.not_after = date_time_ymd(2020, 1, 1),
        Certificate::NotYetValid => leaf.not_before = date_time_ymd(2100, 1, 1),
        // Half a day more, so that it is five days for as long as a campaign takes.
        Certificate::ExpiresSoon => {
            (leaf.not_before, leaf.not_after) = (now - DAY * 85, now + DAY * 5 + DAY / 2);
        }
        Certificate::ShortLived => {
            (leaf.not_before, leaf.not_after) = (now - DAY, now + DAY * 5 + DAY / 2);
        }
        _ => {}
    }
    leaf.is_ca = IsCa::ExplicitNoCa;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = true;
    Ok(leaf)
}

fn server(names: &[String]) -> Result<CertificateParams> {
    let mut server = CertificateParams::new(names.to_vec()).context("a name that no certificate can hold")?;
    server.distinguished_name.push(DnType::CommonName, "netprobe laboratory server");
    Ok(server)
}

fn make_authority(organization: &str, name: &str) -> Result<CertifiedIssuer<'static, KeyPair>> {
    Ok(CertifiedIssuer::self_signed(authority(organization, name, 1), KeyPair::generate()?)?)
}

fn authority_below(
    organization: &str,
    name: &str,
    above: &CertifiedIssuer<'static, KeyPair>,
) -> Result<CertifiedIssuer<'static, KeyPair>> {
    Ok(CertifiedIssuer::signed_by(authority(organization, name, 0), KeyPair::generate()?, above)?)
}

fn authority(organization: &str, name: &str, below: u8) -> CertificateParams {
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::OrganizationName, organization);
    authority.distinguished_name.push(DnType::CommonName, name);
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(below));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    authority
}

const OTHER_NAME: &str = "www.other.test";
const DAY: Duration = Duration::from_hours(24);
