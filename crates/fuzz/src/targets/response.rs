//! The answer to a fetch: shallow list, acknowledgement, side-bands, and the pack in them.
//! Promised: how the bytes were cut does not matter; milestones come in their order, each once; the pack's figures fit
//! together; a trailer is called right where it is the hash of the pack before it, and nowhere else; what the server says is
//! bounded and clean.

use exchange::upload_pack::{Milestone, ObjectFormat, PackMeter, ResponseReader, TalkError};
use model::{Micros, PackProgress, Protocol, RemoteText, Trailer};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

use crate::promise;

/// The first byte says what was asked for; the rest is what the server sends.
pub(super) fn check(input: &[u8]) {
    let Some((&choice, sent)) = input.split_first() else { return };
    let Read { milestones, outcome } =
        promise::cuts_do_not_matter(sent, |sent, piece| Read::all_of(sent, piece, choice));
    let places: Vec<usize> = milestones.iter().map(place).collect();
    let shallow_ends = places.iter().filter(|place| **place == SHALLOW_END).count();
    assert!(places.is_sorted(), "{milestones:?}");
    assert!(places.windows(2).all(|pair| pair[0] < pair[1] || pair[0] == SHALLOW_END), "{milestones:?}");
    assert!(shallow_ends * 4 <= sent.len(), "a flush or a delimiter each");
    let Ok(seen) = outcome else { return };
    let PackProgress { pack, objects, objects_seen, trailer, estimated_pack, .. } = seen.pack;
    assert!(pack.0 <= sent.len() as u64);
    assert!(objects_seen.is_none_or(|seen| seen <= objects), "{objects_seen:?} objects seen of {objects}");
    assert!(estimated_pack.is_none_or(|estimate| estimate >= pack), "a pack is no smaller than what came of it");
    assert_eq!(seen.done, milestones.contains(&Milestone::PackEnd));
    assert!(seen.done || trailer == Trailer::NotReached);
    // Without side-bands nothing stands behind the pack, so that it can be told where it is.
    if choice & 5 == 0 && trailer != Trailer::NotReached {
        let pack = &sent[sent.len() - usize::try_from(pack.0).expect("no larger than what was sent")..];
        assert_eq!(trailer == Trailer::Verified, ends_in_its_hash(pack, choice & 8 != 0));
    }
    seen.progress.iter().for_each(promise::remote_text);
}

fn ends_in_its_hash(pack: &[u8], sha256: bool) -> bool {
    let hashed = |length: usize| &pack[..pack.len() - length];
    if sha256 { pack.ends_with(&Sha256::digest(hashed(32))) } else { pack.ends_with(&Sha1::digest(hashed(20))) }
}

/// What became of one way of feeding.
#[derive(Debug, PartialEq)]
struct Read {
    milestones: Vec<Milestone>,
    outcome: Result<Seen, Refusal>,
}

/// Some texts of errors quote what had come so far.
#[derive(Debug, PartialEq)]
enum Refusal {
    Malformed,
    Remote(RemoteText),
    TooLarge,
}

#[derive(Debug, PartialEq)]
struct Seen {
    pack: PackProgress,
    progress: Option<RemoteText>,
    signs_of_life: (u32, u32),
    shallow_entries: u32,
    peeked: bool,
    done: bool,
}

impl Read {
    fn all_of(sent: &[u8], piece: usize, choice: u8) -> Self {
        let asked = |bit: u8| choice & bit != 0;
        let protocol = if asked(1) { Protocol::V2 } else { Protocol::V0 };
        let format = if asked(8) { ObjectFormat::Sha256 } else { ObjectFormat::Sha1 };
        let mut reader = ResponseReader::new(protocol, asked(2), asked(4), PackMeter::new(format, asked(16)));
        let mut milestones = Vec::new();
        let mut reached = |_: &ResponseReader, milestone| milestones.push(milestone);
        for bytes in sent.chunks(piece) {
            if let Err(error) = reader.feed(bytes, NOW, &mut reached) {
                return Self { milestones, outcome: Err(error.into()) };
            }
        }
        reader.end_of_stream(&mut reached);
        let seen = Seen {
            pack: reader.pack_progress(),
            progress: reader.last_progress(),
            signs_of_life: reader.signs_of_life(),
            shallow_entries: reader.shallow_entries(),
            peeked: reader.peeked_at_us() == Some(NOW),
            done: reader.is_done(),
        };
        Self { milestones, outcome: Ok(seen) }
    }
}

impl From<TalkError> for Refusal {
    fn from(error: TalkError) -> Self {
        match error {
            TalkError::Malformed(text) => {
                promise::remote_text(&text);
                Self::Malformed
            }
            TalkError::Remote(text) => {
                promise::remote_text(&text);
                Self::Remote(text)
            }
            TalkError::TooLarge(_) => Self::TooLarge,
        }
    }
}

/// The order in which milestones come.
fn place(milestone: &Milestone) -> usize {
    match milestone {
        Milestone::FirstByte => 0,
        Milestone::ShallowEnd { .. } => SHALLOW_END,
        Milestone::Acknowledged(_) => 2,
        Milestone::FirstPacket { .. } => 3,
        Milestone::PackBegun { .. } => 4,
        Milestone::PackEnd => 5,
    }
}

/// Every section of protocol v2 may end a list of its own.
const SHALLOW_END: usize = 1;

const NOW: Micros = Micros(1_000);
