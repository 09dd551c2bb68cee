//! Messages explained, as Markdown (GitHub Flavored Markdown) for an issue or a page.

use std::fmt::Write as _;

use explain::{Explanation, Explanations};

use crate::text;

/// One kind of message.
pub fn one(explanation: &Explanation) -> String {
    let mut out = format!("## `{}`: {}\n\n", explanation.id, prose(&explanation.place.words()));
    let mut put = |words: String| {
        // Writing to a String does not fail.
        let _ = writeln!(out, "{words}\n");
    };
    put(fenced(explanation.message.as_str()));
    put(prose(explanation.means));
    let mut facts = vec![format!("- **said by** {}", prose(&super::speaker(explanation)))];
    facts.extend(super::place_and_time(explanation).map(|seen| format!("- **seen** {}", foreign(&seen))));
    if !explanation.worked.is_empty() {
        facts.push(format!("- **worked before** {}", explanation.worked.join(", ")));
    }
    facts.extend(explanation.rules_out.iter().map(|what| format!("- **ruled out** {}", prose(what))));
    facts.extend(explanation.clock.map(|clock| format!("- **time** {}", prose(clock))));
    put(facts.join("\n"));
    if !explanation.causes.is_empty() {
        let causes = explanation.causes.iter().enumerate();
        let lines = causes
            .map(|(index, one)| format!("{}. {}\n   *Told by:* {}", index + 1, prose(one.cause), prose(one.tell)));
        put(format!("**Likely, in this order**\n\n{}", lines.collect::<Vec<_>>().join("\n")));
    }
    if !explanation.next.is_empty() {
        let lines = explanation
            .next
            .iter()
            .map(|step| if step.ends_with('.') { format!("- {}", prose(step)) } else { format!("- {}", code(step)) });
        put(format!("**To settle it**\n\n{}", lines.collect::<Vec<_>>().join("\n")));
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// What stands behind the last of them.
pub fn end(told: &Explanations) -> String {
    let mut out = String::new();
    if told.explanations.is_empty() {
        out.push_str("None of this is a message that netprobe knows.\n");
    }
    if told.explanations.iter().map(|one| one.seen.times).fold(0, u64::saturating_add) > 1 {
        out.push_str("## Seen\n\n| message | times | when | objects |\n|---|---|---|---|\n");
        for one in &told.explanations {
            let cell = |words: Option<String>| foreign(&words.unwrap_or_default());
            let (when, objects) = (cell(super::span(one)), cell(super::objects(one)));
            let _ = writeln!(out, "| `{}` | {} | {when} | {objects} |", one.id, one.seen.times);
        }
    }
    if !told.unrecognised.examples.is_empty() {
        let _ = match told.unrecognised.times {
            0 => writeln!(out, "\n## Not recognised\n"),
            times => writeln!(out, "\n## Not recognised\n\n{times} in all, such as\n"),
        };
        let lines: Vec<&str> = told.unrecognised.examples.iter().map(model::RemoteText::as_str).collect();
        let _ = writeln!(out, "{}", fenced(&lines.join("\n")));
    }
    out.trim_start().to_owned()
}

/// Our own words. What looks like a tag would vanish.
pub(crate) fn prose(words: &str) -> String {
    text::harmless(words).replace('<', "&lt;")
}

/// Words from outside, in a line or a cell: nothing in them is markup.
pub(crate) fn foreign(words: &str) -> String {
    let escaped = text::harmless(words);
    let marks = |c: char| "\\`*_{}[]<>|#!~&".contains(c);
    escaped.chars().flat_map(|c| marks(c).then_some('\\').into_iter().chain([c])).collect()
}

/// A fence longer than any run of back-ticks inside it.
pub(crate) fn fenced(words: &str) -> String {
    let lines: Vec<String> = words.lines().map(text::harmless).collect();
    let fence = "`".repeat(longest_ticks(words).max(2) + 1);
    format!("{fence}text\n{}\n{fence}", lines.join("\n"))
}

pub(crate) fn code(words: &str) -> String {
    let ticks = "`".repeat(longest_ticks(words) + 1);
    let room = if ticks.len() > 1 { " " } else { "" };
    format!("{ticks}{room}{}{room}{ticks}", text::harmless(words))
}

fn longest_ticks(words: &str) -> usize {
    words.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup() {
        let told = explain::explain(b"a ```b [x](http://y) <script> : error decoding upload-pack response: EOF");
        let page = one(&told.explanations[0]);
        assert!(page.contains("````text\na ```b [x](http://y) <script>"), "{page}");
        assert_eq!(foreign("a|b<i>`c`"), "a\\|b\\<i\\>\\`c\\`");
        assert_eq!(code("a `b`"), "`` a `b` ``");
    }
}
