//! What we offer in KEXINIT, so that it has the imitated client's preferences and, to the byte, its size: a smaller
//! first flight would pass a path on which the real client hangs.
//!
//! The identification names netprobe, whose name is longer than Go's, and russh lacks some of the others' algorithms.
//! Both are made up for with one padding name in the list of host-key algorithms, which no server can choose.

use std::borrow::Cow;

use model::{KnownKeyTypes, Profile};
use russh::keys::{Algorithm, EcdsaCurve, HashAlg, ssh_key::AlgorithmName};
use russh::{Preferred, cipher, compression, kex, mac};

use super::{KeyExchange, Wanted};

/// An offer and its sizes.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    /// The identification line's text.
    pub(crate) ident: &'static str,
    /// For russh.
    pub(crate) preferred: Preferred,
    /// What the imitated client's identification and KEXINIT take together.
    pub(crate) client_flight_bytes: usize,
}

impl Offer {
    /// The offer of this profile, where `known_hosts` holds such keys: Flux offers the types of all of them and no other,
    /// and never asks for a certificate. Whatever else is `wanted`, the offer's size stays the client's.
    pub(crate) fn new(profile: Profile, known: &KnownKeyTypes, wanted: &Wanted) -> Self {
        match profile {
            Profile::Flux => Self::flux(&in_any_order(known), wanted),
            Profile::Openssh | Profile::Git => Self::openssh(known, wanted),
        }
    }

    fn flux(known_types: &[String], wanted: &Wanted) -> Self {
        let host_keys = flux_host_keys(known_types);
        let theirs =
            kexinit_bytes(&[GO_KEX, &host_keys.join(","), GO_CIPHERS, GO_CIPHERS, GO_MACS, GO_MACS, "none", "none"]);
        let preferred = Preferred {
            kex: Cow::Borrowed(&[
                kex::MLKEM768X25519_SHA256,
                kex::CURVE25519,
                kex::CURVE25519_PRE_RFC_8731,
                kex::ECDH_SHA2_NISTP256,
                kex::ECDH_SHA2_NISTP384,
                kex::ECDH_SHA2_NISTP521,
                kex::DH_G14_SHA256,
                kex::DH_G14_SHA1,
                kex::EXTENSION_SUPPORT_AS_CLIENT,
                kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT,
            ]),
            cipher: Cow::Borrowed(&[
                cipher::AES_128_GCM,
                cipher::AES_256_GCM,
                cipher::CHACHA20_POLY1305,
                cipher::AES_128_CTR,
                cipher::AES_192_CTR,
                cipher::AES_256_CTR,
            ]),
            mac: Cow::Borrowed(&[
                mac::HMAC_SHA256_ETM,
                mac::HMAC_SHA512_ETM,
                mac::HMAC_SHA256,
                mac::HMAC_SHA512,
                mac::HMAC_SHA1,
            ]),
            key: host_keys.iter().filter_map(|name| algorithm(name)).collect(),
            host_key_certificates: Cow::Borrowed(&[]),
            compression: Cow::Borrowed(&[compression::NONE]),
        };
        Self::padded("SSH-2.0-netprobe_1", narrowed(preferred, wanted), GO_IDENT_BYTES + theirs)
    }

    fn openssh(known: &KnownKeyTypes, wanted: &Wanted) -> Self {
        let all: Vec<Algorithm> = OPENSSH_HOST_KEYS.iter().filter_map(|name| algorithm(name)).collect();
        let host: Vec<Algorithm> = known.host.iter().flat_map(|name| openssh_algorithms(name)).collect();
        let mut key = host.clone();
        key.extend(all.iter().filter(|name| !host.contains(name)).cloned());
        let preferred = Preferred {
            kex: Cow::Borrowed(&[
                kex::CURVE25519,
                kex::CURVE25519_PRE_RFC_8731,
                kex::ECDH_SHA2_NISTP256,
                kex::ECDH_SHA2_NISTP384,
                kex::ECDH_SHA2_NISTP521,
                kex::DH_GEX_SHA256,
                kex::DH_G16_SHA512,
                kex::DH_G18_SHA512,
                kex::DH_G14_SHA256,
                kex::EXTENSION_SUPPORT_AS_CLIENT,
                kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT,
            ]),
            cipher: Cow::Borrowed(&[
                cipher::CHACHA20_POLY1305,
                cipher::AES_128_CTR,
                cipher::AES_192_CTR,
                cipher::AES_256_CTR,
                cipher::AES_128_GCM,
                cipher::AES_256_GCM,
            ]),
            mac: Cow::Borrowed(&[
                mac::HMAC_SHA256_ETM,
                mac::HMAC_SHA512_ETM,
                mac::HMAC_SHA1_ETM,
                mac::HMAC_SHA256,
                mac::HMAC_SHA512,
                mac::HMAC_SHA1,
            ]),
            key: Cow::Owned(key),
            // OpenSSH offers certificates to everybody; without an authority that is known they prove no more than the
            // bare key, which is asked for then.
            host_key_certificates: if known.authority { Cow::Owned(all) } else { Cow::Borrowed(&[]) },
            compression: Cow::Borrowed(&[compression::NONE]),
        };
        Self::padded("SSH-2.0-netprobe_ossh92", narrowed(preferred, wanted), OPENSSH_FLIGHT_BYTES)
    }

    fn padded(ident: &'static str, mut preferred: Preferred, client_flight_bytes: usize) -> Self {
        let ident_bytes = ident.len() + LINE_END;
        let bare = packet_payload(&preferred);
        let wanted = client_flight_bytes.checked_sub(ident_bytes).filter(|packet| packet.is_multiple_of(BLOCK));
        // The payload that just fills the wanted packet with the least padding, four bytes (RFC 4253 §6).
        let room = wanted.and_then(|packet| packet.checked_sub(PACKET_HEAD + 4)?.checked_sub(bare));
        if wanted != Some(packet_of(bare)) {
            let mut left = room.unwrap_or(0);
            while let Some(name) = padding_name(left) {
                left -= name.as_str().len() + 1;
                preferred.key.to_mut().push(Algorithm::Other(name));
            }
        }
        Self { ident, preferred, client_flight_bytes }
    }
}

/// Flux's order is that of a Go map, another one each time. Here the host's own types come first, so that the measurement
/// goes on; how often Flux is less lucky is told by what is known and what the server has.
fn in_any_order(known: &KnownKeyTypes) -> Vec<String> {
    let others = known.all.iter().filter(|name| !known.host.contains(name));
    known.host.iter().chain(others).cloned().collect()
}

/// The offer with what was asked for in place of the client's own choice.
fn narrowed(mut preferred: Preferred, wanted: &Wanted) -> Preferred {
    preferred.kex = match wanted.key_exchange {
        None => preferred.kex,
        Some(KeyExchange::Classic) => Cow::Borrowed(&[
            kex::CURVE25519,
            kex::CURVE25519_PRE_RFC_8731,
            kex::EXTENSION_SUPPORT_AS_CLIENT,
            kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT,
        ]),
        Some(KeyExchange::MlKem) => Cow::Borrowed(&[
            kex::MLKEM768X25519_SHA256,
            kex::EXTENSION_SUPPORT_AS_CLIENT,
            kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT,
        ]),
    };
    if let Some(name) = wanted.host_key_type.as_deref() {
        preferred.key = algorithm(name).into_iter().collect();
        preferred.host_key_certificates = Cow::Borrowed(&[]);
    }
    preferred
}

/// One padding name with its comma out of `room` bytes. A name takes at most 64 bytes (RFC 4251 §6), and none must be
/// left over that is too short for a name of its own.
fn padding_name(room: usize) -> Option<AlgorithmName> {
    let name = room.checked_sub(1)?;
    let length = if name > MAX_NAME { MAX_NAME.min(name - SHORTEST_NAME - 1) } else { name };
    let letters = length.checked_sub(PADDING_DOMAIN.len()).filter(|letters| *letters > 0)?;
    AlgorithmName::new("p".repeat(letters) + PADDING_DOMAIN).ok()
}

/// What Flux offers for the types in `known_hosts`: `ssh-rsa` alone gets the SHA-2 signatures put in front. Mixed with
/// others Flux offers it bare; the SHA-2 names are added here all the same, since russh would fail where a measurement
/// is wanted.
fn flux_host_keys(known_types: &[String]) -> Vec<&str> {
    if known_types.is_empty() {
        return GO_HOST_KEYS.to_vec();
    }
    let mut names = Vec::new();
    for name in known_types {
        if name == "ssh-rsa" {
            names.extend(["rsa-sha2-512", "rsa-sha2-256"]);
        }
        names.push(name.as_str());
    }
    names
}

/// OpenSSH moves the algorithms of known keys to the front (`HostKeyAlgorithms` in `ssh_config(5)`).
fn openssh_algorithms(key_type: &str) -> Vec<Algorithm> {
    let names: &[&str] = if key_type == "ssh-rsa" { &["rsa-sha2-512", "rsa-sha2-256"] } else { &[key_type] };
    names.iter().filter_map(|name| algorithm(name)).collect()
}

fn algorithm(name: &str) -> Option<Algorithm> {
    Some(match name {
        "ssh-ed25519" => Algorithm::Ed25519,
        "ecdsa-sha2-nistp256" => Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
        "ecdsa-sha2-nistp384" => Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
        "ecdsa-sha2-nistp521" => Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
        "rsa-sha2-512" => Algorithm::Rsa { hash: Some(HashAlg::Sha512) },
        "rsa-sha2-256" => Algorithm::Rsa { hash: Some(HashAlg::Sha256) },
        "ssh-rsa" => Algorithm::Rsa { hash: None },
        _ => return None,
    })
}

/// Message number, cookie, ten name lists, a flag and a reserved word (RFC 4253 §7.1).
fn kexinit_bytes(lists: &[&str; 8]) -> usize {
    packet_of(payload_of(lists.iter().map(|list| list.len()).sum()))
}

fn payload_of(list_bytes: usize) -> usize {
    1 + 16 + 10 * 4 + list_bytes + 1 + 4
}

fn packet_payload(preferred: &Preferred) -> usize {
    fn joined(names: impl Iterator<Item = usize>) -> usize {
        names.map(|length| length + 1).sum::<usize>().saturating_sub(1)
    }
    let lists = joined(preferred.kex.iter().map(|name| name.as_ref().len()))
        + joined(host_keys(preferred).map(|name| name.len()))
        + 2 * joined(preferred.cipher.iter().map(|name| name.as_ref().len()))
        + 2 * joined(preferred.mac.iter().map(|name| name.as_ref().len()))
        + 2 * joined(preferred.compression.iter().map(|name| name.as_ref().len()));
    payload_of(lists)
}

/// As russh lists them: certificates first.
fn host_keys(preferred: &Preferred) -> impl Iterator<Item = String> {
    let certificates = preferred.host_key_certificates.iter().map(Algorithm::to_certificate_type);
    certificates.chain(preferred.key.iter().map(ToString::to_string))
}

/// A packet without cipher is a multiple of eight bytes with at least four of padding (RFC 4253 §6).
fn packet_of(payload: usize) -> usize {
    (PACKET_HEAD + payload + 4).next_multiple_of(BLOCK)
}

/// Length field and padding length.
const PACKET_HEAD: usize = 5;
const BLOCK: usize = 8;
/// CR LF.
const LINE_END: usize = 2;
/// RFC 4251 §6.
const MAX_NAME: usize = 64;
const PADDING_DOMAIN: &str = "@netprobe";
const SHORTEST_NAME: usize = PADDING_DOMAIN.len() + 1;

/// `SSH-2.0-Go` and its line end.
const GO_IDENT_BYTES: usize = 12;

/// As Flux's client sends them (measured of fluxcd/pkg/git 0.52 with golang.org/x/crypto 0.50; the same lists in 0.41).
const GO_KEX: &str = "mlkem768x25519-sha256,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,\
                      ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group14-sha256,diffie-hellman-group14-sha1,\
                      ext-info-c,kex-strict-c-v00@openssh.com";
const GO_CIPHERS: &str = "aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes128-ctr,\
                          aes192-ctr,aes256-ctr";
const GO_MACS: &str = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512,\
                       hmac-sha1,hmac-sha1-96";
const GO_HOST_KEYS: [&str; 7] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
    "ssh-rsa",
];

/// Identification and KEXINIT of OpenSSH 9.2 as Debian 12 ships it, with its default lists (measured: 41 + 1560).
const OPENSSH_FLIGHT_BYTES: usize = 1601;
const OPENSSH_HOST_KEYS: [&str; 6] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
];

#[cfg(test)]
mod tests;
