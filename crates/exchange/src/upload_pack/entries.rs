//! Counts a pack's objects as it streams by. The pack does not say how many bytes it has, only how many objects, so a
//! pack that is cut can be estimated only by counting. Content is inflated and thrown away.

use flate2::{Decompress, FlushDecompress, Status};

/// Counts entries from behind the pack's header on.
#[derive(Debug)]
pub(super) struct EntryCounter {
    part: Part,
    inflate: Decompress,
    scratch: Vec<u8>,
    hash_size: usize,
    expected: u32,
    seen: u32,
    blobs: u32,
    blob_bytes: u64,
    entry_bytes: u64,
    kind: u8,
    inflated: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    TypeAndSize {
        first: bool,
    },
    BaseOffset,
    BaseId {
        left: usize,
    },
    Content,
    /// Garbage, or more than is worth inflating: the count is not known any more.
    GivenUp,
}

impl EntryCounter {
    /// `hash_size` is the length of an object id in bytes.
    pub(super) fn new(hash_size: usize) -> Self {
        Self {
            part: Part::TypeAndSize { first: true },
            inflate: Decompress::new(true),
            scratch: vec![0; SCRATCH_BYTES],
            hash_size,
            expected: 0,
            seen: 0,
            blobs: 0,
            blob_bytes: 0,
            entry_bytes: 0,
            kind: 0,
            inflated: 0,
        }
    }

    /// How many entries there are: behind the last stands the trailer, which is none.
    pub(super) fn expect(&mut self, objects: u32) {
        self.expected = objects;
    }

    /// Takes the next bytes.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.seen < self.expected && self.part != Part::GivenUp {
            bytes = if self.part == Part::Content { self.content(bytes) } else { self.header(bytes) };
        }
    }

    /// Entries seen whole; none if counting was given up.
    pub(super) fn seen(&self) -> Option<u32> {
        (self.part != Part::GivenUp).then_some(self.seen)
    }

    /// The whole pack's size, had the entries to come the mean size of the blobs seen. git writes commits, tags and trees
    /// before the first blob, with deltas among them (pack-objects.c, `compute_write_order`): what stands there says
    /// nothing of the rest, and before there are some blobs nothing is said.
    pub(super) fn estimate(&self, size_so_far: u64) -> Option<u64> {
        let seen = self.seen().filter(|seen| *seen > 0)?;
        let left = u64::from(self.expected.saturating_sub(seen));
        if left == 0 {
            return Some(size_so_far);
        }
        let (count, bytes) = (self.blobs, self.blob_bytes);
        if count < ENOUGH_BLOBS {
            return None;
        }
        let mean = bytes / u64::from(count);
        if self.entry_bytes > mean.saturating_mul(UNLIKE_THE_REST) {
            return None; // The entry that is open says that those before it are no measure.
        }
        let rest = u64::try_from(u128::from(left) * u128::from(bytes) / u128::from(count)).ok()?;
        Some(size_so_far.saturating_add(rest).saturating_sub(self.entry_bytes.min(mean)))
    }

    fn header<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let Some((byte, rest)) = bytes.split_first() else { return bytes };
        self.entry_bytes += 1;
        let more = byte & 0x80 != 0;
        match self.part {
            Part::TypeAndSize { first } => {
                if first {
                    self.kind = (byte >> 4) & 7;
                }
                self.part = match self.kind {
                    _ if more => Part::TypeAndSize { first: false },
                    OFS_DELTA => Part::BaseOffset,
                    REF_DELTA => Part::BaseId { left: self.hash_size },
                    1..=4 => Part::Content,
                    _ => Part::GivenUp,
                };
            }
            Part::BaseOffset if !more => self.part = Part::Content,
            Part::BaseId { left } => {
                self.part = if left > 1 { Part::BaseId { left: left - 1 } } else { Part::Content };
            }
            Part::BaseOffset | Part::Content | Part::GivenUp => {}
        }
        rest
    }

    fn content<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let (before_in, before_out) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(bytes, &mut self.scratch, FlushDecompress::None);
        let taken = usize::try_from(self.inflate.total_in() - before_in).unwrap_or(bytes.len());
        self.entry_bytes += taken as u64;
        self.inflated += self.inflate.total_out() - before_out;
        match status {
            Ok(Status::StreamEnd) => self.finish_entry(),
            // Nothing taken and nothing given can only be a stream that makes no progress.
            Ok(_) if taken == 0 && self.inflate.total_out() == before_out => self.part = Part::GivenUp,
            Ok(_) if self.inflated > MAX_INFLATED => self.part = Part::GivenUp,
            Ok(_) => {}
            Err(_) => self.part = Part::GivenUp,
        }
        bytes.get(taken..).unwrap_or_default()
    }

    fn finish_entry(&mut self) {
        self.seen += 1;
        // A delta before the first blob is one of a tree.
        if self.kind == BLOB || self.blobs > 0 && matches!(self.kind, OFS_DELTA | REF_DELTA) {
            self.blobs += 1;
            self.blob_bytes += self.entry_bytes;
        }
        self.entry_bytes = 0;
        self.inflate.reset(true);
        self.part = Part::TypeAndSize { first: true };
    }
}

/// Object types in a pack (gitformat-pack(5)).
const BLOB: u8 = 3;
const OFS_DELTA: u8 = 6;
const REF_DELTA: u8 = 7;

/// From here on blobs are taken as representative of the rest. Where sizes deviate by 1.5 times their mean, as in source
/// code, the mean of so many is off by half of it (one standard deviation); fewer tell too little.
const ENOUGH_BLOBS: u32 = 8;

/// An entry so many times larger than the mean of those before it makes that mean worthless.
const UNLIKE_THE_REST: u64 = 50;

/// Inflated content is overwritten here.
const SCRATCH_BYTES: usize = 16 * 1024;

/// A pack can inflate a thousandfold. Past this the count is not worth the processor time it takes from the timing.
const MAX_INFLATED: u64 = 512 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::super::pack::tests::pack;
    use super::*;

    fn counter() -> EntryCounter {
        let mut counter = EntryCounter::new(20);
        counter.expect(1_000);
        counter
    }

    #[test]
    fn deltas_are_entries_too() {
        let blob = pack(&[b"x".to_vec()]);
        let deflated = &blob[13..blob.len() - 20];
        let mut counter = counter();
        counter.feed(&[&[0x61, 0x81, 0x05], deflated].concat());
        counter.feed(&[&[0x71][..], &[7; 20], deflated].concat());
        assert_eq!(counter.seen(), Some(2));
    }

    /// The entries of a pack of blobs, with another type in their first bytes' place; sizes below 16 have one such byte.
    fn entries(kind: u8, count: usize) -> Vec<u8> {
        let pack = pack(&vec![b"0123456789".to_vec(); count]);
        let body = &pack[12..pack.len() - 20];
        let length = body.len() / count;
        body.chunks(length).flat_map(|entry| [&[(kind << 4) + 10], &entry[1..]].concat()).collect()
    }

    #[test]
    fn what_comes_before_the_first_blobs_says_nothing_of_the_rest() {
        let mut counter = counter();
        counter.feed(&entries(1, 100));
        counter.feed(&entries(2, 100));
        assert_eq!((counter.seen(), counter.estimate(4_000)), (Some(200), None));
        let blobs = pack(&vec![vec![7; 200_000]; 8]);
        counter.feed(&blobs[12..blobs.len() - 20]);
        let mean = counter.blob_bytes / 8;
        assert_eq!(counter.estimate(12_000), Some(12_000 + (1_000 - 208) * mean));
    }

    #[test]
    fn a_pack_without_blobs_is_as_large_as_it_is() {
        let mut counter = counter();
        counter.expect(100);
        counter.feed(&entries(1, 100));
        assert_eq!(counter.estimate(2_000), Some(2_000));
    }

    #[test]
    fn garbage_gives_the_count_up_without_a_panic() {
        for garbage in [&[0x00, 1, 2][..], &[0x31, 0xff, 0xff, 0xff], &[0x50]] {
            let mut counter = counter();
            counter.feed(garbage);
            assert_eq!((counter.seen(), counter.estimate(100)), (None, None), "{garbage:?}");
        }
    }

    #[test]
    fn a_bomb_is_not_inflated_for_ever() {
        let bomb = pack(&[vec![0; 64 << 20]]);
        let mut counter = counter();
        for _ in 0..9 {
            counter.feed(&bomb[12..bomb.len() - 20]);
        }
        assert_eq!(counter.seen(), None);
    }
}
