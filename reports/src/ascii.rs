//! What a terminal without Unicode gets. Every renderer writes Unicode; this is the one place that spells it otherwise,
//! column for column, so that nothing moves.

use unicode_width::UnicodeWidthChar;

/// `text` in ASCII, exactly as wide.
pub(crate) fn spelled(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii() {
            out.push(character);
        } else {
            let width = character.width().unwrap_or(0);
            out.extend(std::iter::repeat_n(stand_in(character), width));
        }
    }
    out
}

fn stand_in(character: char) -> char {
    STAND_INS.iter().find(|(characters, _)| characters.contains(character)).map_or('?', |(_, stand_in)| *stand_in)
}

const STAND_INS: [(&str, char); 19] = [
    ("✔", '+'),
    ("✘×", 'x'),
    ("·–—─", '-'),
    ("→▶", '>'),
    ("◀≤", '<'),
    ("≥", '>'),
    ("│", '|'),
    ("…≈", '~'),
    ("µ", 'u'),
    ("’‘", '\''),
    ("“”", '"'),
    // Eighths of a bar from the left, and its right half; what is less than a half shows as a sliver.
    ("█▉▊▋▐", '#'),
    ("▌▍▎▏", ':'),
    // Heights of a sparkline, from below; the full one is above.
    ("▁", '_'),
    ("▂▃", '.'),
    ("▄", '-'),
    ("▅", '='),
    ("▆", '+'),
    ("▇", '*'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_and_nothing_but_ascii_is_left() {
        let text = "✔ a · b → 日本 …";
        let ascii = spelled(text);
        assert_eq!(ascii, "+ a - b > ???? ~");
        assert_eq!(ascii.len(), unicode_width::UnicodeWidthStr::width(text));
    }
}
