//! Which objects to ask for, given the references and what the user wants: exactly as source-controller chooses.

use std::collections::BTreeSet;

use model::{Depth, GitRef, RemoteText};

use super::TalkError;

/// Looks at references as they stream by and keeps only what a request may need.
#[derive(Debug)]
pub struct Selector {
    wanted: GitRef,
    head: Option<String>,
    head_target: Option<RemoteText>,
    matched: Option<(String, String)>,
    tips: BTreeSet<String>,
    refs: u32,
    /// What `semver` asks for; none where the range cannot be read, or is not what is asked for.
    ranges: Option<Vec<semver::VersionReq>>,
}

/// What to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Object ids, sorted, each once.
    pub wants: Vec<String>,
    /// `deepen` value; none means the whole history.
    pub depth: Option<u32>,
    /// The reference that was taken.
    pub reference: RemoteText,
    /// Its object id.
    pub object_id: RemoteText,
}

/// Why nothing can be asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// There is no reference at all.
    #[error("the repository has no references: it is empty")]
    Empty,
    /// The range of versions is written in a way that is not understood.
    #[error(
        "the range of versions `{0}` cannot be read; one such as `>=1.0.0 <2.0.0`, `1.x` or `^1.2 || ^3` was expected"
    )]
    Range(String),
    /// There are some, and not that one.
    #[error("the repository has no {0}")]
    NotFound(String),
}

impl Selector {
    /// For this wish.
    pub fn new(wanted: GitRef) -> Self {
        let ranges = match &wanted {
            GitRef::Semver(range) => read_ranges(range),
            _ => None,
        };
        Self { wanted, head: None, head_target: None, matched: None, tips: BTreeSet::new(), refs: 0, ranges }
    }

    /// References seen.
    pub fn refs(&self) -> u32 {
        self.refs
    }

    /// Where HEAD points, by the `symref` capability or attribute.
    pub fn head_points_at(&mut self, target: &[u8]) {
        self.head_target = Some(RemoteText::from_bytes(target));
    }

    /// One advertised reference. Peeled entries (`^{}`) are part of the tag before them.
    pub fn offer(&mut self, id: &str, name: &str) -> Result<(), TalkError> {
        if name.ends_with("^{}") {
            return Ok(());
        }
        self.refs = self.refs.saturating_add(1);
        if name == "HEAD" {
            self.head = Some(id.to_owned());
            return Ok(());
        }
        if self.is_candidate(name) {
            self.keep(id, name);
        }
        if self.takes_tip(name) {
            self.tips.insert(id.to_owned());
        }
        if self.tips.len() > MAX_WANTS {
            return Err(TalkError::TooLarge(
                "the repository advertises more than 200,000 tips that Flux would ask for",
            ));
        }
        Ok(())
    }

    /// What to ask for, now that every reference has been seen.
    pub fn select(&self, depth: Depth) -> Result<Selection, SelectionError> {
        if self.refs == 0 {
            return Err(SelectionError::Empty);
        }
        if let (GitRef::Semver(range), None) = (&self.wanted, &self.ranges) {
            return Err(SelectionError::Range(range.clone()));
        }
        let not_found = || SelectionError::NotFound(self.wanted.to_string());
        let (name, id) = match &self.wanted {
            GitRef::Head => {
                let id = self.head.clone().ok_or_else(not_found)?;
                (self.head_target.as_ref().map_or_else(|| "HEAD".to_owned(), ToString::to_string), id)
            }
            GitRef::Commit { id, branch: None } => (format!("commit {id}"), id.clone()),
            _ => self.matched.clone().ok_or_else(not_found)?,
        };
        let wants = if self.asks_for_all_tips() { self.tips.iter().cloned().collect() } else { vec![id.clone()] };
        if wants.is_empty() {
            return Err(not_found());
        }
        let depth = match depth {
            Depth::AsFlux if self.flux_takes_whole_history() => None,
            Depth::AsFlux | Depth::One => Some(1),
            Depth::Full => None,
        };
        Ok(Selection { wants, depth, reference: name.into(), object_id: id.into() })
    }

    fn is_candidate(&self, name: &str) -> bool {
        match &self.wanted {
            GitRef::Head | GitRef::Commit { branch: None, .. } => false,
            GitRef::Branch(branch) | GitRef::Commit { branch: Some(branch), .. } => {
                name.strip_prefix("refs/heads/") == Some(branch)
            }
            GitRef::Tag(tag) => name.strip_prefix("refs/tags/") == Some(tag),
            GitRef::Name(full) => name == full,
            GitRef::Semver(_) => {
                let version = name.strip_prefix("refs/tags/").and_then(version_of);
                let ranges = self.ranges.as_deref().unwrap_or_default();
                version.is_some_and(|version| ranges.iter().any(|range| range.matches(&version)))
            }
        }
    }

    /// Keeps the candidate; of several versions the highest.
    fn keep(&mut self, id: &str, name: &str) {
        let version = |name: &str| name.strip_prefix("refs/tags/").and_then(version_of);
        let better = match (&self.wanted, &self.matched) {
            (GitRef::Semver(_), Some((kept, _))) => version(name) > version(kept),
            _ => true,
        };
        if better {
            self.matched = Some((name.to_owned(), id.to_owned()));
        }
    }

    fn takes_tip(&self, name: &str) -> bool {
        let branch = name.starts_with("refs/heads/");
        match self.wanted {
            GitRef::Semver(_) => branch || name.starts_with("refs/tags/"),
            _ => branch && self.asks_for_all_tips(),
        }
    }

    fn names(&self, prefix: &str) -> bool {
        matches!(&self.wanted, GitRef::Name(name) if name.starts_with(prefix))
    }

    /// A reference outside heads and tags is resolved first and then cloned by commit.
    fn is_other_name(&self) -> bool {
        matches!(self.wanted, GitRef::Name(_)) && !self.names("refs/heads/") && !self.names("refs/tags/")
    }

    fn asks_for_all_tips(&self) -> bool {
        matches!(self.wanted, GitRef::Semver(_) | GitRef::Commit { branch: None, .. }) || self.is_other_name()
    }

    fn flux_takes_whole_history(&self) -> bool {
        matches!(self.wanted, GitRef::Commit { .. }) || self.is_other_name()
    }
}

/// Flux's ranges are those of Masterminds/semver: alternatives by `||`, conditions by blanks or commas, and a bare
/// version that means itself. Rust's crate wants commas, and takes a bare version for a caret.
fn read_ranges(text: &str) -> Option<Vec<semver::VersionReq>> {
    text.split("||").map(|alternative| semver::VersionReq::parse(&conditions(alternative)).ok()).collect()
}

fn conditions(text: &str) -> String {
    let mut joined = String::new();
    for word in text.split([' ', ',']).filter(|word| !word.is_empty()) {
        // An operator may stand apart from its version: `>= 1.0`.
        if !joined.is_empty() && !joined.ends_with(['<', '>', '=', '~', '^']) {
            joined.push_str(", ");
        }
        if semver::Version::parse(word.trim_start_matches('v')).is_ok() && !joined.ends_with(['<', '>', '=', '~', '^'])
        {
            joined.push('=');
        }
        joined.push_str(word.trim_start_matches('v'));
    }
    joined
}

fn version_of(tag: &str) -> Option<semver::Version> {
    semver::Version::parse(tag.strip_prefix('v').unwrap_or(tag)).ok()
}

/// One want line is 50 bytes: this many fill 10 MB, far beyond any real repository.
const MAX_WANTS: usize = 200_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> String {
        format!("{number:040x}")
    }

    fn selected(wanted: &str) -> Result<Selection, SelectionError> {
        let mut selector = Selector::new(if wanted.is_empty() { GitRef::Head } else { GitRef::parse(wanted).unwrap() });
        selector.head_points_at(b"refs/heads/main");
        let refs = [
            (1, "HEAD"),
            (1, "refs/heads/main"),
            (2, "refs/heads/dev"),
            (9, "refs/pull/7/head"),
            (3, "refs/tags/v1.9.0"),
            (4, "refs/tags/v1.10.0"),
            (5, "refs/tags/v1.10.0^{}"),
            (6, "refs/tags/v2.0.0"),
        ];
        for (number, name) in refs {
            selector.offer(&id(number), name).unwrap();
        }
        assert_eq!(selector.refs(), 7, "a peeled entry is no reference of its own");
        selector.select(Depth::AsFlux)
    }

    fn wants(numbers: &[u8]) -> Vec<String> {
        numbers.iter().map(|number| id(*number)).collect()
    }

    #[test]
    fn wants_and_depth_are_those_of_source_controller() {
        let commit = format!("commit={}", id(8));
        let commit_on_branch = format!("commit={}@dev", id(8));
        let cases: [(&str, &[u8], Option<u32>); 8] = [
            ("", &[1], Some(1)),
            ("branch=dev", &[2], Some(1)),
            ("tag=v1.9.0", &[3], Some(1)),
            ("name=refs/heads/dev", &[2], Some(1)),
            ("name=refs/pull/7/head", &[1, 2], None),
            ("semver=1.x", &[1, 2, 3, 4, 6], Some(1)),
            (&commit, &[1, 2], None),
            (&commit_on_branch, &[2], None),
        ];
        for (wanted, expected, depth) in cases {
            let selection = selected(wanted).unwrap();
            assert_eq!((selection.wants, selection.depth), (wants(expected), depth), "{wanted}");
        }
    }

    #[test]
    fn the_highest_version_in_range_is_named() {
        assert_eq!(selected("semver=1.x").unwrap().reference.as_str(), "refs/tags/v1.10.0");
        assert_eq!(selected("").unwrap().reference.as_str(), "refs/heads/main");
    }

    #[test]
    fn ranges_are_read_as_flux_reads_them() {
        let highest = |range: &str| selected(&format!("semver={range}")).map(|found| found.reference.to_string());
        for (range, tag) in [
            (">=1.0.0 <2.0.0", "v1.10.0"),
            (">= 1.0.0, < 1.10.0", "v1.9.0"),
            ("1.9.0", "v1.9.0"),
            ("v1.9.0", "v1.9.0"),
            ("~1.9 || ^2", "v2.0.0"),
            ("*", "v2.0.0"),
        ] {
            assert_eq!(highest(range), Ok(format!("refs/tags/{tag}")), "{range}");
        }
        assert!(matches!(highest("newest"), Err(SelectionError::Range(_))));
    }

    #[test]
    fn what_is_not_there_is_said() {
        assert_eq!(selected("branch=nope"), Err(SelectionError::NotFound("branch nope".into())));
        assert!(selected("semver=>=3").is_err());
        assert_eq!(Selector::new(GitRef::Head).select(Depth::One), Err(SelectionError::Empty));
    }
}
