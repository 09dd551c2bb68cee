//! A TLS hello that takes more than one packet is not digested, whatever the size of the packets: something looks into the
//! first one and expects all of it there.

use model::{TlsHello, TlsServerName};

use crate::case::Case;
use crate::figures::time;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::shake::{Fall, Shake};
use crate::{Confidence, Severity};

pub(super) const RULE: Rule = Rule {
    id: "tls-large-hello-dropped",
    title: "a long TLS hello gets no answer, a short one does",
    weight: Weight::Stands,
    judge,
};

fn judge(case: &Case<'_>, policy: &Policy) -> Option<Judgement> {
    let fall = Fall::of(case).filter(|fall| fall.is_long(policy))?;
    let small = Shake::made(case, TlsHello::Classic, TlsServerName::Target, None).filter(|shake| shake.answered())?;
    // An answer to a long one, with the name or without, in small packets or not, refutes it.
    let long = |shake: &Shake<'_>| shake.asked.hello == TlsHello::AsProfile;
    if Shake::of(case).any(|shake| long(&shake) && shake.answered()) {
        return None;
    }
    // Some of its packets came through, and not all of them: it is not the hello that is judged, but how much goes.
    if Shake::of(case).any(|shake| long(&shake) && shake.is_part_acknowledged()) {
        return None;
    }
    let again: Vec<Shake<'_>> = Shake::of(case).filter(|shake| long(shake) && shake.fell()).collect();
    let in_pieces = again.iter().any(|shake| shake.asked.mss_clamp_bytes.is_some());
    let confidence = match (in_pieces, fall.on_the_way) {
        (true, true) => Confidence::Proven,
        (true, false) => Confidence::Likely,
        (false, _) => Confidence::Possible,
    };
    let host = &case.report.header.plan.target.host;
    let pieces = if in_pieces { ", in packets of any size" } else { "" };
    let statement = format!(
        "A TLS hello of {} bytes to {host} is {}{pieces}; a short one is answered in {}: something does not digest hellos that \
         take more than one packet.",
        fall.hello_bytes,
        fall.how,
        time(small.took_us())
    );
    let which = |shake: &Shake<'_>| match (shake.asked.server_name, shake.asked.mss_clamp_bytes) {
        (_, Some(mss)) => format!("in segments of at most {mss} bytes it fell as well"),
        (TlsServerName::None, None) => "as long without the name in it, it fell as well".to_owned(),
        (TlsServerName::Target, None) => "the same again fell again".to_owned(),
    };
    let word = Judgement::new(
        Severity::Fault,
        confidence,
        statement,
        fall.mark.shows(format!("the hello of {} bytes was {}", fall.hello_bytes, fall.how)),
    )
    .at(fall.mark.stage())
    .and([small.stage.shows(format!(
        "a hello without ML-KEM key share, to the same address, was answered in {}",
        time(small.took_us())
    ))])
    .and(again.iter().map(|shake| shake.stage.shows(which(shake))))
    .rules_out(["a blocked port: the connection stands", "a filter by name: the short hello carries the name"])
    .explains(&["connection-cut", "server-silent", "stalled", "server-computing"])
    .remedy([
        "For Flux at once: take the post-quantum key share out of its hello (Go 1.24 and newer):",
        "kubectl -n flux-system set env deployment/source-controller GODEBUG=tlsmlkem=0",
        "At the cause: update the firewall, load balancer or inspecting proxy; it takes the first packet for the whole hello.",
    ]);
    Some(if in_pieces {
        word.rules_out(["packets too large for the path: small ones do not help"])
    } else {
        word.possible(["packets too large for the path: not yet tried with small ones"])
    })
}
