//! After a TLS hello that got no answer: is it the name in it, its length, or anything that it could be? Handshakes that
//! change one thing each, and go no further than the handshake.

use model::{Micros, Parameters, TlsHandshakeParameters, TlsHello, TlsServerName};

use super::Proposal;
use crate::case::Case;
use crate::figures::time;
use crate::policy::Policy;
use crate::shake::{Fall, Shake};

/// The next handshake that separates them.
pub(super) fn another_hello(case: &Case<'_>, _left: Micros, policy: &Policy) -> Option<Proposal> {
    let fall = Fall::of(case)?;
    let host = &case.report.header.plan.target.host;
    let ask = |hello, server_name, mss_clamp_bytes, question: String| {
        let parameters = TlsHandshakeParameters {
            hello,
            server_name,
            mss_clamp_bytes,
            address: case.subject.address(),
            hold_us: None,
            patience_us: case.subject.parameters().patience_us.min(policy.hello_patience_us),
        };
        Some((case.subject.id(), Parameters::TlsHandshake(parameters), question))
    };
    // An address stands in no hello (RFC 6066 §3).
    let has_name = host.parse::<std::net::IpAddr>().is_err();
    let nameless = Shake::made(case, TlsHello::AsProfile, TlsServerName::None, None);
    if has_name && nameless.is_none() {
        return ask(
            TlsHello::AsProfile,
            TlsServerName::None,
            None,
            format!("The TLS hello was {}: is it for the name in it? A handshake without the name.", fall.how),
        );
    }
    if nameless.is_some_and(Shake::answered) {
        let sure =
            Fall::with_name(case) > 1 || Shake::made(case, TlsHello::AsProfile, TlsServerName::Target, None).is_some();
        return if sure {
            None
        } else {
            ask(
                TlsHello::AsProfile,
                TlsServerName::Target,
                None,
                "Without the name the server answers: was it chance? A handshake with the name again.".to_owned(),
            )
        };
    }
    if !fall.is_long(policy) {
        return None; // It was small enough for one packet.
    }
    let Some(small) = Shake::made(case, TlsHello::Classic, TlsServerName::Target, None) else {
        return ask(
            TlsHello::Classic,
            TlsServerName::Target,
            None,
            format!(
                "The TLS hello was {}: is it too long, at {} bytes, for something on the way? A handshake with a small one.",
                fall.how, fall.hello_bytes
            ),
        );
    };
    let pieces = Some(policy.piece_mss_bytes);
    if small.answered() && Shake::made(case, TlsHello::AsProfile, TlsServerName::Target, pieces).is_none() {
        return ask(
            TlsHello::AsProfile,
            TlsServerName::Target,
            pieces,
            format!(
                "A small hello was answered in {}: is it the length of the hello or of the packets? The long one in packets as \
             small.",
                time(small.took_us())
            ),
        );
    }
    None
}
