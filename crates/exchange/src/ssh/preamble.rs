//! The first, unencrypted bytes of an SSH connection (RFC 4253 §4.2, §6): identification line and KEXINIT packet. Pure:
//! it is shown what was captured and says what stands there.

use model::{Failure, FailureKind, RemoteText};

/// What could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preamble {
    /// The identification, without its line end.
    pub ident: Option<RemoteText>,
    /// Offset behind the identification line, lines that a server may send before it included.
    pub ident_end: usize,
    /// Whole length of the first packet behind it, once its length field is there.
    pub packet_bytes: Option<usize>,
}

impl Preamble {
    /// Reads the first bytes of either direction.
    pub fn read(bytes: &[u8]) -> Self {
        let mut offset = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            if !line.ends_with(b"\n") {
                break;
            }
            offset += line.len();
            // One that is no text is none (RFC 4253 §4.2), and russh passes it by.
            if line.starts_with(b"SSH-") && std::str::from_utf8(line).is_ok() {
                let length = bytes.get(offset..).and_then(|rest| rest.first_chunk::<4>());
                let packet_bytes = length.map(|raw| u32::from_be_bytes(*raw)).and_then(whole_packet);
                return Self { ident: Some(RemoteText::from_bytes(line)), ident_end: offset, packet_bytes };
            }
        }
        Self::default()
    }

    /// True where the identification names a version that can be talked to (RFC 4253 §5.1).
    pub(crate) fn is_version_2(&self) -> bool {
        let ident = self.ident.as_ref().map_or("", RemoteText::as_str);
        ident.starts_with("SSH-2.0-") || ident.starts_with("SSH-1.99-")
    }

    /// Identification and first packet together.
    pub fn flight_bytes(&self) -> Option<usize> {
        self.packet_bytes.map(|packet| self.ident_end + packet)
    }
}

/// What it means that the connection ended before an identification: the server may have said why, as OpenSSH does at
/// its limit of connections, or be none for SSH.
pub(crate) fn in_place_of_ident(received: &[u8], problem: Failure) -> Failure {
    let said = RemoteText::from_bytes(received);
    let cut = matches!(problem.kind, FailureKind::Closed | FailureKind::Reset);
    if !cut || said.is_empty() {
        return problem;
    }
    let foreign = said.as_str().starts_with("HTTP/") || std::str::from_utf8(received).is_err();
    let kind = if foreign { FailureKind::Malformed } else { FailureKind::RemoteError };
    Failure { kind, ..problem }.saying(said)
}

/// The length field does not count itself. Larger ones than RFC 4253 §6.1 demands are not a KEXINIT.
fn whole_packet(length: u32) -> Option<usize> {
    usize::try_from(length).ok().filter(|length| *length <= MAX_PACKET).map(|length| length + 4)
}

/// RFC 4253 §6.1: implementations must take packets of 35,000 bytes.
const MAX_PACKET: usize = 35_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_ident_and_length_behind_a_greeting() {
        let bytes = b"Welcome\r\nto the jungle\r\nSSH-2.0-OpenSSH_9.2\r\n\0\0\x03\xec\x06\x14";
        let preamble = Preamble::read(bytes);
        assert_eq!(preamble.ident.as_ref().unwrap().as_str(), "SSH-2.0-OpenSSH_9.2");
        assert_eq!((preamble.ident_end, preamble.packet_bytes), (45, Some(0x3ec + 4)));
    }

    #[test]
    fn words_in_place_of_an_identification_are_told() {
        let kind = |received: &[u8], kind| {
            let problem = in_place_of_ident(received, Failure::new(kind, "greet"));
            (problem.kind, problem.text.as_str().to_owned())
        };
        let limit = kind(b"Exceeded MaxStartups\r\n", FailureKind::Closed);
        assert_eq!(limit, (FailureKind::RemoteError, "Exceeded MaxStartups".to_owned()));
        assert_eq!(kind(b"HTTP/1.1 400 Bad Request\r\n\r\n", FailureKind::Reset).0, FailureKind::Malformed);
        assert_eq!(kind(b"\x16\x03\x01\xff", FailureKind::Closed).0, FailureKind::Malformed);
        assert_eq!(kind(b"", FailureKind::Closed).0, FailureKind::Closed);
        let silent = FailureKind::Stalled { silent_us: model::Micros(1) };
        assert_eq!(kind(b"Welcome\r\n", silent.clone()).0, silent);
    }

    #[test]
    fn the_first_version_of_ssh_is_not_spoken() {
        for (ident, spoken) in [("SSH-2.0-x", true), ("SSH-1.99-x", true), ("SSH-1.5-x", false), ("SSH-3-x", false)] {
            assert_eq!(Preamble::read(format!("{ident}\r\n").as_bytes()).is_version_2(), spoken, "{ident}");
        }
    }

    #[test]
    fn what_is_not_there_yet_is_not_invented() {
        for bytes in [&b""[..], b"SSH-2.0-Open", b"SSH-2.0-\xff\r\n", b"HTTP/1.1 400 Bad Request\r\n"] {
            assert_eq!(Preamble::read(bytes), Preamble::default(), "{bytes:?}");
        }
        assert_eq!(Preamble::read(b"SSH-2.0-x\r\n\0\0").packet_bytes, None);
        assert_eq!(Preamble::read(b"SSH-2.0-x\r\n\xff\xff\xff\xff").packet_bytes, None, "no KEXINIT is that long");
    }
}
