//! The symptom by itself: the transfer stands still. Told where no cause explains it, with what TCP said and with what
//! would tell more.

use model::Stage;

use crate::case::{Case, Clamp};
use crate::change::Change;
use crate::command;
use crate::figures::{size, time};
use crate::fingerprint::Fingerprint;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::shake::fell_as_well;
use crate::trace::Stall;

pub(super) const RULE: Rule =
    Rule { id: "stalled", title: "the transfer stands still, cause not known", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, policy: &Policy) -> Option<Judgement> {
    let stall = case.stall()?;
    let stage = stall.stage();
    let print = Fingerprint::of(stall);
    let tcp = print.as_ref().map_or_else(String::new, |print| format!(" TCP: {}.", print.words));
    let statement = format!(
        "The {} stands still after {}: nothing came for {}.{tcp} The cause is not known.",
        stage.words(),
        size(stall.mark.seen.wire.received),
        time(stall.silent_us)
    );
    let mut word = Judgement::fault(
        statement,
        stall.shows(format!("{} of silence in the {}", time(stall.silent_us), stage.words())),
    )
    .at(stage)
    .and(fell_as_well(case))
    .explains(&["advertisement-slow"])
    .rules_out(["a blocked port: the connection stands"])
    .possible(causes(case, stall, print.as_ref()));
    match case.clamp() {
        Some(Clamp::StalledAgain(again)) => {
            word = word
                .and([again.shows(format!(
                    "with TCP_MAXSEG {} it stands still as well, in the {}",
                    policy.clamp_mss_bytes,
                    again.stage().words()
                ))])
                .rules_out(["full-size packets that vanish: small ones do not help"]);
        }
        Some(Clamp::Cured(run) | Clamp::Late(run)) => {
            word = word
                .and([run.shows("the run with small packets, made afterwards, went on")])
                .possible(["a fault that comes and goes, and was gone in the second run"]);
        }
        None => {
            word = match case.full_size_before_stall() {
                Some((mark, bytes)) => word
                    .and([mark.shows(format!("a segment of {bytes} bytes had arrived"))])
                    .rules_out(["packets too large for the path to here: such packets came before"]),
                None => word.possible(["packets too large for the path: not yet tried with small ones"]),
            };
        }
    }
    if let Some(again) = case.varied(Change::Patience) {
        let shows = again.stall().map(|stall| {
            stall.shows(format!(
                "waiting longer, it stands still in the {} for {}",
                stall.stage().words(),
                time(stall.silent_us)
            ))
        });
        word = word.and([shows.unwrap_or_else(|| again.shows("the run that waited longer did not stand still"))]);
    }
    Some(word.next([command::run_again(case.report, &command::larger_budget(case.report))]))
}

fn causes(case: &Case<'_>, stall: Stall<'_>, print: Option<&Fingerprint>) -> Vec<&'static str> {
    let mut causes = Vec::new();
    if print.is_some_and(|print| print.gap_towards_us) {
        causes.push("a packet from the server is lost again and again on the way to here");
    }
    if print.is_some_and(|print| print.ours_unanswered) {
        causes.push("our packets are lost on the way to the server, or it is gone");
        causes.push("a gateway or firewall on the way has forgotten the connection, or drops it by its content");
    }
    if print.is_none_or(Fingerprint::quiet) {
        causes.push("a gateway or firewall on the way stops the flow after so many bytes or seconds");
        causes.push("the server stopped sending");
    }
    let spoke = case.subject.server_wait().is_some_and(|wait| wait.keepalives > 0);
    if spoke && stall.stage() < Stage::PackTransfer {
        causes.push("the server's git died while it computed");
    }
    causes
}
