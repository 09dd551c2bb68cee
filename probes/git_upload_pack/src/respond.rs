//! The response's stages, from bytes that either transport hands in.

use exchange::Halt;
use exchange::upload_pack::{Milestone, ResponseReader};
use model::{AckKind, Bytes, Ended, Failure, FailureKind, Micros, RemoteText, Stage, Step, Trailer, WireCount};

use crate::talk::{Talk, came, problem};

/// Writes down the response's stages as they pass.
pub(crate) struct Responding<'a> {
    talk: &'a Talk<'a>,
    pub(crate) reader: ResponseReader,
    shallow: bool,
    stage: Stage,
    http_status: Option<u16>,
    first_packet: Option<(u8, Bytes)>,
}

impl<'a> Responding<'a> {
    /// The waiting begins; `shallow` where a depth was asked for.
    pub(crate) fn start(talk: &'a Talk<'a>, reader: ResponseReader, shallow: bool) -> Self {
        talk.timeline.enter(Stage::ResponseWait);
        Self { talk, reader, shallow, stage: Stage::ResponseWait, http_status: None, first_packet: None }
    }

    /// The HTTP headers came.
    pub(crate) fn headers(&mut self, status: u16) {
        self.http_status = Some(status);
    }

    /// Bytes came. The answer is how the run ends, if it ends here although all is well.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<Option<Ended>, Failure> {
        self.talk.timeline.works();
        let (now, wire) = (came(self.talk.timeline), self.talk.timeline.wire());
        let mut reached = Vec::new();
        let fed = self.reader.feed(bytes, now, &mut |_, milestone| reached.push(milestone));
        for milestone in reached {
            self.pass(&milestone, now, wire);
        }
        fed.map_err(|error| problem(&error, READ))?;
        self.talk.timeline.context().gauge.pack(self.reader.pack_size().0);
        // Before the pack there is nothing that the rest could be told from.
        let cut_here = self.stage >= Stage::PackTransfer && !self.reader.is_done();
        Ok(if cut_here { self.talk.cap_reached() } else { None })
    }

    /// The stream is over: the end of a pack without side-bands, and an interruption everywhere else.
    pub(crate) fn end_of_stream(&mut self, said: RemoteText) -> Result<(), Failure> {
        let mut reached = Vec::new();
        self.reader.end_of_stream(&mut |_, milestone| reached.push(milestone));
        for milestone in reached {
            self.pass(&milestone, came(self.talk.timeline), self.talk.timeline.wire());
        }
        if self.reader.is_done() {
            return Ok(());
        }
        let kind = if said.is_empty() { FailureKind::Closed } else { FailureKind::RemoteError };
        Err(Failure::new(kind, READ).saying(said))
    }

    /// The stage under way ends here by a cap: what was seen of it stands.
    pub(crate) fn cut(&self) {
        self.talk.timeline.end(self.step());
    }

    /// The stage under way does not end well.
    pub(crate) fn fail(&self, problem: Failure) -> Halt {
        self.talk.timeline.fail(self.step(), problem);
        Halt
    }

    /// True where the checksum was there and wrong.
    pub(crate) fn is_corrupt(&self) -> bool {
        self.reader.pack_progress().trailer == Trailer::Mismatch
    }

    fn pass(&mut self, milestone: &Milestone, now: Micros, wire: WireCount) {
        let timeline = self.talk.timeline;
        match milestone {
            Milestone::FirstByte => {
                timeline.end_at(self.step(), now, wire);
                self.enter(if self.shallow { Stage::ShallowList } else { Stage::Acknowledgment });
            }
            Milestone::ShallowEnd { .. } => {
                timeline.end_at(self.step(), now, wire);
                self.enter(Stage::Acknowledgment);
            }
            Milestone::Acknowledged(kind) => {
                if self.stage == Stage::ShallowList {
                    // Protocol v2 sends no shallow section where nothing is shallow.
                    timeline.end_at(self.step(), now, wire);
                }
                timeline.end_at(Step::Acknowledgment { kind: Some(*kind) }, now, wire);
                self.enter(Stage::FirstPacket);
            }
            Milestone::FirstPacket { band, payload } => {
                self.first_packet = Some((*band, *payload));
                timeline.end_at(self.step(), now, wire);
                self.enter(Stage::PackStart);
            }
            Milestone::PackBegun { objects } => {
                if self.stage == Stage::FirstPacket {
                    timeline.end_at(self.step(), now, wire);
                    self.enter(Stage::PackStart);
                }
                timeline.end_at(self.pack_start(Some(*objects)), now, wire);
                self.enter(Stage::PackTransfer);
                if let Some(meter) = timeline.meter() {
                    meter.quick_ack(false);
                }
            }
            Milestone::PackEnd => {
                if self.is_corrupt() {
                    let problem = Failure::new(FailureKind::TrailerMismatch, "check the pack's checksum");
                    timeline.fail(self.step(), problem);
                } else {
                    timeline.end_at(self.step(), now, wire);
                }
                self.enter(Stage::End);
            }
        }
    }

    fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.talk.timeline.enter(stage);
    }

    /// The particulars of the stage under way.
    fn step(&self) -> Step {
        match self.stage {
            Stage::ShallowList => Step::ShallowList { entries: self.reader.shallow_entries() },
            Stage::Acknowledgment => Step::Acknowledgment { kind: None::<AckKind> },
            Stage::FirstPacket => Step::FirstPacket {
                band: self.first_packet.map(|(band, _)| band),
                payload: self.first_packet.map(|(_, payload)| payload),
                bytes_after_ack: self.reader.bytes_after_ack(),
            },
            Stage::PackStart => self.pack_start(None),
            Stage::PackTransfer => Step::PackTransfer(self.reader.pack_progress()),
            Stage::End => Step::End { exit_status: None },
            _ => Step::ResponseWait { http_status: self.http_status },
        }
    }

    fn pack_start(&self, objects: Option<u32>) -> Step {
        let (keepalives, progress_packets) = self.reader.signs_of_life();
        Step::PackStart {
            keepalives,
            progress_packets,
            progress: self.reader.last_progress(),
            peeked_at_us: self.reader.peeked_at_us(),
            objects,
        }
    }
}

const READ: &str = "read the response";
