//! An answer is due and none comes, while TCP has nothing outstanding. Whether the server is silent or its words are
//! lost cannot be seen from one end: the causes that remain are listed, and what would tell.

use model::Stage;

use crate::case::{Case, Clamp, got_past};
use crate::change::Change;
use crate::command;
use crate::figures::{size, time};
use crate::fingerprint::Fingerprint;
use crate::flux;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::shake::fell_as_well;
use crate::trace::{Stall, Trace};
use crate::{Confidence, FluxOutcome, Severity};

pub(super) const RULE: Rule =
    Rule { id: "server-silent", title: "no answer comes, and TCP misses nothing", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, policy: &Policy) -> Option<Judgement> {
    let stall = case.stall()?;
    let print = Fingerprint::of(stall)?;
    let clamp = case.clamp();
    let flowed = stall.stage() == Stage::AdvertisementTransfer || stall.stage() >= Stage::PackTransfer;
    if !print.quiet() || flowed || matches!(clamp, Some(Clamp::Cured(_))) {
        return None;
    }
    let keepalives = case.subject.server_wait().map_or(0, |wait| wait.keepalives + wait.progress_packets);
    if keepalives > 0 {
        return None; // It spoke while it worked, and then stopped: that is a stall of another kind.
    }
    let waited = case.varied(Change::Patience).filter(|run| got_past(*run, stall, case.subject));
    let answered = waited.or(if let Some(Clamp::Late(run)) = clamp { Some(run) } else { None });
    if let Some(run) = answered {
        return late(case, stall, run);
    }
    // The longest silence that was waited through.
    let patient = case.varied(Change::Patience).and_then(Trace::stall);
    let longest = patient.filter(|again| again.silent_us > stall.silent_us).unwrap_or(stall);
    let stage = stall.stage();
    let statement = format!(
        "No answer comes in the {}: {} of silence after {}, and TCP misses nothing. The cause is not known.",
        stage.words(),
        time(longest.silent_us),
        size(stall.mark.seen.wire.received)
    );
    let no_matter_of_size = matches!(clamp, Some(Clamp::StalledAgain(_))) || case.full_size_before_stall().is_some();
    let confidence = if no_matter_of_size { Confidence::Likely } else { Confidence::Possible };
    let mut word = Judgement::new(
        Severity::Fault,
        confidence,
        statement,
        stall.shows(format!("nothing came for {}; {}", time(stall.silent_us), print.words)),
    )
    .at(stage)
    .and(fell_as_well(case))
    .explains(&["stalled", "advertisement-slow"])
    .rules_out(["a blocked port: the connection stands", "our own packets being lost: all of them were acknowledged"])
    .possible(causes(stage));
    if let Some(Clamp::StalledAgain(again)) = clamp {
        word = word
            .and([again.shows(format!("with TCP_MAXSEG {} it hangs as well", policy.clamp_mss_bytes))])
            .rules_out(["full-size packets that vanish: small ones do not help"]);
    } else if let Some((mark, bytes)) = case.full_size_before_stall() {
        word = word.and([mark.shows(format!("a segment of {bytes} bytes had arrived"))]).rules_out([format!(
            "packets too large for the path to here: a segment of {} came",
            size(model::Bytes(bytes.into()))
        )]);
    } else {
        word = word.possible(["packets too large for the path: not yet tried with small ones"]);
    }
    if let Some(again) = patient {
        word = word.and([again.shows(format!("waiting longer, {} brought nothing either", time(again.silent_us)))]);
    }
    Some(word.next([command::run_again(case.report, &command::larger_budget(case.report))]))
}

/// The answer came to the run that waited for it.
fn late(case: &Case<'_>, stall: Stall<'_>, run: Trace<'_>) -> Option<Judgement> {
    let stage = stall.stage();
    let mark = run.mark(stage)?;
    let took = time(mark.seen.took_us);
    let works = flux::forecast(case.report).outcome == FluxOutcome::Fits;
    let severity = if works { Severity::Warning } else { Severity::Fault };
    let statement =
        format!("The answer comes late: {took} in the {}, and TCP misses nothing meanwhile.", stage.words());
    Some(
        Judgement::new(severity, Confidence::Likely, statement, mark.shows(format!("it came after {took}")))
            .and([stall.shows(format!("the run that asked gave up after {}", time(stall.silent_us)))])
            .at(stage)
            .explains(&["stalled", "advertisement-slow"])
            .rules_out([
                "a blocked port: the connection stands",
                "packets that vanish: the answer came whole",
                "our own packets being lost: all of them were acknowledged",
            ])
            .possible(causes(stage).into_iter().take(1)),
    )
}

fn causes(stage: Stage) -> Vec<&'static str> {
    let own = match stage {
        Stage::Greeting => {
            "the server is slow to greet: overloaded, at its limit of connections, or looking up our name"
        }
        Stage::KeyExchange | Stage::Tls => "the server or something before it hangs in the handshake",
        Stage::Authenticate => "the server is slow to check the login",
        Stage::Proxy => "the proxy gets no connection to the server",
        Stage::Exec | Stage::AdvertisementWait | Stage::AdvertisementTransfer => {
            "the server is slow to open the repository and list its references"
        }
        _ => "the server computes, and sends no keepalives",
    };
    vec![
        own,
        "a firewall or gateway between here and the server holds the answer back or has forgotten the connection",
        "the first packets of the answer are lost, and nothing came behind them that would show it",
    ]
}
