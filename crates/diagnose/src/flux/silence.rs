//! What a forecast that rests on a silence leaves open: nobody waited as long as Flux would.

use model::{Report, Stage};

use super::clock::{self, Leg};
use super::wording::Wording;
use crate::case::Case;
use crate::figures;
use crate::hole;
use crate::trace::Trace;

/// Beside a deadline that was not waited for.
pub(super) fn extrapolated(report: &Report, run: Trace<'_>) -> Vec<String> {
    let rest = "Waiting ended here before Flux's would; that nothing more comes is extrapolated.".to_owned();
    [rest].into_iter().chain(healing(report, run)).collect()
}

/// Beside a handshake that no deadline covers (flux-git.md §1.5 and §2.4): what comes before git over SSH.
pub(super) fn uncut(report: &Report, run: Trace<'_>, wording: &Wording, leg: Leg) -> Vec<String> {
    let mut caveats = vec![format!(
        "Over SSH spec.timeout does not cut the {}: Ready stays as it was, the only sign is `Reconciling=True: \
         reconciliation in progress`, and one of the controller's workers (two by default) is taken.",
        leg.stage.words()
    )];
    if let (Stage::Connect, Some(peer)) = (leg.stage, run.peer()) {
        let tail = format!("dial tcp {peer}: connect: connection timed out");
        caveats.push(format!(
            "After about {} the kernel gives up, and the condition then reads: {}",
            figures::time(clock::KERNEL_CONNECT_TIMEOUT),
            wording.condition(leg.pass, &tail)
        ));
    }
    caveats.extend(healing(report, run));
    caveats
}

/// flux-git.md §1.5: the hole with `tcp_mtu_probing` at both ends cloned in 10.1 s.
fn healing(report: &Report, run: Trace<'_>) -> Option<String> {
    let case = Case::of(report, run, super::unknown_without_reason(report));
    (hole::is_possible(&case) && !hole::would_have_healed(&case)).then(|| {
        "Some holes for large packets heal after about 10 s, where an end looks for smaller sizes by itself \
         (net.ipv4.tcp_mtu_probing); then Flux's clone goes on."
            .to_owned()
    })
}
