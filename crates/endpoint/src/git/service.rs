//! One conversation with upload-pack: packets in, turns out. Common to both protocol versions and all transports.

use std::sync::Arc;

use super::advertisement;
use super::pktline::{Packet, push_text};
use super::reply::{Framing, Reply};
use super::{v0, v2};
use crate::fault::{Fault, Pace};
use crate::repository::{Oid, PackStream, Repository, Selection, Wish};
use crate::trip::Stage;

/// The protocol version that the client asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    V0,
    V2,
}

impl Version {
    /// Reads `GIT_PROTOCOL` or the `Git-Protocol` header: keys separated by colons. Version 1 is answered as 0.
    pub(crate) fn parse(keys: &str) -> Self {
        if keys.split(':').any(|key| key == "version=2") { Self::V2 } else { Self::V0 }
    }

    /// The version's number.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::V0 => 0,
            Self::V2 => 2,
        }
    }
}

/// What is served and how.
#[derive(Debug, Clone)]
pub(crate) struct Behaviour {
    pub(crate) repository: Arc<Repository>,
    pub(crate) fault: Fault,
    pub(crate) pace: Pace,
}

/// What follows from a packet.
#[derive(Debug)]
pub(crate) enum Turn {
    /// Nothing yet.
    Listen,
    /// Send this, then go on listening.
    Answer(Reply),
    /// Send this, then the conversation is over.
    Last(Reply),
}

/// A request that cannot be served. The text goes to the client as an `ERR` line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RequestError {
    #[error("upload-pack: bad pkt-line length")]
    PacketLength,
    #[error("upload-pack: not our ref {0}")]
    NotOurRef(Oid),
    #[error("upload-pack: unexpected or malformed line in {0}")]
    Line(&'static str),
    #[error("upload-pack: {0} is not supported here")]
    Unsupported(&'static str),
    #[error("upload-pack: request larger than 16 MiB")]
    TooLarge,
}

impl RequestError {
    /// The `ERR` line that ends the conversation.
    pub(crate) fn reply(&self) -> Reply {
        let mut line = Vec::new();
        push_text(&format!("ERR {self}"), &mut line);
        let mut reply = Reply::default();
        reply.push(Stage::Nak, line);
        reply
    }
}

/// A conversation.
#[derive(Debug)]
pub(crate) struct Service {
    behaviour: Behaviour,
    request_bytes: usize,
    dialogue: Dialogue,
}

#[derive(Debug)]
enum Dialogue {
    V0(v0::Dialogue),
    V2(v2::Dialogue),
}

impl Service {
    pub(crate) fn new(behaviour: Behaviour, version: Version) -> Self {
        let dialogue = match version {
            Version::V0 => Dialogue::V0(v0::Dialogue::default()),
            Version::V2 => Dialogue::V2(v2::Dialogue::default()),
        };
        Self { behaviour, request_bytes: 0, dialogue }
    }

    /// What the server says unasked. Over HTTP it has a preamble.
    pub(crate) fn greeting(&self, http: bool) -> Reply {
        let mut bytes = Vec::new();
        if http {
            bytes = advertisement::http_preamble();
        }
        bytes.extend(match self.dialogue {
            Dialogue::V0(_) => advertisement::v0(&self.behaviour.repository),
            Dialogue::V2(_) => advertisement::v2(),
        });
        let mut reply = Reply::default();
        reply.push_pause(self.behaviour.pace.advertisement);
        reply.push(Stage::Advertisement, bytes);
        reply
    }

    /// Takes one packet of the client.
    pub(crate) fn take(&mut self, packet: Packet) -> Result<Turn, RequestError> {
        let size = match &packet {
            Packet::Data(line) => line.len() + LINE_OVERHEAD_BYTES,
            Packet::Flush | Packet::Delimiter => LINE_OVERHEAD_BYTES,
        };
        self.request_bytes += size;
        if self.request_bytes > REQUEST_BYTES_MAX {
            return Err(RequestError::TooLarge);
        }
        let turn = match &mut self.dialogue {
            Dialogue::V0(dialogue) => dialogue.take(packet, &self.behaviour)?,
            Dialogue::V2(dialogue) => dialogue.take(packet, &self.behaviour)?,
        };
        if matches!((&turn, &self.dialogue), (Turn::Answer(_), Dialogue::V2(_))) {
            self.request_bytes = 0;
        }
        Ok(turn)
    }

    /// Whether a request has been read in which the client asks for objects.
    pub(crate) fn is_fetch(&self) -> bool {
        match &self.dialogue {
            Dialogue::V0(_) => true,
            Dialogue::V2(dialogue) => dialogue.is_fetch(),
        }
    }
}

/// Appends everything after the acknowledgment: computing, progress, and the pack or the message in its place.
pub(crate) fn push_pack(
    reply: &mut Reply,
    behaviour: &Behaviour,
    selection: Selection,
    framing: Framing,
    progress: bool,
) {
    let Behaviour { fault, pace, .. } = behaviour;
    let count = selection.objects.len();
    let progress = progress && framing != Framing::Raw;
    if progress {
        reply.push_progress(&format!("Enumerating objects: {count}, done.\n"));
    }
    reply.push_compute(pace.compute, pace.keepalive, framing);
    if progress {
        reply.push_progress(&format!("Counting objects: 100% ({count}/{count}), done.\n"));
    }
    if let Fault::Band3 { text } = fault {
        return match framing {
            Framing::Raw => {
                let mut line = Vec::new();
                push_text(&format!("ERR {text:.900}"), &mut line);
                reply.push(Stage::Band, line);
            }
            Framing::Band(_) => reply.push_fatal(text),
        };
    }
    let repository = Arc::clone(&behaviour.repository);
    let pack = PackStream::new(repository, selection.objects, *fault == Fault::Corrupt);
    reply.push_pack(pack, framing);
    if progress {
        reply.push_before_flush(&format!("Total {count} (delta 0), reused 0 (delta 0), pack-reused 0\n"));
    }
}

/// Parses an object id that must exist here.
pub(crate) fn wanted(hex: &[u8], behaviour: &Behaviour) -> Result<Oid, RequestError> {
    let id = Oid::parse(hex).ok_or(RequestError::Line("want"))?;
    match behaviour.repository.find(&id) {
        Some(_) => Ok(id),
        None => Err(RequestError::NotOurRef(id)),
    }
}

/// Records a have; returns whether it exists here.
pub(crate) fn have(hex: &[u8], wish: &mut Wish, behaviour: &Behaviour) -> Result<Option<Oid>, RequestError> {
    let id = Oid::parse(hex).ok_or(RequestError::Line("have"))?;
    if behaviour.repository.find(&id).is_none() {
        return Ok(None);
    }
    wish.haves.push(id);
    Ok(Some(id))
}

/// The arguments that both versions write alike; `false` if the line is none of them.
pub(crate) fn take_argument(line: &[u8], wish: &mut Wish, behaviour: &Behaviour) -> Result<bool, RequestError> {
    if let Some(hex) = line.strip_prefix(b"want ") {
        wish.wants.push(wanted(hex, behaviour)?);
    } else if let Some(hex) = line.strip_prefix(b"shallow ") {
        wish.shallow.push(Oid::parse(hex).ok_or(RequestError::Line("shallow"))?);
    } else if let Some(depth) = line.strip_prefix(b"deepen ") {
        wish.depth =
            std::str::from_utf8(depth).ok().and_then(|depth| depth.parse().ok()).ok_or(RequestError::Line("deepen"))?;
    } else if let Some(spec) = line.strip_prefix(b"filter ") {
        let filter = std::str::from_utf8(spec).ok().and_then(crate::repository::Filter::parse);
        wish.filter = Some(filter.ok_or(RequestError::Unsupported("this filter"))?);
    } else if line.starts_with(b"deepen-") {
        return Err(RequestError::Unsupported("deepen-since, deepen-not or deepen-relative"));
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// All that one request may hold: 100 000 wants with their ids twice over.
const REQUEST_BYTES_MAX: usize = 16 << 20;

/// Counted for every packet beside its payload, so that empty packets are not free.
const LINE_OVERHEAD_BYTES: usize = 4;
