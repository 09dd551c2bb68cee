//! A pack as a stream: header, entries made one at a time, trailer.
//!
//! Holds one entry at most, so a pack of any size needs the same memory.

use std::sync::Arc;

use sha1::{Digest, Sha1};

use super::{Object, Repository};

/// The bytes of one pack, in order.
#[derive(Debug)]
pub(crate) struct PackStream {
    repository: Arc<Repository>,
    left: std::vec::IntoIter<Object>,
    entry: Vec<u8>,
    taken: usize,
    scratch: Vec<u8>,
    hash: Sha1,
    corrupt: bool,
    ended: bool,
}

impl PackStream {
    /// A pack of these objects. With `corrupt` the trailer does not match the content.
    pub(crate) fn new(repository: Arc<Repository>, objects: Vec<Object>, corrupt: bool) -> Self {
        let count = u32::try_from(objects.len()).unwrap_or(u32::MAX);
        let mut entry = b"PACK\0\0\0\x02".to_vec();
        entry.extend_from_slice(&count.to_be_bytes());
        let mut hash = Sha1::new();
        hash.update(&entry);
        Self {
            repository,
            left: objects.into_iter(),
            entry,
            taken: 0,
            scratch: Vec::new(),
            hash,
            corrupt,
            ended: false,
        }
    }

    /// Appends up to `limit` bytes; fewer only at the end of the pack, none after it.
    pub(crate) fn read(&mut self, limit: usize, out: &mut Vec<u8>) {
        let mut wanted = limit;
        while wanted > 0 {
            let rest = self.entry.get(self.taken..).unwrap_or_default();
            if rest.is_empty() {
                if self.ended {
                    return;
                }
                self.refill();
                continue;
            }
            let (now, _) = rest.split_at(wanted.min(rest.len()));
            out.extend_from_slice(now);
            self.taken += now.len();
            wanted -= now.len();
        }
    }

    fn refill(&mut self) {
        self.entry.clear();
        self.taken = 0;
        if let Some(object) = self.left.next() {
            self.repository.push_entry(object, &mut self.scratch, &mut self.entry);
            self.hash.update(&self.entry);
            return;
        }
        self.ended = true;
        let mut trailer: [u8; 20] = std::mem::take(&mut self.hash).finalize().into();
        if self.corrupt {
            trailer = trailer.map(|byte| !byte);
        }
        self.entry.extend_from_slice(&trailer);
    }
}
