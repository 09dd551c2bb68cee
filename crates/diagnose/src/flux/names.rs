//! What Flux says where a name is not found: Go asks the name servers by itself, in its own order and with its own patience
//! (flux-git.md §1.5).

use model::{FailureKind, Report, VantageKind};

use super::clock::Leg;
use super::told::Told;
use super::wording::Wording;
use crate::figures::{list, time};
use crate::names::Names;
use crate::names::go::{self, Ending, LookUp, Trouble, Words};
use crate::trace::Trace;

/// What Flux says of a look-up that failed here.
pub(super) fn tell(report: &Report, run: Trace<'_>, wording: &Wording, leg: Leg, kind: &FailureKind) -> Told {
    let host = &report.header.plan.target.host;
    let Some(look_up) = Names::of(report, run).and_then(|names| go::look_up(&names)) else {
        return by_the_failure(host, kind);
    };
    let takes = time(look_up.takes_us);
    let told = match look_up.ending {
        Ending::Found { addresses, .. } => Told::unknown(format!(
            "Flux looks {host} up by itself, in another way than this machine: it has {} after {takes}, and goes on.",
            list(&addresses)
        )),
        Ending::Fails(_) if look_up.takes_us > report.header.plan.timeout_us => Told::unknown(format!(
            "Flux looks {host} up by itself and has no address after {takes}, which is longer than it waits."
        )),
        Ending::Fails(ref troubles) => words(host, wording, leg, &look_up, troubles).after(look_up.takes_us),
    };
    match report.header.vantage.kind {
        VantageKind::Pod => told,
        _ => told.but("Flux asks its own pod's name servers, and names one of them."),
    }
}

fn words(host: &str, wording: &Wording, leg: Leg, look_up: &LookUp, troubles: &[Trouble]) -> Told {
    let dial = |trouble: &Trouble, words: &str| format!("dial tcp: lookup {host} on {}: {words}", trouble.server);
    if let [only] = troubles
        && let Words::Exact(words) = &only.words
    {
        return Told::words(wording.condition(leg.pass, &wording.dialling(&dial(only, words))));
    }
    let told: Vec<String> = troubles
        .iter()
        .filter_map(|trouble| Some(format!("`{}`", dial(trouble, &trouble.words.told(trouble.server)?))))
        .collect();
    let after = time(look_up.takes_us);
    match told.as_slice() {
        [] => {
            Told::roughly(format!("The condition names `dial tcp: lookup {host} on` and a name server, after {after}."))
        }
        told => Told::roughly(format!("The condition ends in {}, after {after}.", told.join(" or "))),
    }
}

/// Nothing is known of the name servers.
fn by_the_failure(host: &str, kind: &FailureKind) -> Told {
    match kind {
        FailureKind::NameNotFound => Told::roughly(format!(
            "The condition ends in `no such host` behind `dial tcp: lookup {host} on` and the address of Flux's name \
             server."
        )),
        FailureKind::NameServerFailure => Told::roughly(format!(
            "The condition names `dial tcp: lookup {host} on` and Flux's name server; a silent one costs 10 s, then it \
             ends in `i/o timeout`, a failing one in `server misbehaving`."
        )),
        // This machine's resolver was still at it. Go's asks in another way, and may have had enough by then.
        _ => Told::unknown(format!(
            "Flux looks {host} up by itself, with other patience than this machine: where one kind of question goes \
             unanswered it goes on after 10 s, and where all do, it fails."
        )),
    }
}
