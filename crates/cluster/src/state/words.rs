//! Words of the cluster in sentences of ours, and the patience before they are said.

use std::time::Duration;

use k8s_openapi::api::core::v1::{Event, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use model::RemoteText;

use super::{PodFault, Sight, State};

/// `statement; who says: said`, or the statement alone where nothing was said.
pub(super) fn saying(statement: &str, who: &str, said: Option<&str>) -> String {
    let said = RemoteText::clean(said.unwrap_or_default());
    if said.is_empty() { statement.to_owned() } else { format!("{statement}; {who} says: {said}") }
}

/// `namespace/name`.
pub(super) fn place(of: &ObjectMeta) -> String {
    let text = |text: &Option<String>| RemoteText::clean(text.as_deref().unwrap_or_default());
    format!("{}/{}", text(&of.namespace), text(&of.name))
}

/// The flags with which kubectl finds an object.
pub(super) fn flags(of: &ObjectMeta) -> String {
    let text = |text: &Option<String>| RemoteText::clean(text.as_deref().unwrap_or_default());
    format!("-n {} {}", text(&of.namespace), text(&of.name))
}

/// ` on node N`, or nothing while the pod has none.
pub(super) fn on_node(pod: &Pod) -> String {
    node(pod).map_or_else(String::new, |node| format!(" on node {node}"))
}

/// `node N`, or what stands for it while it is not known.
pub(super) fn the_node(pod: &Pod) -> String {
    node(pod).map_or_else(|| "the node".to_owned(), |node| format!("node {node}"))
}

/// The node that the pod was given.
pub(super) fn node(pod: &Pod) -> Option<RemoteText> {
    pod.spec.as_ref()?.node_name.as_deref().map(RemoteText::clean).filter(|name| !name.is_empty())
}

/// Events with one of these reasons.
pub(super) fn events<'a>(sight: &Sight<'a>, reasons: &'a [&str]) -> impl DoubleEndedIterator<Item = &'a Event> + Clone {
    sight.events.iter().filter(move |event| event.reason.as_deref().is_some_and(|reason| reasons.contains(&reason)))
}

/// What an event says.
pub(super) fn message(event: &Event) -> &str {
    event.message.as_deref().unwrap_or_default()
}

/// How often an event was said, by either of the API's two ways of counting.
pub(super) fn times(event: &Event) -> i32 {
    let series = event.series.as_ref().and_then(|series| series.count);
    event.count.or(series).unwrap_or(1).max(1)
}

/// Waiting for `what`, until it has lasted too long to be over by itself.
pub(super) fn after(sight: &Sight<'_>, patience: Duration, what: &str, fault: impl FnOnce() -> PodFault) -> State {
    if sight.waited >= patience { State::Failed(fault()) } else { State::Waiting(what.to_owned()) }
}
