//! What the screen can show. Who asks the terminal is the binary; here it is a parameter.

use diagnose::{Severity, Verdict};

/// The reader's terminal, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Columns. Text is laid out for 60 to 120 of them: narrower terminals wrap by themselves, and longer lines are hard to
    /// read.
    pub width: usize,
    /// ANSI colours. They only ever repeat what a mark or a word says already.
    pub colour: bool,
    /// Characters beyond ASCII.
    pub unicode: bool,
}

impl Default for Style {
    /// What is safe anywhere: 80 columns without colour.
    fn default() -> Self {
        Self { width: 80, colour: false, unicode: true }
    }
}

impl Style {
    /// Columns in use.
    pub fn columns(&self) -> usize {
        self.width.clamp(MIN_COLUMNS, MAX_COLUMNS)
    }

    pub(crate) fn paint(&self, ink: Ink, text: &str) -> String {
        if self.colour && !text.trim().is_empty() && ink != Ink::Plain {
            format!("\x1b[{}m{text}\x1b[0m", ink.code())
        } else {
            text.to_owned()
        }
    }
}

/// Colours by meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    Plain,
    Strong,
    Quiet,
    Good,
    Caution,
    Bad,
    Bar,
}

impl Ink {
    /// ECMA-48 SGR parameters; the eight basic colours, which every theme keeps readable.
    const fn code(self) -> &'static str {
        match self {
            Self::Plain => "0",
            Self::Strong => "1",
            Self::Quiet => "2",
            Self::Good => "1;32",
            Self::Caution => "1;33",
            Self::Bad => "1;31",
            Self::Bar => "36",
        }
    }
}

/// A mark of one column, and its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark(pub(crate) &'static str, pub(crate) Ink);

impl Mark {
    pub(crate) const GOOD: Self = Self("✔", Ink::Good);
    pub(crate) const CAUTION: Self = Self("!", Ink::Caution);
    pub(crate) const BAD: Self = Self("✘", Ink::Bad);
    pub(crate) const OPEN: Self = Self("?", Ink::Caution);
    pub(crate) const NONE: Self = Self(" ", Ink::Plain);
}

impl From<Verdict> for Mark {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Healthy => Self::GOOD,
            Verdict::Warning => Self::CAUTION,
            Verdict::Fault => Self::BAD,
            Verdict::Undecided => Self::OPEN,
        }
    }
}

impl From<Severity> for Mark {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Info => Self::GOOD,
            Severity::Warning => Self::CAUTION,
            Severity::Fault => Self::BAD,
        }
    }
}

const MIN_COLUMNS: usize = 60;
const MAX_COLUMNS: usize = 120;
