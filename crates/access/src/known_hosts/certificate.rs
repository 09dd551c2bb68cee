//! Host certificates: signed by an authority that `known_hosts` names, for this host, at this time (PROTOCOL.certkeys).

use russh::keys::ssh_key::certificate::CertType;
use russh::keys::{Algorithm, Certificate, HashAlg, PublicKey};

use super::hosts::HostQuery;
use super::line::{Line, Marker};
use super::verdict::revoked;
use super::{HostKeyVerdict, KnownHosts};
use crate::client::Client;
use crate::pattern;

impl KnownHosts {
    /// Looks up the certificate that a server showed at `now_unix_s`, seconds since 1970.
    ///
    /// Checked: its kind, the authority, the authority's signature (RSA with SHA-1 is refused), the time, the names in it,
    /// and that it has no critical option. A certificate of no known authority counts as its bare key, as with OpenSSH.
    pub fn check_certificate(
        &self,
        query: &HostQuery<'_>,
        certificate: &Certificate,
        now_unix_s: u64,
    ) -> HostKeyVerdict {
        let bare = PublicKey::from(certificate.public_key().clone());
        let authority = PublicKey::from(certificate.signature_key().clone());
        let (Ok(bare_bytes), Ok(authority_bytes)) = (bare.to_bytes(), authority.to_bytes()) else {
            return HostKeyVerdict::Unknown;
        };
        let name = query.name();
        let lines: Vec<&Line> = match query.client {
            Client::Git => self.fitting(query, &name).collect(),
            Client::Flux => self.lines.iter().collect(),
        };
        if let Some(at) = revoked(&lines, &bare_bytes).or_else(|| revoked(&lines, &authority_bytes)) {
            return HostKeyVerdict::Revoked { at };
        }
        let mut authorities = self.fitting(query, &name).filter(|line| line.marker == Marker::Authority);
        let Some(line) = authorities.find(|line| line.key == authority_bytes) else {
            return self.check(query, &bare);
        };
        let at = line.at.clone();
        match holds(certificate, &authority, query, now_unix_s) {
            Ok(()) => HostKeyVerdict::TrustedByAuthority { at },
            Err(why) => HostKeyVerdict::CertificateRefused { at, why },
        }
    }
}

fn holds(
    certificate: &Certificate,
    authority: &PublicKey,
    query: &HostQuery<'_>,
    now_unix_s: u64,
) -> Result<(), String> {
    if certificate.cert_type() != CertType::Host {
        return Err("it is a certificate for users, not for hosts".to_owned());
    }
    if certificate.signature().algorithm() == (Algorithm::Rsa { hash: None }) {
        return Err("its authority signed it with SHA-1, which OpenSSH no longer takes".to_owned());
    }
    if now_unix_s < certificate.valid_after() {
        return Err("it is not valid yet; compare the clocks".to_owned());
    }
    if now_unix_s >= certificate.valid_before() {
        return Err("it has expired".to_owned());
    }
    if certificate.critical_options().iter().next().is_some() {
        return Err("it has a critical option, and none is known for hosts".to_owned());
    }
    let principals = certificate.valid_principals();
    let host = query.plain_name();
    let fits = |principal: &String| match query.client {
        Client::Git => pattern::matches(principal, &host),
        Client::Flux => *principal == host,
    };
    if !principals.is_empty() && !principals.iter().any(fits) {
        return Err(format!("it is for other names than {host}"));
    }
    certificate
        .validate_at(now_unix_s, [&authority.fingerprint(HashAlg::Sha256)])
        .map_err(|_| "the authority's signature on it is wrong".to_owned())
}
