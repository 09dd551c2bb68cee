//! Real git repositories of a wanted size and shape, made in seconds by `git fast-import`.
//!
//! Knows shapes. Refuses to serve them: servers do. The same shape always gives the same commits.

use std::collections::HashMap;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::git;
use crate::process;
use crate::workplace::Folder;

use self::content::Source;

mod content;

pub use self::content::Content;

/// What a repository looks like. `commits × files_per_commit` blobs of `file_bytes` each, none of them twice.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Length of the only line of history; 0 gives a repository that nobody has pushed to yet.
    pub commits: u32,
    /// New files in each commit.
    pub files_per_commit: u32,
    /// Size of each file, uncompressed.
    pub file_bytes: u32,
    /// What is in the files.
    pub content: Content,
    /// Branches beside `main`, named `branch-00001` and so on, spread over the history.
    pub branches: u32,
    /// Annotated tags `v0.0.1` and so on, spread over the history.
    pub tags: u32,
}

impl Shape {
    /// One commit with one small file: for tests that ask only whether a clone works.
    pub fn tiny() -> Self {
        Self { commits: 1, files_per_commit: 1, file_bytes: 512, content: Content::Random, branches: 0, tags: 0 }
    }

    /// Nothing at all, as a repository is before the first push.
    pub fn empty() -> Self {
        Self { commits: 0, ..Self::tiny() }
    }

    /// A pack of about this size from a few large incompressible files: cheap for the server and for git's index-pack.
    pub fn random(pack_bytes: u64) -> Self {
        let blobs = pack_bytes.div_ceil(1 << 20).max(1);
        Self {
            commits: u32::try_from(blobs).unwrap_or(u32::MAX),
            files_per_commit: 1,
            file_bytes: u32::try_from(pack_bytes / blobs).unwrap_or(1 << 20),
            ..Self::tiny()
        }
    }

    /// A pack of about this size from many small text files, as source code has them: costly for git's index-pack.
    pub fn source(pack_bytes: u64) -> Self {
        let commits = (pack_bytes / SOURCE_COMMIT_BYTES).max(1);
        Self {
            commits: u32::try_from(commits).unwrap_or(u32::MAX),
            files_per_commit: 20,
            file_bytes: 8192,
            content: Content::Text,
            ..Self::tiny()
        }
    }
}

/// A bare repository in a folder of its own, removed when the last user drops it.
#[derive(Debug)]
pub struct Repository {
    folder: Folder,
    head: String,
}

impl Repository {
    /// The repository of this shape: the one that is in use elsewhere in this process, or a new one.
    ///
    /// Callers only read from it; who wants to change settings uses [`Repository::create`].
    pub fn shared(shape: &Shape) -> Result<Arc<Self>> {
        static IN_USE: Mutex<Option<HashMap<Shape, Weak<Repository>>>> = Mutex::new(None);
        let mut in_use = IN_USE.lock().unwrap_or_else(PoisonError::into_inner);
        let in_use = in_use.get_or_insert_default();
        if let Some(repository) = in_use.get(shape).and_then(Weak::upgrade) {
            return Ok(repository);
        }
        let repository = Arc::new(Self::create(shape)?);
        in_use.insert(shape.clone(), Arc::downgrade(&repository));
        Ok(repository)
    }

    /// Makes a repository of this shape.
    pub fn create(shape: &Shape) -> Result<Self> {
        let pointers = shape.branches.saturating_add(shape.tags);
        ensure!(shape.commits > 0 || pointers == 0, "branches and tags need a commit that they can point to");
        let folder = Folder::new("git")?;
        let path = folder.path().join(NAME);
        quick(&folder, &["init", "--quiet", "--bare", "--initial-branch=main", NAME])?;
        if shape.commits > 0 {
            import(&path, shape)?;
        }
        for (key, value) in SETTINGS {
            quick(&folder, &["--git-dir", NAME, "config", key, value])?;
        }
        quick(&folder, &["--git-dir", NAME, "pack-refs", "--all"])?;
        let head = quick(&folder, &["--git-dir", NAME, "for-each-ref", "--format=%(objectname)", "refs/heads/main"])?;
        Ok(Self { folder, head: head.trim().to_owned() })
    }

    /// The bare repository itself.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join(NAME)
    }

    /// The commit of `main`, 40 hexadecimal digits; empty where there is none.
    pub fn head(&self) -> &str {
        &self.head
    }

    /// Size of all packs on disk, which is about what a full clone transfers.
    pub fn pack_bytes(&self) -> Result<u64> {
        let mut sum_bytes = 0;
        for entry in fs::read_dir(self.path().join("objects/pack"))? {
            let entry = entry?;
            if entry.path().extension().is_some_and(|extension| extension == "pack") {
                sum_bytes += entry.metadata()?.len();
            }
        }
        Ok(sum_bytes)
    }
}

fn quick(folder: &Folder, arguments: &[&str]) -> Result<String> {
    let mut command = git::command()?;
    command.current_dir(folder.path()).args(arguments);
    process::run(&mut command, QUICK)?.success(&format!("git {}", arguments.join(" ")))
}

/// Feeds `git fast-import` (git-fast-import(1)) with the whole history.
fn import(path: &Path, shape: &Shape) -> Result<()> {
    let mut command = git::command()?;
    // One pack always, never loose objects; no effort on content that does not compress.
    command.args(["-c", "fastimport.unpackLimit=1", "-c", shape.content.compression()]);
    command.arg("--git-dir").arg(path).args(["fast-import", "--quiet"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().context("cannot start git fast-import")?;
    let pipe = child.stdin.take().context("git fast-import has no standard input")?;
    let written = write_history(&mut BufWriter::with_capacity(1 << 16, pipe), shape);
    let status = child.wait()?;
    ensure!(status.success(), "git fast-import failed with {status}; what it said is above");
    written.context("git fast-import stopped reading")
}

fn write_history(out: &mut impl Write, shape: &Shape) -> Result<()> {
    let mut source = Source::new(shape.content);
    let mut file = Vec::new();
    for commit in 1..=shape.commits {
        for number in 1..=shape.files_per_commit {
            source.fill(&mut file, shape.file_bytes);
            writeln!(out, "blob\nmark :{}\ndata {}", FIRST_BLOB + u64::from(number), file.len())?;
            out.write_all(&file)?;
            writeln!(out)?;
        }
        let message = format!("Change {commit}\n");
        writeln!(out, "commit refs/heads/main\nmark :{commit}\ncommitter {PERSON}\ndata {}\n{message}", message.len())?;
        if commit > 1 {
            writeln!(out, "from :{}", commit - 1)?;
        }
        for number in 1..=shape.files_per_commit {
            let mark = FIRST_BLOB + u64::from(number);
            writeln!(out, "M 100644 :{mark} part-{:02}/file-{commit:06}-{number:03}.txt", commit % 64)?;
        }
        writeln!(out)?;
    }
    for number in 1..=shape.branches {
        writeln!(out, "reset refs/heads/branch-{number:05}\nfrom :{}\n", spread(number, shape))?;
    }
    for number in 1..=shape.tags {
        let message = format!("Release {number}\n");
        writeln!(out, "tag v0.0.{number}\nfrom :{}\ntagger {PERSON}", spread(number, shape))?;
        writeln!(out, "data {}\n{message}", message.len())?;
    }
    writeln!(out, "done")?;
    out.flush()?;
    Ok(())
}

/// The commit that the n-th branch or tag points to.
fn spread(number: u32, shape: &Shape) -> u32 {
    (number - 1) % shape.commits + 1
}

const NAME: &str = "repository.git";
const PERSON: &str = "Laboratory <lab@netprobe.invalid> 1750000000 +0000";
/// Marks of blobs are used anew in each commit and lie above those of commits.
const FIRST_BLOB: u64 = 1 << 32;
/// What 20 files of 8 KiB of [`Content::Text`] and their trees take in a pack, as measured.
const SOURCE_COMMIT_BYTES: u64 = 62_000;
const QUICK: Duration = Duration::from_mins(1);
/// What servers for Flux and for partial clones allow (git-config(1)).
const SETTINGS: &[(&str, &str)] =
    &[("uploadpack.allowFilter", "true"), ("uploadpack.allowAnySHA1InWant", "true"), ("gc.auto", "0")];

#[cfg(test)]
mod tests;
