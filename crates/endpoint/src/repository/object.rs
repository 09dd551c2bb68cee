//! Git objects as bytes: object ids, and the entries of a pack.
//!
//! Knows the loose format (what is hashed) and the pack entry (what is sent). It does not know which objects exist.

use std::fmt;

use sha1::{Digest, Sha1};

/// The SHA-1 name of an object.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Oid(pub(crate) [u8; 20]);

impl Oid {
    /// The id of an object of this kind with this body.
    pub(crate) fn of(kind: Kind, body: &[u8]) -> Self {
        let mut hash = Sha1::new();
        hash.update(format!("{} {}\0", kind.name(), body.len()));
        hash.update(body);
        Self(hash.finalize().into())
    }

    /// Parses exactly forty lower- or upper-case hex digits.
    pub(crate) fn parse(hex: &[u8]) -> Option<Self> {
        let mut id = [0; 20];
        if hex.len() != 2 * id.len() {
            return None;
        }
        for (byte, pair) in id.iter_mut().zip(hex.chunks_exact(2)) {
            if !pair.iter().all(u8::is_ascii_hexdigit) {
                return None;
            }
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(id))
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The four kinds of object; the value is the type number in a pack entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Commit = 1,
    Tree = 2,
    Blob = 3,
    Tag = 4,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }
}

/// Appends the pack entry of an object: header, then a zlib stream of stored blocks.
///
/// Nothing is compressed: the bodies that matter are noise, and a stored block costs no processor time.
pub(crate) fn push_entry(kind: Kind, body: &[u8], adler: u32, out: &mut Vec<u8>) {
    push_entry_header(kind, body.len(), out);
    out.extend_from_slice(&ZLIB_HEADER);
    let last = body.chunks(STORED_BLOCK_MAX).len().saturating_sub(1);
    for (index, block) in body.chunks(STORED_BLOCK_MAX).enumerate() {
        push_block(index == last, block, out);
    }
    if body.is_empty() {
        push_block(true, &[], out);
    }
    out.extend_from_slice(&adler.to_be_bytes());
}

/// Bytes that [`push_entry`] appends for a body of this length.
pub(crate) fn entry_size(body_bytes: usize) -> usize {
    let blocks = body_bytes.div_ceil(STORED_BLOCK_MAX).max(1);
    let mut header = Vec::with_capacity(8);
    push_entry_header(Kind::Blob, body_bytes, &mut header);
    header.len() + ZLIB_HEADER.len() + 5 * blocks + body_bytes + 4
}

/// Adler-32 of a body (RFC 1950).
pub(crate) fn adler32(body: &[u8]) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    for run in body.chunks(ADLER_RUN) {
        for byte in run {
            a += u32::from(*byte);
            b += a;
        }
        a %= ADLER_MODULUS;
        b %= ADLER_MODULUS;
    }
    b << 16 | a
}

fn push_entry_header(kind: Kind, size: usize, out: &mut Vec<u8>) {
    let mut byte = ((kind as u8) << 4) | low_bits(size, 0x0f);
    let mut rest = size >> 4;
    while rest > 0 {
        out.push(byte | 0x80);
        byte = low_bits(rest, 0x7f);
        rest >>= 7;
    }
    out.push(byte);
}

fn push_block(last: bool, block: &[u8], out: &mut Vec<u8>) {
    // The callers cut at 65 535, so the length always fits.
    let size = u16::try_from(block.len()).unwrap_or(u16::MAX);
    out.push(u8::from(last));
    out.extend_from_slice(&size.to_le_bytes());
    out.extend_from_slice(&(!size).to_le_bytes());
    out.extend_from_slice(block);
}

fn low_bits(value: usize, mask: u8) -> u8 {
    u8::try_from(value & usize::from(mask)).unwrap_or(mask)
}

/// Deflate with a 32 KiB window, fastest level (RFC 1950 §2.2).
const ZLIB_HEADER: [u8; 2] = [0x78, 0x01];

/// Longest stored block (RFC 1951 §3.2.4).
const STORED_BLOCK_MAX: usize = 65_535;

/// Largest prime below 65536 (RFC 1950 §8.2).
const ADLER_MODULUS: u32 = 65_521;

/// Longest run whose sums cannot overflow 32 bits before the modulus is taken (zlib's NMAX).
const ADLER_RUN: usize = 5_552;

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn the_empty_blob_and_the_empty_tree_have_their_famous_names() {
        assert_eq!(Oid::of(Kind::Blob, b"").to_string(), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(Oid::of(Kind::Tree, b"").to_string(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    }

    #[test]
    fn an_entry_inflates_to_its_body_and_has_the_predicted_size() {
        for size in [0, 1, 15, 16, 2047, 2048, 65_535, 65_536, 200_000] {
            let body: Vec<u8> = (0..=250).cycle().take(size).collect();
            let mut entry = Vec::new();
            push_entry(Kind::Blob, &body, adler32(&body), &mut entry);
            assert_eq!(entry.len(), entry_size(size), "size {size}");
            let header = entry.iter().position(|b| b & 0x80 == 0).unwrap() + 1;
            let mut inflated = Vec::new();
            flate2::read::ZlibDecoder::new(&entry[header..]).read_to_end(&mut inflated).unwrap();
            assert_eq!(inflated, body);
        }
    }

    #[test]
    fn an_id_parses_only_from_forty_hex_digits() {
        let text = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
        assert_eq!(Oid::parse(text.as_bytes()).unwrap().to_string(), text);
        assert_eq!(Oid::parse(b"4b825d"), None);
        assert_eq!(Oid::parse(&[b'+'; 40]), None);
    }
}
