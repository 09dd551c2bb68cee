//! What can be made to go wrong, and exactly where: faults and paces as data.
//!
//! Pure. The trip counts the bytes of each stage of a conversation and says when the fault's point is reached; what
//! happens to the socket then is the business of `wire`.

use std::time::Duration;

use bytes::Bytes;

/// What goes wrong in every conversation with the endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// At this point the connection stays open, but not one byte more is sent until the client closes it.
    Freeze {
        /// Where.
        at: Point,
    },
    /// At this point the connection is closed in order: the client sees the end of the stream.
    Cut {
        /// Where.
        at: Point,
    },
    /// At this point the connection is reset: the client sees RST.
    Reset {
        /// Where.
        at: Point,
    },
    /// In place of the pack, a fatal message on band 3 (without side-band: an `ERR` line).
    Band3 {
        /// The message; at most 900 bytes of it are sent.
        text: String,
    },
    /// The pack's trailer does not match its content.
    Corrupt,
}

impl Fault {
    pub(crate) fn trip(&self) -> Option<(Point, Ending)> {
        match *self {
            Self::Freeze { at } => Some((at, Ending::Freeze)),
            Self::Cut { at } => Some((at, Ending::Cut)),
            Self::Reset { at } => Some((at, Ending::Reset)),
            Self::None | Self::Band3 { .. } | Self::Corrupt => None,
        }
    }

    /// The ending if this fault strikes at exactly one of these points.
    pub(crate) fn ending_at(&self, points: &[Point]) -> Option<Ending> {
        let (at, ending) = self.trip()?;
        points.contains(&at).then_some(ending)
    }
}

/// A place in a conversation, in the order in which a clone passes them. `bytes` counts what was sent of that stage.
///
/// A stage that a conversation does not have (the shallow list of a full clone, the headers of SSH) is passed at
/// once: the fault then strikes at the next stage. Points of HTTP requests strike in the request they name; the fetch
/// of protocol v2 is the POST with `command=fetch`, and its `ls-refs` POST counts as an advertisement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Point {
    /// Connection accepted, nothing sent: before the SSH ident, before the TLS `ServerHello`, before any HTTP answer.
    Connected,
    /// SSH: ident sent, no KEXINIT. TLS and plain HTTP: the same as `Connected`.
    KeyExchange,
    /// SSH: keys exchanged, the first authentication request gets no answer. HTTP: as `AdvertisementHeaders`.
    Authentication,
    /// SSH: the exec request gets no answer. HTTP: as `AdvertisementHeaders`.
    Exec,
    /// HTTP: the GET gets no response headers. SSH: as `Advertisement { bytes: 0 }`.
    AdvertisementHeaders,
    /// So much of the ref advertisement was sent (over HTTP: of the body of the GET). With protocol v2 the count
    /// begins at the capabilities and runs on into `ls-refs` over SSH; over HTTP each reply counts by itself.
    Advertisement {
        /// 0: after exec success or the response headers.
        bytes: u64,
    },
    /// HTTP: the POST of the fetch gets no response headers. SSH: as `Response`.
    ResponseHeaders,
    /// Advertisement complete, request read, not one byte of the response sent (over HTTP: only its headers).
    Response,
    /// So much of the shallow list was sent. For one want it is 56 bytes in v0; v2 begins it with a 17-byte header.
    Shallow {
        /// Beyond the list's length: as `Nak { bytes: 0 }`.
        bytes: u64,
    },
    /// The shallow list is complete, and so much of the acknowledgment was sent: the 8 bytes `0008NAK\n`, in v2 the
    /// 13 bytes of the `packfile` header.
    Nak {
        /// Beyond the line's length: as `AfterNak { bytes: 0 }`.
        bytes: u64,
    },
    /// So many bytes after the acknowledgment, packet headers and keepalives included. go-git blocks in its first
    /// stage up to 6 and is in the pack from 7 on.
    AfterNak {
        /// Counted on the git stream.
        bytes: u64,
    },
    /// So many bytes of the pack itself.
    Pack {
        /// Counted without packet headers.
        bytes: u64,
    },
}

/// How slow the endpoint is, apart from any fault. All zero by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Time before each answer to an SSH authentication request, or before the answer to the GET.
    pub authentication: Duration,
    /// Time before the first byte of the advertisement.
    pub advertisement: Duration,
    /// Time the server "computes" between the acknowledgment and the first packet of the pack.
    pub compute: Duration,
    /// A keepalive (`0005\x01`) so often while computing; `None`: never. Canonical git's default is 5 s.
    pub keepalive: Option<Duration>,
    /// Upper limit of the pack's rate in bytes per second; `None`: as fast as possible.
    pub pack_bytes_per_second: Option<u64>,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            authentication: Duration::ZERO,
            advertisement: Duration::ZERO,
            compute: Duration::ZERO,
            keepalive: Some(Duration::from_secs(5)),
            pack_bytes_per_second: None,
        }
    }
}

/// How a struck connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Open and silent.
    Freeze,
    /// FIN.
    Cut,
    /// RST.
    Reset,
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

/// Bytes sent of each stage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StageBytes {
    /// Of the advertisement.
    pub advertisement: u64,
    /// Of the shallow list.
    pub shallow: u64,
    /// Of the acknowledgment.
    pub nak: u64,
    /// After it, packet headers, keepalives and progress included.
    pub after_nak: u64,
    /// Of the pack, without packet headers.
    pub pack: u64,
}

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
