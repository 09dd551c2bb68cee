//! The ClientHello's size. rustls cannot pad, but a client may offer any protocol by ALPN, and servers ignore what they do
//! not know: names of our own bring the hello to the imitated client's size.

use std::sync::Arc;

use model::Profile;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

/// Size of the imitated client's hello record, its five-byte header included.
pub(crate) fn client_bytes(profile: Profile, name: &ServerName<'_>) -> usize {
    match (profile, name) {
        (Profile::Flux, ServerName::DnsName(name)) => GO_WITHOUT_NAME + SNI_HEAD + name.as_ref().len(),
        (Profile::Flux, _) => GO_WITHOUT_NAME,
        (Profile::Git | Profile::Openssh, _) => OPENSSL,
    }
}

/// The protocols to offer so that the hello takes `wanted` bytes: those of HTTP first, then names that only pad.
pub(crate) fn alpn_for(config: &ClientConfig, name: &ServerName<'static>, wanted: usize) -> Vec<Vec<u8>> {
    let http = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let bare = hello_bytes(config, name, http.clone());
    let Some(mut room) = bare.and_then(|bare| wanted.checked_sub(bare)) else { return http };
    let mut offered = http;
    while room >= 2 {
        // A length byte and at least one letter each; nothing may be left over that is too small for another name.
        let mut length = (room - 1).min(MAX_PROTOCOL);
        if room - 1 - length == 1 {
            length -= 1;
        }
        offered.push(b"netprobe".iter().copied().cycle().take(length).collect());
        room -= length + 1;
    }
    offered
}

/// Makes a hello and measures it; nothing is sent.
fn hello_bytes(config: &ClientConfig, name: &ServerName<'static>, alpn: Vec<Vec<u8>>) -> Option<usize> {
    let mut config = config.clone();
    config.alpn_protocols = alpn;
    let mut connection = ClientConnection::new(Arc::new(config), name.clone()).ok()?;
    let mut hello = Vec::new();
    connection.write_tls(&mut hello).ok()?;
    Some(hello.len())
}

/// Go 1.26, ML-KEM on, ALPN `h2` and `http/1.1`, no server name (measured of fluxcd/pkg/git 0.52: 1519 with a name of nine).
const GO_WITHOUT_NAME: usize = 1501;

/// The server-name extension around a name (RFC 6066 §3).
const SNI_HEAD: usize = 9;

/// OpenSSL pads hellos between 256 and 511 bytes to 512, plus the record header (RFC 7685; measured of curl on OpenSSL 3.0).
const OPENSSL: usize = 517;

/// One length byte (RFC 7301).
const MAX_PROTOCOL: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::config::bare;

    #[test]
    fn the_hello_has_the_clients_size() {
        for profile in [Profile::Flux, Profile::Git, Profile::Openssh] {
            for name in
                ["github.com", "git.lab.test", "a.very.long.name.in.some.internal.zone.example.org", "192.0.2.1"]
            {
                let name = ServerName::try_from(name).unwrap();
                let config = bare(profile);
                let wanted = client_bytes(profile, &name);
                let alpn = alpn_for(&config, &name, wanted);
                assert_eq!(hello_bytes(&config, &name, alpn), Some(wanted), "{profile:?} {name:?}");
                let mut nameless = config.clone();
                nameless.enable_sni = false;
                let alpn = alpn_for(&nameless, &name, wanted);
                assert_eq!(hello_bytes(&nameless, &name, alpn), Some(wanted), "one thing changes, and not the size");
            }
        }
    }

    #[test]
    fn a_classic_hello_fits_into_any_packet() {
        let provider = crate::tls::config::provider(Profile::Flux, model::TlsHello::Classic);
        let verifier = crate::tls::config::bare_verifier(&provider);
        let config = crate::tls::config::with_verifier(provider, verifier).unwrap();
        let name = ServerName::try_from("a.very.long.name.in.some.internal.zone.example.org").unwrap();
        let alpn = alpn_for(&config, &name, 0);
        assert_eq!(alpn.len(), 2, "nothing pads it");
        assert!(hello_bytes(&config, &name, alpn).unwrap() < 520);
    }
}
