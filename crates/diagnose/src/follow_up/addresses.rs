//! After a connect that failed: is it the address, the family, the port or the host? And after one that only the probe of
//! addresses missed: is the address dead, or was a packet lost?

use std::net::IpAddr;

use model::{FailureKind, Micros, Parameters, Run, Stage, TcpConnectParameters, UploadPackParameters};

use super::{Proposal, pinned};
use crate::case::Case;
use crate::change::Change;
use crate::doors::Doors;
use crate::figures::list;
use crate::policy::Policy;
use crate::reach::{Answer, Reach};
use crate::trace::{Trace, is_ours};

/// After a connect that failed: does another address work, one of the other family first?
pub(super) fn other_address(case: &Case<'_>, _left: Micros, _policy: &Policy) -> Option<Proposal> {
    let tried = failed_connect(case)?;
    if case.varied(Change::Address).is_some() {
        return None;
    }
    let reach = Reach::of(case.report);
    // Not back again: the other address's own case would ask for this one.
    let fresh = |address: &IpAddr| Trace::all(case.report).all(|run| run.address() != Some(*address));
    let other_family = |address: &IpAddr| address.is_ipv4() != tried.is_ipv4();
    let answers = |address: &IpAddr| matches!(reach.answer(*address), Some(Answer::Connects(_)));
    let worth = |address: &&IpAddr| {
        fresh(address) && (answers(address) || other_family(address) && reach.answer(**address).is_none())
    };
    let addresses = case.subject.addresses();
    let other = *addresses.iter().filter(worth).min_by_key(|address| (!answers(address), !other_family(address)))?;
    let question = if other_family(&other) {
        format!("No connection to {tried}: does {} work? The same to {other}.", family(other))
    } else {
        format!("No connection to {tried}: does another address work? The same to {other}.")
    };
    Some((
        case.subject.id(),
        Parameters::GitUploadPack(UploadPackParameters { address: Some(other), ..pinned(case.subject) }),
        question,
    ))
}

/// After a connect that failed, and no other address that answers: is it the port or the host, and is another door open?
pub(super) fn other_doors(case: &Case<'_>, _left: Micros, policy: &Policy) -> Option<Proposal> {
    failed_connect(case)?;
    let reach = Reach::of(case.report);
    let answers = |address: &IpAddr| matches!(reach.answer(*address), Some(Answer::Connects(_)));
    if reach.addresses().iter().any(answers) || reach.doors().next().is_some() {
        return None;
    }
    let peer = case.subject.peer()?;
    let also = Doors::worth_a_try(case);
    if also.is_empty() {
        return None;
    }
    let doors: Vec<String> = also.iter().map(|door| format!("port {} of {}", door.port, door.host)).collect();
    let question = format!("No connection to {peer}: is it the port or the host? A connect to {}.", list(&doors));
    let asked = TcpConnectParameters { connects: 0, addresses: Vec::new(), also, patience_us: policy.door_patience_us };
    Some((case.subject.id(), Parameters::TcpConnect(asked), question))
}

/// After too few SYNs to tell a dead address from lost packets: is it silent again?
pub(super) fn silent_again(case: &Case<'_>, _left: Micros, policy: &Policy) -> Option<Proposal> {
    let (run, asked) = case.report.measurements.iter().find_map(|measurement| connects(&measurement.run))?;
    let reach = Reach::of(case.report);
    let answer = |address: &IpAddr| reach.answer(*address);
    if !reach.addresses().iter().any(|address| matches!(answer(address), Some(Answer::Connects(_)))) {
        return None;
    }
    let doubtful = |address: &&IpAddr| match answer(address) {
        Some(Answer::Silent { syns, .. }) => syns < policy.syns_that_prove,
        _ => false,
    };
    let addresses: Vec<IpAddr> = reach.addresses().iter().filter(doubtful).copied().collect();
    let again = case
        .report
        .measurements
        .iter()
        .any(|measurement| connects(&measurement.run).is_some_and(|(_, asked)| !asked.addresses.is_empty()));
    if addresses.is_empty() || again {
        return None;
    }
    let question = format!("No answer from {}: dead, or was a packet lost? One more connect.", list(&addresses));
    let asked = TcpConnectParameters { connects: 1, addresses, also: Vec::new(), patience_us: asked.patience_us };
    Some((run.id, Parameters::TcpConnect(asked), question))
}

/// The address to which no connection was had, for a reason of the network's.
fn failed_connect(case: &Case<'_>) -> Option<IpAddr> {
    let (mark, failure) = case.subject.first_problem()?;
    let local = matches!(failure.kind, FailureKind::Local);
    if mark.stage() != Stage::Connect || is_ours(&failure.kind) || local {
        return None;
    }
    case.subject.address()
}

fn connects(run: &Run) -> Option<(&Run, &TcpConnectParameters)> {
    match &run.parameters {
        Parameters::TcpConnect(asked) if asked.connects > 0 => Some((run, asked)),
        _ => None,
    }
}

const fn family(address: IpAddr) -> &'static str {
    if address.is_ipv4() { "IPv4" } else { "IPv6" }
}

#[cfg(test)]
mod tests;
