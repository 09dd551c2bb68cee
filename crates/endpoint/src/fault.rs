//! What can be made to go wrong, and exactly where: faults and paces as data.
//!
//! Pure. When a point is reached is found by `trip`; what happens to the socket then is the business of `wire`.

use std::time::Duration;

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
