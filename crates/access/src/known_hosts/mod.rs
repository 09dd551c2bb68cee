//! `known_hosts`: which keys a server may show, from files or from a text such as a Flux secret holds. It reads and
//! compares; it never writes, and it never accepts a key that no line vouches for.

mod as_flux;
mod certificate;
mod hosts;
mod line;
mod verdict;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

pub(crate) use as_flux::refused as refused_by_flux;
pub use hosts::HostQuery;
pub use verdict::HostKeyVerdict;

use crate::source::Source;
use crate::surroundings::{MAX_CONFIG_BYTES, read_text};
use line::{Line, Marker};

/// The lines of one or more `known_hosts` files.
#[derive(Debug, Clone, Default)]
pub struct KnownHosts {
    lines: Vec<Line>,
    broken: Vec<BrokenLine>,
}

/// A line that says nothing to ssh, which skips it. Flux refuses the whole secret for one such line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenLine {
    /// Where it stands.
    pub at: Source,
    /// What is wrong with it.
    pub why: String,
}

impl KnownHosts {
    /// Reads a text; `path` is what the lines are reported under. Broken lines are kept apart and stop nothing.
    pub fn parse(text: &str, path: &Path) -> Self {
        let mut known = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            let at = Source::line(path, number);
            match Line::parse(line, &at) {
                Ok(Some(line)) => known.lines.push(line),
                Ok(None) => {}
                Err(why) => known.broken.push(BrokenLine { at, why }),
            }
        }
        known
    }

    /// Reads a file. `/dev/null` in place of a file is the usual way to have none.
    ///
    /// # Errors
    /// The file cannot be read, or is larger than 4 MiB.
    pub fn read(path: &Path) -> io::Result<Self> {
        if path == Path::new("/dev/null") {
            return Ok(Self::default());
        }
        Ok(Self::parse(&read_text(path, MAX_CONFIG_BYTES)?, path))
    }

    /// Adds the lines of another file after these.
    pub fn extend(&mut self, more: Self) {
        self.lines.extend(more.lines);
        self.broken.extend(more.broken);
    }

    /// Whether no line was understood.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The lines that were not understood.
    pub fn broken(&self) -> &[BrokenLine] {
        &self.broken
    }

    /// The key types of **all** lines, whatever their host, without those of revoked keys. Flux offers these and no other
    /// (flux-git: `hostKeyAlgorithms`), in random order; here they are sorted.
    pub fn key_types(&self) -> Vec<String> {
        let kept = self.lines.iter().filter(|line| line.marker != Marker::Revoked);
        kept.map(|line| line.key_type.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The types of the keys known for one host, in the order of their lines. ssh asks for these first.
    pub fn key_types_for(&self, query: &HostQuery<'_>) -> Vec<String> {
        let mut types = Vec::new();
        for line in self.fitting(query, &query.name()).filter(|line| line.marker == Marker::HostKey) {
            if !types.contains(&line.key_type) {
                types.push(line.key_type.clone());
            }
        }
        types
    }

    /// Whether an authority is known for the host, so that asking for a host certificate makes sense.
    pub fn has_authority_for(&self, query: &HostQuery<'_>) -> bool {
        self.fitting(query, &query.name()).any(|line| line.marker == Marker::Authority)
    }

    fn fitting<'a>(&'a self, query: &'a HostQuery<'_>, name: &'a str) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().filter(move |line| line.hosts.fit(query, name))
    }
}
