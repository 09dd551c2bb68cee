//! One run's outcome: what was seen and how it ended. There is one for every run that was begun.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::observation::Seen;
use crate::{Micros, Observation, RemoteText, Run, Stage, StageSeen, StallSnapshot};

/// A run, its observations and its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measurement {
    /// What was asked.
    pub run: Run,
    /// Start, since the report's zero.
    pub started_us: Micros,
    /// How long it took.
    pub took_us: Micros,
    /// How it ended.
    pub ended: Ended,
    /// What was seen, in order.
    pub observations: Vec<Observation>,
}

impl Measurement {
    /// The stages, in the order in which they ended.
    pub fn stages(&self) -> impl DoubleEndedIterator<Item = &StageSeen> {
        self.observations.iter().filter_map(Observation::stage)
    }

    /// The last record of one stage (a redirect passes some twice).
    pub fn stage(&self, stage: Stage) -> Option<&StageSeen> {
        self.stages().rev().find(|seen| seen.stage() == stage)
    }

    /// The stage that failed, if one did.
    pub fn failed_stage(&self) -> Option<&StageSeen> {
        self.stages().rev().find(|seen| seen.problem.is_some())
    }

    /// The look that was taken before waiting was given up.
    pub fn stall(&self) -> Option<&StallSnapshot> {
        self.observations.iter().rev().find_map(|observation| match &observation.seen {
            Seen::Stall(snapshot) => Some(snapshot),
            _ => None,
        })
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "ended", rename_all = "snake_case")]
pub enum Ended {
    /// The whole exchange, to its last byte.
    Complete,
    /// All was well, and a cap was reached: the rest is extrapolated.
    Cut {
        /// Which cap.
        cap: Cap,
    },
    /// A stage failed; its record says how.
    Failed,
    /// Ended from outside.
    Stopped {
        /// By what.
        cause: StopCause,
    },
    /// Not begun.
    Skipped {
        /// Why.
        reason: String,
    },
    /// The probe itself broke. A bug of ours; what it had seen is kept.
    Crashed {
        /// The panic's message.
        message: RemoteText,
    },
    /// The journal ends inside this run.
    Lost,
}

/// Which cap ended a run that was going well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cap {
    /// Bytes received.
    Bytes,
    /// Time spent.
    Time,
}

/// What ended a run from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StopCause {
    /// The budget was used up.
    Budget,
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
}
