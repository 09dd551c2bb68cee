//! Whoever opens a folder finds out what lives there.

use std::collections::BTreeSet;

use crate::metadata::Metadata;

/// Every member of the workspace, every visible folder of the root, and every folder in `docs/` that has no README.
pub(super) fn complaints(metadata: &Metadata, files: &BTreeSet<String>) -> Vec<String> {
    let mut folders: BTreeSet<&str> =
        metadata.members().map(|package| package.folder(&metadata.workspace_root)).collect();
    for file in files.iter().filter(|file| !file.starts_with('.')) {
        let parts: Vec<&str> = file.split('/').collect();
        if let [root, _, ..] = parts.as_slice() {
            folders.insert(root);
        }
        if let ["docs", inner, _, ..] = parts.as_slice() {
            folders.insert(&file[.."docs/".len() + inner.len()]);
        }
    }
    folders
        .into_iter()
        .filter(|folder| !files.contains(&format!("{folder}/README.md")))
        .map(|folder| format!("{folder} has no README.md"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::sample::workspace;

    #[test]
    fn members_root_folders_and_folders_of_the_docs_need_one() {
        let metadata = workspace(&[("crates/model", "netprobe-model", &[]), ("reports", "netprobe-reports", &[])]);
        let files = [
            "crates/model/src/lib.rs",
            "reports/README.md",
            "reports/src/lib.rs",
            "docs/README.md",
            "docs/decisions/0001-x.md",
            ".ci/run",
            "Cargo.toml",
        ];
        let files = files.into_iter().map(ToOwned::to_owned).collect();
        let expected = ["crates has no README.md", "crates/model has no README.md", "docs/decisions has no README.md"];
        assert_eq!(complaints(&metadata, &files), expected);
    }
}
