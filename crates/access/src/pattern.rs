//! The wildcards of ssh: `*` for any run of characters, `?` for one, and nothing else (`ssh_config(5)`, PATTERNS).

/// Whether the whole of `text` fits `pattern`. Compares bytes; runs in time proportional to the product of the lengths.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where to go back to: just after the last `*`, and the text that it had swallowed so far.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                p += 1;
                star = Some((p, t));
            }
            Some(&wanted) if wanted == b'?' || Some(&wanted) == text.get(t) => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((after_star, swallowed)) = star else { return false };
                p = after_star;
                t = swallowed + 1;
                star = Some((after_star, t));
            }
        }
    }
    pattern.iter().skip(p).all(|&rest| rest == b'*')
}

/// A list of patterns in which `!` negates: fits if one pattern fits and no negated one does.
pub(crate) fn list_matches<'a>(patterns: impl IntoIterator<Item = &'a str>, text: &str) -> bool {
    let mut found = false;
    for pattern in patterns {
        match pattern.strip_prefix('!') {
            Some(negated) if matches(negated, text) => return false,
            Some(_) => {}
            None => found |= matches(pattern, text),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards() {
        for (pattern, text, expected) in [
            ("github.com", "github.com", true),
            ("github.com", "Github.com", false),
            ("*.example.com", "a.b.example.com", true),
            ("*.example.com", "example.com", false),
            ("192.168.0.?", "192.168.0.7", true),
            ("192.168.0.?", "192.168.0.17", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("*", "", true),
            ("?", "", false),
            ("host*", "host", true),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} against {text}");
        }
    }

    #[test]
    fn a_hostile_pattern_ends_soon() {
        assert!(!matches(&"*a".repeat(2_000), &"a".repeat(1_999)));
    }

    #[test]
    fn negation_wins_wherever_it_stands() {
        assert!(list_matches(["*.co.uk", "!dev.co.uk"], "www.co.uk"));
        assert!(!list_matches(["!dev.co.uk", "*.co.uk"], "dev.co.uk"));
        assert!(!list_matches(["!dev.co.uk"], "www.co.uk"), "a list of negations alone fits nothing");
    }
}
