//! A git server's side of the conversation, in pieces that can be stopped, bent and drowned, over either transport.

use std::io;
use std::net::TcpStream;

use model::Stage;

use crate::bed::Way;
use crate::http::Http;
use crate::pace::slowly;
use crate::ssh::Ssh;

/// What carries the conversation.
pub(crate) enum Wire {
    /// SSH before git runs: bytes go out as they are.
    Early(Box<Ssh>),
    Ssh(Box<Ssh>),
    Http(Box<Http>),
}

impl Wire {
    /// Up to where the advertisement is due.
    pub(crate) fn open(way: Way, stream: TcpStream) -> io::Result<Self> {
        if way == Way::Ssh {
            return Ok(Self::Ssh(Box::new(Ssh::running(stream)?)));
        }
        let mut http = Http::new(stream);
        http.request()?;
        http.head("application/x-git-upload-pack-advertisement")?;
        http.data(b"001e# service=git-upload-pack\n0000")?;
        Ok(Self::Http(Box::new(http)))
    }

    pub(crate) fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Early(ssh) => ssh.raw(bytes),
            Self::Ssh(ssh) => ssh.data(bytes),
            Self::Http(http) => http.data(bytes),
        }
    }

    /// Says it for ever.
    pub(crate) fn flood(&mut self, bytes: &[u8]) -> io::Result<()> {
        let many = bytes.repeat(60_000_usize.div_ceil(bytes.len()));
        loop {
            self.say(&many)?;
        }
    }

    /// Says one after the other, with a pause between.
    pub(crate) fn drip(&mut self, pieces: impl IntoIterator<Item = Vec<u8>>) -> io::Result<()> {
        let socket = match self {
            Self::Early(ssh) | Self::Ssh(ssh) => ssh.socket()?,
            Self::Http(http) => http.socket()?,
        };
        slowly(&socket, pieces, |piece| self.say(&piece))
    }

    /// Behind the advertisement: the client's request is read, and the response is due.
    pub(crate) fn request(&mut self) -> io::Result<()> {
        match self {
            Self::Early(ssh) | Self::Ssh(ssh) => ssh.request(),
            Self::Http(http) => {
                http.end()?;
                http.request()?;
                http.head("application/x-git-upload-pack-result")
            }
        }
    }

    /// Up to where the response is due.
    pub(crate) fn asked(way: Way, stream: TcpStream) -> io::Result<Self> {
        let mut wire = Self::open(way, stream)?;
        wire.say(&advertisement())?;
        wire.request()?;
        Ok(wire)
    }

    /// Up to where the pack is due.
    pub(crate) fn acknowledged(way: Way, stream: TcpStream) -> io::Result<Self> {
        let mut wire = Self::asked(way, stream)?;
        wire.say(b"00000008NAK\n")?;
        Ok(wire)
    }

    /// As a good server would, up to where this stage is under way.
    pub(crate) fn until(stage: Stage, way: Way, stream: TcpStream) -> io::Result<Self> {
        let early = |ssh| Ok(Self::Early(Box::new(ssh)));
        match stage {
            Stage::Greeting => return early(Ssh::new(stream)),
            Stage::KeyExchange => return early(Ssh::greeted(stream)?),
            Stage::Authenticate => return early(Ssh::encrypted(stream)?),
            Stage::Exec => return early(Ssh::authenticated(stream)?),
            _ => {}
        }
        let mut wire = Self::open(way, stream)?;
        if stage == Stage::AdvertisementWait {
            return Ok(wire);
        }
        let advertised = advertisement();
        if stage == Stage::AdvertisementTransfer {
            wire.say(&advertised[..100])?;
            return Ok(wire);
        }
        wire.say(&advertised)?;
        if stage == Stage::Request {
            return Ok(wire);
        }
        wire.request()?;
        let pack = pack();
        let (head, body) = pack.split_at(12);
        let response: [(Stage, Vec<u8>); 6] = [
            (Stage::ShallowList, line(format!("shallow {}", "a".repeat(40)).as_bytes())),
            (Stage::Acknowledgment, b"0000".to_vec()),
            (Stage::FirstPacket, line(b"NAK\n")),
            (Stage::PackStart, band(1, b"")),
            (Stage::PackTransfer, [band(1, head), band(1, &body[..10])].concat()),
            (Stage::End, [band(1, &body[10..]), b"0000".to_vec()].concat()),
        ];
        for (reached, bytes) in response {
            if reached > stage {
                break;
            }
            wire.say(&bytes)?;
        }
        Ok(wire)
    }

    /// Says nothing more and waits for the client to go.
    pub(crate) fn be_silent(self) -> io::Result<()> {
        match self {
            Self::Early(ssh) | Self::Ssh(ssh) => ssh.be_silent(),
            Self::Http(http) => http.be_silent(),
        }
    }
}

/// One packet line.
pub(crate) fn line(payload: &[u8]) -> Vec<u8> {
    [format!("{:04x}", payload.len() + 4).as_bytes(), payload].concat()
}

/// One side-band packet.
pub(crate) fn band(number: u8, payload: &[u8]) -> Vec<u8> {
    line(&[&[number], payload].concat())
}

/// One branch, as git 2 would list it.
pub(crate) fn advertisement() -> Vec<u8> {
    [first_line(), line(format!("{} refs/heads/main\n", id()).as_bytes()), b"0000".to_vec()].concat()
}

pub(crate) fn first_line() -> Vec<u8> {
    let capabilities =
        "multi_ack_detailed side-band-64k ofs-delta shallow no-progress symref=HEAD:refs/heads/main agent=git/2.47.3";
    line(format!("{} HEAD\0{capabilities}\n", id()).as_bytes())
}

pub(crate) fn id() -> String {
    "a".repeat(40)
}

/// A pack of one small blob.
pub(crate) fn pack() -> Vec<u8> {
    let mut pack = b"PACK\0\0\0\x02\0\0\0\x01\x3b".to_vec();
    let mut deflate = flate2::write::ZlibEncoder::new(&mut pack, flate2::Compression::fast());
    io::Write::write_all(&mut deflate, b"hello world").unwrap();
    deflate.finish().unwrap();
    let sum = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, &pack);
    [&pack, sum.as_ref()].concat()
}

/// Bytes without sense, the same each time; escapes are among them.
pub(crate) fn garbage(count: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    let noise = std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_be_bytes()[0]
    });
    ESCAPES.as_bytes().iter().copied().chain(noise).take(count).collect()
}

/// What a terminal would obey: colours, a title, a cleared screen, an answer-back, the C1 form, a turned line.
pub(crate) const ESCAPES: &str = "\x1b[31mred\x1b]0;title\x07\x1b[2J\x1b[6n\u{9b}31m\u{202e}desrever\r\x08\x08\x7f";
