//! A page under way: lines of text in a given style. It sees to margins, wrapping, colour and the ASCII fall-back, and
//! knows nothing of what is said.

use crate::style::{Ink, Mark};
use crate::{Style, ascii, text};

#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) style: Style,
    lines: Vec<String>,
}

impl Page {
    pub(crate) fn new(style: Style) -> Self {
        Self { style, lines: Vec::new() }
    }

    /// An empty line, unless there is one already or nothing stands above it.
    pub(crate) fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(String::new());
        }
    }

    /// A line that is laid out and painted already.
    pub(crate) fn laid_out(&mut self, line: &str) {
        self.lines.push(line.trim_end().to_owned());
    }

    /// A paragraph behind a mark.
    pub(crate) fn marked(&mut self, mark: Mark, ink: Ink, words: &str) {
        let lead = self.style.paint(mark.1, mark.0);
        self.hanging(&lead, MARGIN, ink, text::wrapped(words, self.room(MARGIN)));
    }

    /// A paragraph at the margin.
    pub(crate) fn paragraph(&mut self, ink: Ink, words: &str) {
        self.hanging("", MARGIN, ink, text::wrapped(words, self.room(MARGIN)));
    }

    /// A paragraph behind a label in the label column.
    pub(crate) fn labelled(&mut self, label: &str, words: &str) {
        let lead = self.label(label);
        self.hanging(&lead, LABEL, Ink::Plain, text::wrapped(words, self.room(LABEL)));
    }

    /// A path, on one line however long.
    pub(crate) fn whole(&mut self, label: &str, path: &str) {
        let lead = self.label(label);
        self.hanging(&lead, LABEL, Ink::Plain, vec![text::harmless(path)]);
    }

    /// A small chart behind a label, with its caption.
    pub(crate) fn drawn(&mut self, label: &str, chart: &str, caption: &str) {
        let (lead, chart) = (self.label(label), self.style.paint(Ink::Bar, chart));
        self.laid_out(&format!("{lead}{chart}  {caption}"));
    }

    /// Several items under one label, each behind a dot where they are several.
    pub(crate) fn items<S: AsRef<str>>(&mut self, label: &str, items: &[S]) {
        if let [alone] = items {
            return self.labelled(label, alone.as_ref());
        }
        for (index, item) in items.iter().enumerate() {
            let lead = self.label(if index == 0 { label } else { "" });
            self.item(&lead, item.as_ref());
        }
    }

    /// The same for things to do: commands stand behind a prompt, one line each, however long: what is pasted must be what
    /// was meant.
    pub(crate) fn actions<S: AsRef<str>>(&mut self, label: &str, actions: &[S]) {
        let sentences = actions.iter().filter(|action| command(action.as_ref()).is_none()).count();
        for (index, action) in actions.iter().enumerate() {
            let lead = self.label(if index == 0 { label } else { "" });
            match command(action.as_ref()) {
                Some(command) => {
                    self.hanging(&lead, LABEL, Ink::Strong, vec![format!("$ {}", text::harmless(command))]);
                }
                None if sentences == 1 => {
                    let lines = text::wrapped(action.as_ref(), self.room(LABEL));
                    self.hanging(&lead, LABEL, Ink::Plain, lines);
                }
                None => self.item(&lead, action.as_ref()),
            }
        }
    }

    /// Items in an order that counts, numbered, each with a remark below it.
    pub(crate) fn ranked<'a>(&mut self, label: &str, items: impl IntoIterator<Item = (&'a str, &'a str)>) {
        for (index, (item, remark)) in items.into_iter().enumerate() {
            let lead = self.label(if index == 0 { label } else { "" });
            let lines = text::wrapped(item, self.room(LABEL + 2));
            self.hanging(&format!("{lead}{} ", index + 1), LABEL + 2, Ink::Plain, lines);
            let lines = text::wrapped(remark, self.room(LABEL + 4));
            let arrow = format!("{}→ ", " ".repeat(LABEL + 2));
            self.hanging(&arrow, LABEL + 4, Ink::Quiet, lines);
        }
    }

    /// As many of `words` as one line takes, and how many they are where they are more.
    pub(crate) fn listed(&mut self, ink: Ink, lead: &str, words: &[&str]) {
        let whole = format!("{lead}{}", words.join(", "));
        let (Some(last), true) = (words.last(), text::columns(&whole) > self.room(MARGIN)) else {
            return self.paragraph(ink, &whole);
        };
        let tail = format!(" … {last} ({} in all)", words.len());
        let mut line = lead.to_owned();
        for word in words {
            let more = if line == lead { (*word).to_owned() } else { format!(", {word}") };
            if text::columns(&line) + text::columns(&more) + text::columns(&tail) > self.room(MARGIN) {
                break;
            }
            line.push_str(&more);
        }
        self.paragraph(ink, &(line + &tail));
    }

    /// A text that must be found again letter by letter, behind a rule in the margin.
    pub(crate) fn quoted(&mut self, label: &str, words: &str) {
        let bar = self.style.paint(Ink::Quiet, "│");
        for (index, line) in text::verbatim(words, self.room(LABEL + 2)).iter().enumerate() {
            let lead = self.label(if index == 0 { label } else { "" });
            self.laid_out(&format!("{lead}{bar} {line}"));
        }
    }

    /// A title at the left and what came of it at the right edge, or below where both do not fit.
    pub(crate) fn title(&mut self, left: &str, right: &str, ink: Ink) {
        let (left, right) = (text::harmless(left), text::harmless(right));
        let room = self.style.columns().saturating_sub(text::columns(&left) + text::columns(&right));
        if room >= 2 {
            let (left, right) = (self.style.paint(Ink::Strong, &left), self.style.paint(ink, &right));
            self.laid_out(&format!("{left}{}{right}", " ".repeat(room)));
        } else {
            let lines = text::wrapped(&left, self.style.columns());
            self.hanging("", 0, Ink::Strong, lines);
            self.paragraph(ink, &right);
        }
    }

    /// The page as text, a line feed behind each line.
    pub(crate) fn finished(mut self) -> String {
        while self.lines.last().is_some_and(String::is_empty) {
            self.lines.pop();
        }
        let mut out = self.lines.join("\n");
        out.push('\n');
        if self.style.unicode { out } else { ascii::spelled(&out) }
    }

    fn room(&self, indent: usize) -> usize {
        self.style.columns().saturating_sub(indent)
    }

    fn label(&self, label: &str) -> String {
        let label = text::padded(label, LABEL - MARGIN);
        format!("{}{}", " ".repeat(MARGIN), self.style.paint(Ink::Quiet, &label))
    }

    fn item(&mut self, lead: &str, words: &str) {
        let lines = text::wrapped(words, self.room(LABEL + 2));
        self.hanging(&format!("{lead}· "), LABEL + 2, Ink::Plain, lines);
    }

    /// Lines with `lead` before the first and as many spaces before the others.
    fn hanging(&mut self, lead: &str, indent: usize, ink: Ink, lines: Vec<String>) {
        let margin = " ".repeat(indent);
        for (index, line) in lines.into_iter().enumerate() {
            let line = self.style.paint(ink, &line);
            if index == 0 && !lead.is_empty() {
                let lead = text::padded(lead, indent + invisible(lead));
                self.laid_out(&format!("{lead}{line}"));
            } else {
                self.laid_out(&format!("{margin}{line}"));
            }
        }
    }
}

/// The command in an action. `diagnose` gives sentences, which begin with a capital letter or end with a full stop, and
/// commands, which do neither.
fn command(action: &str) -> Option<&str> {
    let command = action.strip_prefix("$ ").unwrap_or(action);
    let begins_low = command.starts_with(|first: char| first.is_ascii_lowercase() || "./~".contains(first));
    (begins_low && !command.ends_with('.')).then_some(command)
}

/// Columns that colour codes seem to take and do not.
fn invisible(painted: &str) -> usize {
    let mut inside = false;
    let codes: String = painted
        .chars()
        .filter(|character| {
            inside |= *character == '\x1b';
            let counts = inside;
            inside &= *character != 'm';
            counts
        })
        .collect();
    text::columns(&codes)
}

/// Where paragraphs begin: behind the mark and a space.
const MARGIN: usize = 2;
/// Where labelled text begins.
const LABEL: usize = 15;
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_sentences() {
        for text in ["netprobe run --full", "sudo ip link set dev eth0 mtu 1400", "./fix 1", "$ kubectl get pods"] {
            assert!(command(text).is_some(), "{text}");
        }
        for text in ["Run `netprobe run --full`.", "Or use port 443", "git needs a newer version.", ""] {
            assert!(command(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_command_is_never_broken_and_a_sentence_always_fits() {
        let mut page = Page::new(Style { width: 60, ..Style::default() });
        let command = "kubectl -n flux-system patch gitrepository flux-system --type merge -p '{}'";
        page.actions("what to do", &["Give it more time, which costs nothing but patience and a manifest:", command]);
        let text = page.finished();
        assert!(text.lines().any(|line| line.trim_start() == format!("$ {command}")), "{text}");
        assert!(text.lines().filter(|line| !line.contains('$')).all(|line| text::columns(line) <= 60), "{text}");
    }

    #[test]
    fn colour_does_not_move_what_stands_behind_a_mark() {
        let render = |colour| {
            let mut page = Page::new(Style { colour, ..Style::default() });
            page.marked(Mark::BAD, Ink::Strong, "broken");
            page.labelled("label", "text");
            page.finished()
        };
        assert_eq!(render(false), "✘ broken\n  label        text\n");
        assert_eq!(render(true), "\x1b[1;31m✘\x1b[0m \x1b[1mbroken\x1b[0m\n  \x1b[2mlabel        \x1b[0mtext\n");
    }
}
