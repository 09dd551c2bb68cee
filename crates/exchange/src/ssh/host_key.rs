//! What `known_hosts` says of the key or certificate that a server showed, and how that is written down.

use std::time::{SystemTime, UNIX_EPOCH};

use access::known_hosts::HostKeyVerdict as Known;
use access::{Client, Hop};
use model::{Failure, FailureKind, HostKey, HostKeyVerdict, KnownKeyTypes};
use russh::keys::HashAlg;

use super::handler::Shown;

/// The verdict; none where no key was shown.
pub(super) fn judge(hop: &Hop, client: Client, shown: &Shown) -> Option<Known> {
    let query = hop.host_query(client);
    if let Some(certificate) = &shown.certificate {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        return Some(hop.known_hosts.check_certificate(&query, certificate, now));
    }
    shown.key.as_ref().map(|key| hop.known_hosts.check(&query, key))
}

/// The key for the record.
pub(super) fn record(shown: &Shown, verdict: Option<&Known>) -> Option<HostKey> {
    let (key, verdict) = shown.key.as_ref().zip(verdict)?;
    let key_type = match &shown.certificate {
        Some(certificate) => certificate.algorithm().to_certificate_type(),
        None => key.algorithm().to_string(),
    };
    Some(HostKey {
        key_type,
        fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
        verdict: word(verdict),
        source: source(verdict),
    })
}

/// Which types of keys are known, of this host and of any.
pub(super) fn known_types(hop: &Hop, client: Client) -> KnownKeyTypes {
    let query = hop.host_query(client);
    KnownKeyTypes {
        all: hop.known_hosts.key_types(),
        host: hop.known_hosts.key_types_for(&query),
        authority: hop.known_hosts.has_authority_for(&query),
        given: hop.known_hosts_given,
        as_flux: None,
    }
}

/// What Flux would say of the bare key.
pub(super) fn as_flux(hop: &Hop, shown: &Shown) -> Option<HostKeyVerdict> {
    let query = hop.host_query(Client::Flux);
    shown.key.as_ref().map(|key| word(&hop.known_hosts.check(&query, key)))
}

/// Why no credential may be shown; none for a key that is trusted.
pub(super) fn distrust(verdict: &Known) -> Option<Failure> {
    let kind = match verdict {
        Known::Trusted { .. } | Known::TrustedByAuthority { .. } => return None,
        Known::Unknown => FailureKind::HostKeyUnknown,
        Known::OnlyOtherTypes { .. } | Known::Changed { .. } | Known::CertificateRefused { .. } => {
            FailureKind::HostKeyChanged
        }
        Known::Revoked { .. } => FailureKind::HostKeyRevoked,
    };
    let why = match verdict {
        Known::CertificateRefused { why, .. } => format!("{REFUSED_CERTIFICATE}{why}"),
        _ => source(verdict),
    };
    Some(Failure::new(kind, CHECK).saying(why))
}

fn word(verdict: &Known) -> HostKeyVerdict {
    match verdict {
        Known::Trusted { .. } | Known::TrustedByAuthority { .. } => HostKeyVerdict::Trusted,
        Known::Unknown => HostKeyVerdict::Unknown,
        Known::OnlyOtherTypes { .. } => HostKeyVerdict::OtherTypesOnly,
        Known::Changed { .. } | Known::CertificateRefused { .. } => HostKeyVerdict::Changed,
        Known::Revoked { .. } => HostKeyVerdict::Revoked,
    }
}

fn source(verdict: &Known) -> String {
    match verdict {
        Known::Trusted { at }
        | Known::TrustedByAuthority { at }
        | Known::Revoked { at }
        | Known::CertificateRefused { at, .. } => at.to_string(),
        Known::Unknown => "no line of known_hosts names this host".to_owned(),
        Known::OnlyOtherTypes { at, types } | Known::Changed { at, types } => {
            let lines: Vec<String> = at.iter().map(ToString::to_string).collect();
            format!("{} ({})", lines.join(", "), types.join(", "))
        }
    }
}

pub(super) const CHECK: &str = "check the host key against known_hosts";
const REFUSED_CERTIFICATE: &str = "the host certificate does not hold: ";
