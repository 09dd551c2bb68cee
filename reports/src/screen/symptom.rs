//! What the cluster says of the repository: its conditions, and what else its events say. Nothing in it was measured.

use model::{ClusterEvent, Condition, RemoteText, Symptom};

use crate::number;
use crate::page::Page;
use crate::style::{Ink, Mark};

/// One short section: the Ready condition with its words, the others in a line each, and events that say something new.
pub(crate) fn section(page: &mut Page, symptom: &Symptom) {
    let name = format!("GitRepository {}/{}", symptom.namespace, symptom.name);
    let is = |kind: &str| symptom.condition(kind).is_some_and(|condition| condition.status.as_str() == "True");
    let (mark, words) = match symptom.condition("Ready").map(|ready| ready.status.as_str()) {
        _ if symptom.suspended => (Mark::CAUTION, "is suspended"),
        // A handshake that hangs looks like this for minutes.
        Some("True") if is("Reconciling") => (Mark::OPEN, "was Ready, and a sync is under way"),
        Some("True") => (Mark::GOOD, "is Ready"),
        Some("False") => (Mark::BAD, "is not Ready"),
        _ => (Mark::OPEN, "is neither Ready nor not"),
    };
    page.marked(mark, Ink::Strong, &format!("The cluster says: {name} {words}."));
    let (ready, others): (Vec<&Condition>, Vec<&Condition>) =
        symptom.conditions.iter().partition(|condition| condition.kind.as_str() == "Ready");
    let mut said: Vec<&RemoteText> = Vec::new();
    for condition in ready.iter().chain(&others).take(MAX_CONDITIONS) {
        let again = !condition.message.is_empty() && said.contains(&&condition.message);
        let heading = heading(condition);
        page.labelled("condition", &if again { format!("{heading}, in the same words") } else { heading });
        if !again {
            words_of(page, &condition.message);
            said.push(&condition.message);
        }
    }
    let known = |event: &&ClusterEvent| {
        event.message.is_empty() || symptom.conditions.iter().any(|condition| condition.message == event.message)
    };
    let (repeated, new): (Vec<&ClusterEvent>, Vec<&ClusterEvent>) = symptom.events.iter().partition(known);
    for event in new.iter().take(MAX_EVENTS) {
        page.labelled("event", &seen(event));
        words_of(page, &event.message);
    }
    if let (Some(event), true) = (repeated.first(), new.is_empty()) {
        page.labelled("event", &format!("{}, in the same words", seen(event)));
    }
    let told = |revision: &RemoteText| said.iter().any(|message| message.as_str().contains(revision.as_str()));
    if let Some(revision) = symptom.revision.as_ref().filter(|revision| !told(revision)) {
        page.labelled("stored", revision.as_str());
    }
}

fn words_of(page: &mut Page, message: &RemoteText) {
    if !message.is_empty() {
        page.quoted("", message.as_str());
    }
}

fn heading(condition: &Condition) -> String {
    let since = condition.since.as_ref().map(|since| format!(", since {since}")).unwrap_or_default();
    format!("{} = {} · {}{since}", condition.kind, condition.status, condition.reason)
}

fn seen(event: &ClusterEvent) -> String {
    let last = event.last.as_ref().map(|last| format!(", last {last}")).unwrap_or_default();
    format!("{} {}, {} ×{last}", event.kind, event.reason, number::count(event.times.into()))
}

/// Flux sets five kinds of condition on a source.
const MAX_CONDITIONS: usize = 6;
const MAX_EVENTS: usize = 3;
