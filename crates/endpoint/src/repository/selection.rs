//! Which objects answer a request: reachability, depth and filter on one chain of commits.
//!
//! Pure: a wish in, a list of objects and shallow lines out.

use std::collections::{BTreeSet, HashSet};

use super::{Object, Oid, Repository};

/// What the client asked for, in terms of ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) wants: Vec<Oid>,
    /// Objects the client says it has; unknown ones are ignored.
    pub(crate) haves: Vec<Oid>,
    /// Commits whose parents the client lacks.
    pub(crate) shallow: Vec<Oid>,
    /// 0: the whole history.
    pub(crate) depth: u32,
    pub(crate) filter: Option<Filter>,
    /// Send annotated tags of the commits sent.
    pub(crate) include_tags: bool,
}

/// An object filter (git-rev-list `--filter`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
    /// No blobs but those wanted by id.
    BlobNone,
    /// Only blobs below this many bytes.
    BlobLimit(u64),
    /// Only trees and blobs less deep than this; the root tree has depth 0.
    TreeDepth(u64),
}

impl Filter {
    /// Parses a filter spec; `None` for the kinds that are not offered.
    pub(crate) fn parse(spec: &str) -> Option<Self> {
        if spec == "blob:none" {
            return Some(Self::BlobNone);
        }
        if let Some(limit) = spec.strip_prefix("blob:limit=") {
            return parse_size(limit).map(Self::BlobLimit);
        }
        spec.strip_prefix("tree:")?.parse().ok().map(Self::TreeDepth)
    }

    fn keeps(self, repository: &Repository, object: Object) -> bool {
        let (is_blob, depth) = match object {
            Object::Commit(_) | Object::Tag(_) => return true,
            Object::RootTree(_) => (false, 0),
            Object::DataTree => (false, 1),
            Object::History(_) => (true, 1),
            Object::Blob(_) => (true, 2),
        };
        match self {
            Self::BlobNone => !is_blob,
            Self::BlobLimit(limit) => !is_blob || repository.blob_size(object) < limit,
            Self::TreeDepth(limit) => depth < limit,
        }
    }
}

/// The objects to send and the shallow lines to say, both without duplicates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) objects: Vec<Object>,
    /// Commits that become shallow at the client.
    pub(crate) shallow: Vec<Oid>,
    /// Commits that stop being shallow at the client.
    pub(crate) unshallow: Vec<Oid>,
}

impl Selection {
    /// Answers a wish. Ids that do not exist are skipped; the request parser has refused them already.
    pub(crate) fn of(repository: &Repository, wish: &Wish) -> Self {
        let wanted: Vec<Object> = wish.wants.iter().filter_map(|id| repository.find(id)).collect();
        let reached = reached_commits(repository, &wanted, wish.depth);
        let cut: BTreeSet<u32> = chain_numbers(repository, &wish.shallow);
        let haves = chain_numbers(repository, &wish.haves);
        // The client has a commit if it has a later one and the chain between them is not cut.
        let held = |n: u32| {
            let nearest = haves.range(n..).next();
            nearest.is_some_and(|have| cut.range(n + 1..).next().is_none_or(|at| at > have))
        };
        let data_held = !haves.is_empty();

        let mut objects: Vec<Object> =
            wanted.iter().copied().filter(|object| !matches!(object, Object::Commit(_))).collect();
        let sent: Vec<u32> = reached.iter().copied().filter(|&n| !held(n)).collect();
        objects.extend(sent.iter().map(|&n| Object::Commit(n)));
        if wish.include_tags {
            let tags = (0..).zip(&repository.tags);
            objects.extend(tags.filter(|(_, tag)| reached.contains(&tag.target)).map(|(n, _)| Object::Tag(n)));
        }
        let keeps = |object: &Object| wish.filter.is_none_or(|filter| filter.keeps(repository, *object));
        let trees = sent.iter().map(|&n| Object::RootTree(n));
        let histories = sent.iter().map(|&n| Object::History(n));
        objects.extend(trees.chain(histories).filter(keeps));
        // A data tree wanted by its id brings its blobs, like a commit does.
        if (!sent.is_empty() && !data_held) || wanted.contains(&Object::DataTree) {
            let blobs = (0..).zip(&repository.blobs).map(|(n, _)| Object::Blob(n));
            objects.extend(std::iter::once(Object::DataTree).chain(blobs).filter(keeps));
        }
        let mut seen = HashSet::new();
        objects.retain(|object| seen.insert(*object));

        let mut selection = Self { objects, ..Self::default() };
        if wish.depth > 0 {
            selection.draw_boundary(repository, &reached, &cut);
        }
        selection
    }

    fn draw_boundary(&mut self, repository: &Repository, reached: &BTreeSet<u32>, cut: &BTreeSet<u32>) {
        let is_boundary = |n: u32| n.checked_sub(1).is_some_and(|parent| !reached.contains(&parent));
        let ids =
            |numbers: Vec<u32>| -> Vec<Oid> { numbers.into_iter().map(|n| repository.id(Object::Commit(n))).collect() };
        let shallow = reached.iter().copied().filter(|&n| is_boundary(n) && !cut.contains(&n));
        self.shallow = ids(shallow.collect());
        let unshallow = cut.iter().copied().filter(|&n| reached.contains(&n) && !is_boundary(n));
        self.unshallow = ids(unshallow.collect());
    }
}

fn reached_commits(repository: &Repository, wanted: &[Object], depth: u32) -> BTreeSet<u32> {
    let tips: BTreeSet<u32> = wanted.iter().filter_map(|object| commit_of(repository, *object)).collect();
    let mut reached = BTreeSet::new();
    // From the newest tip down, so that no commit is visited twice however many tips there are.
    let mut below = u32::MAX;
    for tip in tips.into_iter().rev() {
        let first = match depth {
            0 => 0,
            _ => tip.saturating_sub(depth - 1),
        };
        reached.extend(first..=tip.min(below.saturating_sub(1)));
        below = below.min(first);
    }
    reached
}

fn commit_of(repository: &Repository, object: Object) -> Option<u32> {
    match object {
        Object::Commit(n) => Some(n),
        Object::Tag(n) => super::at(&repository.tags, n).map(|tag| tag.target),
        _ => None,
    }
}

fn chain_numbers(repository: &Repository, ids: &[Oid]) -> BTreeSet<u32> {
    ids.iter().filter_map(|id| commit_of(repository, repository.find(id)?)).collect()
}

/// A size with git's optional suffix k, m or g (binary).
fn parse_size(text: &str) -> Option<u64> {
    let (digits, shift) = match text.as_bytes().last()? {
        b'k' | b'K' => (text.get(..text.len() - 1)?, 10),
        b'm' | b'M' => (text.get(..text.len() - 1)?, 20),
        b'g' | b'G' => (text.get(..text.len() - 1)?, 30),
        _ => (text, 0),
    };
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}
