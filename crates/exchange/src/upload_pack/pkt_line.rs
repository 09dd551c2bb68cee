//! Packet lines (gitprotocol-common(5)): four hexadecimal digits of length, then the payload.
//!
//! The decoder hands out payloads as they arrive, in pieces: when the first bytes of a packet came is what a
//! measurement needs to know, and a whole packet would hide it.

use model::RemoteText;

/// What the decoder found next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// `0000`.
    Flush,
    /// `0001`.
    Delimiter,
    /// `0002`.
    ResponseEnd,
    /// Some of a packet's payload.
    Data {
        /// The bytes; empty only in a packet without payload.
        payload: &'a [u8],
        /// True for the first piece of a packet.
        starts: bool,
        /// Bytes of the packet that are still to come; 0 in the last piece.
        left: usize,
    },
}

/// A length that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a packet line should begin with four hexadecimal digits, and this begins with \"{found}\"")]
pub struct PktError {
    /// What stood in place of the length.
    pub found: RemoteText,
}

/// Takes packet lines apart. It buffers four bytes.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    length: [u8; 4],
    have: usize,
    remaining: usize,
    inside: bool,
}

impl Decoder {
    /// The next piece, taken off the front of `input`; none when more bytes are needed.
    pub(super) fn next<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<Piece<'a>>, PktError> {
        if self.inside {
            return Ok(self.payload(input, false));
        }
        while self.have < 4 {
            let Some((byte, rest)) = input.split_first() else { return Ok(None) };
            if let Some(place) = self.length.get_mut(self.have) {
                *place = *byte;
            }
            self.have += 1;
            *input = rest;
        }
        self.have = 0;
        let piece = match self.parsed_length()? {
            0 => Piece::Flush,
            1 => Piece::Delimiter,
            2 => Piece::ResponseEnd,
            4 => Piece::Data { payload: &[], starts: true, left: 0 },
            length => {
                self.remaining = length.saturating_sub(4);
                self.inside = true;
                // A header whose payload has not come yet still tells that a packet has begun.
                let begun = Piece::Data { payload: &[], starts: true, left: self.remaining };
                return Ok(self.payload(input, true).or(Some(begun)));
            }
        };
        Ok(Some(piece))
    }

    fn payload<'a>(&mut self, input: &mut &'a [u8], starts: bool) -> Option<Piece<'a>> {
        let (payload, rest) = input.split_at_checked(self.remaining).unwrap_or((input, &[]));
        if payload.is_empty() {
            return None;
        }
        *input = rest;
        self.remaining -= payload.len();
        self.inside = self.remaining > 0;
        Some(Piece::Data { payload, starts, left: self.remaining })
    }

    fn parsed_length(&self) -> Result<usize, PktError> {
        let error = || PktError { found: RemoteText::from_bytes(&self.length) };
        let text = std::str::from_utf8(&self.length).map_err(|_| error())?;
        // `from_str_radix` takes a sign; git does not.
        if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(error());
        }
        match usize::from_str_radix(text, 16).map_err(|_| error())? {
            3 => Err(error()),
            length if length > MAX_LENGTH => Err(error()),
            length => Ok(length),
        }
    }
}

/// Gathers whole lines of text, for the parts of the conversation that are text.
#[derive(Debug, Default)]
pub(super) struct Lines {
    decoder: Decoder,
    line: Vec<u8>,
}

/// A whole packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// `0000`.
    Flush,
    /// `0001`.
    Delimiter,
    /// `0002`.
    ResponseEnd,
    /// The payload, one trailing line feed taken off.
    Text(Vec<u8>),
}

impl Lines {
    /// The next whole line, taken off the front of `input`. Holds at most one packet.
    pub(super) fn next(&mut self, input: &mut &[u8]) -> Result<Option<Line>, PktError> {
        loop {
            match self.decoder.next(input)? {
                None => return Ok(None),
                Some(Piece::Flush) => return Ok(Some(Line::Flush)),
                Some(Piece::Delimiter) => return Ok(Some(Line::Delimiter)),
                Some(Piece::ResponseEnd) => return Ok(Some(Line::ResponseEnd)),
                Some(Piece::Data { payload, left, .. }) => {
                    self.line.extend_from_slice(payload);
                    if left == 0 {
                        let mut line = std::mem::take(&mut self.line);
                        if line.last() == Some(&b'\n') {
                            line.pop();
                        }
                        return Ok(Some(Line::Text(line)));
                    }
                }
            }
        }
    }

    /// Gives the decoder on, where text ends and side-bands begin.
    pub(super) fn into_decoder(self) -> Decoder {
        self.decoder
    }
}

/// Appends one packet line. Payloads longer than [`MAX_PAYLOAD`] do not occur in what we send.
pub(super) fn write(out: &mut Vec<u8>, payload: &[u8]) {
    debug_assert!(payload.len() <= MAX_PAYLOAD, "a packet of {} bytes", payload.len());
    out.extend_from_slice(format!("{:04x}", payload.len() + 4).as_bytes());
    out.extend_from_slice(payload);
}

/// Longest packet line, its length included: `LARGE_PACKET_MAX` in git's `pkt-line.h`.
const MAX_LENGTH: usize = 65_520;

/// Longest payload.
const MAX_PAYLOAD: usize = MAX_LENGTH - 4;

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out must not depend on how the bytes were cut on their way.
    fn lines(bytes: &[u8], chunk: usize) -> Result<Vec<Line>, PktError> {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        for mut input in bytes.chunks(chunk) {
            while let Some(line) = lines.next(&mut input)? {
                found.push(line);
            }
        }
        Ok(found)
    }

    #[test]
    fn cuts_do_not_matter() {
        let bytes = b"0008NAK\n000000010004000bwant it0002";
        let expected = vec![
            Line::Text(b"NAK".to_vec()),
            Line::Flush,
            Line::Delimiter,
            Line::Text(vec![]),
            Line::Text(b"want it".to_vec()),
            Line::ResponseEnd,
        ];
        for chunk in 1..=bytes.len() {
            assert_eq!(lines(bytes, chunk).unwrap(), expected, "in chunks of {chunk}");
        }
    }

    #[test]
    fn a_packet_is_seen_as_soon_as_it_begins() {
        let mut decoder = Decoder::default();
        let mut input: &[u8] = b"0009";
        assert_eq!(decoder.next(&mut input).unwrap(), Some(Piece::Data { payload: b"", starts: true, left: 5 }));
        assert_eq!(decoder.next(&mut input).unwrap(), None);
        input = b"\x01abcd0000";
        assert_eq!(
            decoder.next(&mut input).unwrap(),
            Some(Piece::Data { payload: b"\x01abcd", starts: false, left: 0 })
        );
        assert_eq!(decoder.next(&mut input).unwrap(), Some(Piece::Flush));
    }

    #[test]
    fn lengths_that_are_none_are_refused() {
        for bytes in [b"HTTP" as &[u8], b"+00a", b"0003", b"fff1", b"-001", b"\xff\xff\xff\xff", b" 00a"] {
            assert!(lines(bytes, 4).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn written_lines_carry_their_length() {
        let mut out = Vec::new();
        write(&mut out, b"done\n");
        assert_eq!(out, b"0009done\n");
    }
}
