//! The server side of SSH by hand, with one algorithm of each kind, so that it can be broken at any place: RFC 4253 with
//! `curve25519-sha256` (RFC 8731), `ssh-ed25519` (RFC 8709) and `aes128-gcm@openssh.com` (RFC 5647).

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::LazyLock;

use aws_lc_rs::agreement::{PrivateKey, UnparsedPublicKey, X25519, agree};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;

pub(crate) use crate::ssh_packet::string;
use crate::ssh_packet::{Sealed, mpint, padded};

/// One connection.
pub(crate) struct Ssh {
    stream: TcpStream,
    client_ident: Vec<u8>,
    session_id: Option<Vec<u8>>,
    out: Option<Sealed>,
    back: Option<Sealed>,
    /// The client's number for its channel, and what it still takes there.
    channel: [u8; 4],
    window: u64,
}

impl Ssh {
    /// Nothing is said yet.
    pub(crate) fn new(stream: TcpStream) -> Self {
        let _ = stream.set_nodelay(true);
        Self { stream, client_ident: Vec::new(), session_id: None, out: None, back: None, channel: [0; 4], window: 0 }
    }

    /// Up to an open session with `git-upload-pack` running.
    pub(crate) fn running(stream: TcpStream) -> io::Result<Self> {
        let mut ssh = Self::authenticated(stream)?;
        ssh.open(WINDOW)?;
        ssh.hear(CHANNEL_REQUEST)?;
        ssh.on_channel(CHANNEL_SUCCESS, &[])?;
        Ok(ssh)
    }

    /// Up to a login.
    pub(crate) fn authenticated(stream: TcpStream) -> io::Result<Self> {
        let mut ssh = Self::asked_to_authenticate(stream)?;
        ssh.say(&[USERAUTH_SUCCESS])?;
        Ok(ssh)
    }

    /// Up to the client's first request to log in.
    pub(crate) fn asked_to_authenticate(stream: TcpStream) -> io::Result<Self> {
        let mut ssh = Self::encrypted(stream)?;
        ssh.hear(SERVICE_REQUEST)?;
        ssh.say(&[&[SERVICE_ACCEPT][..], &string(b"ssh-userauth")].concat())?;
        ssh.hear(USERAUTH_REQUEST)?;
        Ok(ssh)
    }

    /// Up to the end of the first key exchange.
    pub(crate) fn encrypted(stream: TcpStream) -> io::Result<Self> {
        let mut ssh = Self::greeted(stream)?;
        ssh.exchange_keys()?;
        Ok(ssh)
    }

    /// Both identification lines.
    pub(crate) fn greeted(stream: TcpStream) -> io::Result<Self> {
        let mut ssh = Self::new(stream);
        ssh.raw(format!("{IDENT}\r\n").as_bytes())?;
        let mut byte = [0];
        while ssh.stream.read(&mut byte)? == 1 && byte[0] != b'\n' {
            ssh.client_ident.push(byte[0]);
        }
        ssh.client_ident.retain(|byte| *byte != b'\r');
        Ok(ssh)
    }

    /// The connection, for whoever wants to know whether the client is still there.
    pub(crate) fn socket(&self) -> io::Result<TcpStream> {
        self.stream.try_clone()
    }

    /// Bytes as they are, past any encryption.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// One packet, encrypted if it is time for that.
    pub(crate) fn say(&mut self, payload: &[u8]) -> io::Result<()> {
        let packet = match &mut self.out {
            None => padded(payload, 8, 4),
            Some(sealed) => sealed.seal(padded(payload, 16, 0)),
        };
        self.stream.write_all(&packet)
    }

    /// The next packet's payload.
    pub(crate) fn next(&mut self) -> io::Result<Vec<u8>> {
        let mut head = [0; 4];
        self.stream.read_exact(&mut head)?;
        let length = u32::from_be_bytes(head) as usize;
        let tag = if self.back.is_some() { 16 } else { 0 };
        let mut packet = vec![0; length + tag];
        self.stream.read_exact(&mut packet)?;
        let body = match &mut self.back {
            None => packet,
            Some(sealed) => sealed.open(head, packet)?,
        };
        let padding = usize::from(body[0]);
        let payload = body[1..body.len() - padding].to_vec();
        if payload[0] == CHANNEL_WINDOW_ADJUST {
            self.window += u64::from(u32::from_be_bytes(payload[5..9].try_into().unwrap()));
        }
        Ok(payload)
    }

    /// Reads until a message of this kind comes.
    pub(crate) fn hear(&mut self, kind: u8) -> io::Result<Vec<u8>> {
        loop {
            let payload = self.next()?;
            if payload[0] == kind {
                return Ok(payload);
            }
        }
    }

    /// A whole key exchange, the first one or another.
    pub(crate) fn exchange_keys(&mut self) -> io::Result<()> {
        let ours = kexinit();
        self.say(&ours)?;
        let theirs = self.hear(KEXINIT)?;
        let init = self.hear(ECDH_INIT)?;
        let broken = |()| io::Error::other("key agreement");
        let mine = PrivateKey::generate(&X25519).unwrap();
        let public = mine.compute_public_key().unwrap();
        let point = &init[5..];
        let shared = agree(&mine, UnparsedPublicKey::new(&X25519, point), broken(()), |key| Ok(key.to_vec()))?;
        let shared = mpint(&shared);
        let host_key = host_key_blob();
        let hashed: Vec<u8> = [
            string(&self.client_ident),
            string(IDENT.as_bytes()),
            string(&theirs),
            string(&ours),
            string(&host_key),
            string(point),
            string(public.as_ref()),
            shared.clone(),
        ]
        .concat();
        let hash = digest(&SHA256, &hashed).as_ref().to_vec();
        let signature = [string(b"ssh-ed25519"), string(HOST_KEY.sign(&hash).as_ref())].concat();
        let reply = [&[ECDH_REPLY][..], &string(&host_key), &string(public.as_ref()), &string(&signature)].concat();
        self.say(&reply)?;
        self.say(&[NEWKEYS])?;
        let session = self.session_id.get_or_insert_with(|| hash.clone()).clone();
        let derive =
            |letter: u8| digest(&SHA256, &[&shared[..], &hash, &[letter], &session].concat()).as_ref().to_vec();
        self.out = Some(Sealed::new(&derive(b'D'), &derive(b'B')));
        self.hear(NEWKEYS)?;
        self.back = Some(Sealed::new(&derive(b'C'), &derive(b'A')));
        Ok(())
    }

    /// Reads the client's wish for a channel.
    pub(crate) fn asked_for_channel(&mut self) -> io::Result<()> {
        let asked = self.hear(CHANNEL_OPEN)?;
        let name = u32::from_be_bytes(asked[1..5].try_into().unwrap()) as usize;
        let rest = &asked[5 + name..];
        self.channel.copy_from_slice(&rest[..4]);
        self.window = u64::from(u32::from_be_bytes(rest[4..8].try_into().unwrap()));
        Ok(())
    }

    /// Opens the client's channel, with this much room for what it sends.
    pub(crate) fn open(&mut self, window: u32) -> io::Result<()> {
        self.asked_for_channel()?;
        self.on_channel(CHANNEL_OPEN_CONFIRMATION, &[&[0; 4][..], &window.to_be_bytes(), &[0, 0, 0x80, 0]].concat())
    }

    /// Bytes of stdout, in packets, as the client's window allows.
    pub(crate) fn data(&mut self, bytes: &[u8]) -> io::Result<()> {
        for chunk in bytes.chunks(30_000) {
            while self.window < chunk.len() as u64 {
                self.next()?;
            }
            self.window -= chunk.len() as u64;
            self.on_channel(CHANNEL_DATA, &string(chunk))?;
        }
        Ok(())
    }

    /// A message about the client's channel.
    pub(crate) fn on_channel(&mut self, kind: u8, rest: &[u8]) -> io::Result<()> {
        self.say(&[&[kind][..], &self.channel, rest].concat())
    }

    /// Bytes of stderr, the window not minded.
    pub(crate) fn stderr(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.on_channel(CHANNEL_EXTENDED_DATA, &[&[0, 0, 0, 1][..], &string(bytes)].concat())
    }

    /// What the client writes to the command, up to its `done`.
    pub(crate) fn request(&mut self) -> io::Result<()> {
        let mut said = Vec::new();
        while !said.windows(4).any(|bytes| bytes == b"done") {
            said.extend(self.hear(CHANNEL_DATA)?);
        }
        Ok(())
    }

    /// Says nothing more and waits for the client to go.
    pub(crate) fn be_silent(mut self) -> io::Result<()> {
        loop {
            self.next()?;
        }
    }
}

/// Our lists: one algorithm of each kind.
pub(crate) fn kexinit() -> Vec<u8> {
    let lists =
        ["curve25519-sha256", "ssh-ed25519", CIPHER, CIPHER, "hmac-sha2-256", "hmac-sha2-256", "none", "none", "", ""];
    let lists: Vec<u8> = lists.iter().flat_map(|list| string(list.as_bytes())).collect();
    [&[KEXINIT][..], &[7; 16], &lists, &[0; 5]].concat()
}

/// A line for the server on this port.
pub(crate) fn known_hosts(port: u16) -> String {
    let key = base64::engine::general_purpose::STANDARD.encode(host_key_blob());
    format!("[127.0.0.1]:{port} ssh-ed25519 {key}\n")
}

fn host_key_blob() -> Vec<u8> {
    [string(b"ssh-ed25519"), string(HOST_KEY.public_key().as_ref())].concat()
}

static HOST_KEY: LazyLock<Ed25519KeyPair> = LazyLock::new(|| Ed25519KeyPair::generate().unwrap());

pub(crate) const IDENT: &str = "SSH-2.0-hostile";
const CIPHER: &str = "aes128-gcm@openssh.com";
const WINDOW: u32 = 2 << 20;

// Message numbers (RFC 4250 §4.1.2).
pub(crate) const IGNORE: u8 = 2;
pub(crate) const DEBUG: u8 = 4;
const SERVICE_REQUEST: u8 = 5;
const SERVICE_ACCEPT: u8 = 6;
const KEXINIT: u8 = 20;
const NEWKEYS: u8 = 21;
const ECDH_INIT: u8 = 30;
const ECDH_REPLY: u8 = 31;
const USERAUTH_REQUEST: u8 = 50;
const USERAUTH_SUCCESS: u8 = 52;
pub(crate) const USERAUTH_FAILURE: u8 = 51;
pub(crate) const USERAUTH_BANNER: u8 = 53;
pub(crate) const GLOBAL_REQUEST: u8 = 80;
pub(crate) const CHANNEL_OPEN: u8 = 90;
const CHANNEL_OPEN_CONFIRMATION: u8 = 91;
pub(crate) const CHANNEL_OPEN_FAILURE: u8 = 92;
pub(crate) const CHANNEL_WINDOW_ADJUST: u8 = 93;
pub(crate) const CHANNEL_DATA: u8 = 94;
const CHANNEL_EXTENDED_DATA: u8 = 95;
pub(crate) const CHANNEL_EOF: u8 = 96;
pub(crate) const CHANNEL_CLOSE: u8 = 97;
pub(crate) const CHANNEL_REQUEST: u8 = 98;
pub(crate) const CHANNEL_SUCCESS: u8 = 99;
pub(crate) const CHANNEL_FAILURE: u8 = 100;

impl Write for &mut Ssh {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
