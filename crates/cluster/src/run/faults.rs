//! The faults that only the driver can see: those of the API server itself, of silence, and of a report that is not whole.

use frame::Hello;
use kube::core::Status;
use model::REPORT_VERSION;

use crate::error::{ClusterError, told};
use crate::job::JobWish;
use crate::state::{FaultKind, PodFault, refusal};

/// The dry run of the pod was refused.
pub(super) fn not_admitted(wish: &JobWish, said: &Status) -> PodFault {
    if !said.is_not_found() {
        return refusal::by_admission(&said.message, &wish.namespace);
    }
    fault(
        FaultKind::Refused,
        format!("the API server refuses the pod: {}", told(said)),
        format!("Make the namespace {}, or name another one with --namespace.", wish.namespace),
    )
}

/// The POST of the Job failed.
pub(super) fn not_created(error: &ClusterError) -> PodFault {
    let kind = if error.is_unreachable() { FaultKind::ApiUnreachable } else { FaultKind::Refused };
    fault(kind, error.statement(), error.remedy().to_owned())
}

/// A Job of this name is there and belongs to another run.
pub(super) fn name_is_taken(wish: &JobWish) -> PodFault {
    let statement = format!("a Job {}/{} is there already, and it is another run's", wish.namespace, wish.name());
    fault(FaultKind::Refused, statement, "Run netprobe again: each run has a name of its own.".to_owned())
}

/// The API server said that the Job exists, and then that it does not.
pub(super) fn vanished(wish: &JobWish) -> PodFault {
    let statement = format!("the Job {}/{} was gone right after it was made", wish.namespace, wish.name());
    fault(FaultKind::Refused, statement, "Look for something in the cluster that deletes Jobs.".to_owned())
}

/// Nothing can be learnt any more while the pod does not run yet.
pub(super) fn api_is_gone(error: &ClusterError) -> PodFault {
    fault(
        FaultKind::ApiUnreachable,
        format!("the API server has not answered for 30 s while the pod was waited for: {}", error.statement()),
        "The pod may still run. Try again once `kubectl version` answers.".to_owned(),
    )
}

/// Nothing has come for so long from a pod that is said to run. `readable`: its log could be read all the same.
pub(super) fn silent(node: Option<&str>, readable: bool) -> PodFault {
    let place = node.map_or_else(String::new, |node| format!(" on node {node}"));
    let (statement, remedy) = if readable {
        (
            format!("nothing has come from the pod{place} for 30 s, though it is said to run and its log can be read"),
            "Look whether the node is overloaded or the container is frozen; with --keep the pod stays for it.",
        )
    } else {
        (
            format!(
                "nothing has come from the pod{place} for 60 s, and its log cannot be read, though it is said to run"
            ),
            "Look whether the API server reaches that node's kubelet: `kubectl logs` of any pod there.",
        )
    };
    fault(FaultKind::Silent, statement, remedy.to_owned())
}

/// The agent was told to end, and not from here.
pub(super) fn ended_from_outside() -> PodFault {
    fault(
        FaultKind::Disrupted,
        "the pod was told to end before it was done: somebody or something in the cluster deleted or evicted it"
            .to_owned(),
        "Try again; `kubectl get events` shows evictions, and drains of the node.".to_owned(),
    )
}

/// The Job took longer than it was allowed.
pub(super) fn deadline(wish: &JobWish) -> PodFault {
    fault(
        FaultKind::Deadline,
        format!("the Job {}/{} was not done within its deadline", wish.namespace, wish.name()),
        "Raise --budget, or look at the pod with --keep.".to_owned(),
    )
}

/// The program in the pod writes reports that this one would misread.
pub(super) fn later_version(hello: &Hello) -> PodFault {
    let (theirs, version) = (&hello.netprobe, hello.report_version);
    fault(
        FaultKind::Version,
        format!(
            "the pod's netprobe {theirs} writes reports of version {version}, and this one reads up to {REPORT_VERSION}"
        ),
        "Use the same netprobe here and there: name an image of this version with --image, or update this one."
            .to_owned(),
    )
}

/// The container ended, and its log does not hold the whole report.
pub(super) fn not_whole(exit_code: i32, foreign: &[String]) -> PodFault {
    let said = if foreign.is_empty() { String::new() } else { format!("; it wrote: {}", foreign.join(" / ")) };
    let how = how_it_ended(exit_code);
    fault(
        FaultKind::LogCut,
        format!("the pod {how}, and its log does not hold the whole report{said}"),
        "Try again; with --keep the pod stays, and `kubectl logs` shows what is there.".to_owned(),
    )
}

/// As container runtimes count: 128 and the signal's number (signal(7)).
fn how_it_ended(exit_code: i32) -> String {
    match exit_code {
        137 => "was killed (SIGKILL)".to_owned(),
        143 => "was told to end (SIGTERM)".to_owned(),
        132..=139 => format!("crashed (signal {})", exit_code - 128),
        _ => format!("ended with code {exit_code}"),
    }
}

fn fault(kind: FaultKind, statement: String, remedy: String) -> PodFault {
    PodFault { kind, statement, remedy }
}
