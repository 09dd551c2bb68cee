//! Nothing came while the server was to compute: did somebody on the way forget a connection that said nothing? Two controls:
//! another connection, left idle for as long and then asked for an answer; and the same fetch with the server's progress on,
//! which says something every second.

use model::{
    Micros, Parameters, SshHandshakeParameters, Stage, TlsHandshakeParameters, TlsHello, TlsServerName, Transport,
    UploadPackParameters,
};

use super::handshake::{base, propose};
use super::{Proposal, pinned};
use crate::case::{Case, Clamp};
use crate::change::Change;
use crate::figures::time;
use crate::fingerprint::Fingerprint;
use crate::policy::Policy;
use crate::ssh::holds;
use crate::trace::Stall;

/// A connection left idle for as long as the fetch was silent.
pub(super) fn idle_connection(case: &Case<'_>, left: Micros, policy: &Policy) -> Option<Proposal> {
    let stall = while_computing(case)?;
    let idle_us = stall.silent_us;
    let needed = idle_us + policy.idle_answer_us + policy.patience_margin_us;
    if left < needed || holds(case).next().is_some() {
        return None;
    }
    let question = format!(
        "Nothing came for {} while the server was to compute: does a connection that is silent for as long still carry \
         anything? One that is left idle and then asked for an answer.",
        time(idle_us)
    );
    let (hold_us, patience_us) = (Some(idle_us), policy.idle_answer_us);
    match case.report.header.plan.target.transport {
        Transport::Ssh => {
            let parameters = SshHandshakeParameters { authenticate: true, hold_us, patience_us, ..base(case, policy) };
            Some(propose(case, parameters, question))
        }
        Transport::Https => {
            let parameters = TlsHandshakeParameters {
                hello: TlsHello::AsProfile,
                server_name: TlsServerName::Target,
                mss_clamp_bytes: case.subject.parameters().mss_clamp_bytes,
                address: case.subject.address(),
                hold_us,
                patience_us,
            };
            Some((case.subject.id(), Parameters::TlsHandshake(parameters), question))
        }
        Transport::Http => None,
    }
}

/// Such a connection carries nothing any more: does a fetch on which something is said every second?
pub(super) fn with_progress(case: &Case<'_>, _left: Micros, _policy: &Policy) -> Option<Proposal> {
    let stall = while_computing(case)?;
    let dead = holds(case).find(|hold| hold.seen.problem.is_some())?;
    if case.varied(Change::Progress).is_some() || case.subject.parameters().progress {
        return None;
    }
    let question = format!(
        "A connection that was idle for {} carries nothing any more: does the fetch get past {} if the server says how far it \
         is? The same with progress text.",
        time(dead.seen.idle_us),
        time(stall.silent_us)
    );
    let parameters = UploadPackParameters { progress: true, ..pinned(case.subject) };
    Some((case.subject.id(), Parameters::GitUploadPack(parameters), question))
}

/// The wait for the pack hangs, TCP misses nothing, the server said nothing, and it is no matter of size.
pub(crate) fn while_computing<'a>(case: &Case<'a>) -> Option<Stall<'a>> {
    let stall = case.stall()?;
    let computing = matches!(stall.stage(), Stage::ResponseWait | Stage::FirstPacket | Stage::PackStart);
    let spoke = case.subject.server_wait().is_some_and(|wait| wait.keepalives + wait.progress_packets > 0);
    let of_size = match case.varied(Change::Clamp) {
        Some(_) => !matches!(case.clamp(), Some(Clamp::StalledAgain(_))),
        None => case.full_size_before_stall().is_none(),
    };
    let direct = case.subject.mark(Stage::Proxy).is_none();
    let quiet = Fingerprint::of(stall).is_some_and(|print| print.quiet());
    (computing && quiet && !spoke && !of_size && direct).then_some(stall)
}
