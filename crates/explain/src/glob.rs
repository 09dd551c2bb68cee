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

/// Which pairs of bytes a text holds, hashed: nearly every pattern is out of the question at its first pair.
#[derive(Debug)]
pub(crate) struct Pairs([u64; 64]);

impl Pairs {
    pub(crate) fn of(text: &str) -> Self {
        let mut pairs = Self([0; 64]);
        for pair in text.as_bytes().windows(2) {
            let (word, bit) = place(pair);
            if let Some(word) = pairs.0.get_mut(word) {
                *word |= bit;
            }
        }
        pairs
    }

    /// False only where `pattern` fits no part of the text.
    pub(crate) fn may_hold(&self, pattern: &str) -> bool {
        pattern.as_bytes().windows(2).all(|pair| {
            let (word, bit) = place(pair);
            pair.iter().any(|byte| b"*^$".contains(byte)) || self.0.get(word).is_some_and(|word| word & bit != 0)
        })
    }
}

/// One of 4,096 places.
fn place(pair: &[u8]) -> (usize, u64) {
    let hash = pair.iter().fold(0_usize, |hash, byte| (hash << 5) ^ usize::from(*byte)) & 0xfff;
    (hash >> 6, 1 << (hash & 63))
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
            assert!(Pairs::of(text).may_hold(pattern), "{pattern} in {text}");
        }
        assert!(!Pairs::of("abc").may_hold("a*cb"));
        for (pattern, text) in
            [("c*a", "abc"), ("^b", "abc"), ("b$", "abc"), ("^abc$", "abcd"), ("^ab*bc$", "abc"), ("a*a", "a")]
        {
            assert!(!fits(pattern, text), "{pattern} in {text}");
        }
    }
}
