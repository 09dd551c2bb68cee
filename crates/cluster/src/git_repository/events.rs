//! Events about a GitRepository: what source-controller said lately, newest first.

use k8s_openapi::api::core::v1::Event;
use k8s_openapi::jiff::Timestamp;
use kube::Api;
use kube::api::ListParams;
use model::{ClusterEvent, RemoteText};

use super::GitRepository;
use crate::contact::Contact;

/// Adds the events about `repository` to its symptom, newest first, at most 20. Where they cannot be read, there are none:
/// they only add to the conditions.
pub async fn add_events(contact: &Contact, repository: &mut GitRepository) {
    let api: Api<Event> = Api::namespaced(contact.client(), &repository.namespace);
    let about = format!("involvedObject.kind=GitRepository,involvedObject.name={}", repository.name);
    let wish = ListParams::default().fields(&about).limit(MAX_ASKED);
    if let Ok(list) = contact.ask("Listing the events of a GitRepository", api.list(&wish)).await {
        repository.symptom.events = newest_first(list.items);
    }
}

fn newest_first(mut events: Vec<Event>) -> Vec<ClusterEvent> {
    events.sort_by_key(|event| std::cmp::Reverse(last(event)));
    events.iter().take(MAX_KEPT).map(read).collect()
}

fn read(event: &Event) -> ClusterEvent {
    let said = |text: &Option<String>| RemoteText::clean(text.as_deref().unwrap_or_default());
    let times = event.series.as_ref().and_then(|series| series.count).or(event.count).unwrap_or(1);
    ClusterEvent {
        kind: said(&event.type_),
        reason: said(&event.reason),
        message: said(&event.message),
        times: u32::try_from(times).unwrap_or(1).max(1),
        last: last(event).map(|time| time.to_string()),
    }
}

/// An event has up to five times; this is the last one that it was seen at.
fn last(event: &Event) -> Option<Timestamp> {
    let of_series = event.series.as_ref().and_then(|series| series.last_observed_time.as_ref()).map(|time| time.0);
    of_series
        .or_else(|| event.last_timestamp.as_ref().map(|time| time.0))
        .or_else(|| event.event_time.as_ref().map(|time| time.0))
        .or_else(|| event.metadata.creation_timestamp.as_ref().map(|time| time.0))
}

/// The API server forgets events after an hour, and source-controller writes a few a minute at most.
const MAX_ASKED: u32 = 500;
/// More than a person reads.
const MAX_KEPT: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_come_first_and_no_more_than_twenty() {
        let events = (0..30).map(|minute| {
            serde_json::from_value(serde_json::json!({
                "metadata": {}, "involvedObject": {}, "type": "Warning", "reason": "GitOperationFailed",
                "message": format!("m{minute}"), "count": 2,
                "lastTimestamp": format!("2026-11-24T02:{minute:02}:00Z")
            }))
            .unwrap()
        });
        let kept = newest_first(events.collect());
        assert_eq!(kept.len(), 20);
        let first = kept.first().unwrap();
        assert_eq!((first.message.as_str(), first.times), ("m29", 2));
        assert_eq!(first.last.as_deref(), Some("2026-11-24T02:29:00Z"));
    }

    #[test]
    fn a_series_says_when_it_was_last_seen_and_how_often() {
        let event: Event = serde_json::from_value(serde_json::json!({
            "metadata": {}, "involvedObject": {}, "eventTime": "2026-11-24T02:00:00.000000Z",
            "series": {"count": 7, "lastObservedTime": "2026-11-24T02:09:00.000000Z"}
        }))
        .unwrap();
        let read = read(&event);
        assert_eq!((read.times, read.last.as_deref()), (7, Some("2026-11-24T02:09:00Z")));
    }
}
