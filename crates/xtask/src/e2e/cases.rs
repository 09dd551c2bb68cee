//! What is tried on the bench, in the order in which it is tried.

pub(super) mod anywhere;
mod broken;
mod choice;
mod ended;
mod healthy;
mod refused;
mod rights;

use super::case::Case;
use super::checks::Checks;
use super::netprobe::{Answer, Column};
use super::scene::Scene;

/// Cases that need the bench: source-controller, a workstation, faults.
pub(super) const ALL: &[Case<Scene>] = &[
    healthy::HEALTHY,
    healthy::COMPARE,
    healthy::HOST_NETWORK,
    broken::HOLE_AT_NODE,
    broken::FROZEN_AT_NODE,
    broken::LOST_SYN_ACK_AT_NODE,
    broken::HOLE_AT_GATEWAY,
    refused::NO_SECRET,
    refused::NO_IMAGE,
    refused::RESTRICTED,
    refused::QUOTA,
    refused::NO_SUCH_NODE,
    ended::INTERRUPTED,
    ended::TERMINATED,
    ended::KILLED,
    ended::SILENT,
    ended::NODE_LOST,
    ended::KEPT,
    choice::ONLY_ONE,
    choice::SEVERAL,
    choice::MANIFEST,
    choice::NO_LOCAL,
    rights::LEAST,
    rights::NONE,
];

/// Both columns, or a complaint about the one that is not there.
fn columns<'a>(answer: &'a Answer, checks: &mut Checks) -> Option<(Column<'a>, Column<'a>)> {
    let (here, node) = (answer.here(), answer.node());
    checks.so("there is no column from here", here.is_some());
    checks.so("there is no column from the node", node.is_some());
    Some((here?, node?))
}

/// Where the comparison sees the fault; else its sentence is shown.
fn place(answer: &Answer, checks: &mut Checks, expected: &str) {
    let comparison = answer.comparison();
    let (seen, sentence) = (&comparison["place"]["place"], &comparison["sentence"]);
    checks.so(format!("place of the fault: expected {expected}, seen {seen}: {sentence}"), seen == expected);
}

/// What the user types to name the GitRepository of most cases, with keys for the column from here.
fn usual(scene: &Scene) -> Vec<String> {
    let name = scene.repository();
    [vec!["--git-repository".to_owned(), format!("{}/{}", name.namespace, name.name)], scene.keys()].concat()
}

fn words(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}
