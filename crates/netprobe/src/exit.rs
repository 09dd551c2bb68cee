//! Exit codes, which scripts rely on. They follow from the diagnosis, never from what was printed.

use std::process::ExitCode;

use cluster::ClusterError;
use diagnose::{Diagnosis, Verdict};
use model::{Ending, Report, StopCause};

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing is wrong, or the command has done what it is for.
    Fine,
    /// A fault was seen, its cause known or not.
    Fault,
    /// What was asked for cannot be done as it was asked.
    Usage,
    /// Nothing could be decided.
    Undecided,
    /// It works, and something deserves attention; only where that was asked for.
    Warnings,
    /// Ended by Ctrl-C.
    Interrupted,
    /// Ended by SIGTERM.
    Terminated,
}

impl Exit {
    /// For a run that was just made.
    pub(crate) fn of_run(report: &Report, diagnosis: &Diagnosis, strict: bool) -> Self {
        match &report.ending {
            Ending::Stopped { cause: StopCause::Interrupt } => Self::Interrupted,
            Ending::Stopped { cause: StopCause::Terminate } => Self::Terminated,
            _ => Self::of_verdict(diagnosis.verdict, strict),
        }
    }

    /// For a command that could not do what was asked for. No way to the cluster is no mistake of the user's.
    pub(crate) fn of_error(error: &anyhow::Error) -> Self {
        match error.downcast_ref::<ClusterError>() {
            Some(ClusterError::Unreachable { .. }) => Self::Undecided,
            _ => Self::Usage,
        }
    }

    /// For a judgement alone.
    pub(crate) fn of_verdict(verdict: Verdict, strict: bool) -> Self {
        match verdict {
            Verdict::Warning if strict => Self::Warnings,
            Verdict::Healthy | Verdict::Warning => Self::Fine,
            Verdict::Fault => Self::Fault,
            Verdict::Undecided => Self::Undecided,
        }
    }

    /// The one that says more, of several judgements.
    pub(crate) fn worse(self, other: Self) -> Self {
        if other.weight() > self.weight() { other } else { self }
    }

    const fn weight(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Warnings => 1,
            Self::Undecided => 2,
            Self::Fault => 3,
            Self::Usage => 4,
            Self::Interrupted | Self::Terminated => 5,
        }
    }

    /// As the shell sees it. Signals are 128 and their number, as shells have it.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Fault => 1,
            Self::Usage => 2,
            Self::Undecided => 3,
            Self::Warnings => 4,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_become_codes() {
        let code = |verdict, strict| Exit::of_verdict(verdict, strict).code();
        assert_eq!((code(Verdict::Healthy, true), code(Verdict::Warning, false)), (0, 0));
        assert_eq!(
            (code(Verdict::Warning, true), code(Verdict::Fault, false), code(Verdict::Undecided, true)),
            (4, 1, 3)
        );
    }

    #[test]
    fn the_worst_of_several_counts() {
        assert_eq!(Exit::Fine.worse(Exit::Undecided).worse(Exit::Fault).worse(Exit::Warnings), Exit::Fault);
        assert_eq!(Exit::Fault.worse(Exit::Interrupted), Exit::Interrupted);
    }
}
