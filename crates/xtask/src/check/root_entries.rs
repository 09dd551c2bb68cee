//! The root of the repository shows the architecture and nothing else.

use std::collections::BTreeSet;

const ALLOWED: &[&str] = &["Cargo.toml", "Cargo.lock", "crates", "probes", "reports", "docs", "README.md"];

/// Every entry of the root that does not belong there.
pub(super) fn complaints<'a>(files: impl Iterator<Item = &'a str>) -> Vec<String> {
    let entries: BTreeSet<&str> = files.filter_map(|file| file.split('/').next()).collect();
    entries
        .into_iter()
        .filter(|entry| !belongs(entry))
        .map(|entry| format!("{entry} is not at home in the root"))
        .collect()
}

fn belongs(entry: &str) -> bool {
    ALLOWED.contains(&entry) || entry.starts_with('.') || entry.starts_with("LICENSE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_are_named_once() {
        let files = ["Cargo.toml", "LICENSE-MIT", ".ci/run", "crates/a/b.rs", "scripts/a", "scripts/b", "Makefile"];
        let expected = ["Makefile is not at home in the root", "scripts is not at home in the root"];
        assert_eq!(complaints(files.into_iter()), expected);
    }
}
