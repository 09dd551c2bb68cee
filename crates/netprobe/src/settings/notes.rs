//! What a reader should know beside the measurements, gathered while settings are settled. Settings that stand on every
//! machine and change nothing that a diagnosis rests on share one note.

use access::NotHonoured;
use model::Note;

/// Gathers.
#[derive(Debug, Default)]
pub(super) struct Notes {
    sentences: Vec<String>,
    noise: Vec<String>,
}

impl Notes {
    /// One sentence.
    pub(super) fn add(&mut self, sentence: impl Into<String>) {
        self.sentences.push(sentence.into());
    }

    /// Everything that was seen and not followed.
    pub(super) fn not_honoured(&mut self, left: &[NotHonoured]) {
        for setting in left {
            if NOISE.iter().any(|noise| setting.setting.eq_ignore_ascii_case(noise)) {
                self.noise.push(format!("{} ({})", setting.setting, setting.source));
            } else {
                self.add(format!("not followed: {setting}"));
            }
        }
    }

    /// The notes for the report, each once.
    pub(super) fn into_notes(mut self) -> Vec<Note> {
        if !self.noise.is_empty() {
            self.noise.dedup();
            let noise = self.noise.join(", ");
            self.add(format!("not followed, and of no matter to a login by key: {noise}"));
        }
        let mut notes: Vec<Note> = Vec::new();
        for sentence in self.sentences {
            let note = Note { text: sentence.into() };
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        notes
    }
}

/// What distributions write into `/etc/ssh/ssh_config`, and ways to log in that git servers do not take.
const NOISE: [&str; 6] = [
    "BatchMode",
    "GSSAPIAuthentication",
    "GSSAPIKeyExchange",
    "HostbasedAuthentication",
    "PreferredAuthentications",
    "UseKeychain",
];

#[cfg(test)]
mod tests {
    use access::Source;

    use super::*;

    #[test]
    fn noise_is_one_note_and_the_rest_one_each() {
        let left = |setting: &str| NotHonoured::new(setting, Source::Default, "why");
        let mut notes = Notes::default();
        notes.not_honoured(&[left("GSSAPIAuthentication"), left("ProxyCommand"), left("UseKeychain")]);
        notes.add("b");
        notes.add("b");
        let texts: Vec<String> = notes.into_notes().iter().map(|note| note.text.to_string()).collect();
        assert_eq!(texts.len(), 3, "{texts:?}");
        assert!(texts[0].starts_with("not followed: ProxyCommand"));
        assert!(texts[2].contains("GSSAPIAuthentication (default), UseKeychain (default)"));
    }
}
