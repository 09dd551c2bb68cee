//! The client's side of protocol v0 (gitprotocol-pack): wants, a flush, haves, `done`.

use super::advertisement::{ListEnd, shallow_list};
use super::pktline::{Packet, push_text};
use super::reply::{Framing, Reply};
use super::service::{Behaviour, RequestError, Turn, have, push_pack, take_argument};
use crate::repository::{Oid, Selection, Wish};
use crate::trip::Stage;

/// Where a v0 conversation stands.
#[derive(Debug, Default)]
pub(crate) struct Dialogue {
    wish: Wish,
    capabilities: Capabilities,
    listed: bool,
    /// ACK lines not sent yet.
    acks: Vec<u8>,
    last_common: Option<Oid>,
}

#[derive(Debug, Default)]
struct Capabilities {
    multi_ack_detailed: bool,
    side_band: bool,
    side_band_64k: bool,
    no_progress: bool,
}

impl Dialogue {
    pub(crate) fn take(&mut self, packet: Packet, behaviour: &Behaviour) -> Result<Turn, RequestError> {
        match (packet, self.listed) {
            (Packet::Delimiter, _) => Err(RequestError::Line("a v0 request")),
            (Packet::Data(line), false) => {
                let line = self.take_capabilities(&line);
                if !take_argument(line, &mut self.wish, behaviour)? {
                    return Err(RequestError::Line("the wants"));
                }
                Ok(Turn::Listen)
            }
            // A flush without wants is how a client that only lists refs says goodbye.
            (Packet::Flush, false) if self.wish.wants.is_empty() => Ok(Turn::Last(Reply::default())),
            (Packet::Flush, false) => {
                self.listed = true;
                Ok(self.shallow_list(behaviour))
            }
            (Packet::Data(line), true) if line.as_ref() == b"done" => Ok(Turn::Last(self.pack(behaviour))),
            (Packet::Data(line), true) => {
                let hex = line.strip_prefix(b"have ").ok_or(RequestError::Line("the haves"))?;
                self.take_have(hex, behaviour)?;
                Ok(Turn::Listen)
            }
            (Packet::Flush, true) => Ok(Turn::Answer(self.acknowledge())),
        }
    }

    /// Reads the capabilities behind the first want and returns the line without them.
    fn take_capabilities<'a>(&mut self, line: &'a [u8]) -> &'a [u8] {
        if !self.wish.wants.is_empty() {
            return line;
        }
        let Some((want, words)) = line.split_at_checked(WANT_BYTES) else {
            return line;
        };
        for word in words.split(|byte| *byte == b' ') {
            match word {
                b"multi_ack_detailed" => self.capabilities.multi_ack_detailed = true,
                b"side-band" => self.capabilities.side_band = true,
                b"side-band-64k" => self.capabilities.side_band_64k = true,
                b"no-progress" => self.capabilities.no_progress = true,
                b"include-tag" => self.wish.include_tags = true,
                _ => {}
            }
        }
        want
    }

    fn shallow_list(&self, behaviour: &Behaviour) -> Turn {
        if self.wish.depth == 0 {
            return Turn::Listen;
        }
        let selection = Selection::of(&behaviour.repository, &self.wish);
        let list = shallow_list(&selection.shallow, &selection.unshallow, ListEnd::Flush);
        let mut reply = Reply::default();
        reply.push(Stage::Shallow, list);
        Turn::Answer(reply)
    }

    fn take_have(&mut self, hex: &[u8], behaviour: &Behaviour) -> Result<(), RequestError> {
        let Some(common) = have(hex, &mut self.wish, behaviour)? else {
            return Ok(());
        };
        if self.capabilities.multi_ack_detailed {
            push_text(&format!("ACK {common} common\n"), &mut self.acks);
        } else if self.last_common.is_none() {
            push_text(&format!("ACK {common}\n"), &mut self.acks);
        }
        self.last_common = Some(common);
        Ok(())
    }

    /// One chain of commits: any common commit is enough to be ready.
    fn acknowledge(&mut self) -> Reply {
        let mut lines = std::mem::take(&mut self.acks);
        match self.last_common {
            Some(common) if self.capabilities.multi_ack_detailed => {
                push_text(&format!("ACK {common} ready\n"), &mut lines);
                push_text(NAK, &mut lines);
            }
            Some(_) => {}
            None => push_text(NAK, &mut lines),
        }
        let mut reply = Reply::default();
        reply.push(Stage::Nak, lines);
        reply
    }

    fn pack(&mut self, behaviour: &Behaviour) -> Reply {
        let mut lines = std::mem::take(&mut self.acks);
        match self.last_common {
            Some(common) if self.capabilities.multi_ack_detailed => {
                push_text(&format!("ACK {common}\n"), &mut lines);
            }
            Some(_) => {}
            None => push_text(NAK, &mut lines),
        }
        let mut reply = Reply::default();
        reply.push(Stage::Nak, lines);
        let framing = match (self.capabilities.side_band_64k, self.capabilities.side_band) {
            (true, _) => Framing::SIDE_BAND_64K,
            (false, true) => Framing::SIDE_BAND,
            (false, false) => Framing::Raw,
        };
        let selection = Selection::of(&behaviour.repository, &self.wish);
        let progress = !self.capabilities.no_progress;
        push_pack(&mut reply, behaviour, selection, framing, progress);
        reply
    }
}

const NAK: &str = "NAK\n";

/// `want ` and forty digits.
const WANT_BYTES: usize = 45;
