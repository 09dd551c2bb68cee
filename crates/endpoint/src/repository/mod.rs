//! The synthetic repository: which objects and refs exist, and their bytes on demand.
//!
//! One chain of commits. Every commit has the same big `data` tree of noise and its own small `history.txt`. Blobs are
//! made again from the seed whenever they are sent; kept are only their ids. It knows nothing of requests or sockets.

mod content;
mod noise;
mod object;
mod pack;
mod selection;
mod spec;

use std::collections::HashMap;

use self::content::{TREE_ENTRY_BYTES, annotation, commit, data_tree, history, root_tree};
pub(crate) use self::object::Oid;
use self::object::{Kind, adler32, entry_size, push_entry};
pub(crate) use self::pack::PackStream;
pub(crate) use self::selection::{Filter, Selection, Wish};
pub use self::spec::{RepositorySpec, SpecError};

/// A repository built from its spec.
#[derive(Debug)]
pub(crate) struct Repository {
    spec: RepositorySpec,
    blobs: Vec<Blob>,
    data_tree: Vec<u8>,
    data_id: Oid,
    commits: Vec<Commit>,
    tags: Vec<Tag>,
    refs: Vec<Ref>,
    index: HashMap<Oid, Object>,
}

/// One ref as it is advertised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ref {
    /// Full name, `refs/heads/main`.
    pub(crate) name: String,
    /// What it points to.
    pub(crate) id: Oid,
    /// The commit behind an annotated tag.
    pub(crate) peeled: Option<Oid>,
}

/// An object of the repository, by its place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Object {
    Commit(u32),
    RootTree(u32),
    History(u32),
    DataTree,
    Blob(u32),
    Tag(u32),
}

#[derive(Debug, Clone, Copy)]
struct Blob {
    id: Oid,
    size_bytes: usize,
    adler: u32,
}

#[derive(Debug, Clone, Copy)]
struct Commit {
    id: Oid,
    root: Oid,
    history: Oid,
}

#[derive(Debug)]
struct Tag {
    id: Oid,
    target: u32,
    name: String,
}

impl Repository {
    /// Builds it: hashes every blob once, on all cores (about a second per GiB and core).
    pub(crate) fn build(spec: RepositorySpec) -> Result<Self, SpecError> {
        spec.check()?;
        let blobs = hash_blobs(spec.seed, &blob_sizes(&spec));
        let data_tree = data_tree(blobs.iter().map(|blob| blob.id));
        let mut repository = Self {
            spec,
            blobs,
            data_id: Oid::of(Kind::Tree, &data_tree),
            data_tree,
            commits: Vec::new(),
            tags: Vec::new(),
            refs: Vec::new(),
            index: HashMap::new(),
        };
        repository.add_commits();
        repository.add_refs();
        repository.add_index();
        Ok(repository)
    }

    /// All refs in byte order of their names, without HEAD.
    pub(crate) fn refs(&self) -> &[Ref] {
        &self.refs
    }

    /// The tip of `main`, which is what HEAD points to.
    pub(crate) fn head(&self) -> Oid {
        self.commits.last().map_or(Oid([0; 20]), |tip| tip.id)
    }

    /// Which object this id names.
    pub(crate) fn find(&self, id: &Oid) -> Option<Object> {
        self.index.get(id).copied()
    }

    /// The id of an object; the null id for one that does not exist.
    pub(crate) fn id(&self, object: Object) -> Oid {
        let found = match object {
            Object::Commit(n) => at(&self.commits, n).map(|commit| commit.id),
            Object::RootTree(n) => at(&self.commits, n).map(|commit| commit.root),
            Object::History(n) => at(&self.commits, n).map(|commit| commit.history),
            Object::DataTree => Some(self.data_id),
            Object::Blob(n) => at(&self.blobs, n).map(|blob| blob.id),
            Object::Tag(n) => at(&self.tags, n).map(|tag| tag.id),
        };
        found.unwrap_or(Oid([0; 20]))
    }

    /// The uncompressed size of a blob object, for size filters; 0 for anything else.
    fn blob_size(&self, object: Object) -> u64 {
        let size = match object {
            Object::Blob(n) => at(&self.blobs, n).map_or(0, |blob| blob.size_bytes),
            Object::History(n) => history(&self.spec, n).len(),
            _ => 0,
        };
        size as u64
    }

    /// Appends the pack entry of an object.
    fn push_entry(&self, object: Object, scratch: &mut Vec<u8>, out: &mut Vec<u8>) {
        if let Object::Blob(n) = object {
            let Some(blob) = at(&self.blobs, n) else {
                return;
            };
            scratch.resize(blob.size_bytes, 0);
            noise::fill(self.spec.seed, u64::from(n), scratch);
            return push_entry(Kind::Blob, scratch, blob.adler, out);
        }
        let (kind, body) = match object {
            Object::Commit(n) => (Kind::Commit, self.commit_body(n)),
            Object::RootTree(n) => (Kind::Tree, self.root_body(n)),
            Object::History(n) => (Kind::Blob, history(&self.spec, n)),
            Object::DataTree => {
                let adler = adler32(&self.data_tree);
                return push_entry(Kind::Tree, &self.data_tree, adler, out);
            }
            Object::Tag(n) => (Kind::Tag, self.tag_body(n)),
            Object::Blob(_) => return,
        };
        push_entry(kind, &body, adler32(&body), out);
    }

    fn commit_body(&self, n: u32) -> Vec<u8> {
        let root = self.id(Object::RootTree(n));
        let parent = n.checked_sub(1).map(|parent| self.id(Object::Commit(parent)));
        commit(n, root, parent)
    }

    fn root_body(&self, n: u32) -> Vec<u8> {
        root_tree(self.id(Object::DataTree), self.id(Object::History(n)))
    }

    fn tag_body(&self, n: u32) -> Vec<u8> {
        at(&self.tags, n).map_or_else(Vec::new, |tag| annotation(&tag.name, self.id(Object::Commit(tag.target))))
    }

    fn add_commits(&mut self) {
        let data = self.data_id;
        let mut parent = None;
        for n in 0..self.spec.commits {
            let history = Oid::of(Kind::Blob, &history(&self.spec, n));
            let root = Oid::of(Kind::Tree, &root_tree(data, history));
            let id = Oid::of(Kind::Commit, &commit(n, root, parent));
            self.commits.push(Commit { id, root, history });
            parent = Some(id);
        }
    }

    /// Branches go back in time from the tip, one commit each, and start again at the tip when the chain ends.
    fn add_refs(&mut self) {
        let tip = self.spec.commits.saturating_sub(1);
        let target = |n: u32| tip - n % self.spec.commits;
        let mut refs = Vec::new();
        for n in 0..self.spec.branches {
            let name = match n {
                0 => "refs/heads/main".to_owned(),
                _ => format!("refs/heads/branch-{n:04}"),
            };
            let id = self.id(Object::Commit(target(n)));
            refs.push(Ref { name, id, peeled: None });
        }
        for n in 1..=self.spec.tags {
            let target = target(n);
            let commit = self.id(Object::Commit(target));
            let short = format!("tag-{n:04}");
            let name = format!("refs/tags/{short}");
            if n % 2 == 1 {
                refs.push(Ref { name, id: commit, peeled: None });
                continue;
            }
            let id = Oid::of(Kind::Tag, &annotation(&short, commit));
            self.tags.push(Tag { id, target, name: short });
            refs.push(Ref { name, id, peeled: Some(commit) });
        }
        refs.sort_by(|a, b| a.name.cmp(&b.name));
        self.refs = refs;
    }

    fn add_index(&mut self) {
        let commits = (0..).zip(&self.commits).flat_map(|(n, commit)| {
            [(commit.id, Object::Commit(n)), (commit.root, Object::RootTree(n)), (commit.history, Object::History(n))]
        });
        let blobs = (0..).zip(&self.blobs).map(|(n, blob)| (blob.id, Object::Blob(n)));
        let tags = (0..).zip(&self.tags).map(|(n, tag)| (tag.id, Object::Tag(n)));
        let data = (self.data_id, Object::DataTree);
        self.index = commits.chain(blobs).chain(tags).chain([data]).collect();
    }
}

fn at<T>(items: &[T], n: u32) -> Option<&T> {
    items.get(usize::try_from(n).ok()?)
}

/// Blob sizes that make the depth-1 pack as long as the spec says.
fn blob_sizes(spec: &RepositorySpec) -> Vec<usize> {
    let none = Oid([0; 20]);
    let tip = spec.commits.saturating_sub(1);
    let small = [
        commit(tip, none, spec.commits.checked_sub(2).map(|_| none)).len(),
        root_tree(none, none).len(),
        history(spec, tip).len(),
    ];
    let count = spec.pack_bytes.div_ceil(BLOB_BYTES as u64).max(1);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let tree = count * TREE_ENTRY_BYTES;
    let fixed = PACK_FRAME_BYTES + small.into_iter().map(entry_size).sum::<usize>() + entry_size(tree);
    let target = usize::try_from(spec.pack_bytes).unwrap_or(usize::MAX);
    let each = target.saturating_sub(fixed) / count;
    let body = each.saturating_sub(entry_size(each) - each);
    let mut sizes = vec![body; count];
    let rest = target.saturating_sub(fixed + entry_size(body) * count);
    if let Some(last) = sizes.last_mut() {
        *last += rest;
    }
    sizes
}

fn hash_blobs(seed: u64, sizes: &[usize]) -> Vec<Blob> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let share = sizes.len().div_ceil(workers).max(1);
    let numbered: Vec<(u64, usize)> = (0..).zip(sizes.iter().copied()).collect();
    std::thread::scope(|scope| {
        let shares: Vec<_> = numbered.chunks(share).map(|share| scope.spawn(move || hash_share(seed, share))).collect();
        // A panic in there would be ours, and is passed on as one.
        let joined =
            shares.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        joined.flatten().collect()
    })
}

fn hash_share(seed: u64, share: &[(u64, usize)]) -> Vec<Blob> {
    let mut body = Vec::new();
    let hash = |&(stream, size_bytes): &(u64, usize)| {
        body.resize(size_bytes, 0);
        noise::fill(seed, stream, &mut body);
        Blob { id: Oid::of(Kind::Blob, &body), size_bytes, adler: adler32(&body) }
    };
    share.iter().map(hash).collect()
}

/// Noise per blob: large enough that ids cost nothing, small enough to be held while it is sent.
const BLOB_BYTES: usize = 256 * 1024;

/// Header and trailer of a pack (gitformat-pack).
const PACK_FRAME_BYTES: usize = 12 + 20;

#[cfg(test)]
mod tests;
