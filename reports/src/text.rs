//! Text for a terminal: made harmless, measured in columns, wrapped and cut. Everything that comes out of a report or a
//! diagnosis passes here on its way to a screen, whoever wrote it.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that `text` takes.
pub fn columns(text: &str) -> usize {
    text.width()
}

/// Takes off control and bidirectional-override characters; line breaks and tabs become spaces. Other than
/// [`model::RemoteText`] it cuts nothing, for texts that must stay whole.
pub fn harmless(text: &str) -> String {
    text.chars()
        .filter_map(|character| match character {
            '\n' | '\r' | '\t' => Some(' '),
            // Bidirectional controls (Unicode TR 9) and the line separators that are not control characters.
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => None,
            other => (!other.is_control()).then_some(other),
        })
        .collect()
}

/// Cuts to `width` columns, with an ellipsis where something was lost.
pub fn fitted(text: &str, width: usize) -> String {
    let text = harmless(text);
    if columns(&text) <= width {
        return text;
    }
    let mut kept = head(&text, width.saturating_sub(1)).to_owned();
    kept.truncate(kept.trim_end().len());
    if width > 0 {
        kept.push('…');
    }
    kept
}

/// As many of `pieces` as fit into `width`, the first one cut if it must be.
pub fn joined(pieces: &[String], width: usize) -> String {
    let mut line = String::new();
    for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
        if line.is_empty() {
            line = fitted(piece, width);
        } else {
            let piece = harmless(piece);
            if columns(&line) + SEPARATOR_COLUMNS + columns(&piece) > width {
                break;
            }
            line.push_str(SEPARATOR);
            line.push_str(&piece);
        }
    }
    line
}

/// Lines of at most `width` columns. What stands between back-ticks, an address and a path stay whole even where they are
/// wider; any other overlong word is cut into pieces.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let text = harmless(text);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in words(&text) {
        let taken = columns(&line);
        if taken > 0 && taken + 1 + columns(word) <= width {
            line.push(' ');
            line.push_str(word);
            continue;
        }
        if taken > 0 {
            lines.push(std::mem::take(&mut line));
        }
        if columns(word) <= width || is_whole(word) {
            line.push_str(word);
        } else {
            line = pieces(word, width, &mut lines);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Lines of a text that must be found again letter by letter: broken only at single spaces, nothing else is touched, so
/// that the lines joined by spaces are the text.
pub fn verbatim(text: &str, width: usize) -> Vec<String> {
    let text = harmless(text);
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if columns(line) + 1 + columns(word) <= width || word.is_empty() || line.ends_with(' ') => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// `text` filled with spaces on the right to `width` columns.
pub fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// What a line may be broken between: words, but no number from its unit, and nothing between two back-ticks.
fn words(text: &str) -> Vec<&str> {
    // An odd tick out would swallow the rest of the text.
    let paired = text.matches('`').count().is_multiple_of(2);
    let (mut quoted, mut start) = (false, 0);
    let mut words = Vec::new();
    for (index, character) in text.char_indices() {
        quoted ^= paired && character == '`';
        if character == ' ' && !quoted && !before_unit(text, index) {
            words.extend(text.get(start..index));
            start = index + 1;
        }
    }
    words.extend(text.get(start..));
    words.retain(|word| !word.is_empty());
    words
}

/// True where the space at `index` stands between a number and its unit.
fn before_unit(text: &str, index: usize) -> bool {
    let number = text.get(..index).is_some_and(|before| before.ends_with(|last: char| last.is_ascii_digit()));
    let next = text.get(index + 1..).and_then(|after| after.split(' ').next()).unwrap_or_default();
    number && UNITS.contains(&next.trim_end_matches(|end: char| end.is_ascii_punctuation()))
}

/// The longest beginning of at most `width` columns.
fn head(text: &str, width: usize) -> &str {
    let mut taken = 0;
    let end = text.char_indices().find_map(|(index, character)| {
        taken += character.width().unwrap_or(0);
        (taken > width).then_some(index)
    });
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

fn is_whole(word: &str) -> bool {
    word.contains(['`', '/'])
}

/// Cuts `word`; full pieces go to `lines`, the rest is returned.
fn pieces(word: &str, width: usize, lines: &mut Vec<String>) -> String {
    let mut rest = word;
    while columns(rest) > width {
        let piece = head(rest, width);
        // A character wider than the line would never fit.
        if piece.is_empty() {
            break;
        }
        lines.push(piece.to_owned());
        rest = rest.get(piece.len()..).unwrap_or_default();
    }
    rest.to_owned()
}

const SEPARATOR: &str = " · ";
const SEPARATOR_COLUMNS: usize = 3;
const UNITS: [&str; 14] =
    ["B", "KiB", "MiB", "GiB", "TiB", "bytes", "µs", "ms", "s", "min", "bit/s", "kbit/s", "Mbit/s", "Gbit/s"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapping_keeps_to_the_width_and_loses_no_word() {
        let text = "one  two three four five";
        assert_eq!(wrapped(text, 9), ["one two", "three", "four five"]);
        assert_eq!(wrapped("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
        assert_eq!(wrapped("日本語日本語", 5), ["日本", "語日", "本語"], "wide characters take two columns");
        assert!(wrapped("", 10).is_empty());
    }

    #[test]
    fn commands_addresses_and_paths_stay_whole() {
        assert_eq!(wrapped("run `netprobe run --full` now", 12), ["run", "`netprobe run --full`", "now"]);
        assert_eq!(wrapped("see /var/lib/netprobe/report", 8), ["see", "/var/lib/netprobe/report"]);
        assert_eq!(wrapped("an odd ` tick does no harm", 10), ["an odd `", "tick does", "no harm"]);
    }

    #[test]
    fn a_number_stays_with_its_unit() {
        assert_eq!(wrapped("it took 6.74 s, all told", 12), ["it took", "6.74 s, all", "told"]);
        assert_eq!(wrapped("of 10 so far", 5), ["of 10", "so", "far"], "not every word behind a number is a unit");
    }

    #[test]
    fn a_verbatim_text_comes_back_when_its_lines_are_joined() {
        let text = "unable to clone 'ssh://git@host/r':  two spaces, then context deadline exceeded";
        for width in [10, 20, 40, 200] {
            let lines = verbatim(text, width);
            assert_eq!(lines.join(" "), text, "{width}");
            let long = lines.iter().filter(|line| columns(line) > width).count();
            assert!(long <= 1 + usize::from(width < 24), "{width}: {lines:?}");
        }
    }

    #[test]
    fn cutting_shows_that_something_was_cut() {
        assert_eq!(fitted("abcdef", 6), "abcdef");
        assert_eq!(fitted("abcdef", 4), "abc…");
        assert_eq!(fitted("ab def", 4), "ab…");
        assert_eq!(fitted("日本語", 4), "日…");
        assert_eq!(fitted("abc", 0), "");
        let pieces = ["first".to_owned(), String::new(), "second".to_owned(), "third".to_owned()];
        assert_eq!(joined(&pieces, 14), "first · second");
        assert_eq!(joined(&pieces, 3), "fi…");
    }

    #[test]
    fn what_could_steer_a_terminal_is_gone() {
        assert_eq!(harmless("a\x1b[31m\u{202e}b\r\nc\u{9b}d"), "a[31mb  cd");
    }
}
