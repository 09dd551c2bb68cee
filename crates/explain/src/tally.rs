//! The reader as a whole: bytes in, in pieces of any size; each kind of message explained once, and counted.

use model::{RemoteText, Stage, Transport};

use crate::entry::{Client, Connection, Entry, Nature, Place};
use crate::explanation::{Explanation, Explanations, LikelyCause, Seen, Unrecognised, worked_before};
use crate::intake::Intake;
use crate::message::Message;
use crate::next::{self, Known};
use crate::sighting::{Around, Sighting};

/// Reads messages in every shape in which people pass them on: plain output of git, ssh and curl; JSON log lines of
/// Flux's controllers, with or without what `kubectl logs` or `flux logs` put before them; Kubernetes objects and lists
/// as YAML or JSON, described, or as a table; events as text or JSON.
#[derive(Debug, Default)]
pub struct Reader {
    intake: Intake,
    tally: Tally,
}

impl Reader {
    /// A reader that has read nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads on. How the bytes are cut into pieces does not matter.
    pub fn read(&mut self, bytes: &[u8]) {
        let tally = &mut self.tally;
        self.intake.read(bytes, &mut |sighting| tally.count(sighting));
    }

    /// What is explained so far; one that is there stays at its place, and only its count may change. What says no more than
    /// that something failed, or that all is well, waits for the end.
    pub fn explanations(&self) -> &[Explanation] {
        &self.tally.faults.explanations
    }

    /// True where no line but empty ones came.
    pub fn is_blank(&self) -> bool {
        self.intake.is_blank()
    }

    /// The end of the input.
    pub fn finish(mut self) -> Explanations {
        let tally = &mut self.tally;
        self.intake.finish(&mut |sighting| tally.count(sighting));
        let Tally { faults, echoes, fine, mut unrecognised, first_line } = self.tally;
        let mut explanations = faults.explanations;
        if explanations.is_empty() {
            explanations = echoes.explanations;
        }
        if explanations.is_empty() && unrecognised.times == 0 {
            explanations = fine.explanations;
        }
        if explanations.is_empty() && unrecognised.times == 0 {
            unrecognised.examples.extend(first_line);
        }
        Explanations {
            format: "netprobe-explanations",
            version: model::REPORT_VERSION,
            explanations,
            unrecognised,
            lines: self.intake.lines(),
        }
    }
}

#[derive(Debug, Default)]
struct Tally {
    faults: Kinds,
    echoes: Kinds,
    fine: Kinds,
    unrecognised: Unrecognised,
    /// What to show where nothing was recognised.
    first_line: Option<RemoteText>,
}

impl Tally {
    fn count(&mut self, sighting: Sighting) {
        let message = Message::of(&sighting.text);
        let target = message.target();
        let transport = target.as_ref().or(sighting.around.target.as_ref()).map(|target| target.transport);
        let Some(found) = message.recognised(transport) else {
            return self.unknown(&sighting);
        };
        let around = Around { target: target.or(sighting.around.target), ..sighting.around };
        let transport = transport.or_else(|| implied(found.entry.client, found.place));
        let key = Key { id: found.entry.id, place: found.place, connection: message.connection(), transport };
        let kinds = match found.entry.nature {
            Nature::Fault | Nature::Sign => &mut self.faults,
            Nature::Echo => &mut self.echoes,
            Nature::Fine => &mut self.fine,
        };
        kinds.count(key, found.entry, message.text(), around);
    }

    fn unknown(&mut self, sighting: &Sighting) {
        let text = || RemoteText::clean(&sighting.text);
        if !sighting.complaint {
            // A word alone can be a part of a key, and tells nobody anything.
            if sighting.text.contains(' ') {
                self.first_line.get_or_insert_with(text);
            }
            return;
        }
        self.unrecognised.times = self.unrecognised.times.saturating_add(sighting.around.times.unwrap_or(1));
        if self.unrecognised.examples.len() < Unrecognised::MAX_EXAMPLES {
            let text = text();
            if !self.unrecognised.examples.contains(&text) {
                self.unrecognised.examples.push(text);
            }
        }
    }
}

/// What makes two messages the same kind: all that an explanation depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    id: &'static str,
    place: Place,
    connection: Option<Connection>,
    transport: Option<Transport>,
}

/// Bounded by the table, since every part of a key is.
#[derive(Debug, Default)]
struct Kinds {
    keys: Vec<Key>,
    explanations: Vec<Explanation>,
}

impl Kinds {
    fn count(&mut self, key: Key, entry: &'static Entry, text: &str, around: Around) {
        let known = self.keys.iter().position(|seen| *seen == key);
        if let Some(explanation) = known.and_then(|index| self.explanations.get_mut(index)) {
            return again(&mut explanation.seen, around);
        }
        self.keys.push(key);
        self.explanations.push(explained(key, entry, text, around));
    }
}

fn explained(key: Key, entry: &'static Entry, text: &str, around: Around) -> Explanation {
    let known = Known {
        client: entry.client,
        connection: key.connection,
        target: around.target.as_ref(),
        options: &around.options,
        object: around.object.as_ref(),
    };
    let worked = entry.worked_before.or(key.place.earliest());
    Explanation {
        id: entry.id,
        nature: entry.nature,
        message: RemoteText::clean(text),
        said_by: entry.client,
        place: key.place,
        connection: key.connection,
        transport: key.transport,
        repository: around.target.as_ref().map(model::Target::url),
        means: entry.means,
        worked: worked.map(|stage| worked_before(stage, key.transport)).unwrap_or_default(),
        clock: Some(entry.clock).filter(|clock| !clock.is_empty()),
        rules_out: entry.rules_out,
        causes: entry.causes.iter().map(|cause| LikelyCause { cause: cause.cause, tell: cause.tell }).collect(),
        next: next::steps(entry, known),
        seen: {
            let mut seen = Seen::default();
            again(&mut seen, around);
            seen
        },
    }
}

/// The transport that a message gives away by itself.
fn implied(client: Client, place: Place) -> Option<Transport> {
    match (client, place.earliest()) {
        (Client::OpenSsh, _) | (_, Some(Stage::Greeting | Stage::KeyExchange)) => Some(Transport::Ssh),
        (Client::Libcurl, _) | (_, Some(Stage::Tls)) => Some(Transport::Https),
        _ => None,
    }
}

fn again(seen: &mut Seen, around: Around) {
    seen.times = seen.times.saturating_add(around.times.unwrap_or(1));
    let last = around.last.or_else(|| around.first.clone());
    // Logs come in order, and lists of objects do not. Times of one zone in RFC 3339 sort as texts.
    seen.first =
        [seen.first.take(), around.first].into_iter().flatten().min_by(|one, other| text(one).cmp(text(other)));
    seen.last = [seen.last.take(), last].into_iter().flatten().max_by(|one, other| text(one).cmp(text(other)));
    let Some(object) = around.object.filter(|object| !seen.objects.contains(object)) else { return };
    if seen.objects.len() < Seen::MAX_OBJECTS {
        seen.objects.push(object);
    } else {
        seen.more_objects = true;
    }
}

fn text(time: &RemoteText) -> &str {
    time.as_str()
}
