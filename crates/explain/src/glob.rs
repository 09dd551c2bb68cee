//! Patterns of messages: text in which `*` stands for anything. Linear in the text, whatever it holds.

/// True where `pattern` is found in `text`: `^` at its beginning and `$` at its end hold it to those of the text.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, from_start) = pattern.strip_prefix('^').map_or((pattern, false), |rest| (rest, true));
    let (pattern, to_end) = pattern.strip_suffix('$').map_or((pattern, false), |rest| (rest, true));
    let mut pieces = pattern.split('*').peekable();
    let mut rest = text;
    let mut first = true;
    while let Some(piece) = pieces.next() {
        let last = pieces.peek().is_none();
        let found = match (first && from_start, last && to_end) {
            (true, true) => return text == piece,
            (true, false) => rest.strip_prefix(piece),
            (false, true) => return rest.ends_with(piece),
            (false, false) => rest.find(piece).and_then(|at| rest.get(at + piece.len()..)),
        };
        let Some(behind) = found else { return false };
        rest = behind;
        first = false;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_found_in_order() {
        for (pattern, text) in [
            ("b", "abc"),
            ("a*c", "abbc"),
            ("lookup * on *: no such host", "dial tcp: lookup h on 10.0.0.10:53: no such host"),
            ("^abc$", "abc"),
            ("^a", "abc"),
            ("c$", "abc"),
            ("^a*c$", "abc"),
            ("a$", "a a"),
        ] {
            assert!(fits(pattern, text), "{pattern} in {text}");
        }
        for (pattern, text) in
            [("c*a", "abc"), ("^b", "abc"), ("b$", "abc"), ("^abc$", "abcd"), ("^ab*bc$", "abc"), ("a*a", "a")]
        {
            assert!(!fits(pattern, text), "{pattern} in {text}");
        }
    }
}
