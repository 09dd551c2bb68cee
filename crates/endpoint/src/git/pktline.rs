//! pkt-lines (gitprotocol-common): writing them, and splitting a stream of untrusted bytes into them.

use bytes::{Buf, Bytes, BytesMut};

use super::RequestError;

/// One packet of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Packet {
    /// A line, without its final newline.
    Data(Bytes),
    /// `0000`
    Flush,
    /// `0001`
    Delimiter,
}

/// Cuts a byte stream into packets. Holds at most one incomplete packet and what was pushed with it.
#[derive(Debug, Default)]
pub(crate) struct Splitter {
    buffer: BytesMut,
}

impl Splitter {
    /// Adds bytes as they arrived.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole packet, or `None` until more bytes are pushed.
    pub(crate) fn next(&mut self) -> Result<Option<Packet>, RequestError> {
        let Some(head) = self.buffer.first_chunk::<4>() else {
            return Ok(None);
        };
        let digits = std::str::from_utf8(head).ok();
        let size = digits
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| usize::from_str_radix(digits, 16).ok())
            .ok_or(RequestError::PacketLength)?;
        match size {
            0 | 1 => {
                self.buffer.advance(4);
                let packet = if size == 0 { Packet::Flush } else { Packet::Delimiter };
                Ok(Some(packet))
            }
            4..=PACKET_MAX if self.buffer.len() >= size => {
                let mut line = self.buffer.split_to(size).freeze().slice(4..);
                if line.last() == Some(&b'\n') {
                    line.truncate(line.len() - 1);
                }
                Ok(Some(Packet::Data(line)))
            }
            4..=PACKET_MAX => Ok(None),
            _ => Err(RequestError::PacketLength),
        }
    }
}

/// Appends a packet around these bytes. They must not be longer than [`PAYLOAD_MAX`].
pub(crate) fn push_packet(payload: &[u8], out: &mut Vec<u8>) {
    debug_assert!(payload.len() <= PAYLOAD_MAX, "a pkt-line holds 65516 bytes");
    out.extend_from_slice(format!("{:04x}", payload.len() + 4).as_bytes());
    out.extend_from_slice(payload);
}

/// Appends a packet around a text.
pub(crate) fn push_text(text: &str, out: &mut Vec<u8>) {
    push_packet(text.as_bytes(), out);
}

pub(crate) const FLUSH: &[u8] = b"0000";
pub(crate) const DELIMITER: &[u8] = b"0001";

/// Longest packet, its four digits included (gitprotocol-common).
const PACKET_MAX: usize = 65_520;

/// Longest payload.
pub(crate) const PAYLOAD_MAX: usize = PACKET_MAX - 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_in_pieces_gives_the_same_packets() {
        let stream = b"0009done\n0000000100040006ab";
        let mut splitter = Splitter::default();
        let mut packets = Vec::new();
        for byte in stream {
            splitter.push(&[*byte]);
            packets.extend(splitter.next().unwrap());
        }
        let data = |text: &'static str| Packet::Data(Bytes::from_static(text.as_bytes()));
        assert_eq!(packets, [data("done"), Packet::Flush, Packet::Delimiter, data(""), data("ab")]);
    }

    #[test]
    fn lengths_that_cannot_be_are_refused() {
        for bad in ["0002", "0003", "fff1", "zzzz", "+005", "GET "] {
            let mut splitter = Splitter::default();
            splitter.push(bad.as_bytes());
            assert!(splitter.next().is_err(), "{bad}");
        }
    }
}
