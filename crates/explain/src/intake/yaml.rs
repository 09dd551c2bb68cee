//! As much of YAML 1.2 as `kubectl -o yaml` prints: block mappings and sequences, and scalars that are plain, quoted or in
//! blocks, folded over lines or not. Everything else is taken for plain text; nothing here fails.

use serde_json::{Map, Value};

/// The document as a value; none where it is no mapping and no sequence.
pub(super) fn read(text: &str) -> Option<Value> {
    let mut lines = text.lines().filter(|line| !line.trim_start().starts_with('#')).peekable();
    let value = node(&mut lines, 0, 0);
    (value.is_object() || value.is_array()).then_some(value)
}

type Lines<'a, I> = std::iter::Peekable<I>;

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// What stands at `at` or deeper.
fn node<'a, I: Iterator<Item = &'a str>>(lines: &mut Lines<'a, I>, at: usize, depth: usize) -> Value {
    while lines.next_if(|line| line.trim().is_empty()).is_some() {}
    let Some(first) = lines.peek() else { return Value::Null };
    let here = indent(first);
    if here < at || depth > MAX_DEPTH {
        return Value::Null;
    }
    if is_item(first.trim_start()) { sequence(lines, here, depth) } else { mapping(lines, here, None, depth) }
}

fn sequence<'a, I: Iterator<Item = &'a str>>(lines: &mut Lines<'a, I>, here: usize, depth: usize) -> Value {
    let mut items = Vec::new();
    while let Some(line) = next_of(lines, here, is_item) {
        let item = line.trim_start().get(1..).unwrap_or_default();
        let inner = here + 1 + indent(item);
        let item = item.trim_start();
        items.push(match key(item) {
            // A mapping that begins on the line of its dash.
            Some(_) => mapping(lines, inner, Some(item), depth + 1),
            None if item.is_empty() => node(lines, here + 1, depth + 1),
            None => scalar(item, lines, here),
        });
    }
    Value::Array(items)
}

fn mapping<'a, I: Iterator<Item = &'a str>>(
    lines: &mut Lines<'a, I>,
    here: usize,
    first: Option<&'a str>,
    depth: usize,
) -> Value {
    let mut fields = Map::new();
    let mut pending = first;
    while let Some(line) = pending.take().or_else(|| next_of(lines, here, |text| !is_item(text))) {
        let Some((name, rest)) = key(line.trim_start()) else { continue };
        let value = if rest.is_empty() {
            // A sequence may stand as far left as its key.
            let at = match lines.peek() {
                Some(next) if is_item(next.trim_start()) => here,
                _ => here + 1,
            };
            node(lines, at, depth + 1)
        } else {
            scalar(rest, lines, here)
        };
        fields.insert(name.to_owned(), value);
    }
    Value::Object(fields)
}

/// The next line if it stands exactly at `here` and is of the right kind.
fn next_of<'a, I: Iterator<Item = &'a str>>(
    lines: &mut Lines<'a, I>,
    here: usize,
    kind: impl Fn(&str) -> bool,
) -> Option<&'a str> {
    while lines.next_if(|line| line.trim().is_empty() || indent(line) > here).is_some() {}
    lines.next_if(|line| indent(line) == here && kind(line.trim_start()))
}

fn is_item(text: &str) -> bool {
    text == "-" || text.starts_with("- ")
}

fn key(text: &str) -> Option<(&str, &str)> {
    if text.starts_with(['"', '\'', '{', '[']) {
        return None;
    }
    let (name, rest) = text.split_once(": ").or_else(|| Some((text.strip_suffix(':')?, "")))?;
    (!name.contains(' ')).then_some((name, rest.trim()))
}

/// A scalar that begins with `text` and goes on over every line that stands deeper than `here`.
fn scalar<'a, I: Iterator<Item = &'a str>>(text: &str, lines: &mut Lines<'a, I>, here: usize) -> Value {
    let mut pieces = vec![text];
    while let Some(line) = lines.next_if(|line| line.trim().is_empty() || indent(line) > here) {
        pieces.push(line.trim());
    }
    let block = text.starts_with(['|', '>']);
    let whole = pieces.get(usize::from(block)..).unwrap_or_default().join(" ");
    let whole = whole.trim();
    let inside = |quote: char| whole.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    let said = if block {
        whole.to_owned()
    } else if let Some(text) = inside('\'') {
        text.replace("''", "'")
    } else if let Some(text) = inside('"') {
        // A folded line in double quotes escapes its end.
        let text = text.replace("\\ ", "");
        serde_json::from_str(&format!("\"{text}\"")).unwrap_or(text)
    } else {
        whole.to_owned()
    };
    Value::String(said)
}

/// Deeper than any object of Kubernetes.
const MAX_DEPTH: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kubectl_prints_is_read() {
        let text = "apiVersion: v1\nitems:\n- kind: A\n  spec:\n    ref:\n      branch: main\n    url: ssh://git@h/r\n  status:\n    \
                    conditions:\n    - message: 'unable to clone ''ssh://git@h/r'':\n        folded here'\n      status: \"False\"\n    - \
                    message: |-\n        two\n        lines\n      empty: {}\n- kind: B\nkind: List\n";
        let value = read(text).unwrap();
        assert_eq!(value["items"][0]["spec"]["ref"]["branch"], "main");
        assert_eq!(value["items"][0]["spec"]["url"], "ssh://git@h/r");
        let conditions = &value["items"][0]["status"]["conditions"];
        assert_eq!(conditions[0]["message"], "unable to clone 'ssh://git@h/r': folded here");
        assert_eq!(conditions[0]["status"], "False");
        assert_eq!(conditions[1]["message"], "two lines");
        assert_eq!((&value["items"][1]["kind"], &value["kind"]), (&Value::from("B"), &Value::from("List")));
    }

    #[test]
    fn nonsense_ends() {
        for text in ["", "-", "- - - -", "a:\n b:\n  c:", ": :", "a: 'x", "a: \"\\", "a: |", "  a: b\nc: d"] {
            let _ = read(text);
        }
        assert_eq!(read(&"- ".repeat(10_000)).map(|value| value.is_array()), Some(true));
        let deep: Vec<String> = (0..2_000).map(|level| format!("{}a:", " ".repeat(level % 300))).collect();
        assert!(read(&deep.join("\n")).is_some());
    }
}
