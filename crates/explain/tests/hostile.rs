//! Bytes from anywhere: nothing breaks, nothing grows, nothing steers a terminal, no secret comes back.

use netprobe_explain::{Explanations, Reader, Seen, Unrecognised, entries, explain};

/// A small generator (Marsaglia, Xorshift RNGs, 2003): the same bytes in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }
}

/// Every text in a value.
fn texts(value: &serde_json::Value) -> Vec<&str> {
    match value {
        serde_json::Value::String(text) => vec![text],
        serde_json::Value::Array(items) => items.iter().flat_map(texts).collect(),
        serde_json::Value::Object(fields) => fields.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

fn harmless(told: &Explanations) {
    let value = serde_json::to_value(told).unwrap();
    let json = value.to_string();
    let steers = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!texts(&value).into_iter().any(|text| text.contains(steers)), "{json}");
    assert!(!json.contains("hunter2"), "{json}");
    assert!(told.unrecognised.examples.len() <= Unrecognised::MAX_EXAMPLES);
    for one in &told.explanations {
        assert!(one.seen.objects.len() <= Seen::MAX_OBJECTS && one.seen.times > 0);
        assert!(one.message.as_str().chars().count() <= model::RemoteText::MAX_CHARS + 1);
    }
}

/// Pieces of everything that the reader looks for.
const PIECES: &[&str] = &[
    "\n",
    "\r",
    "\t",
    " ",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    "''",
    ":",
    ": ",
    "- ",
    ",",
    "|-\n",
    "\x1b[31m",
    "\x1b]0;x",
    "\u{202e}",
    "\\\"",
    "\\u001b",
    "apiVersion: v1\n",
    "items:\n",
    "kind: GitRepository\n",
    "message: ",
    "\"message\":",
    "\"kind\":\"Event\"",
    "\"involvedObject\":{}",
    "\"log\":",
    "\"error\":\"",
    "\"level\":\"error\"",
    "NAME   MESSAGE\n",
    "Name:   x\n",
    "URL:   ssh://git:hunter2@h/r\n",
    "    ",
    "2026-03-01T10:00:00.000Z error ",
    "GitRepository/fleet.flux-system",
    " - ",
    "(x12 over 40m)",
    "(x99999999999999999999 over 1m)",
    "https://me:hunter2@host/r",
    "ssh://git:hunter2@h",
    "password=hunter2",
    "Authorization: Bearer hunter2\n",
    "failed to checkout and determine revision: ",
    "unable to clone '",
    "unable to list remote for '",
    "': ",
    "Get \"https://me:hunter2@h/r/info/refs",
    "context deadline exceeded",
    "error decoding upload-pack response: ",
    "EOF",
    "é日",
    "\0",
];

#[test]
fn random_bytes_and_random_pieces() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..1_500 {
        let mut input = Vec::new();
        for _ in 0..random.below(60) {
            match random.below(8) {
                0 => input.extend((0..random.below(20)).map(|_| random.next().to_le_bytes()[0]).collect::<Vec<u8>>()),
                1 => {
                    let entry = entries().nth(random.below(entries().count())).unwrap();
                    input.extend_from_slice(entry.patterns[0].text.as_bytes());
                }
                _ => input.extend_from_slice(PIECES[random.below(PIECES.len())].as_bytes()),
            }
        }
        let whole = explain(&input);
        harmless(&whole);
        let mut reader = Reader::new();
        input.chunks(1 + round % 9).for_each(|piece| reader.read(piece));
        assert_eq!(reader.finish(), whole, "cuts matter in {:?}", String::from_utf8_lossy(&input));
    }
}

#[test]
fn endless_things_have_an_end() {
    let deep = "[".repeat(100_000);
    let nested = "{\"log\":".repeat(50_000);
    let long = format!("fatal: {}", "x ".repeat(4 << 20));
    let wide = (0..5_000).map(|n| format!("fatal: number {n}")).collect::<Vec<_>>().join("\n");
    let dashes = format!("apiVersion: v1\n{}", "- ".repeat(200_000));
    let ticks = "'".repeat(1 << 20);
    for text in [
        deep,
        nested,
        long,
        wide,
        dashes,
        ticks,
        "\x1b]".repeat(1 << 18),
        "(x".repeat(1 << 18),
        "https://".repeat(1 << 16),
    ] {
        harmless(&explain(text.as_bytes()));
    }
}

#[test]
fn many_objects_are_counted_and_not_kept() {
    let error =
        |n| format!("2026-03-01T10:00:00.000Z error GitRepository/r{n}.ns - unable to clone 'ssh://git@h/r{n}': EOF");
    let lines = (0..1_000).map(error).collect::<Vec<_>>().join("\n");
    let told = explain(lines.as_bytes());
    let seen = &told.explanations[0].seen;
    assert_eq!(
        (told.explanations.len(), seen.times, seen.objects.len(), seen.more_objects),
        (1, 1_000, Seen::MAX_OBJECTS, true)
    );
}

#[test]
fn secrets_do_not_come_back_in_any_shape() {
    for text in [
        "fatal: unable to access 'https://me:hunter2@h/r/': Could not resolve host: h",
        "failed to checkout and determine revision: unable to clone 'https://hunter2@h/r': context deadline exceeded",
        "apiVersion: v1\nkind: GitRepository\nmetadata:\n  name: x\nspec:\n  url: https://me:hunter2@h/r\nstatus:\n  conditions:\n  - message: 'Get \"https://me:hunter2@h/r\": EOF'\n    status: \"False\"\n    type: Ready\n",
        r#"{"level":"error","error":"Get \"https://me:hunter2@h/r/info/refs\": EOF"}"#,
        "fatal: https://me:hun/ter2hunter2@h/r: bad",
        "error: Authorization: Basic hunter2",
        "fatal: unable to access 'https://me:a,hunter2(b)''c@h/r/': Could not resolve host: h",
        "curl: (22) token=hunter2",
    ] {
        let told = explain(text.as_bytes());
        let json = serde_json::to_string(&told).unwrap();
        assert!(!json.contains("hunter2"), "{json}");
        assert!(!told.explanations.is_empty() || !told.unrecognised.examples.is_empty(), "{text} was not read");
    }
}
