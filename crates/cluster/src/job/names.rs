//! What a run's objects are called and marked with. Label values and object names end at 63 characters, names of nodes at
//! 253: the node's own name stands in an annotation, and its hash in names.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::JobWish;

/// The label that every object of a run has, with the run's id as its value.
pub const RUN_ID_LABEL: &str = "netprobe.dev/run-id";

/// The container's name; a sidecar that was put beside it in spite of all has another.
pub(crate) const CONTAINER: &str = "netprobe";

/// `netprobe-<run>-<node hash>`.
pub(super) fn job(run: &str, node: Option<&str>) -> String {
    let mut name = format!("{PROGRAM}-{}", run_id(run));
    if let Some(node) = node {
        name.push('-');
        for byte in Sha256::digest(node).iter().take(4) {
            let _ = write!(name, "{byte:02x}"); // writing to a String cannot fail
        }
    }
    name
}

/// As far as it is safe in a name.
pub(super) fn run_id(raw: &str) -> String {
    raw.chars().filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit()).take(MAX_RUN_ID_CHARS).collect()
}

/// The well-known labels. Never Flux's own (`part-of`, `kustomize.toolkit.fluxcd.io/*`): its garbage collection goes by them.
pub(super) fn labels(wish: &JobWish) -> BTreeMap<String, String> {
    texts([
        ("app.kubernetes.io/name", PROGRAM),
        ("app.kubernetes.io/instance", &wish.name()),
        ("app.kubernetes.io/version", env!("CARGO_PKG_VERSION")),
        ("app.kubernetes.io/managed-by", PROGRAM),
        (RUN_ID_LABEL, &run_id(&wish.run_id)),
    ])
}

/// Also keeps service meshes out: a sidecar answers in the server's place, and never ends.
pub(super) fn pod_labels(wish: &JobWish) -> BTreeMap<String, String> {
    let mut labels = labels(wish);
    labels.extend(texts([("sidecar.istio.io/inject", "false"), ("kuma.io/sidecar-injection", "disabled")]));
    labels
}

pub(super) fn annotations(wish: &JobWish) -> BTreeMap<String, String> {
    wish.node.iter().map(|node| ("netprobe.dev/node".to_owned(), node.clone())).collect()
}

/// Istio before 1.10 and Kuma before 2.0 read annotations, Linkerd still does.
pub(super) fn pod_annotations(wish: &JobWish) -> BTreeMap<String, String> {
    let mut annotations = annotations(wish);
    annotations.extend(texts([
        ("sidecar.istio.io/inject", "false"),
        ("kuma.io/sidecar-injection", "disabled"),
        ("linkerd.io/inject", "disabled"),
    ]));
    annotations
}

fn texts<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

const PROGRAM: &str = "netprobe";
const MAX_RUN_ID_CHARS: usize = 20;
