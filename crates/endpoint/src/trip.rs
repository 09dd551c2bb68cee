//! Counts what was sent of each stage of the git stream, and finds the byte at which a fault strikes.

use bytes::Bytes;

use crate::fault::{Ending, Fault, Point, StageBytes};

/// Counts the stages of one connection and finds the fault's point.
#[derive(Debug, Clone)]
pub(crate) struct Trip {
    fault: Option<(Point, Ending)>,
    sent: StageBytes,
}

impl Trip {
    pub(crate) fn new(fault: &Fault) -> Self {
        Self { fault: fault.trip(), sent: StageBytes::default() }
    }

    pub(crate) fn sent(&self) -> StageBytes {
        self.sent
    }

    /// Counts a chunk. If the fault's point lies before its end, it is shortened to what may still be sent.
    pub(crate) fn pass(&mut self, chunk: &mut Chunk) -> Option<Ending> {
        let struck = self.fault.and_then(|(at, ending)| {
            let room = self.room(at, chunk)?;
            chunk.bytes.truncate(room);
            Some(ending)
        });
        self.count(chunk);
        struck
    }

    /// How many bytes of the chunk lie before the point; `None` if the point lies beyond the chunk.
    fn room(&self, at: Point, chunk: &Chunk) -> Option<usize> {
        let (stage, sent, limit) = match at {
            Point::Response => (Stage::Shallow, self.sent.shallow, 0),
            Point::Shallow { bytes } => (Stage::Shallow, self.sent.shallow, bytes),
            Point::Nak { bytes } => (Stage::Nak, self.sent.nak, bytes),
            Point::AfterNak { bytes } => (Stage::Band, self.sent.after_nak, bytes),
            Point::Pack { bytes } => {
                let from = chunk.pack_from?;
                let left = usize::try_from(bytes.saturating_sub(self.sent.pack)).ok()?;
                let room = from.checked_add(left)?;
                return (room <= chunk.bytes.len()).then_some(room);
            }
            Point::ResponseHeaders => (Stage::Shallow, 0, 0),
            Point::Advertisement { bytes } => (Stage::Advertisement, self.sent.advertisement, bytes),
            Point::Connected
            | Point::KeyExchange
            | Point::Authentication
            | Point::Exec
            | Point::AdvertisementHeaders => (Stage::Advertisement, 0, 0),
        };
        if chunk.stage != stage {
            return (chunk.stage > stage).then_some(0);
        }
        let room = usize::try_from(limit.saturating_sub(sent)).ok()?;
        (room <= chunk.bytes.len()).then_some(room)
    }

    fn count(&mut self, chunk: &Chunk) {
        let size = chunk.bytes.len() as u64;
        match chunk.stage {
            Stage::Advertisement => self.sent.advertisement += size,
            Stage::Shallow => self.sent.shallow += size,
            Stage::Nak => self.sent.nak += size,
            Stage::Band => self.sent.after_nak += size,
        }
        if let Some(from) = chunk.pack_from {
            self.sent.pack += size.saturating_sub(from as u64);
        }
    }
}

/// A stage of the git stream, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    Advertisement,
    Shallow,
    Nak,
    Band,
}

/// Bytes of the git stream with what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) stage: Stage,
    pub(crate) bytes: Bytes,
    /// Where pack bytes begin in it, if it carries any.
    pub(crate) pack_from: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(stage: Stage, size: usize, pack_from: Option<usize>) -> Chunk {
        let bytes = Bytes::from(vec![b'x'; size]);
        Chunk { stage, bytes, pack_from }
    }

    /// Runs a depth-1 answer and returns the bytes of each stage at the moment the fault strikes.
    fn struck_at(at: Point) -> Option<StageBytes> {
        let mut trip = Trip::new(&Fault::Cut { at });
        let answer = [
            chunk(Stage::Advertisement, 500, None),
            chunk(Stage::Shallow, 56, None),
            chunk(Stage::Nak, 8, None),
            chunk(Stage::Band, 5, None),
            chunk(Stage::Band, 1005, Some(5)),
            chunk(Stage::Band, 1005, Some(5)),
        ];
        for mut chunk in answer {
            if trip.pass(&mut chunk).is_some() {
                return Some(trip.sent());
            }
        }
        None
    }

    fn sent(advertisement: u64, shallow: u64, nak: u64, after_nak: u64, pack: u64) -> StageBytes {
        StageBytes { advertisement, shallow, nak, after_nak, pack }
    }

    #[test]
    fn every_point_strikes_after_exactly_the_bytes_it_names() {
        let cases = [
            (Point::Advertisement { bytes: 0 }, sent(0, 0, 0, 0, 0)),
            (Point::Advertisement { bytes: 123 }, sent(123, 0, 0, 0, 0)),
            (Point::Advertisement { bytes: 500 }, sent(500, 0, 0, 0, 0)),
            (Point::Advertisement { bytes: 501 }, sent(500, 0, 0, 0, 0)),
            (Point::Response, sent(500, 0, 0, 0, 0)),
            (Point::Shallow { bytes: 20 }, sent(500, 20, 0, 0, 0)),
            (Point::Nak { bytes: 0 }, sent(500, 56, 0, 0, 0)),
            (Point::Nak { bytes: 7 }, sent(500, 56, 7, 0, 0)),
            (Point::AfterNak { bytes: 0 }, sent(500, 56, 8, 0, 0)),
            (Point::AfterNak { bytes: 6 }, sent(500, 56, 8, 6, 0)),
            (Point::AfterNak { bytes: 12 }, sent(500, 56, 8, 12, 2)),
            (Point::Pack { bytes: 0 }, sent(500, 56, 8, 10, 0)),
            (Point::Pack { bytes: 1500 }, sent(500, 56, 8, 1515, 1500)),
        ];
        for (at, expected) in cases {
            assert_eq!(struck_at(at), Some(expected), "{at:?}");
        }
        assert_eq!(struck_at(Point::Pack { bytes: 2001 }), None);
    }

    #[test]
    fn a_stage_that_is_absent_passes_the_fault_on_to_the_next() {
        let mut trip = Trip::new(&Fault::Freeze { at: Point::Shallow { bytes: 9 } });
        let mut nak = chunk(Stage::Nak, 8, None);
        assert_eq!(trip.pass(&mut nak), Some(Ending::Freeze));
        assert!(nak.bytes.is_empty());
    }
}
