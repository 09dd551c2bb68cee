//! Was a trial as expected? Compares a record with an expectation; every disagreement is a sentence with both sides.
//!
//! Pure: no clock, no file. Refuses to weigh: whether a disagreement is netprobe's mistake, the scenario's or the
//! laboratory's is for people to say. Only what must never happen has a kind of its own.

use crate::outcome::{Confidence, GitOutcome, Overall};
use crate::record::{Answer, GitRan, NetprobeRan, Record};
use crate::scenario::Expectation;

mod flux;
#[cfg(test)]
mod tests;

/// What became of a trial.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Empty where all was as expected.
    pub disagreements: Vec<Disagreement>,
    /// Why the expected answer is one to be put up with, where it is.
    pub known_limit: Option<String>,
}

/// One thing that was not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// What differs.
    pub kind: Kind,
    /// Both sides.
    pub sentence: String,
}

/// What can differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The trial says nothing: a fault was not in force.
    Void,
    /// netprobe gave no answer that can be read.
    NoAnswer,
    /// The first finding is another one, and only possible.
    Finding,
    /// The first finding is another one, and was called likely or proven.
    WrongButConfident,
    /// All works, and netprobe saw a fault.
    FalseAlarm,
    /// Something is broken, and netprobe called it healthy.
    Missed,
    /// It dies elsewhere.
    Stage,
    /// The right finding, too timidly.
    Confidence,
    /// netprobe took too long.
    Slow,
    /// netprobe's exit code is not that of its verdict.
    Exit,
    /// git's clone ended otherwise.
    Git,
    /// git failed with other words.
    GitWords,
    /// Flux's own client did something else, so the scenario is not what it says.
    FluxDid,
    /// Flux's own client said something else.
    FluxSaid,
    /// netprobe foretold what Flux's client did not do.
    Forecast,
    /// netprobe worded the condition otherwise than Flux's client did.
    ForecastWords,
}

/// A trial in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// As expected, and as it should be.
    AsExpected,
    /// As expected, which is less than could be wished.
    KnownLimit,
    /// Not as expected.
    Otherwise,
    /// It says nothing.
    Void,
}

impl Verdict {
    /// In one word.
    pub fn standing(&self) -> Standing {
        match self.disagreements.as_slice() {
            [] if self.known_limit.is_some() => Standing::KnownLimit,
            [] => Standing::AsExpected,
            [Disagreement { kind: Kind::Void, .. }, ..] => Standing::Void,
            _ => Standing::Otherwise,
        }
    }

    /// The sentences of one kind.
    pub fn sentences(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.disagreements.iter().filter(move |one| one.kind == kind).map(|one| one.sentence.as_str())
    }

    fn note(&mut self, kind: Kind, sentence: impl Into<String>) {
        // What a server or a client said may hold anything, and this goes to terminals.
        let sentence = sentence.into().replace(|sign: char| sign.is_control() && sign != '\n', "\u{fffd}");
        self.disagreements.push(Disagreement { kind, sentence });
    }
}

/// Compares what was seen with what was expected.
pub fn judge(record: &Record, expected: &Expectation) -> Verdict {
    let mut verdict = Verdict { known_limit: expected.known_limit.clone(), ..Verdict::default() };
    match (&record.void, &record.seen) {
        (Some(reason), _) => verdict.note(Kind::Void, format!("the trial is void: {reason}")),
        (None, None) => verdict.note(Kind::Void, "the trial is void: no client was run"),
        (None, Some(seen)) => {
            netprobe(&mut verdict, &seen.netprobe, expected);
            git(&mut verdict, &seen.git, expected);
            flux::compare(&mut verdict, seen, &expected.flux, record.timeout_seconds);
        }
    }
    verdict
}

fn netprobe(verdict: &mut Verdict, ran: &NetprobeRan, expected: &Expectation) {
    let (seconds, within) = (ran.seconds, expected.within.duration().as_secs_f64());
    if seconds > within {
        verdict.note(Kind::Slow, format!("netprobe was expected to end within {within} s, and took {seconds:.2} s"));
    }
    let Some(answer) = &ran.answer else {
        let code = ran.exit_code.map_or("by a signal".to_owned(), |code| format!("with {code}"));
        verdict.note(Kind::NoAnswer, format!("netprobe gave no answer and ended {code}{}", quoted(&ran.stderr)));
        return;
    };
    let code = answer.verdict.exit_code();
    if ran.exit_code != Some(code) {
        let ended = ran.exit_code.map_or("by a signal".to_owned(), |code| format!("with {code}"));
        verdict.note(Kind::Exit, format!("after this verdict netprobe ends with {code}; it ended {ended}"));
    }
    answered(verdict, answer, expected);
}

fn answered(verdict: &mut Verdict, answer: &Answer, expected: &Expectation) {
    let (rule, floor) = (expected.finding.as_str(), expected.confidence);
    match answer.first() {
        None => verdict.note(Kind::Finding, format!("expected the finding {rule}, told none")),
        Some(told) if told.rule != rule => {
            let confident = told.confidence >= Confidence::Likely;
            let kind = if confident { Kind::WrongButConfident } else { Kind::Finding };
            let (other, sure) = (&told.rule, told.confidence.word());
            verdict.note(kind, format!("expected {rule}, told {other} ({sure}): {}", told.statement));
        }
        Some(told) if told.confidence < floor => {
            let (floor, sure) = (floor.word(), told.confidence.word());
            verdict.note(Kind::Confidence, format!("expected {rule} to be {floor} at least, told that it is {sure}"));
        }
        Some(_) => (),
    }
    let accepted = expected.known_limit.is_some() && answer.first().is_some_and(|told| told.rule == rule);
    let headline = &answer.headline;
    match answer.verdict {
        Overall::Fault if expected.works() && !accepted => {
            verdict.note(Kind::FalseAlarm, format!("all was expected to work, and netprobe saw a fault: {headline}"));
        }
        Overall::Healthy if !expected.works() && !accepted => {
            verdict
                .note(Kind::Missed, format!("it was expected to be broken, and netprobe saw none of it: {headline}"));
        }
        _ => (),
    }
    if answer.stage() != expected.stage {
        let name = |stage: Option<model::Stage>| stage.map_or("no stage", model::Stage::words);
        let (wanted, told) = (name(expected.stage), name(answer.stage()));
        verdict.note(Kind::Stage, format!("expected it to die at: {wanted}; told: {told}"));
    }
}

fn git(verdict: &mut Verdict, ran: &GitRan, expected: &Expectation) {
    let GitRan { outcome, seconds, stderr } = ran;
    if *outcome != expected.git {
        let (wanted, seen) = (expected.git.word(), outcome.word());
        let said = quoted(stderr);
        verdict.note(Kind::Git, format!("git: expected `{wanted}`, seen `{seen}` after {seconds:.1} s{said}"));
        return;
    }
    if let (GitOutcome::Fails, Some(words)) = (outcome, &expected.git_says)
        && !stderr.contains(words.as_str())
    {
        verdict.note(Kind::GitWords, format!("git was expected to say `{words}`, and said: {stderr}"));
    }
}

/// What was said, behind a colon, if anything was.
fn quoted(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {said}") }
}
