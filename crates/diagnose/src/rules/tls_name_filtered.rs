//! Somebody goes by the name in the TLS hello: with it there is no answer, without it there is one.

use model::{TlsHello, TlsServerName};

use crate::case::Case;
use crate::figures::time;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::shake::{Fall, Shake};
use crate::{Confidence, Severity};

pub(super) const RULE: Rule =
    Rule { id: "tls-name-filtered", title: "TLS is filtered by the server's name", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let fall = Fall::of(case)?;
    let nameless =
        Shake::made(case, TlsHello::AsProfile, TlsServerName::None, None).filter(|shake| shake.answered())?;
    // With the name, an answer even once means that it comes and goes.
    let named = |shake: &Shake<'_>| shake.asked.server_name == TlsServerName::Target;
    if Shake::of(case).any(|shake| named(&shake) && shake.answered()) {
        return None;
    }
    let falls = Fall::with_name(case);
    let host = &case.report.header.plan.target.host;
    let address = case.subject.address().map_or_else(|| "the same address".to_owned(), |address| address.to_string());
    let who = if fall.on_the_way { "Something on the way filters" } else { "Something filters" };
    let statement = format!(
        "{who} TLS connections by the server's name: a hello with \"{host}\" in it is {}, one without is answered by {address} \
         in {}.",
        fall.how,
        time(nameless.took_us())
    );
    let confidence = match (falls > 1, fall.on_the_way) {
        (true, true) => Confidence::Proven,
        (true, false) => Confidence::Likely,
        (false, _) => Confidence::Possible,
    };
    let near = if fall.on_the_way { " before the server can have had a say" } else { "" };
    let again = Shake::of(case).filter(|shake| named(shake) && shake.fell());
    let word = Judgement::new(
        Severity::Fault,
        confidence,
        statement,
        fall.mark.shows(format!("the hello with the name was {}{near}", fall.how)),
    )
    .at(fall.mark.stage())
    .and([nameless.stage.shows(format!(
        "the same hello without the name, to the same address, was answered in {}",
        time(nameless.took_us())
    ))])
    .and(again.map(|shake| shake.stage.shows("with the name again, it fell again")))
    .rules_out([
        "a blocked port: the connection stands",
        "packets too large for the path: both hellos have the same size",
        "a server that is down: it answers",
    ])
    .explains(&["connection-cut", "server-silent", "stalled", "server-computing"])
    .remedy([
        format!(
            "Have {host} allowed where egress is filtered by name: a firewall or proxy, an egress gateway, a network policy \
             with `toFQDNs`."
        ),
        "If SSH is allowed: clone over SSH, which carries no such name.".to_owned(),
    ]);
    let word =
        if falls > 1 { word } else { word.possible(["a fault that comes and goes, and was gone in the second run"]) };
    Some(if fall.on_the_way {
        word
    } else {
        word.possible([
            "a firewall or proxy that filters by name",
            "the server's own front end, which sends this name on to a machine that does not answer",
        ])
    })
}
