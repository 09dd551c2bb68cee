//! Certificates that are made for these tests, and TLS around a connection where what is inside is to be bent.

use std::io;
use std::net::TcpStream;
use std::sync::{Arc, LazyLock};

use rcgen::{CertificateParams, CustomExtension, DnType, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A certificate for loopback and for the name behind the proxies, and its key.
pub(crate) struct Certificate {
    pub(crate) pem: String,
    pub(crate) der: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Certificate {
    /// The one that the program is told to trust.
    pub(crate) fn usual() -> &'static Self {
        static USUAL: LazyLock<Certificate> = LazyLock::new(|| Certificate::make("hostile", 0));
        &USUAL
    }

    /// One with so many bytes that nobody needs.
    pub(crate) fn make(name: &str, ballast: usize) -> Self {
        let mut wanted = CertificateParams::new(vec!["127.0.0.1".to_owned(), "git.invalid".to_owned()]).unwrap();
        wanted.distinguished_name.push(DnType::CommonName, name);
        if ballast > 0 {
            let extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999, 1], vec![0; ballast]);
            wanted.custom_extensions.push(extension);
        }
        let key = KeyPair::generate().unwrap();
        let made = wanted.self_signed(&key).unwrap();
        Self { pem: made.pem(), der: made.der().clone(), key: key.serialize_der() }
    }
}

/// TLS as it should be, with this chain behind the usual certificate, up to the end of the handshake.
pub(crate) fn accept(stream: TcpStream, alpn: &[u8], chain: &[CertificateDer<'static>]) -> io::Result<Stream> {
    let usual = Certificate::usual();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(usual.key.clone()));
    accept_as(stream, alpn, [std::slice::from_ref(&usual.der), chain].concat(), key)
}

/// The same with a certificate of one's own.
pub(crate) fn accept_with(stream: TcpStream, certificate: &Certificate) -> io::Result<Stream> {
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(certificate.key.clone()));
    accept_as(stream, b"http/1.1", vec![certificate.der.clone()], key)
}

fn accept_as(
    stream: TcpStream,
    alpn: &[u8],
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> io::Result<Stream> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_no_client_auth().with_single_cert(chain, key).map_err(io::Error::other)?;
    config.alpn_protocols = vec![alpn.to_vec()];
    let mut tls = StreamOwned::new(ServerConnection::new(Arc::new(config)).map_err(io::Error::other)?, stream);
    while tls.conn.is_handshaking() {
        tls.conn.complete_io(&mut tls.sock)?;
    }
    Ok(tls)
}

pub(crate) type Stream = StreamOwned<ServerConnection, TcpStream>;
