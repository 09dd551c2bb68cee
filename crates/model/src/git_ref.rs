//! What is asked of the repository, in the words of Flux's `spec.ref`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The revision wanted. Each kind costs differently: Flux asks for depth 1 and one tip on a branch or a tag, for every
/// tip with `semver`, for the whole history with `commit`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GitRef {
    /// Whatever the server's HEAD points at: what `git clone` takes when nothing is said.
    #[default]
    Head,
    /// `spec.ref.branch`.
    Branch(String),
    /// `spec.ref.tag`.
    Tag(String),
    /// `spec.ref.semver`: the highest tag in a range.
    Semver(String),
    /// `spec.ref.name`: a full reference name.
    Name(String),
    /// `spec.ref.commit`, with the branch it is looked for on, if one was given.
    Commit {
        /// The object id in hexadecimal.
        id: String,
        /// `spec.ref.branch` beside it.
        branch: Option<String>,
    },
}

/// Why a `--ref` was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GitRefError {
    /// The part before `=` is none of Flux's kinds.
    #[error(
        "`{0}` is not a kind of reference; expected branch=, tag=, semver=, name= or commit=, for example `--ref branch=main`"
    )]
    Kind(String),
    /// Nothing, or something that no reference can be, stands behind the `=`.
    #[error("`{0}` cannot be a git reference: {1}")]
    Value(String, &'static str),
}

impl GitRef {
    /// Reads `branch=main`, `tag=v1`, `semver=>=1.0`, `name=refs/pull/1/head`, `commit=<id>[@branch]`.
    /// A bare word is a branch, as in `git clone --branch`.
    pub fn parse(text: &str) -> Result<Self, GitRefError> {
        let (kind, value) = text.split_once('=').unwrap_or(("branch", text));
        let reference = match kind {
            "branch" => Self::Branch(name(value)?),
            "tag" => Self::Tag(name(value)?),
            "semver" if value.trim().is_empty() => {
                return Err(GitRefError::Value(value.into(), "a range such as `>=1.0.0` was expected"));
            }
            "semver" => Self::Semver(value.trim().to_owned()),
            "name" => Self::Name(full_name(value)?),
            "commit" => commit(value)?,
            other => return Err(GitRefError::Kind(other.to_owned())),
        };
        Ok(reference)
    }
}

impl std::fmt::Display for GitRef {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Head => write!(formatter, "HEAD"),
            Self::Branch(name) => write!(formatter, "branch {name}"),
            Self::Tag(name) => write!(formatter, "tag {name}"),
            Self::Semver(range) => write!(formatter, "semver {range}"),
            Self::Name(name) => write!(formatter, "{name}"),
            Self::Commit { id, branch: None } => write!(formatter, "commit {id}"),
            Self::Commit { id, branch: Some(branch) } => write!(formatter, "commit {id} on branch {branch}"),
        }
    }
}

/// The rules of git-check-ref-format(1) that matter on the wire: a name must not break a packet line.
fn name(value: &str) -> Result<String, GitRefError> {
    let bad = |why| Err(GitRefError::Value(value.to_owned(), why));
    if value.is_empty() {
        return bad("a name was expected");
    }
    if value.len() > 1_000 {
        return bad("it is longer than 1000 bytes");
    }
    if value.starts_with('-') {
        return bad("it begins with a dash, as an option does");
    }
    if value.chars().any(|c| c.is_control() || c == ' ' || "~^:?*[\\".contains(c)) || value.contains("..") {
        return bad("it holds a character that git forbids in references");
    }
    Ok(value.to_owned())
}

fn full_name(value: &str) -> Result<String, GitRefError> {
    if !value.starts_with("refs/") {
        return Err(GitRefError::Value(value.to_owned(), "a full name such as refs/heads/main was expected"));
    }
    name(value)
}

fn commit(value: &str) -> Result<GitRef, GitRefError> {
    let (id, branch) = match value.split_once('@') {
        Some((id, branch)) => (id, Some(name(branch)?)),
        None => (value, None),
    };
    let whole = matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !whole {
        return Err(GitRefError::Value(
            value.to_owned(),
            "a whole object id of 40 or 64 hexadecimal digits was expected",
        ));
    }
    Ok(GitRef::Commit { id: id.to_ascii_lowercase(), branch })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_that_flux_has_is_read() {
        let id = "0123456789abcdef0123456789abcdef01234567";
        let cases = [
            ("main", GitRef::Branch("main".into())),
            ("branch=release/1.x", GitRef::Branch("release/1.x".into())),
            ("tag=v1.0.0", GitRef::Tag("v1.0.0".into())),
            ("semver=>=1.0.0 <2", GitRef::Semver(">=1.0.0 <2".into())),
            ("name=refs/pull/7/head", GitRef::Name("refs/pull/7/head".into())),
        ];
        for (text, expected) in cases {
            assert_eq!(GitRef::parse(text), Ok(expected), "{text}");
        }
        assert_eq!(GitRef::parse(&format!("commit={id}")), Ok(GitRef::Commit { id: id.into(), branch: None }));
        let on_branch = GitRef::Commit { id: id.into(), branch: Some("main".into()) };
        assert_eq!(GitRef::parse(&format!("commit={id}@main")), Ok(on_branch));
    }

    #[test]
    fn what_could_break_a_packet_line_is_refused() {
        for text in
            ["", "branch=", "branch=a b", "tag=a\nb", "branch=-x", "name=main", "commit=abc", "color=red", "semver="]
        {
            assert!(GitRef::parse(text).is_err(), "{text:?}");
        }
    }
}
