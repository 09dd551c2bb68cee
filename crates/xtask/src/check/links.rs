//! Links between the Markdown files of the repository lead somewhere: to a file or folder that is there, and where a
//! heading is named, to that heading. Links to the outside are not followed.

use std::collections::BTreeSet;

/// Every link that leads nowhere, with file and line.
pub(super) fn complaints(documents: &[(String, String)], files: &BTreeSet<String>) -> Vec<String> {
    let mut complaints = Vec::new();
    for (file, text) in documents {
        for (line, target) in links(text) {
            if let Some(what) = fault(file, &target, documents, files) {
                complaints.push(format!("{file}:{line}: `{target}` {what}"));
            }
        }
    }
    complaints
}

fn fault(file: &str, target: &str, documents: &[(String, String)], files: &BTreeSet<String>) -> Option<&'static str> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, heading) = target.split_once('#').map_or((target, None), |(path, heading)| (path, Some(heading)));
    let Some(path) = resolve(file, path) else { return Some("leads out of the repository") };
    let folder = format!("{path}/");
    let is_folder =
        path.is_empty() || files.range(folder.clone()..).next().is_some_and(|next| next.starts_with(&folder));
    if !files.contains(&path) && !is_folder {
        return Some("does not exist");
    }
    let (Some(heading), Some((_, text))) = (heading, documents.iter().find(|(name, _)| *name == path)) else {
        return None;
    };
    (!headings(text).contains(heading)).then_some("names a heading that is not there")
}

/// The path a link means, relative to the root; `None` if it climbs out of it.
fn resolve(file: &str, path: &str) -> Option<String> {
    if path.is_empty() {
        return Some(file.to_owned());
    }
    let mut parts: Vec<&str> = if path.starts_with('/') { Vec::new() } else { file.split('/').collect() };
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// Targets of inline links and images with the number of their line; what stands in code is left alone.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    for (number, line) in prose(text) {
        // Odd pieces lie between back-quotes.
        for piece in line.split('`').step_by(2) {
            for after in piece.split("](").skip(1) {
                let target = after.split([')', ' ']).next().unwrap_or_default();
                links.push((number, target.trim_matches(['<', '>']).to_owned()));
            }
        }
    }
    links
}

/// Anchors as the usual renderers make them: lower case, spaces to hyphens, other signs dropped.
fn headings(text: &str) -> BTreeSet<String> {
    let titles =
        prose(text).filter_map(|(_, line)| line.strip_prefix('#').map(|rest| rest.trim_start_matches('#').trim()));
    titles
        .map(|title| {
            let kept = title.chars().filter(|sign| sign.is_alphanumeric() || matches!(sign, ' ' | '-' | '_'));
            kept.flat_map(char::to_lowercase).map(|sign| if sign == ' ' { '-' } else { sign }).collect()
        })
        .collect()
}

/// Lines outside fenced code blocks, counted from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        (!in_code && !fence).then_some((index + 1, line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(text: &str) -> Vec<String> {
        let documents =
            vec![("docs/a.md".to_owned(), text.to_owned()), ("README.md".to_owned(), "# How `it` works!\n".to_owned())];
        let files = ["README.md", "docs/a.md", "crates/model/src/lib.rs"].into_iter().map(ToOwned::to_owned).collect();
        complaints(&documents, &files)
    }

    #[test]
    fn links_that_lead_somewhere_are_fine() {
        let text = "[a](../README.md) [b](../crates/model) [c](../README.md#how-it-works) [d](https://example.org/x)\n\
                    ## Here\n[e](#here) ![f](a.md \"title\") [g](..)";
        assert_eq!(judge(text), [""; 0]);
    }

    #[test]
    fn links_that_lead_nowhere_are_named_with_their_line() {
        let text = "fine\n[a](b.md)\n[c](../../x) [d](../README.md#missing)";
        let expected = [
            "docs/a.md:2: `b.md` does not exist",
            "docs/a.md:3: `../../x` leads out of the repository",
            "docs/a.md:3: `../README.md#missing` names a heading that is not there",
        ];
        assert_eq!(judge(text), expected);
    }

    #[test]
    fn code_is_left_alone() {
        assert_eq!(judge("`[a](nowhere)`\n```text\n[b](nowhere)\n```\n"), [""; 0]);
    }
}
