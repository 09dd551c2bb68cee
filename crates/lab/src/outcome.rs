//! The few words in which a trial ends, shared by what a scenario expects and by what a record says was seen.
//!
//! They are spelled as netprobe's JSON spells them. Refuses to know who used which word.

use serde::{Deserialize, Serialize};

/// How stock git's clone ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GitOutcome {
    /// It was done before it would have been cut.
    Clones,
    /// It gave up by itself, with words on stderr.
    Fails,
    /// It was still running when it was cut.
    Hangs,
}

/// What Flux does with the repository: foretold by netprobe, or done by Flux's own client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FluxOutcome {
    /// It clones within `spec.timeout`.
    Fits,
    /// The deadline strikes first.
    TimesOut,
    /// It fails before the deadline.
    Fails,
    /// It hangs past the deadline and says nothing.
    HangsSilently,
    /// netprobe alone says this: the report cannot tell.
    Unknown,
}

/// How sure a finding is, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Compatible with what was seen, as other causes are.
    Possible,
    /// The best explanation.
    Likely,
    /// Seen directly, or shown by an experiment.
    Proven,
}

/// netprobe's one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overall {
    /// Nothing is wrong.
    Healthy,
    /// It works, and something deserves attention.
    Warning,
    /// A fault was seen.
    Fault,
    /// Nothing could be decided.
    Undecided,
}

impl Overall {
    /// What netprobe ends with after this word.
    pub const fn exit_code(self) -> i32 {
        match self {
            Self::Healthy | Self::Warning => 0,
            Self::Fault => 1,
            Self::Undecided => 3,
        }
    }
}

impl GitOutcome {
    /// As it is written in a file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Clones => "clones",
            Self::Fails => "fails",
            Self::Hangs => "hangs",
        }
    }
}

impl FluxOutcome {
    /// Every outcome, as tables order them.
    pub const ALL: [Self; 5] = [Self::Fits, Self::TimesOut, Self::Fails, Self::HangsSilently, Self::Unknown];

    /// As it is written in a file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fits => "fits",
            Self::TimesOut => "times_out",
            Self::Fails => "fails",
            Self::HangsSilently => "hangs_silently",
            Self::Unknown => "unknown",
        }
    }
}

impl Confidence {
    /// As it is written in a file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Proven => "proven",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_what_is_written_in_files() {
        for outcome in FluxOutcome::ALL {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.word());
        }
        for outcome in [GitOutcome::Clones, GitOutcome::Fails, GitOutcome::Hangs] {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.word());
        }
        for confidence in [Confidence::Possible, Confidence::Likely, Confidence::Proven] {
            assert_eq!(serde_json::to_value(confidence).unwrap(), confidence.word());
        }
    }
}
