//! The first, unencrypted bytes of an SSH connection (RFC 4253 §4.2, §6): identification line and KEXINIT packet. Pure:
//! it is shown what was captured and says what stands there.

use model::RemoteText;

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
            if line.starts_with(b"SSH-") {
                let length = bytes.get(offset..).and_then(|rest| rest.first_chunk::<4>());
                let packet_bytes = length.map(|raw| u32::from_be_bytes(*raw)).and_then(whole_packet);
                return Self { ident: Some(RemoteText::from_bytes(line)), ident_end: offset, packet_bytes };
            }
        }
        Self::default()
    }

    /// Identification and first packet together.
    pub fn flight_bytes(&self) -> Option<usize> {
        self.packet_bytes.map(|packet| self.ident_end + packet)
    }
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
    fn what_is_not_there_yet_is_not_invented() {
        for bytes in [&b""[..], b"SSH-2.0-Open", b"HTTP/1.1 400 Bad Request\r\n"] {
            assert_eq!(Preamble::read(bytes), Preamble::default(), "{bytes:?}");
        }
        assert_eq!(Preamble::read(b"SSH-2.0-x\r\n\0\0").packet_bytes, None);
        assert_eq!(Preamble::read(b"SSH-2.0-x\r\n\xff\xff\xff\xff").packet_bytes, None, "no KEXINIT is that long");
    }
}
