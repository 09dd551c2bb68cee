//! Throw-away keys and certificates, made at start and kept in memory only.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use russh::keys::key::safe_rng;
use russh::keys::ssh_key::{EcdsaCurve, LineEnding};
use russh::keys::{Algorithm, PrivateKey, PublicKey};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::config::{EndpointConfig, HostKeyType};
use crate::error::EndpointError;

/// The keys of one endpoint.
pub(crate) struct Credentials {
    pub(crate) host_keys: Vec<PrivateKey>,
    /// Public keys that may come in.
    pub(crate) authorized: Vec<PublicKey>,
    pub(crate) identity_pem: String,
    pub(crate) ca_pem: String,
    pub(crate) tls: Arc<rustls::ServerConfig>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials { .. }")
    }
}

impl Credentials {
    /// Makes everything. The certificate is for `localhost`, the loopback addresses, the listening addresses and the
    /// configured names.
    pub(crate) fn make(config: &EndpointConfig) -> Result<Self, EndpointError> {
        let failed = EndpointError::credentials("a host key");
        let host_keys = config
            .host_keys
            .iter()
            .map(|kind| PrivateKey::random(&mut safe_rng(), algorithm(*kind)).map_err(|e| failed(&e)))
            .collect::<Result<_, _>>()?;

        let failed = EndpointError::credentials("the client's key");
        let identity = PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519).map_err(|e| failed(&e))?;
        let identity_pem = identity.to_openssh(LineEnding::LF).map_err(|e| failed(&e))?.to_string();
        let failed = EndpointError::credentials("an authorized key");
        let mut authorized = vec![identity.public_key().clone()];
        for line in &config.ssh_access.authorized_keys {
            authorized.push(PublicKey::from_openssh(line).map_err(|e| failed(&e))?);
        }

        let (ca_pem, tls) = make_tls(subject_names(config))?;
        Ok(Self { host_keys, authorized, identity_pem, ca_pem, tls: Arc::new(tls) })
    }

    /// Lines of `known_hosts` for these names on this port.
    pub(crate) fn known_hosts(&self, names: &[String], port: u16) -> String {
        let patterns: Vec<String> = names
            .iter()
            .map(|name| match port {
                22 => name.clone(),
                _ => format!("[{name}]:{port}"),
            })
            .collect();
        let patterns = patterns.join(",");
        let line = |key: &PrivateKey| {
            let mut public = key.public_key().clone();
            public.set_comment("");
            let public = public.to_openssh().ok()?;
            Some(format!("{patterns} {}\n", public.trim_end()))
        };
        self.host_keys.iter().filter_map(line).collect()
    }
}

/// Every name and address that this endpoint may be called by.
pub(crate) fn subject_names(config: &EndpointConfig) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    let listening = [config.ssh, config.https, config.http].into_iter().flatten();
    names.extend(
        listening.map(|address| address.ip()).filter(|ip: &IpAddr| !ip.is_unspecified()).map(|ip| ip.to_string()),
    );
    names.extend(config.names.iter().cloned());
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

fn algorithm(kind: HostKeyType) -> Algorithm {
    match kind {
        HostKeyType::Ed25519 => Algorithm::Ed25519,
        HostKeyType::EcdsaP256 => Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
        HostKeyType::Rsa => Algorithm::Rsa { hash: None },
    }
}

fn make_tls(names: Vec<String>) -> Result<(String, rustls::ServerConfig), EndpointError> {
    let failed = EndpointError::credentials("the certificate");
    let mut ca = CertificateParams::new(Vec::new()).map_err(|e| failed(&e))?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.distinguished_name.push(DnType::CommonName, "netprobe endpoint throw-away CA");
    let ca_key = KeyPair::generate().map_err(|e| failed(&e))?;
    let ca = CertifiedIssuer::self_signed(ca, ca_key).map_err(|e| failed(&e))?;

    let mut leaf = CertificateParams::new(names).map_err(|e| failed(&e))?;
    leaf.distinguished_name.push(DnType::CommonName, "netprobe endpoint");
    leaf.use_authority_key_identifier_extension = true;
    let leaf_key = KeyPair::generate().map_err(|e| failed(&e))?;
    let certificate = leaf.signed_by(&leaf_key, &ca).map_err(|e| failed(&e))?;

    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            let chain = vec![certificate.der().clone(), ca.der().clone()];
            builder.with_no_client_auth().with_single_cert(chain, key)
        })
        .map_err(|e| failed(&e))?;
    tls.alpn_protocols = vec![ALPN_H2.to_vec(), b"http/1.1".to_vec()];
    Ok((ca.pem(), tls))
}

/// HTTP/2 over TLS (RFC 9113 §3.2).
pub(crate) const ALPN_H2: &[u8] = b"h2";
