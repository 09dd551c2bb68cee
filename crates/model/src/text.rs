//! Text that came from the other side of the network, or out of a file that somebody sent: never printed as it came.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

/// Untrusted text made harmless: no control or bidirectional-override characters, at most [`RemoteText::MAX_CHARS`] long.
///
/// Reading one back from a report cleans it again, so that a doctored report cannot write to a terminal either.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct RemoteText(String);

impl RemoteText {
    /// Longest text that is kept, in characters; an ellipsis marks what was cut.
    pub const MAX_CHARS: usize = 400;

    /// Cleans `raw`. Line breaks and tabs become spaces, every other control character is dropped.
    pub fn clean(raw: &str) -> Self {
        let mut kept = String::new();
        for (count, character) in raw.trim().chars().filter_map(harmless).enumerate() {
            if count == Self::MAX_CHARS {
                kept.push('…');
                break;
            }
            kept.push(character);
        }
        Self(kept)
    }

    /// Cleans bytes; what is not UTF-8 shows as the replacement character.
    pub fn from_bytes(raw: &[u8]) -> Self {
        let enough = raw.get(..Self::MAX_CHARS * 8).unwrap_or(raw);
        Self::clean(&String::from_utf8_lossy(enough))
    }

    /// The cleaned text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True when nothing printable was said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Display for RemoteText {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::fmt::Debug for RemoteText {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:?}", self.0)
    }
}

impl From<&str> for RemoteText {
    fn from(raw: &str) -> Self {
        Self::clean(raw)
    }
}

impl From<String> for RemoteText {
    fn from(raw: String) -> Self {
        Self::clean(&raw)
    }
}

impl<'de> Deserialize<'de> for RemoteText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|raw| Self::clean(&raw))
    }
}

fn harmless(character: char) -> Option<char> {
    match character {
        '\n' | '\r' | '\t' => Some(' '),
        // Bidirectional controls (Unicode TR 9): they let text show in another order than it is stored.
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => None,
        other if other.is_control() => None,
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_escapes_lose_their_teeth() {
        let text = RemoteText::clean("\x1b[2J\x1b]0;owned\x07remote: hi\r\nthere\u{202e}");
        assert_eq!(text.as_str(), "[2J]0;ownedremote: hi  there");
    }

    #[test]
    fn length_is_capped() {
        let text = RemoteText::from_bytes(&vec![b'a'; 1 << 20]);
        assert_eq!(text.as_str().chars().count(), RemoteText::MAX_CHARS + 1);
        assert!(text.as_str().ends_with('…'));
    }

    #[test]
    fn a_doctored_report_is_cleaned_on_reading() {
        let text: RemoteText = serde_json::from_str(r#""a\u001b[31mb""#).unwrap();
        assert_eq!(text.as_str(), "a[31mb");
    }
}
