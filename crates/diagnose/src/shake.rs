//! TLS handshakes that were made by themselves, and what they say of one that failed in the exchange. It reads them; whose
//! fault it is, the rules say.

use model::{
    FailureKind, Measurement, Micros, Parameters, Seen, Stage, StageSeen, Step, TcpInfo, TlsHandshakeParameters,
    TlsHello, TlsServerName,
};

use crate::Evidence;
use crate::case::{Case, Clamp};
use crate::change::Change;
use crate::fingerprint::Fingerprint;
use crate::policy::Policy;
use crate::sight::Sight;
use crate::trace::Mark;

/// One handshake that was made by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shake<'a> {
    pub(crate) asked: &'a TlsHandshakeParameters,
    /// Its TLS stage.
    pub(crate) stage: Sight<'a, StageSeen>,
}

/// The hello of an exchange got no answer: silence, a reset or a close, and not one byte back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fall<'a> {
    /// The exchange's TLS stage.
    pub(crate) mark: Mark<'a>,
    /// What became of it, as a verb: `reset`, `closed`, `left without an answer`.
    pub(crate) how: &'static str,
    /// It was told by somebody nearer than the server, or by the server's own TCP not acknowledging: not the server's word.
    pub(crate) on_the_way: bool,
    /// Size of the hello, in bytes.
    pub(crate) hello_bytes: u64,
}

impl<'a> Shake<'a> {
    /// Those that went where the case's exchange went, over the same address, as far as their TLS stage.
    pub(crate) fn of(case: &Case<'a>) -> impl Iterator<Item = Self> {
        let peer = case.subject.peer();
        case.report.measurements.iter().filter_map(move |measurement| {
            let Parameters::TlsHandshake(asked) = &measurement.run.parameters else { return None };
            let same_peer = stages(measurement).any(|stage| match stage.seen.step {
                Step::Connect { peer: there, .. } => Some(there) == peer,
                _ => false,
            });
            let stage = stages(measurement).find(|stage| stage.seen.stage() == Stage::Tls).filter(|_| same_peer)?;
            Some(Self { asked, stage })
        })
    }

    /// The one that was made so, to that address, whatever its patience.
    pub(crate) fn made(case: &Case<'a>, hello: TlsHello, name: TlsServerName, mss: Option<u16>) -> Option<Self> {
        let so = |asked: &TlsHandshakeParameters| (asked.hello, asked.server_name, asked.mss_clamp_bytes);
        Self::of(case).filter(|shake| so(shake.asked) == (hello, name, mss)).last()
    }

    /// The server answered: with a handshake, or with a word of its own against it.
    pub(crate) fn answered(self) -> bool {
        match self.stage.seen.problem.as_ref().map(|problem| &problem.kind) {
            None
            | Some(
                FailureKind::CertificateUntrusted
                | FailureKind::CertificateExpired
                | FailureKind::CertificateWrongName
                | FailureKind::Tls,
            ) => true,
            Some(_) => false,
        }
    }

    /// It fell as the exchange's did.
    pub(crate) fn fell(self) -> bool {
        self.stage.seen.problem.as_ref().is_some_and(|problem| word(&problem.kind).is_some())
    }

    /// The other side's TCP took the beginning of the hello, and not its end.
    pub(crate) fn is_part_acknowledged(self) -> bool {
        let Step::Tls { client_flight: Some(flight), .. } = &self.stage.seen.step else { return false };
        // The kernel counts the SYN as a byte.
        self.stage.seen.tcp.is_some_and(|tcp| (2..=flight.sent.0).contains(&tcp.bytes_acked))
    }

    pub(crate) fn took_us(self) -> Micros {
        self.stage.seen.took_us
    }
}

fn stages(measurement: &Measurement) -> impl Iterator<Item = Sight<'_, StageSeen>> {
    Sight::of(measurement, |seen| match seen {
        Seen::Stage(stage) => Some(stage),
        _ => None,
    })
}

fn word(kind: &FailureKind) -> Option<&'static str> {
    match kind {
        FailureKind::Reset => Some("reset"),
        FailureKind::Closed => Some("closed"),
        FailureKind::Stalled { .. } => Some("left without an answer"),
        _ => None,
    }
}

/// Hellos of other kinds that fell as the exchange's did, for a finding that knows no cause.
pub(crate) fn fell_as_well(case: &Case<'_>) -> Vec<Evidence> {
    let shows = |shake: Shake<'_>| {
        let kind = match (shake.asked.hello, shake.asked.server_name, shake.asked.mss_clamp_bytes) {
            (TlsHello::AsProfile, TlsServerName::None, _) => "without the server's name",
            (TlsHello::Classic, _, _) => "that is short",
            (_, _, Some(_)) => "in small pieces",
            _ => "like the first",
        };
        shake.stage.shows(format!("a hello {kind} fell as well"))
    };
    let fall = Fall::of(case);
    Shake::of(case).filter(|shake| fall.is_some() && shake.fell()).map(shows).collect()
}

impl<'a> Fall<'a> {
    /// None where the handshake got through or got any answer, and where small packets get through: that is a matter of
    /// their size.
    pub(crate) fn of(case: &Case<'a>) -> Option<Self> {
        let (mark, failure) = case.subject.first_problem()?;
        let how = word(&failure.kind).filter(|_| mark.stage() == Stage::Tls)?;
        let Step::Tls { client_flight: Some(flight), server_flight_bytes, .. } = &mark.seen.step else { return None };
        let of_size = matches!(case.clamp(), Some(Clamp::Cured(_) | Clamp::Late(_)))
            || case.varied(Change::Clamp).is_some_and(|run| run.passed(Stage::Tls));
        if server_flight_bytes.0 > 0 || of_size {
            return None;
        }
        // As the kernel measured it; a connect that may have lost its first SYN is no measure.
        let measured = case.subject.marks().filter_map(|mark| round_trip(&mark.seen.tcp?)).min();
        let connect = case.subject.mark(Stage::Connect).map(|connect| connect.seen.took_us);
        let round_trip = measured.or(connect.filter(|took| *took < SECOND_SYN));
        // A reset that is here before the server can have sent one.
        let early = round_trip.is_some_and(|trip| mark.seen.took_us.0 * 3 < trip.0 * 2 && trip >= LEAST_TRIP);
        let unacknowledged = case.stall().and_then(Fingerprint::of).is_some_and(|print| print.ours_unanswered);
        let direct = case.subject.mark(Stage::Proxy).is_none();
        let on_the_way = direct && if failure.kind == FailureKind::Reset { early } else { unacknowledged };
        Some(Self { mark, how, on_the_way, hello_bytes: flight.sent.0 })
    }

    /// The hello took more than one packet, or would have in small ones.
    pub(crate) fn is_long(self, policy: &Policy) -> bool {
        self.hello_bytes > u64::from(policy.clamp_mss_bytes)
    }

    /// How often a hello with the server's name fell: in the exchange, in the same with small packets, and by itself.
    pub(crate) fn with_name(case: &Case<'a>) -> usize {
        let again = case.varied(Change::Clamp).and_then(|run| run.problem(|kind| word(kind).is_some()));
        let again = again.is_some_and(|(mark, _)| mark.stage() == Stage::Tls);
        let named = |shake: &Shake<'_>| shake.asked.server_name == TlsServerName::Target && shake.fell();
        1 + usize::from(again) + Shake::of(case).filter(named).count()
    }
}

/// The shortest one that the kernel measured; none where it has measured none, and shows 0 or all ones.
pub(crate) fn round_trip(tcp: &TcpInfo) -> Option<Micros> {
    (1..u32::MAX).contains(&tcp.min_rtt_us).then(|| Micros(tcp.min_rtt_us.into()))
}

/// When the second SYN goes out (RFC 6298 section 2), less what a timer may be early.
pub(crate) const SECOND_SYN: Micros = Micros::from_millis(950);

/// A shorter one is no measure: what the machine itself takes is as much.
const LEAST_TRIP: Micros = Micros::from_millis(2);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::tls::{LONG, NAMELESS, hello_of};
    use crate::samples::{Story, Telling, V4, step};
    use crate::{Confidence, diagnose};

    #[test]
    fn a_reset_is_early_by_the_path_and_not_by_a_connect_that_lost_a_syn() {
        let confidence = |connect_ms: u64, min_rtt_us: u32, reset_ms: u64| {
            let run = |run: Telling| {
                let run = run.until(Stage::Connect).good(step(Stage::Connect, V4), connect_ms);
                run.bad(hello_of(1_510, 0), reset_ms, FailureKind::Reset)
            };
            let mut report = Story::https().run(run).shake(NAMELESS, None).shake(LONG, Some(FailureKind::Reset)).done();
            for observation in &mut report.measurements[0].observations {
                if let Seen::Stage(stage) = &mut observation.seen
                    && let Some(tcp) = &mut stage.tcp
                {
                    tcp.min_rtt_us = min_rtt_us;
                }
            }
            let findings = diagnose(&report, &Policy::STANDARD).findings;
            findings.iter().find(|finding| finding.rule == "tls-name-filtered").unwrap().confidence
        };
        assert_eq!(confidence(20, 20_000, 3), Confidence::Proven);
        assert_eq!(confidence(20, 20_000, 19), Confidence::Likely, "the server's own may be here by then");
        assert_eq!(confidence(1_020, 20_000, 19), Confidence::Likely);
        assert_eq!(confidence(1_020, u32::MAX, 19), Confidence::Likely, "no round trip was measured");
        assert_eq!(confidence(20, u32::MAX, 3), Confidence::Proven);
    }
}
