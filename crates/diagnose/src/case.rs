//! What a rule is shown: one run that asked a question, and the runs that changed one thing about it.

use model::{Purpose, Report, Stage};

use crate::FluxForecast;
use crate::change::{Change, change};
use crate::fingerprint::Fingerprint;
use crate::flux;
use crate::trace::{Mark, Stall, Trace};

/// One question and everything that was measured about it.
#[derive(Debug, Clone)]
pub(crate) struct Case<'a> {
    /// Everything.
    pub(crate) report: &'a Report,
    /// The run that asked.
    pub(crate) subject: Trace<'a>,
    /// What Flux would have made of the subject.
    pub(crate) flux: FluxForecast,
    variations: Vec<(Change, Trace<'a>)>,
}

impl<'a> Case<'a> {
    /// One case for each run that asks for itself; runs that only vary another one belong to that one's case. The same
    /// question to another address is a case of its own, and known to the first one as well.
    pub(crate) fn all(report: &'a Report) -> Vec<Self> {
        let runs: Vec<Trace<'a>> = Trace::all(report).collect();
        let own_case = |run: &Trace<'a>| match run.0.run.purpose {
            Purpose::Asked => true,
            Purpose::FollowUp { .. } => {
                let made = |earlier: &Trace<'a>| change(*earlier, *run).is_some_and(|made| made != Change::Address);
                !runs.iter().any(|earlier| earlier.id() != run.id() && made(earlier))
            }
        };
        let case = |subject: Trace<'a>| Self::of(report, subject, flux::of_run(report, subject));
        runs.iter().copied().filter(own_case).map(case).collect()
    }

    /// The case of one run, whichever.
    pub(crate) fn of(report: &'a Report, subject: Trace<'a>, flux: FluxForecast) -> Self {
        let variations = Trace::all(report).filter_map(|run| Some((change(subject, run)?, run))).collect();
        Self { report, subject, flux, variations }
    }

    /// The run that changed this one thing, the latest if there are several.
    pub(crate) fn varied(&self, wanted: Change) -> Option<Trace<'a>> {
        self.variations.iter().rev().find(|(made, _)| *made == wanted).map(|(_, run)| *run)
    }

    /// The stall in the subject, once there was a connection to stall.
    pub(crate) fn stall(&self) -> Option<Stall<'a>> {
        self.subject.stall().filter(|stall| stall.stage() > Stage::Connect)
    }

    /// A segment as large as they come arrived before the stall, and it is not our packets that are missing: then what
    /// stands still is no matter of size.
    pub(crate) fn full_size_before_stall(&self) -> Option<(Mark<'a>, u32)> {
        let ours = Fingerprint::of(self.stall()?).is_some_and(|print| print.ours_unanswered);
        self.subject.full_size_segment().filter(|_| !ours)
    }

    /// What keeping packets small did to the subject's stall; none where that was not tried, or the try ended elsewhere
    /// for a reason of its own.
    pub(crate) fn clamp(&self) -> Option<Clamp<'a>> {
        let stall = self.stall()?;
        let run = self.varied(Change::Clamp)?;
        if got_past(run, stall, self.subject) {
            // What size had held up comes in less than half the time when it is small.
            let due = |mark: Mark<'_>| mark.seen.took_us + mark.seen.took_us >= stall.silent_us;
            let flowed = stall.stage() == Stage::AdvertisementTransfer || stall.stage() >= Stage::PackTransfer;
            let late = !flowed && run.mark(stall.stage()).is_some_and(due);
            return Some(if late { Clamp::Late(run) } else { Clamp::Cured(run) });
        }
        let again = run.stall().filter(|again| again.stage() > Stage::Connect && again.stage() <= stall.stage())?;
        Some(Clamp::StalledAgain(again))
    }
}

/// What became of a stall when packets were kept small.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Clamp<'a> {
    /// The run went on where the other one hung.
    Cured(Trace<'a>),
    /// The run went on, but hardly sooner than the other one could have: slow, whatever the size.
    Late(Trace<'a>),
    /// It hung again, at that stage or before it.
    StalledAgain(Stall<'a>),
}

/// True when `run` got further than the stall in `subject`. Within the pack, more bytes than the stalled run ever saw
/// are further.
pub(crate) fn got_past(run: Trace<'_>, stall: Stall<'_>, subject: Trace<'_>) -> bool {
    if stall.stage() != Stage::PackTransfer {
        return run.passed(stall.stage());
    }
    let pack_bytes = |run: Trace<'_>| run.pack().map_or(0, |(_, pack)| pack.pack.0);
    let stalled_again = run.stall().is_some();
    run.0.ended == model::Ended::Complete || !stalled_again && pack_bytes(run) > pack_bytes(subject)
}
