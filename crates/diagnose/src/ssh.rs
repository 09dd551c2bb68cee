//! SSH handshakes that were made by themselves, and what they say of one that failed in the exchange. It reads them; whose
//! fault it is, the rules say.

use model::{
    FailureKind, Hold, KnownKeyTypes, Measurement, Parameters, Seen, SshHandshakeParameters, SshOpened, SshOpening,
    SshServerOffer, Stage, StageSeen, Step,
};

use crate::case::Case;
use crate::fingerprint::Fingerprint;
use crate::sight::Sight;
use crate::trace::{Mark, Stall};

/// One connection of the handshake probe to where the case's exchange went.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Handshake<'a> {
    pub(crate) asked: &'a SshHandshakeParameters,
    pub(crate) within: &'a Measurement,
}

impl<'a> Handshake<'a> {
    /// Those to the same address, in order; what never got a connection is not among them.
    pub(crate) fn of(case: &Case<'a>) -> impl Iterator<Item = Self> + use<'a> {
        let peer = case.subject.peer();
        case.report.measurements.iter().filter_map(move |within| {
            let Parameters::SshHandshake(asked) = &within.run.parameters else { return None };
            let this = Self { asked, within };
            let same = this.stage(Stage::Connect).is_some_and(|connect| match connect.seen.step {
                Step::Connect { peer: there, .. } => Some(there) == peer && connect.seen.problem.is_none(),
                _ => false,
            });
            same.then_some(this)
        })
    }

    /// The last record of one stage.
    pub(crate) fn stage(self, stage: Stage) -> Option<Sight<'a, StageSeen>> {
        stages(self.within).filter(|sight| sight.seen.stage() == stage).last()
    }

    /// True where the stage ended well. A host key that nobody vouches for ends the exchange of keys as well as any.
    pub(crate) fn passed(self, stage: Stage) -> bool {
        self.stage(stage).is_some_and(|sight| sight.seen.problem.as_ref().is_none_or(|it| is_of_trust(&it.kind)))
    }

    /// Nothing came for too long in this stage.
    pub(crate) fn stalled(self, stage: Stage) -> bool {
        let silent = |kind: &FailureKind| matches!(kind, FailureKind::Stalled { .. });
        self.stage(stage).is_some_and(|sight| sight.seen.problem.as_ref().is_some_and(|it| silent(&it.kind)))
    }

    /// How it began, where that was not as a client does.
    pub(crate) fn opened(self) -> Option<Sight<'a, SshOpened>> {
        Sight::of(self.within, |seen| if let Seen::SshOpened(opened) = seen { Some(opened) } else { None }).last()
    }
}

/// Every connection that was left idle, over whichever transport.
pub(crate) fn holds<'a>(case: &Case<'a>) -> impl Iterator<Item = Sight<'a, Hold>> + use<'a> {
    Sight::all(case.report, |seen| if let Seen::Hold(hold) = seen { Some(hold) } else { None })
}

/// What the exchange's server offered.
pub(crate) fn server_offer<'a>(case: &Case<'a>) -> Option<Sight<'a, SshServerOffer>> {
    Sight::of(case.subject.0, |seen| if let Seen::SshServerOffer(offer) = seen { Some(offer) } else { None }).last()
}

/// Which types of keys were known to the exchange.
pub(crate) fn known_types<'a>(case: &Case<'a>) -> Option<Sight<'a, KnownKeyTypes>> {
    Sight::of(case.subject.0, |seen| if let Seen::KnownKeyTypes(known) = seen { Some(known) } else { None }).last()
}

/// Our identification was sent again and again, as many other bytes were acknowledged at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ByContent<'a> {
    /// The exchange, in its greeting.
    pub(crate) stall: Stall<'a>,
    /// The neutral bytes, acknowledged.
    pub(crate) neutral: Sight<'a, SshOpened>,
    /// The identification once more, afterwards, not acknowledged either.
    pub(crate) again: Option<Sight<'a, StageSeen>>,
}

impl<'a> ByContent<'a> {
    /// None where the greeting did not hang for our own bytes' sake, or where other bytes do not pass either, or where the
    /// identification passed once more.
    pub(crate) fn of(case: &Case<'a>) -> Option<Self> {
        let stall = greeting_unanswered(case)?;
        let neutral = Handshake::of(case).filter(|one| one.asked.opening == SshOpening::Neutral).last()?.opened()?;
        if neutral.seen.sent.0 == 0 || neutral.seen.acked != neutral.seen.sent {
            return None;
        }
        let again = identified(case).last();
        if again.is_some_and(|again| again.passed(Stage::Greeting)) {
            return None;
        }
        let again = again.filter(|again| again.stalled(Stage::Greeting)).and_then(|again| again.stage(Stage::Greeting));
        Some(Self { stall, neutral, again })
    }
}

/// The greeting hangs, nothing came, and what we sent was never acknowledged: it is ours that does not pass, and it is far
/// too small for that to be a matter of size.
pub(crate) fn greeting_unanswered<'a>(case: &Case<'a>) -> Option<Stall<'a>> {
    let stall = case.stall().filter(|stall| stall.stage() == Stage::Greeting)?;
    let unanswered = Fingerprint::of(stall).is_some_and(|print| print.ours_unanswered);
    let direct = case.subject.mark(Stage::Proxy).is_none();
    (unanswered && direct && stall.mark.seen.wire.received.0 == 0).then_some(stall)
}

/// Handshakes that began as a client's do.
pub(crate) fn identified<'a>(case: &Case<'a>) -> impl Iterator<Item = Handshake<'a>> + use<'a> {
    Handshake::of(case).filter(|one| one.asked.opening == SshOpening::Identification && one.asked.hold_us.is_none())
}

/// The connection was ended before any identification came: closed, reset, or with a word of the server's.
pub(crate) fn turned_away<'a>(case: &Case<'a>) -> Option<Mark<'a>> {
    let (mark, failure) = case.subject.first_problem()?;
    let direct = case.subject.mark(Stage::Proxy).is_none();
    let ended = matches!(failure.kind, FailureKind::Closed | FailureKind::Reset | FailureKind::RemoteError);
    (mark.stage() == Stage::Greeting && ended && direct).then_some(mark)
}

/// A server's own words for having too many connections, as far as they are known: OpenSSH (`sshd.c`, `drop_connection`; the
/// second since 9.8), Gerrit and Bitbucket, libssh's servers.
pub(crate) fn names_a_limit(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    ["exceeded maxstartups", "not allowed at this time", "too many concurrent connections", "too many connections"]
        .iter()
        .any(|known| words.contains(known))
}

fn stages(within: &Measurement) -> impl Iterator<Item = Sight<'_, StageSeen>> {
    Sight::of(within, |seen| if let Seen::Stage(stage) = seen { Some(stage) } else { None })
}

const fn is_of_trust(kind: &FailureKind) -> bool {
    matches!(kind, FailureKind::HostKeyUnknown | FailureKind::HostKeyChanged | FailureKind::HostKeyRevoked)
}
