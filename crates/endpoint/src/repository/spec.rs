//! What a synthetic repository shall look like, and which wishes cannot be met.

/// The shape of a synthetic repository. The same spec always gives the same objects and the same ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositorySpec {
    /// Size in bytes of the pack that a depth-1 fetch of `main` gets. Exact to a few bytes from 64 KiB on, at most
    /// 64 GiB; below that the fixed objects (commit, trees) set a floor of about one KiB. Tags that the client asks
    /// to be included come on top.
    pub pack_bytes: u64,
    /// Branches, `main` included: `main`, `branch-0001`, … At least 1, at most 1 000 000.
    pub branches: u32,
    /// Tags, every second one annotated: `tag-0001` (lightweight), `tag-0002` (annotated), … At most 1 000 000.
    pub tags: u32,
    /// Length of the one chain of commits that all refs point into. At least 1, at most 1 000 000.
    pub commits: u32,
    /// Seed of every byte in it.
    pub seed: u64,
}

impl Default for RepositorySpec {
    fn default() -> Self {
        Self { pack_bytes: 1 << 20, branches: 3, tags: 2, commits: 5, seed: 1 }
    }
}

impl RepositorySpec {
    /// A spec like the default, with a depth-1 pack of this size in bytes.
    #[must_use]
    pub fn of_size(pack_bytes: u64) -> Self {
        Self { pack_bytes, ..Self::default() }
    }

    /// The same with this many branches, `main` included.
    #[must_use]
    pub fn with_branches(self, branches: u32) -> Self {
        Self { branches, ..self }
    }

    /// The same with this many tags.
    #[must_use]
    pub fn with_tags(self, tags: u32) -> Self {
        Self { tags, ..self }
    }

    /// The same with this many commits.
    #[must_use]
    pub fn with_commits(self, commits: u32) -> Self {
        Self { commits, ..self }
    }

    /// The same from another seed.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    pub(crate) fn check(&self) -> Result<(), SpecError> {
        within("branches", u64::from(self.branches), 1, COUNT_MAX)?;
        within("tags", u64::from(self.tags), 0, COUNT_MAX)?;
        within("commits", u64::from(self.commits), 1, COUNT_MAX)?;
        within("pack_bytes", self.pack_bytes, 0, PACK_BYTES_MAX)
    }
}

/// A wish of a [`RepositorySpec`] that cannot be met.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the synthetic repository was asked for with {field} = {got}; give a value from {min} to {max}")]
pub struct SpecError {
    field: &'static str,
    got: u64,
    min: u64,
    max: u64,
}

fn within(field: &'static str, got: u64, min: u64, max: u64) -> Result<(), SpecError> {
    if (min..=max).contains(&got) {
        return Ok(());
    }
    Err(SpecError { field, got, min, max })
}

/// Refs and commits are kept in memory at about 100 bytes each.
const COUNT_MAX: u64 = 1_000_000;

/// 64 GiB are 262 144 blobs, a tree of 10 MB: more would only measure our own start-up.
const PACK_BYTES_MAX: u64 = 64 << 30;
