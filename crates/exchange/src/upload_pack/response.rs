//! Reads the answer to a fetch: shallow list, acknowledgement, side-bands, pack. It notes the moments at which go-git
//! would go one step further, among them the seventh byte behind the acknowledgement (flux's "peek").

use model::{AckKind, Bytes, Micros, PackProgress, Protocol, RemoteText, Trailer};

use super::pkt_line::{Decoder, Line, Lines, Piece};
use super::{PackMeter, TalkError};

/// A step of the response that is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Milestone {
    /// The first byte of the response.
    FirstByte,
    /// The shallow list is over.
    ShallowEnd {
        /// Lines in it.
        entries: u32,
    },
    /// The negotiation is closed.
    Acknowledged(AckKind),
    /// The first side-band packet has begun.
    FirstPacket {
        /// Its band.
        band: u8,
        /// Its announced payload behind the band byte.
        payload: Bytes,
    },
    /// The pack's header is there.
    PackBegun {
        /// Objects announced.
        objects: u32,
    },
    /// The closing flush, or the end of a raw pack.
    PackEnd,
}

/// The machine.
#[derive(Debug)]
pub struct ResponseReader {
    part: Part,
    side_band: bool,
    band: Option<u8>,
    packet_bytes: u64,
    text: Vec<u8>,
    pack: PackMeter,
    announced: bool,
    first_packet_seen: bool,
    any_byte: bool,
    shallow_entries: u32,
    bytes_after_ack: u64,
    before_pack: u64,
    peeked_at_us: Option<Micros>,
    keepalives: u32,
    progress_packets: u32,
    keepalives_before_pack: u32,
    progress_before_pack: u32,
    progress: Option<RemoteText>,
    trailer: Trailer,
}

#[derive(Debug)]
enum Part {
    Shallow(Lines),
    Acknowledgment(Lines),
    /// Protocol v2: sections, each under its own heading.
    Section(Lines),
    Bands(Decoder),
    RawPack,
    Done,
}

impl ResponseReader {
    /// For one response. `shallow` where a depth was asked for, `side_band` where side-bands were.
    pub fn new(protocol: Protocol, shallow: bool, side_band: bool, pack: PackMeter) -> Self {
        let part = match (protocol, shallow) {
            (Protocol::V2, _) => Part::Section(Lines::default()),
            (Protocol::V0, true) => Part::Shallow(Lines::default()),
            (Protocol::V0, false) => Part::Acknowledgment(Lines::default()),
        };
        Self {
            part,
            side_band: side_band || protocol == Protocol::V2,
            band: None,
            packet_bytes: 0,
            text: Vec::new(),
            pack,
            announced: false,
            first_packet_seen: false,
            any_byte: false,
            shallow_entries: 0,
            bytes_after_ack: 0,
            before_pack: 0,
            peeked_at_us: None,
            keepalives: 0,
            progress_packets: 0,
            keepalives_before_pack: 0,
            progress_before_pack: 0,
            progress: None,
            trailer: Trailer::NotReached,
        }
    }

    /// Takes bytes that came at `now`; `reached` hears of every milestone in them, in order.
    pub fn feed(
        &mut self,
        mut input: &[u8],
        now: Micros,
        reached: &mut impl FnMut(&Self, Milestone),
    ) -> Result<(), TalkError> {
        if !self.any_byte && !input.is_empty() {
            self.any_byte = true;
            reached(self, Milestone::FirstByte);
        }
        self.count_after_ack(input.len(), now);
        while !input.is_empty() {
            match &mut self.part {
                Part::Shallow(_) | Part::Acknowledgment(_) | Part::Section(_) => {
                    if let Some(milestone) = self.text_part(&mut input)? {
                        if matches!(milestone, Milestone::Acknowledged(_)) {
                            self.count_after_ack(input.len(), now);
                        }
                        reached(self, milestone);
                    }
                }
                Part::Bands(_) => self.bands(&mut input, now, reached)?,
                Part::RawPack => self.pack_bytes(std::mem::take(&mut input), now, reached)?,
                Part::Done => return Ok(()),
            }
        }
        Ok(())
    }

    /// The other side closed. For a raw pack that is its end; elsewhere the reader just stays where it is.
    pub fn end_of_stream(&mut self, reached: &mut impl FnMut(&Self, Milestone)) {
        if matches!(self.part, Part::RawPack) && self.announced {
            self.close(reached);
        }
    }

    /// True once nothing more is due.
    pub fn is_done(&self) -> bool {
        matches!(self.part, Part::Done)
    }

    /// Entries of the shallow list so far.
    pub fn shallow_entries(&self) -> u32 {
        self.shallow_entries
    }

    /// Bytes that came behind the acknowledgement.
    pub fn bytes_after_ack(&self) -> Bytes {
        Bytes(self.bytes_after_ack)
    }

    /// When the seventh of them came.
    pub fn peeked_at_us(&self) -> Option<Micros> {
        self.peeked_at_us
    }

    /// Keepalives and progress packets that came before the pack began.
    pub fn signs_of_life(&self) -> (u32, u32) {
        if self.announced {
            (self.keepalives_before_pack, self.progress_before_pack)
        } else {
            (self.keepalives, self.progress_packets)
        }
    }

    /// The last word of the server's progress.
    pub fn last_progress(&self) -> Option<RemoteText> {
        self.progress.clone()
    }

    /// Pack bytes so far.
    pub fn pack_size(&self) -> Bytes {
        self.pack.size()
    }

    /// The pack, for the report.
    pub fn pack_progress(&self) -> PackProgress {
        PackProgress {
            keepalives: self.keepalives - self.keepalives_before_pack,
            progress_packets: self.progress_packets - self.progress_before_pack,
            ..self.pack.progress(self.trailer)
        }
    }

    fn text_part(&mut self, input: &mut &[u8]) -> Result<Option<Milestone>, TalkError> {
        let (Part::Shallow(lines) | Part::Acknowledgment(lines) | Part::Section(lines)) = &mut self.part else {
            return Ok(None);
        };
        let Some(line) = lines.next(input)? else { return Ok(None) };
        if let Line::Text(text) = &line
            && let Some(reason) = text.strip_prefix(b"ERR ")
        {
            return Err(TalkError::Remote(RemoteText::from_bytes(reason)));
        }
        let lines = std::mem::take(lines);
        match (&self.part, line) {
            (Part::Shallow(_), Line::Text(text))
                if text.starts_with(b"shallow ") || text.starts_with(b"unshallow ") =>
            {
                self.count_shallow()?;
                self.part = Part::Shallow(lines);
                Ok(None)
            }
            (Part::Shallow(_), Line::Flush) => {
                self.part = Part::Acknowledgment(lines);
                Ok(Some(Milestone::ShallowEnd { entries: self.shallow_entries }))
            }
            (Part::Acknowledgment(_), Line::Text(text)) if text == b"NAK" || text.starts_with(b"ACK ") => {
                self.part = if self.side_band { Part::Bands(lines.into_decoder()) } else { Part::RawPack };
                let kind = if text == b"NAK" { AckKind::Nak } else { AckKind::Ack };
                Ok(Some(Milestone::Acknowledged(kind)))
            }
            (Part::Section(_), Line::Text(text)) if text == b"packfile" => {
                self.part = Part::Bands(lines.into_decoder());
                Ok(Some(Milestone::Acknowledged(AckKind::NotInProtocol)))
            }
            (Part::Section(_), Line::Text(text)) => {
                if text.starts_with(b"shallow ") || text.starts_with(b"unshallow ") {
                    self.count_shallow()?;
                }
                self.part = Part::Section(lines);
                Ok(None)
            }
            (Part::Section(_), Line::Delimiter) => {
                self.part = Part::Section(lines);
                Ok(Some(Milestone::ShallowEnd { entries: self.shallow_entries }).filter(|_| self.shallow_entries > 0))
            }
            (_, Line::Text(text)) => Err(TalkError::Malformed(
                format!("this was not expected in the response: \"{}\"", RemoteText::from_bytes(&text)).into(),
            )),
            (_, _) => Err(TalkError::Malformed("the response ends where an acknowledgement was due".into())),
        }
    }

    fn bands(
        &mut self,
        input: &mut &[u8],
        now: Micros,
        reached: &mut impl FnMut(&Self, Milestone),
    ) -> Result<(), TalkError> {
        let Part::Bands(decoder) = &mut self.part else { return Ok(()) };
        let before = input.len();
        let piece = decoder.next(input)?;
        if !self.announced {
            self.before_pack = self.before_pack.saturating_add((before - input.len()) as u64);
            if self.before_pack > MAX_BEFORE_PACK {
                return Err(TalkError::TooLarge("more than 16 MiB came where the pack should begin"));
            }
        }
        match piece {
            None => Ok(()),
            Some(Piece::Flush | Piece::ResponseEnd) if !self.announced => {
                Err(TalkError::Malformed("the response ends without a pack".into()))
            }
            Some(Piece::Flush | Piece::ResponseEnd) => {
                self.close(reached);
                Ok(())
            }
            Some(Piece::Delimiter) => Err(TalkError::Malformed("a delimiter came in the middle of the pack".into())),
            Some(Piece::Data { payload, starts, left }) => {
                if starts {
                    self.band = None;
                    self.packet_bytes = 0;
                }
                self.packet(payload, left, now, reached)
            }
        }
    }

    fn packet(
        &mut self,
        payload: &[u8],
        left: usize,
        now: Micros,
        reached: &mut impl FnMut(&Self, Milestone),
    ) -> Result<(), TalkError> {
        let (mut data, ends) = (payload, left == 0);
        if self.band.is_none()
            && let Some((band, rest)) = payload.split_first()
        {
            self.band = Some(*band);
            data = rest;
            if !self.first_packet_seen {
                self.first_packet_seen = true;
                reached(self, Milestone::FirstPacket { band: *band, payload: Bytes((rest.len() + left) as u64) });
            }
            if *band == 1 && !(rest.is_empty() && ends) {
                self.pack.count_packet();
            }
        }
        self.packet_bytes += data.len() as u64;
        match self.band {
            None => Ok(()),
            Some(1) => {
                if ends && self.packet_bytes == 0 {
                    self.keepalives = self.keepalives.saturating_add(1);
                }
                self.pack_bytes(data, now, reached)
            }
            Some(2) => {
                self.gather_text(data);
                if ends {
                    self.progress_packets = self.progress_packets.saturating_add(1);
                    self.take_progress();
                }
                Ok(())
            }
            Some(3) => {
                self.gather_text(data);
                if ends { Err(TalkError::Remote(RemoteText::from_bytes(&self.text))) } else { Ok(()) }
            }
            Some(other) => Err(TalkError::Malformed(format!("there is no side-band {other}").into())),
        }
    }

    fn pack_bytes(
        &mut self,
        bytes: &[u8],
        now: Micros,
        reached: &mut impl FnMut(&Self, Milestone),
    ) -> Result<(), TalkError> {
        self.pack.feed(bytes, now)?;
        if !self.announced
            && let Some(objects) = self.pack.objects()
        {
            self.announced = true;
            (self.keepalives_before_pack, self.progress_before_pack) = (self.keepalives, self.progress_packets);
            reached(self, Milestone::PackBegun { objects });
        }
        Ok(())
    }

    fn close(&mut self, reached: &mut impl FnMut(&Self, Milestone)) {
        self.trailer = self.pack.finish();
        self.part = Part::Done;
        reached(self, Milestone::PackEnd);
    }

    fn count_shallow(&mut self) -> Result<(), TalkError> {
        self.shallow_entries += 1;
        if self.shallow_entries > MAX_SHALLOW {
            Err(TalkError::TooLarge("more than a million shallow commits"))
        } else {
            Ok(())
        }
    }

    /// Everything behind the acknowledgement counts, whatever it turns out to be.
    fn count_after_ack(&mut self, bytes: usize, now: Micros) {
        if matches!(self.part, Part::Bands(_) | Part::RawPack) {
            self.bytes_after_ack = self.bytes_after_ack.saturating_add(bytes as u64);
            if self.peeked_at_us.is_none() && self.bytes_after_ack >= PEEK_BYTES {
                self.peeked_at_us = Some(now);
            }
        }
    }

    fn gather_text(&mut self, data: &[u8]) {
        let room = MAX_TEXT.saturating_sub(self.text.len());
        self.text.extend(data.iter().take(room));
    }

    /// Progress comes as lines that overwrite each other; the last one with something in it is the news.
    fn take_progress(&mut self) {
        let text = std::mem::take(&mut self.text);
        let last = text.split(|byte| matches!(byte, b'\r' | b'\n')).rfind(|line| !line.trim_ascii().is_empty());
        if let Some(line) = last {
            self.progress = Some(RemoteText::from_bytes(line));
        }
    }
}

/// go-git reads on only when this many bytes of what follows the acknowledgement are there.
const PEEK_BYTES: u64 = 7;

/// Of a message on band 2 or 3.
const MAX_TEXT: usize = 4 * 1024;

/// Signs of life and progress before the pack; a day of keepalives is 86 KB. Compressed, few bytes stand for many.
const MAX_BEFORE_PACK: u64 = 16 * 1024 * 1024;

/// Git itself sends one per want.
const MAX_SHALLOW: u32 = 1_000_000;

#[cfg(test)]
mod tests;
