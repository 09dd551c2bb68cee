//! The client's side of protocol v2 (gitprotocol-v2): a command, its capabilities, its arguments, a flush.

use super::advertisement::{ListEnd, LsRefs, shallow_list};
use super::pktline::{DELIMITER, FLUSH, Packet, push_text};
use super::reply::{Framing, Reply};
use super::service::{Behaviour, RequestError, Turn, have, push_pack, take_argument};
use crate::repository::{Oid, Selection, Wish};
use crate::trip::Stage;

/// Where a v2 conversation stands: the request that is being read.
#[derive(Debug, Default)]
pub(crate) struct Dialogue {
    command: Option<Command>,
    in_arguments: bool,
    fetched: bool,
}

#[derive(Debug)]
enum Command {
    LsRefs(LsRefs),
    Fetch(Box<Fetch>),
}

#[derive(Debug, Default)]
struct Fetch {
    wish: Wish,
    common: Vec<Oid>,
    any_have: bool,
    done: bool,
    wait_for_done: bool,
    no_progress: bool,
}

impl Dialogue {
    pub(crate) fn take(&mut self, packet: Packet, behaviour: &Behaviour) -> Result<Turn, RequestError> {
        match packet {
            Packet::Flush => {
                self.in_arguments = false;
                match self.command.take() {
                    None => Ok(Turn::Last(Reply::default())),
                    Some(Command::LsRefs(arguments)) => {
                        let mut reply = Reply::default();
                        reply.push(Stage::Advertisement, arguments.answer(&behaviour.repository));
                        Ok(Turn::Answer(reply))
                    }
                    Some(Command::Fetch(arguments)) => Ok(Turn::Answer(arguments.answer(behaviour))),
                }
            }
            Packet::Delimiter if self.command.is_some() && !self.in_arguments => {
                self.in_arguments = true;
                Ok(Turn::Listen)
            }
            Packet::Delimiter => Err(RequestError::Line("a v2 request")),
            Packet::Data(line) if self.in_arguments => {
                match &mut self.command {
                    Some(Command::LsRefs(arguments)) => take_ls_refs(arguments, &line)?,
                    Some(Command::Fetch(arguments)) => arguments.take(&line, behaviour)?,
                    None => return Err(RequestError::Line("a v2 request")),
                }
                Ok(Turn::Listen)
            }
            Packet::Data(line) => {
                self.take_command(&line)?;
                Ok(Turn::Listen)
            }
        }
    }

    /// Whether a fetch has been asked for.
    pub(crate) fn is_fetch(&self) -> bool {
        self.fetched
    }

    fn take_command(&mut self, line: &[u8]) -> Result<(), RequestError> {
        let Some(name) = line.strip_prefix(b"command=") else {
            // agent, object-format, session-id, server-option: nothing here depends on them.
            return Ok(());
        };
        self.command = Some(match name {
            b"ls-refs" => Command::LsRefs(LsRefs::default()),
            b"fetch" => Command::Fetch(Box::default()),
            _ => return Err(RequestError::Unsupported("this command")),
        });
        self.fetched |= name == b"fetch";
        Ok(())
    }
}

impl Fetch {
    fn take(&mut self, line: &[u8], behaviour: &Behaviour) -> Result<(), RequestError> {
        if take_argument(line, &mut self.wish, behaviour)? {
            return Ok(());
        }
        if let Some(hex) = line.strip_prefix(b"have ") {
            self.any_have = true;
            self.common.extend(have(hex, &mut self.wish, behaviour)?);
            return Ok(());
        }
        match line {
            b"done" => self.done = true,
            b"wait-for-done" => self.wait_for_done = true,
            b"no-progress" => self.no_progress = true,
            b"include-tag" => self.wish.include_tags = true,
            b"thin-pack" | b"ofs-delta" => {}
            _ => return Err(RequestError::Unsupported("this fetch argument")),
        }
        Ok(())
    }

    fn answer(self, behaviour: &Behaviour) -> Reply {
        let mut reply = Reply::default();
        if self.wish.wants.is_empty() {
            reply.push(Stage::Nak, FLUSH);
            return reply;
        }
        if !self.done && (self.any_have || self.wait_for_done) {
            let ready = !self.common.is_empty() && !self.wait_for_done;
            reply.push(Stage::Nak, self.acknowledgments(ready));
            if !ready {
                return reply;
            }
        }
        let selection = Selection::of(&behaviour.repository, &self.wish);
        if self.wish.depth > 0 {
            let mut section = Vec::new();
            push_text("shallow-info\n", &mut section);
            section.extend(shallow_list(&selection.shallow, &selection.unshallow, ListEnd::Delimiter));
            reply.push(Stage::Shallow, section);
        }
        let mut header = Vec::new();
        push_text("packfile\n", &mut header);
        reply.push(Stage::Nak, header);
        push_pack(&mut reply, behaviour, selection, Framing::SIDE_BAND_64K, !self.no_progress);
        reply
    }

    fn acknowledgments(&self, ready: bool) -> Vec<u8> {
        let mut section = Vec::new();
        push_text("acknowledgments\n", &mut section);
        for id in &self.common {
            push_text(&format!("ACK {id}\n"), &mut section);
        }
        if self.common.is_empty() {
            push_text("NAK\n", &mut section);
        }
        if ready {
            push_text("ready\n", &mut section);
        }
        section.extend_from_slice(if ready { DELIMITER } else { FLUSH });
        section
    }
}

fn take_ls_refs(arguments: &mut LsRefs, line: &[u8]) -> Result<(), RequestError> {
    if let Some(prefix) = line.strip_prefix(b"ref-prefix ") {
        arguments.add_prefix(String::from_utf8_lossy(prefix).into_owned());
        return Ok(());
    }
    match line {
        b"peel" => arguments.peel = true,
        b"symrefs" => arguments.symrefs = true,
        b"unborn" => {}
        _ => return Err(RequestError::Unsupported("this ls-refs argument")),
    }
    Ok(())
}
