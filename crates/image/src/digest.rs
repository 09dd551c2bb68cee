//! SHA-256 of what passes by, and how much it was.

use std::fmt;
use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

/// The name of a content (OCI image specification, descriptor.md, "Digests").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of a content that is in memory.
    pub(crate) fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }

    /// Where an OCI layout keeps the content.
    pub(crate) fn path(self) -> String {
        format!("blobs/sha256/{}", self.hex())
    }

    fn hex(self) -> String {
        use fmt::Write as _;
        self.0.iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a String does not fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "sha256:{}", self.hex())
    }
}

/// Hands on what is written to it, counts it and remembers its digest.
pub(crate) struct Digesting<W> {
    inner: W,
    hash: Sha256,
    written_bytes: u64,
}

impl<W> Digesting<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self { inner, hash: Sha256::new(), written_bytes: 0 }
    }

    /// What it wrote to, the digest and the size of all that was written.
    pub(crate) fn finish(self) -> (W, Digest, u64) {
        (self.inner, Digest(self.hash.finalize().into()), self.written_bytes)
    }
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.inner.write(bytes)?;
        self.hash.update(bytes.get(..taken).unwrap_or_default());
        self.written_bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-256 of "abc" (FIPS 180-2, appendix B.1).
    const ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn in_one_piece_or_in_several() {
        let mut digesting = Digesting::new(Vec::new());
        digesting.write_all(b"a").unwrap();
        digesting.write_all(b"bc").unwrap();
        let (inner, digest, written_bytes) = digesting.finish();
        assert_eq!((inner.as_slice(), written_bytes), (b"abc".as_slice(), 3));
        assert_eq!((digest.to_string().as_str(), digest), (ABC, Digest::of(b"abc")));
    }
}
