//! What `known_hosts` says about the key that a server showed.

use russh::keys::PublicKey;

use super::KnownHosts;
use super::hosts::HostQuery;
use super::line::{Line, Marker};
use crate::client::Client;
use crate::source::Source;

/// What `known_hosts` says. Only the first two are trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostKeyVerdict {
    /// This very key is known for the host.
    Trusted {
        /// The line that says so.
        at: Source,
    },
    /// The server showed a certificate that a known authority signed for this host.
    TrustedByAuthority {
        /// The line of the authority.
        at: Source,
    },
    /// Nothing is known about the host.
    Unknown,
    /// Keys of the host are known, none of the type that was shown. Flux calls this a mismatch too.
    OnlyOtherTypes {
        /// The lines of the known keys.
        at: Vec<Source>,
        /// Their types.
        types: Vec<String>,
    },
    /// Another key of the same type is known: the server was set up anew, or it is not the server.
    Changed {
        /// The lines of the known keys of that type.
        at: Vec<Source>,
        /// The types of all keys known for the host.
        types: Vec<String>,
    },
    /// The key is marked as revoked.
    Revoked {
        /// The line that says so.
        at: Source,
    },
    /// The server showed a certificate of a known authority, and it does not hold.
    CertificateRefused {
        /// The line of the authority.
        at: Source,
        /// What is wrong with the certificate.
        why: String,
    },
}

impl HostKeyVerdict {
    /// Whether credentials may be sent.
    pub fn is_trusted(&self) -> bool {
        matches!(self, Self::Trusted { .. } | Self::TrustedByAuthority { .. })
    }
}

impl KnownHosts {
    /// Looks up the key that a server showed.
    pub fn check(&self, query: &HostQuery<'_>, key: &PublicKey) -> HostKeyVerdict {
        let key_type = key.algorithm().as_str().to_owned();
        match key.to_bytes() {
            Ok(key) => self.check_bytes(query, &key_type, &key),
            // A key that cannot be written down again cannot be compared, so nothing vouches for it.
            Err(_) => HostKeyVerdict::Unknown,
        }
    }

    fn check_bytes(&self, query: &HostQuery<'_>, key_type: &str, key: &[u8]) -> HostKeyVerdict {
        match query.client {
            Client::Flux => self.check_as_flux(query, key_type, key),
            Client::Git => {
                let verdict = self.check_as_openssh(query, &query.name(), key_type, key);
                let unsettled = matches!(verdict, HostKeyVerdict::Unknown | HostKeyVerdict::OnlyOtherTypes { .. });
                if unsettled && query.port != 22 && query.alias.is_none() {
                    // OpenSSH sshconnect.c: "found matching key w/out port".
                    let without_port = self.check_as_openssh(query, &query.plain_name(), key_type, key);
                    if without_port.is_trusted() {
                        return without_port;
                    }
                }
                verdict
            }
        }
    }

    /// OpenSSH hostfile.c: any line with the key will do, and a revoked key is revoked for the hosts of its line.
    fn check_as_openssh(&self, query: &HostQuery<'_>, name: &str, key_type: &str, key: &[u8]) -> HostKeyVerdict {
        let lines: Vec<&Line> = self.fitting(query, name).collect();
        if let Some(at) = revoked(&lines, key) {
            return HostKeyVerdict::Revoked { at };
        }
        let keys: Vec<&Line> = lines.into_iter().filter(|line| line.marker == Marker::HostKey).collect();
        match keys.iter().find(|line| line.key == key) {
            Some(line) => HostKeyVerdict::Trusted { at: line.at.clone() },
            None => mismatch(&keys, key_type),
        }
    }

    /// fluxcd/pkg `checkAddr`: the first line of each type counts and no other, authorities are taken for host keys, and a
    /// revoked key is revoked for every host.
    fn check_as_flux(&self, query: &HostQuery<'_>, key_type: &str, key: &[u8]) -> HostKeyVerdict {
        if let Some(at) = revoked(&self.lines.iter().collect::<Vec<_>>(), key) {
            return HostKeyVerdict::Revoked { at };
        }
        let name = query.name();
        let mut firsts: Vec<&Line> = Vec::new();
        for line in self.fitting(query, &name).filter(|line| line.marker != Marker::Revoked) {
            if firsts.iter().all(|known| known.key_type != line.key_type) {
                firsts.push(line);
            }
        }
        match firsts.iter().find(|line| line.key == key) {
            Some(line) => HostKeyVerdict::Trusted { at: line.at.clone() },
            None => mismatch(&firsts, key_type),
        }
    }
}

/// The line that revokes a key.
pub(super) fn revoked(lines: &[&Line], key: &[u8]) -> Option<Source> {
    lines.iter().find(|line| line.marker == Marker::Revoked && line.key == key).map(|line| line.at.clone())
}

fn mismatch(known: &[&Line], key_type: &str) -> HostKeyVerdict {
    let mut types: Vec<String> = known.iter().map(|line| line.key_type.clone()).collect();
    types.sort();
    types.dedup();
    let places = |lines: &mut dyn Iterator<Item = &&Line>| lines.map(|line| line.at.clone()).collect();
    if known.is_empty() {
        HostKeyVerdict::Unknown
    } else if types.iter().any(|known| known == key_type) {
        HostKeyVerdict::Changed { at: places(&mut known.iter().filter(|line| line.key_type == key_type)), types }
    } else {
        HostKeyVerdict::OnlyOtherTypes { at: places(&mut known.iter()), types }
    }
}
