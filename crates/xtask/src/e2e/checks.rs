//! What a case found: figures to show, and what was expected and not seen.

use std::fmt::{Debug, Display};

/// Fills up while a case runs.
#[derive(Debug, Default)]
pub(super) struct Checks {
    /// For the line of a case that went well.
    pub(super) figures: Vec<String>,
    /// One line for each expectation that was not met.
    pub(super) complaints: Vec<String>,
}

impl Checks {
    /// A figure to be shown.
    pub(super) fn figure(&mut self, text: String) {
        self.figures.push(text);
    }

    /// Two things that have to be the same.
    pub(super) fn same<T: PartialEq + Debug>(&mut self, what: &str, seen: &T, expected: &T) {
        if seen != expected {
            self.complaints.push(format!("{what}: expected {expected:?}, seen {seen:?}"));
        }
    }

    /// A text that has to hold this part.
    pub(super) fn holds(&mut self, what: &str, text: &str, part: &str) {
        if !text.contains(part) {
            self.complaints.push(format!("{what}: expected `{part}` in: {}", short(text)));
        }
    }

    /// Something that has to be so.
    pub(super) fn so(&mut self, what: impl Display, is_so: bool) {
        if !is_so {
            self.complaints.push(what.to_string());
        }
    }
}

/// So much of it as fits into a few lines.
pub(super) fn short(text: &str) -> String {
    let text = text.trim();
    let start = text.char_indices().rev().nth(MOST).map_or(0, |(at, _)| at);
    let cut = if start > 0 { "… " } else { "" };
    format!("{cut}{}", text.get(start..).unwrap_or_default())
}

const MOST: usize = 1500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_as_expected_is_a_complaint() {
        let mut checks = Checks::default();
        checks.same("a", &1, &1);
        checks.holds("b", "one two", "two");
        checks.so("c", true);
        assert_eq!(checks.complaints, [""; 0]);
        checks.same("a", &1, &2);
        checks.holds("b", "one two", "three");
        checks.so("c", false);
        assert_eq!(checks.complaints, ["a: expected 2, seen 1", "b: expected `three` in: one two", "c"]);
    }

    #[test]
    fn of_a_long_text_the_end_is_shown() {
        assert_eq!(short("a\n"), "a");
        assert!(short(&format!("{}end", "ä".repeat(5000))).ends_with("äend"));
    }
}
