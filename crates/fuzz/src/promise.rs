//! Promises that several readers make.

use serde::Serialize;
use serde_json::Value;

/// Text of the other side is harmless to a terminal: no control character and nothing that changes the direction.
pub(crate) fn harmless(text: &str) {
    let steers = |character: &char| {
        character.is_control()
            || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert_eq!(text.chars().find(steers), None, "a character that steers the terminal in {text:?}");
}

/// The same of text from outside that is kept, which is also bounded.
pub(crate) fn remote_text(text: &model::RemoteText) {
    harmless(text.as_str());
    // One more for the ellipsis that marks a cut.
    assert!(text.as_str().chars().count() <= model::RemoteText::MAX_CHARS + 1, "an unbounded text");
}

/// How bytes were cut on their way does not matter: `read` gives the same whatever pieces of `input` it is fed with.
pub(crate) fn cuts_do_not_matter<T: PartialEq + std::fmt::Debug>(input: &[u8], read: impl Fn(&[u8], usize) -> T) -> T {
    let whole = read(input, input.len().max(1));
    // One byte at a time, and a length that is no divisor of anything.
    for piece in [1, 7, 61] {
        assert_eq!(read(input, piece), whole, "in pieces of {piece}");
    }
    whole
}

/// Every text in something that goes into a report is harmless.
pub(crate) fn says_only_harmless<T: Serialize>(told: &T) {
    let told = serde_json::to_value(told).expect("what goes into a report can be written");
    let mut open = vec![&told];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => harmless(text),
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => open.extend(fields.values()),
            _ => {}
        }
    }
}
