//! Every direct dependency from outside has a row in the decision about dependencies.

use std::collections::BTreeSet;

use crate::metadata::Metadata;

/// Where the rows are.
pub(super) const DECISION: &str = "docs/decisions/0003-dependencies.md";

/// Every dependency without a row, and every row without a dependency.
pub(super) fn complaints(metadata: &Metadata, decision: &str) -> Vec<String> {
    let members: BTreeSet<&str> = metadata.members().map(|package| package.name.as_str()).collect();
    let needed: BTreeSet<&str> = metadata
        .members()
        .flat_map(|package| &package.dependencies)
        .map(|dependency| dependency.name.as_str())
        .filter(|name| !members.contains(name))
        .collect();
    let explained: BTreeSet<&str> =
        decision.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).map(|(name, _)| name).collect();
    let missing = needed.difference(&explained).map(|name| format!("{name} has no row in {DECISION}"));
    let stale = explained.difference(&needed).map(|name| format!("{name} has a row in {DECISION} and no user"));
    missing.chain(stale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::sample::workspace;

    #[test]
    fn rows_and_dependencies_match() {
        let metadata = workspace(&[
            ("crates/model", "netprobe-model", &["serde", "url"]),
            ("crates/engine", "netprobe-engine", &["netprobe-model"]),
        ]);
        assert_eq!(complaints(&metadata, "| package | for |\n|---|---|\n| `serde` | x |\n| `url` | x |\n"), [""; 0]);
        let expected = [format!("serde has no row in {DECISION}"), format!("gone has a row in {DECISION} and no user")];
        assert_eq!(complaints(&metadata, "| `gone` | x |\n| `url` | x |\n"), expected);
    }
}
