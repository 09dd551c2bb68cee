//! Bytes made into a line that can be compared: UTF-8, without terminal sequences and the quotes that YAML, JSON and
//! shells put around texts.

use std::iter::Peekable;
use std::str::Chars;

/// The line as plain text. What is not UTF-8 shows as the replacement character.
pub(crate) fn line(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    plain(text)
}

/// The beginning of a text that is too long for a message, up to a space: half an address could be half a secret.
pub(crate) fn shortened(text: &str) -> &str {
    if text.len() <= MAX_TEXT {
        return text;
    }
    let end = (0..=MAX_TEXT).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let begin = text.get(..end).unwrap_or_default();
    begin.rfind(' ').and_then(|space| begin.get(..space)).unwrap_or_default()
}

/// Takes whole terminal sequences off (ECMA-48, 5.4 and 5.6), then every other control character and what changes the
/// direction of text.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\x1b' => skip_sequence(&mut characters),
            '\u{9b}' => skip_control(&mut characters),
            // Tabs part the cells of tables.
            '\t' => plain.push('\t'),
            '\n' => plain.push(' '),
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            other if other.is_control() => {}
            other => plain.push(other),
        }
    }
    plain
}

fn skip_sequence(characters: &mut Peekable<Chars<'_>>) {
    match characters.next() {
        Some('[') => skip_control(characters),
        // Operating system commands and their like end with BEL or ST.
        Some(']' | 'P' | 'X' | '^' | '_') => {
            for _ in 0..MAX_SEQUENCE {
                match characters.next() {
                    None | Some('\u{7}' | '\u{9c}') => break,
                    Some('\x1b') => {
                        characters.next_if_eq(&'\\');
                        break;
                    }
                    Some(_) => {}
                }
            }
        }
        Some(' '..='/') => {
            characters.next();
        }
        _ => {}
    }
}

/// Parameters and intermediates, then one final character.
fn skip_control(characters: &mut Peekable<Chars<'_>>) {
    while characters.next_if(|next| (' '..='?').contains(next)).is_some() {}
    characters.next_if(|next| ('@'..='~').contains(next));
}

/// Longer than any message: one with two lists of algorithms is some 1,500 bytes.
const MAX_TEXT: usize = 16 << 10;
/// A sequence that never ends must not swallow the rest of a line.
const MAX_SEQUENCE: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_sequences_go_as_a_whole() {
        for (raw, expected) in [
            ("\x1b[1;31merror\x1b[0m: x", "error: x"),
            ("\x1b]0;owned\x07fatal", "fatal"),
            ("\x1b]8;;https://x\x1b\\link\x1b]8;;\x1b\\", "link"),
            ("\x1b(Bplain\u{9b}31m", "plain"),
            ("\u{feff}a\u{202e}b\u{8}c\td", "abc\td"),
            ("cut \x1b[", "cut "),
            ("cut \x1b", "cut "),
        ] {
            assert_eq!(line(raw.as_bytes()), expected, "{raw:?}");
        }
        assert_eq!(line(b"\xff\xfe"), "\u{fffd}\u{fffd}");
    }
}
