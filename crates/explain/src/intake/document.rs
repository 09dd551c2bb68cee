//! A document of many lines, JSON or YAML, gathered until it is whole.

use serde_json::Value;

use super::yaml;

/// A document under way.
#[derive(Debug)]
pub(super) struct Document {
    form: Form,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Indented, as `kubectl -o json` prints it: the closing brace stands alone at the left edge.
    Json,
    /// As `kubectl -o yaml` prints it.
    Yaml,
}

/// What became of a line.
pub(super) enum Taken {
    /// It belongs to the document, which goes on.
    Goes(Document),
    /// The document has ended, and what does not belong to it is given back.
    Ends(Document, Option<String>),
}

impl Document {
    /// A line can begin a document only by what `kubectl` begins it with.
    pub(super) fn begun_by(line: &str) -> Option<Self> {
        let form = match line.trim_end() {
            "{" | "[" => Form::Json,
            text if text.starts_with("apiVersion: ") || text == "items:" || text == "conditions:" => Form::Yaml,
            _ => return None,
        };
        Some(Self { form, text: format!("{line}\n") })
    }

    pub(super) fn take(mut self, line: String) -> Taken {
        let edge = line.trim_end();
        match self.form {
            Form::Yaml if edge == "---" || edge == "..." => return Taken::Ends(self, None),
            // Logs and prompts behind a document: a line at the left edge that is neither a key nor an item.
            Form::Yaml if !is_yaml(&line) => return Taken::Ends(self, Some(line)),
            _ => {}
        }
        if self.text.len() + line.len() > MAX_DOCUMENT {
            return Taken::Ends(self, Some(line));
        }
        self.text.push_str(&line);
        self.text.push('\n');
        match self.form {
            Form::Json if edge == "}" || edge == "]" => Taken::Ends(self, None),
            _ => Taken::Goes(self),
        }
    }

    /// The document as a value, or its text where it is none. Secrets are still in either.
    pub(super) fn value(self) -> Result<Value, String> {
        let value = match self.form {
            Form::Json => serde_json::from_str(&self.text).ok(),
            Form::Yaml => yaml::read(&self.text),
        };
        value.ok_or(self.text)
    }
}

fn is_yaml(line: &str) -> bool {
    let indented = line.starts_with([' ', '\t', '-', '#', '"', '\'']) || line.trim().is_empty();
    indented
        || line.split_once(':').is_some_and(|(key, rest)| is_key(key) && (rest.is_empty() || rest.starts_with(' ')))
}

fn is_key(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c)) && !NO_KEYS.contains(&key)
}

/// What git and curl begin their lines with.
const NO_KEYS: [&str; 6] = ["fatal", "error", "remote", "ssh", "warning", "curl"];
/// A list of some hundred objects. A value takes up to sixteen times its text.
const MAX_DOCUMENT: usize = 2 << 20;
