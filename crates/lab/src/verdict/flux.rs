//! What netprobe foretold of Flux, what Flux's own client did, and what the scenario expected: three sides.

use super::{Kind, Verdict, quoted};
use crate::outcome::FluxOutcome;
use crate::record::{FluxRan, Forecast, Seen};
use crate::scenario::FluxExpectation;

/// The client's answer is the truth; where it was not asked, the expectation is.
pub(super) fn compare(verdict: &mut Verdict, seen: &Seen, expected: &FluxExpectation, timeout_seconds: f64) {
    let did = seen.flux.as_ref().map(|ran| ran.outcome(timeout_seconds));
    if let (Some(ran), Some(did)) = (&seen.flux, did) {
        the_client(verdict, ran, expected, timeout_seconds);
        if let Some(forecast) = forecast(seen)
            && forecast.outcome == did
        {
            words(verdict, forecast, ran, expected);
        }
    }
    let (truth, whose) = match did {
        Some(did) => (did, "Flux's client did"),
        None => (expected.outcome, "the scenario expects"),
    };
    let Some(forecast) = forecast(seen) else { return };
    let open = expected.forecast_open && forecast.outcome == FluxOutcome::Unknown;
    if forecast.outcome != truth && !open {
        let (foretold, truth) = (forecast.outcome.word(), truth.word());
        verdict.note(Kind::Forecast, format!("Flux: netprobe foretold `{foretold}`, {whose} `{truth}`"));
    }
}

fn forecast(seen: &Seen) -> Option<&Forecast> {
    seen.netprobe.answer.as_ref().map(|answer| &answer.flux)
}

/// Is the world what the scenario says?
fn the_client(verdict: &mut Verdict, ran: &FluxRan, expected: &FluxExpectation, timeout_seconds: f64) {
    let (did, seconds) = (ran.outcome(timeout_seconds), ran.seconds);
    if did != expected.outcome {
        let (wanted, did) = (expected.outcome.word(), did.word());
        let said = quoted(&ran.message);
        verdict.note(
            Kind::FluxDid,
            format!("Flux: expected `{wanted}`, its client did `{did}` after {seconds:.1} s{said}"),
        );
    } else if let Some(part) = expected.message.as_deref().filter(|part| !ran.message.contains(part)) {
        verdict.note(Kind::FluxSaid, format!("Flux was expected to say `{part}`, and said: {}", ran.message));
    }
}

/// netprobe may withhold the condition's text, but not make one up.
fn words(verdict: &mut Verdict, forecast: &Forecast, ran: &FluxRan, expected: &FluxExpectation) {
    let Some(foretold) = forecast.message.as_deref().filter(|_| expected.same_words) else { return };
    if comparable(foretold) != comparable(&ran.message) {
        let said = &ran.message;
        verdict.note(
            Kind::ForecastWords,
            format!("Flux's words: netprobe foretold `{foretold}`, its client said `{said}`"),
        );
    }
}

/// What can be known beforehand of a text: not our own port, and not the line break or zero byte that ends the server's
/// words, of which netprobe says that it leaves it out.
fn comparable(text: &str) -> String {
    let end = |letter: char| letter.is_control() || letter.is_whitespace();
    without_own_ports(text.trim_end_matches(end))
}

/// The text with the port of this side, which the kernel draws anew for each connection, taken out: Go writes
/// `read tcp 198.18.0.2:40312->198.18.1.2:22`.
fn without_own_ports(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut parts = text.split("->").peekable();
    while let Some(part) = parts.next() {
        let own = part.trim_end_matches(|letter: char| letter.is_ascii_digit());
        if parts.peek().is_some() && own.ends_with(':') && own.len() < part.len() {
            plain.push_str(own);
            plain.push_str("PORT->");
        } else {
            plain.push_str(part);
            plain.push_str(if parts.peek().is_some() { "->" } else { "" });
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_the_servers_words_is_left_out() {
        assert_eq!(comparable("on the remote side.\0"), comparable("on the remote side."));
        assert_eq!(comparable("<html>\n\n"), comparable("<html>"));
        assert_ne!(comparable("a\nb"), comparable("ab"));
    }

    #[test]
    fn only_ports_of_this_side_are_taken_out() {
        let plain = |text| without_own_ports(text);
        assert_eq!(
            plain("read tcp 198.18.0.2:40312->198.18.1.2:22: read: connection reset by peer"),
            "read tcp 198.18.0.2:PORT->198.18.1.2:22: read: connection reset by peer"
        );
        assert_eq!(
            plain("a [2001:db8::1]:1->[2001:db8::2]:53, b 1.2.3.4:5->6"),
            "a [2001:db8::1]:PORT->[2001:db8::2]:53, b 1.2.3.4:PORT->6"
        );
        for same in ["dial tcp 198.18.1.2:22: connect: refused", "main->other 7->8", "", "->"] {
            assert_eq!(plain(same), same);
        }
    }
}
