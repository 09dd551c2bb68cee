//! Plain lines: output of git, ssh and curl; `flux logs`; tables of `kubectl` and `flux`; `kubectl describe`.
//!
//! Columns are told by their heading, an object by the form of its name; a line that fits nothing is its own message.

use model::RemoteText;

use super::Sink;
use crate::message;
use crate::sighting::{Around, Object, Sighting};

/// What earlier lines said about the ones that follow.
#[derive(Debug, Default)]
pub(super) struct Plain {
    table: Option<Heading>,
    described: Described,
}

impl Plain {
    /// Reads a line that is clean and holds no secret.
    pub(super) fn line(&mut self, line: &str, sink: &mut Sink<'_>) {
        if line.trim().is_empty() {
            self.table = None;
            return;
        }
        if let Some(heading) = Heading::of(line) {
            self.table = Some(heading);
            return;
        }
        if self.described.takes(line) {
            return;
        }
        let complaint = is_complaint(line);
        if is_noise(line) {
            return;
        }
        let mut around = Around { times: times(line), first: time(line), ..Around::default() };
        let row = self.table.as_ref().map(|heading| heading.row(line)).filter(|row| row.object().is_some());
        if row.is_none() {
            // No blank line ends a table where something else is pasted behind it.
            self.table = None;
        }
        around.first = around.first.or_else(|| self.described.since(line));
        around.object = row.as_ref().and_then(Row::object).or_else(|| named(line)).or_else(|| self.described.object());
        around.target = self.described.target.clone().filter(|_| around.object == self.described.object());
        let message = row.and_then(|row| row.message).unwrap_or_else(|| message_in(line));
        sink(Sighting { text: unescaped(message), around, complaint });
    }
}

/// What `kubectl describe` says of the object that its indented lines are about.
#[derive(Debug, Default)]
struct Described {
    name: Option<RemoteText>,
    namespace: Option<RemoteText>,
    kind: Option<RemoteText>,
    target: Option<model::Target>,
    /// `Last Transition Time`, which stands above the message of a condition.
    since: Option<RemoteText>,
}

impl Described {
    /// True for a line that names the object and says nothing else.
    fn takes(&mut self, line: &str) -> bool {
        if !line.starts_with(|first: char| first.is_ascii_uppercase() || first == ' ') {
            // Something else begins.
            *self = Self::default();
            return false;
        }
        let Some((label, value)) = line.split_once(':').filter(|(_, value)| value.starts_with("  ")) else {
            return false;
        };
        let value = value.trim();
        match label {
            "Name" => *self = Self { name: Some(value.into()), ..Self::default() },
            "Namespace" => self.namespace = Some(value.into()),
            "Kind" => self.kind = Some(value.into()),
            _ => match label.trim() {
                "Last Transition Time" => self.since = Some(value.into()),
                "URL" | "Url" => self.target = self.target.take().or_else(|| message::target(value)),
                _ => return false,
            },
        }
        true
    }

    /// The time of the condition whose message this line is.
    fn since(&mut self, line: &str) -> Option<RemoteText> {
        if line.trim_start().starts_with("Message:") { self.since.take() } else { None }
    }

    fn object(&self) -> Option<Object> {
        let kind = self.kind.clone().unwrap_or_else(|| "GitRepository".into());
        Some(Object { kind, namespace: self.namespace.clone(), name: self.name.clone()? })
    }
}

/// Where each column of a table begins, by the words above them.
#[derive(Debug)]
struct Heading {
    columns: Vec<(String, usize)>,
    tabbed: bool,
}

impl Heading {
    /// A line of capital words, at least three, with a name or an object and something that is said.
    fn of(line: &str) -> Option<Self> {
        let is_heading = line.chars().all(|c| c.is_ascii_uppercase() || " \t-".contains(c));
        if !is_heading || line.len() > MAX_HEADING {
            return None;
        }
        let tabbed = line.contains('\t');
        let mut columns = Vec::new();
        let mut at = 0;
        for (index, cell) in line.split(if tabbed { "\t" } else { "  " }).enumerate() {
            let spaces = cell.len() - cell.trim_start().len();
            if !cell.trim().is_empty() {
                columns.push((cell.trim().to_owned(), if tabbed { index } else { at + spaces }));
            }
            at += cell.len() + if tabbed { 1 } else { 2 };
        }
        let has = |names: &[&str]| columns.iter().any(|(name, _)| names.contains(&name.as_str()));
        (has(&["NAME", "OBJECT"]) && has(&["MESSAGE", "STATUS"])).then_some(Self { columns, tabbed })
    }

    fn row<'a>(&self, line: &'a str) -> Row<'a> {
        let cell = |wanted: &str| {
            let index = self.columns.iter().position(|(name, _)| name == wanted)?;
            let (_, from) = self.columns.get(index)?;
            if self.tabbed {
                return line.split('\t').nth(*from).map(str::trim);
            }
            // Offsets of the heading are those of ASCII; a row with other characters may be cut elsewhere, or not at all.
            let until = self.columns.get(index + 1).map_or(line.len(), |(_, next)| *next).min(line.len());
            line.get(*from..until).map(str::trim)
        };
        Row {
            namespace: cell("NAMESPACE").filter(|text| !text.is_empty()),
            name: cell("NAME").filter(|text| !text.is_empty()),
            path: cell("OBJECT"),
            message: cell("MESSAGE").or_else(|| cell("STATUS")).filter(|text| !text.is_empty()),
        }
    }
}

#[derive(Debug)]
struct Row<'a> {
    namespace: Option<&'a str>,
    name: Option<&'a str>,
    path: Option<&'a str>,
    message: Option<&'a str>,
}

impl Row<'_> {
    fn object(&self) -> Option<Object> {
        if let Some(path) = self.path {
            let object = Object::from_path(path, false)?;
            return Some(Object { namespace: self.namespace.map(RemoteText::from), ..object });
        }
        // `flux get all` puts the kind before the name.
        let name = self.name.filter(|name| !name.contains([' ', ':']))?;
        let (kind, name) = name.split_once('/').unwrap_or(("GitRepository", name));
        let kind = if kind.eq_ignore_ascii_case("gitrepository") { "GitRepository" } else { kind };
        Some(Object { kind: kind.into(), namespace: self.namespace.map(RemoteText::from), name: name.into() })
    }
}

/// `Kind/name.namespace` in a line of `flux logs`, `Kind/name` in one of events.
fn named(line: &str) -> Option<Object> {
    let words =
        || line.split_whitespace().take(WORDS_BEFORE).filter(|word| word.starts_with(|c: char| c.is_ascii_uppercase()));
    words().find_map(|word| Object::from_path(word, true).filter(|object| object.kind.as_str().chars().count() > 2))
}

/// A time in the form of RFC 3339 at the beginning.
fn time(line: &str) -> Option<RemoteText> {
    let word = line.split_whitespace().next()?;
    let date = word.len() > 18 && word.as_bytes().get(4) == Some(&b'-') && word.as_bytes().get(10) == Some(&b'T');
    (date && word.starts_with(|c: char| c.is_ascii_digit())).then(|| word.into())
}

/// `(x12 over 40m)` behind the age of an event.
fn times(line: &str) -> Option<u64> {
    let (_, rest) = line.split_once("(x")?;
    let (count, _) = rest.split_once(" over ")?;
    count.parse().ok().filter(|count| *count > 0)
}

/// The message behind ` - ` of `flux logs`, behind the label of `kubectl describe` and of JSON, or the line.
fn message_in(line: &str) -> &str {
    let line = line.trim();
    for label in ["Message:", "message:", "\"message\":", "\"error\":", "Reason:"] {
        if let Some(message) = line.strip_prefix(label).or_else(|| line.strip_prefix("- ")?.strip_prefix(label)) {
            return message.trim().trim_start_matches(['"', '\'']);
        }
    }
    match line.split_once(" - ") {
        Some((before, message)) if time(before).is_some() => message,
        _ => line,
    }
}

/// Quotes as they were before YAML or JSON doubled or escaped them.
fn unescaped(text: &str) -> String {
    text.replace("''", "'").replace("\\\"", "\"")
}

/// Lines that say that something went wrong, whether or not anybody knows them.
fn is_complaint(line: &str) -> bool {
    let line = line.trim();
    let said_by_flux = time(line).is_some() && line.split_whitespace().nth(1) == Some("error");
    said_by_flux || COMPLAINTS.iter().any(|lead| line.starts_with(lead))
}

/// Lines of a clone, of an object or of a terminal that are no message.
fn is_noise(line: &str) -> bool {
    let line = line.trim();
    NOISE.iter().any(|lead| line.starts_with(lead))
}

const COMPLAINTS: [&str; 9] =
    ["fatal: ", "error: ", "ssh: ", "curl: (", "remote: error", "ERROR: ", "✗ ", "Warning  ", "kex_exchange"];
const NOISE: [&str; 13] = [
    "Cloning into ",
    "remote: Enumerating",
    "remote: Counting",
    "remote: Compressing",
    "remote: Total",
    "Receiving objects:",
    "Resolving deltas:",
    "Updating files:",
    "warning: redirecting",
    "$ ",
    "► ",
    "-----BEGIN",
    "lastTransitionTime:",
];
const MAX_HEADING: usize = 1_000;
/// A time, a level, an age and a reason can stand before the name of an object.
const WORDS_BEFORE: usize = 10;
