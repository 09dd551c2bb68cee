//! Messages explained, on a screen: one block for each kind as soon as it is seen, and a tally at the end. It knows layout;
//! what a message means was decided before.

pub mod markdown;

use explain::{Client, Connection, Explanation, Explanations, Nature, Place};

use crate::Style;
use crate::number;
use crate::page::Page;
use crate::style::{Ink, Mark};

/// One kind of message, a line feed behind each line.
pub fn one(explanation: &Explanation, style: &Style) -> String {
    let mut page = Page::new(*style);
    let mark = match explanation.nature {
        Nature::Fault | Nature::Echo => Mark::BAD,
        Nature::Sign => Mark::CAUTION,
        Nature::Fine => Mark::GOOD,
    };
    page.marked(mark, mark.1, &format!("{} · {}", explanation.id, explanation.place.words()));
    page.paragraph(Ink::Plain, explanation.means);
    page.gap();
    page.quoted("message", explanation.message.as_str());
    page.labelled("said by", &speaker(explanation));
    if let Some(where_seen) = place_and_time(explanation) {
        page.labelled("seen", &where_seen);
    }
    page.labelled("worked", &explanation.worked.join(" · "));
    page.items("ruled out", explanation.rules_out);
    page.labelled("time", explanation.clock.unwrap_or_default());
    page.ranked("likely", explanation.causes.iter().map(|cause| (cause.cause, cause.tell)));
    page.actions("to settle it", &explanation.next);
    page.finished()
}

/// What stands behind the last of them: how often each was seen, and what nobody knows. Empty where that adds nothing.
pub fn end(told: &Explanations, style: &Style) -> String {
    let mut page = Page::new(*style);
    if told.explanations.is_empty() && told.unrecognised.times == 0 {
        nothing(&mut page, told);
    }
    tally(&mut page, told);
    unrecognised(&mut page, told);
    if told.explanations.iter().any(|one| one.nature != Nature::Fine && needs_the_pod(one)) {
        page.gap();
        page.paragraph(Ink::Quiet, FROM_WHERE);
    }
    let text = page.finished();
    if text.trim().is_empty() { String::new() } else { text }
}

fn nothing(page: &mut Page, told: &Explanations) {
    page.marked(Mark::OPEN, Ink::Strong, "None of this is a message that netprobe knows.");
    for example in &told.unrecognised.examples {
        page.quoted("first line", example.as_str());
    }
    page.actions("what to do", NOTHING_KNOWN);
}

/// Only where it says more than the blocks above: something was seen twice, or several things were seen.
fn tally(page: &mut Page, told: &Explanations) {
    let times: u64 = told.explanations.iter().map(|one| one.seen.times).fold(0, u64::saturating_add);
    if times < 2 {
        return;
    }
    let kinds = number::counted(told.explanations.len() as u64, "kind");
    page.paragraph(Ink::Strong, &format!("{} of {kinds}", number::counted(times, "message")));
    for one in &told.explanations {
        let mut words = vec![one.id.to_owned()];
        words.extend(span(one));
        words.extend(objects(one));
        page.labelled(&format!("{} ×", number::count(one.seen.times)), &words.join(" · "));
    }
}

fn unrecognised(page: &mut Page, told: &Explanations) {
    if told.unrecognised.times == 0 {
        return;
    }
    page.gap();
    let count = number::counted(told.unrecognised.times, "message");
    page.marked(Mark::OPEN, Ink::Plain, &format!("{count} of errors that netprobe does not know:"));
    for example in &told.unrecognised.examples {
        page.quoted("", example.as_str());
    }
    if told.explanations.is_empty() {
        page.actions("what to do", NOTHING_KNOWN);
    }
}

fn speaker(explanation: &Explanation) -> String {
    let who = explanation.said_by.words();
    match explanation.connection {
        Some(Connection::List) => format!("{who}, of the listing: its first connection, before any clone"),
        Some(Connection::Clone) => {
            format!("{who}, of the clone; where an artifact is stored, the listing before it had just worked")
        }
        None => who.to_owned(),
    }
}

fn place_and_time(explanation: &Explanation) -> Option<String> {
    let seen = &explanation.seen;
    let mut words: Vec<String> = seen.objects.iter().take(1).map(ToString::to_string).collect();
    words.extend(seen.first.iter().map(ToString::to_string));
    (!words.is_empty()).then(|| words.join(" · "))
}

fn span(explanation: &Explanation) -> Option<String> {
    let (first, last) = (explanation.seen.first.as_ref()?, explanation.seen.last.as_ref()?);
    Some(if first == last { first.to_string() } else { format!("{first} … {last}") })
}

fn objects(explanation: &Explanation) -> Option<String> {
    let seen = &explanation.seen;
    let names: Vec<String> = seen.objects.iter().take(MAX_NAMES).map(ToString::to_string).collect();
    let more = if seen.more_objects || seen.objects.len() > MAX_NAMES { " and more" } else { "" };
    (!names.is_empty()).then(|| names.join(", ") + more)
}

/// A message about packets of Flux's: they begin in its pod.
fn needs_the_pod(explanation: &Explanation) -> bool {
    let flux = matches!(explanation.said_by, Client::Flux | Client::Kubernetes);
    flux && !matches!(explanation.place, Place::Configuration | Place::Reference | Place::Storage)
}

const FROM_WHERE: &str = "A run measures the way from where it is made. Flux's begins in source-controller's pod: a run that is clean on a \
                          workstation clears the server and the repository, not the pod's network.";
const NOTHING_KNOWN: &[&str] = &[
    "Give the whole line, with what stands before and behind it: an error of Flux, git, ssh or curl, their logs, or \
     Kubernetes objects.",
    "Or measure, from where it fails:",
    "netprobe run URL",
];
const MAX_NAMES: usize = 6;
