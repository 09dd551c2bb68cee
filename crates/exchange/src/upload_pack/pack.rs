//! The pack as it streams by (gitformat-pack(5)): header, checksum, size, gaps. Nothing of it is kept but a trailer's
//! worth of bytes.

use model::{Bytes, Micros, PackProgress, Trailer};
use sha1::Digest;

use super::TalkError;
use super::entries::EntryCounter;

/// The hash that a repository is built on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectFormat {
    /// Trailer of 20 bytes.
    Sha1,
    /// Trailer of 32 bytes.
    Sha256,
}

/// Meters one pack.
#[derive(Debug)]
pub struct PackMeter {
    hash: Hash,
    /// The last bytes seen, at most a trailer's length: they may be the trailer, so they are not hashed yet.
    tail: Vec<u8>,
    header: Vec<u8>,
    objects: Option<u32>,
    size: u64,
    entries: Option<EntryCounter>,
    began_us: Option<Micros>,
    last_us: Micros,
    longest_gap_us: Micros,
    longest_gap_after: u64,
    data_packets: u32,
}

#[derive(Debug)]
enum Hash {
    Sha1(Box<sha1::Sha1>),
    Sha256(Box<sha2::Sha256>),
}

impl PackMeter {
    /// Counts objects only where asked to: it means inflating every byte, which only a pack that may be cut is worth.
    pub fn new(format: ObjectFormat, count_objects: bool) -> Self {
        let hash = match format {
            ObjectFormat::Sha1 => Hash::Sha1(Box::default()),
            ObjectFormat::Sha256 => Hash::Sha256(Box::default()),
        };
        Self {
            tail: Vec::with_capacity(2 * hash.size()),
            entries: count_objects.then(|| EntryCounter::new(hash.size())),
            hash,
            header: Vec::with_capacity(HEADER_BYTES),
            objects: None,
            size: 0,
            began_us: None,
            last_us: Micros::default(),
            longest_gap_us: Micros::default(),
            longest_gap_after: 0,
            data_packets: 0,
        }
    }

    /// A side-band packet with pack data begins.
    pub fn count_packet(&mut self) {
        self.data_packets = self.data_packets.saturating_add(1);
    }

    /// Takes pack bytes that came at `now`.
    pub fn feed(&mut self, bytes: &[u8], now: Micros) -> Result<(), TalkError> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.note_gap(now);
        self.size = self.size.saturating_add(bytes.len() as u64);
        let mut body = bytes;
        if self.objects.is_none() {
            body = self.read_header(bytes)?;
        }
        if let Some(entries) = &mut self.entries {
            entries.feed(body);
        }
        self.hash_all_but_tail(bytes);
        Ok(())
    }

    /// Objects that the header announces, once it is there.
    pub fn objects(&self) -> Option<u32> {
        self.objects
    }

    /// Pack bytes so far.
    pub fn size(&self) -> Bytes {
        Bytes(self.size)
    }

    /// When the first byte came.
    pub fn began_us(&self) -> Option<Micros> {
        self.began_us
    }

    /// The stream is over: does the trailer match?
    pub fn finish(&mut self) -> Trailer {
        if self.objects.is_none() || self.tail.len() < self.hash.size() {
            return Trailer::NotReached;
        }
        if self.hash.finish() == self.tail { Trailer::Verified } else { Trailer::Mismatch }
    }

    /// For the report, as far as it is known now.
    pub fn progress(&self, trailer: Trailer) -> PackProgress {
        let objects = self.objects.unwrap_or(0);
        PackProgress {
            pack: Bytes(self.size),
            objects,
            objects_seen: self.entries.as_ref().and_then(EntryCounter::seen),
            data_packets: self.data_packets,
            keepalives: 0,
            progress_packets: 0,
            longest_gap_us: self.longest_gap_us,
            longest_gap_after: Bytes(self.longest_gap_after),
            trailer,
            estimated_pack: self.entries.as_ref().and_then(|entries| entries.estimate(self.size)).map(Bytes),
        }
    }

    fn note_gap(&mut self, now: Micros) {
        if self.began_us.is_none() {
            self.began_us = Some(now);
        } else if now.since(self.last_us) > self.longest_gap_us {
            self.longest_gap_us = now.since(self.last_us);
            self.longest_gap_after = self.size;
        }
        self.last_us = now;
    }

    /// Collects the header's twelve bytes, which need not come at once, and returns what stands behind them.
    fn read_header<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], TalkError> {
        let missing = HEADER_BYTES.saturating_sub(self.header.len());
        let (fresh, rest) = bytes.split_at_checked(missing).unwrap_or((bytes, &[]));
        self.header.extend_from_slice(fresh);
        let magic = self.header.get(..4).unwrap_or(&self.header);
        if !b"PACK".starts_with(magic) {
            let found = model::RemoteText::from_bytes(&self.header);
            return Err(TalkError::Malformed(
                format!("a pack should begin with PACK, and this begins with \"{found}\"").into(),
            ));
        }
        if let Some(count) = self.header.last_chunk::<4>().filter(|_| self.header.len() == HEADER_BYTES) {
            let objects = u32::from_be_bytes(*count);
            self.objects = Some(objects);
            if let Some(entries) = &mut self.entries {
                entries.expect(objects);
            }
        }
        Ok(rest)
    }

    fn hash_all_but_tail(&mut self, bytes: &[u8]) {
        let keep = self.hash.size();
        if let Some((body, tail)) = bytes.len().checked_sub(keep).and_then(|middle| bytes.split_at_checked(middle)) {
            self.hash.update(&self.tail);
            self.hash.update(body);
            self.tail.clear();
            self.tail.extend_from_slice(tail);
        } else {
            self.tail.extend_from_slice(bytes);
            let surplus = self.tail.len().saturating_sub(keep);
            self.hash.update(self.tail.get(..surplus).unwrap_or_default());
            self.tail.drain(..surplus);
        }
    }
}

impl Hash {
    fn size(&self) -> usize {
        match self {
            Self::Sha1(_) => 20,
            Self::Sha256(_) => 32,
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(hash) => hash.update(bytes),
            Self::Sha256(hash) => hash.update(bytes),
        }
    }

    fn finish(&mut self) -> Vec<u8> {
        match self {
            Self::Sha1(hash) => hash.finalize_reset().to_vec(),
            Self::Sha256(hash) => hash.finalize_reset().to_vec(),
        }
    }
}

/// `PACK`, version, number of objects.
const HEADER_BYTES: usize = 12;

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use super::*;

    /// A pack of blobs with these contents.
    pub(in crate::upload_pack) fn pack(blobs: &[Vec<u8>]) -> Vec<u8> {
        let mut out = b"PACK\0\0\0\x02".to_vec();
        out.extend_from_slice(&u32::try_from(blobs.len()).unwrap().to_be_bytes());
        for blob in blobs {
            let mut size = blob.len();
            let mut byte = (3 << 4) | u8::try_from(size & 15).unwrap();
            size >>= 4;
            while size > 0 {
                out.push(byte | 0x80);
                byte = u8::try_from(size & 127).unwrap();
                size >>= 7;
            }
            out.push(byte);
            let mut deflate = flate2::write::ZlibEncoder::new(&mut out, flate2::Compression::fast());
            deflate.write_all(blob).unwrap();
            deflate.finish().unwrap();
        }
        let digest = sha1::Sha1::digest(&out);
        out.extend_from_slice(&digest);
        out
    }

    fn blobs() -> Vec<Vec<u8>> {
        (0..40_u8).map(|number| vec![number; usize::from(number) * 100]).collect()
    }

    fn meter(pack: &[u8], chunk: usize) -> PackMeter {
        let mut meter = PackMeter::new(ObjectFormat::Sha1, true);
        for (index, bytes) in pack.chunks(chunk).enumerate() {
            meter.feed(bytes, Micros(index as u64)).unwrap();
        }
        meter
    }

    #[test]
    fn checksum_and_objects_in_any_cut() {
        let pack = pack(&blobs());
        for chunk in [1, 2, 11, 19, 20, 21, 100, 1_000, pack.len()] {
            let mut meter = meter(&pack, chunk);
            assert_eq!(meter.finish(), Trailer::Verified, "in chunks of {chunk}");
            let progress = meter.progress(Trailer::Verified);
            assert_eq!((progress.objects, progress.objects_seen), (40, Some(40)), "in chunks of {chunk}");
            assert_eq!(progress.pack.0, pack.len() as u64);
        }
    }

    #[test]
    fn one_wrong_bit_is_found() {
        let mut pack = pack(&blobs());
        let middle = pack.len() / 2;
        pack[middle] ^= 1;
        assert_eq!(meter(&pack, 50).finish(), Trailer::Mismatch);
    }

    #[test]
    fn a_cut_pack_is_estimated_from_what_was_seen() {
        let pack = pack(&(0..200).map(|_| vec![9; 5_000]).collect::<Vec<_>>());
        let mut meter = meter(&pack[..pack.len() / 4], 64);
        assert_eq!(meter.progress(Trailer::NotReached).objects_seen, Some(49));
        let estimate = meter.progress(Trailer::NotReached).estimated_pack.unwrap().0;
        assert!(estimate.abs_diff(pack.len() as u64) < pack.len() as u64 / 20, "{estimate} for {}", pack.len());
        assert_eq!(meter.finish(), Trailer::Mismatch, "the last bytes seen are no trailer");
    }

    #[test]
    fn gaps_are_measured_between_bytes() {
        let pack = pack(&blobs());
        let mut meter = PackMeter::new(ObjectFormat::Sha1, false);
        for (bytes, at) in [(&pack[..30], 1_000), (&pack[30..50], 5_000), (&pack[50..], 6_000)] {
            meter.feed(bytes, Micros(at)).unwrap();
        }
        let progress = meter.progress(Trailer::NotReached);
        assert_eq!((progress.longest_gap_us, progress.longest_gap_after), (Micros(4_000), Bytes(30)));
    }

    #[test]
    fn what_is_no_pack_is_refused_at_its_first_byte() {
        let mut meter = PackMeter::new(ObjectFormat::Sha1, false);
        assert!(meter.feed(b"P", Micros(0)).is_ok());
        assert!(meter.feed(b"ILE", Micros(0)).is_err());
    }
}
