//! The bodies of the small objects: trees, commits, tags and the text that changes with every commit.

use super::RepositorySpec;
use super::object::Oid;

pub(super) fn data_tree(blobs: impl Iterator<Item = Oid>) -> Vec<u8> {
    let mut tree = Vec::new();
    for (n, id) in blobs.enumerate() {
        push_tree_entry("100644", &format!("noise-{n:06}.bin"), id, &mut tree);
    }
    tree
}

pub(super) fn root_tree(data: Oid, history: Oid) -> Vec<u8> {
    let mut tree = Vec::new();
    push_tree_entry("40000", "data", data, &mut tree);
    push_tree_entry("100644", "history.txt", history, &mut tree);
    tree
}

fn push_tree_entry(mode: &str, name: &str, id: Oid, tree: &mut Vec<u8>) {
    tree.extend_from_slice(mode.as_bytes());
    tree.push(b' ');
    tree.extend_from_slice(name.as_bytes());
    tree.push(0);
    tree.extend_from_slice(&id.0);
}

pub(super) fn history(spec: &RepositorySpec, n: u32) -> Vec<u8> {
    let number = u64::from(n) + 1;
    format!("commit {number} of {}, seed {}\n", spec.commits, spec.seed).into_bytes()
}

pub(super) fn commit(n: u32, root: Oid, parent: Option<Oid>) -> Vec<u8> {
    let parent = parent.map_or_else(String::new, |id| format!("parent {id}\n"));
    let when = EPOCH + u64::from(n);
    format!(
        "tree {root}\n{parent}author {WHO} {when} +0000\ncommitter {WHO} {when} +0000\n\nCommit {}\n",
        u64::from(n) + 1
    )
    .into_bytes()
}

pub(super) fn annotation(name: &str, commit: Oid) -> Vec<u8> {
    format!("object {commit}\ntype commit\ntag {name}\ntagger {WHO} {EPOCH} +0000\n\nSynthetic tag {name}\n")
        .into_bytes()
}

/// Mode, blank, `noise-000000.bin`, NUL, id.
pub(super) const TREE_ENTRY_BYTES: usize = 6 + 1 + 16 + 1 + 20;

const WHO: &str = "netprobe <netprobe@localhost>";

/// Author time of the first commit: 2020-01-01T00:00:00Z.
const EPOCH: u64 = 1_577_836_800;
