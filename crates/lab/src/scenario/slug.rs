//! A name of few characters: what can stand in a file's path, a table and a command line without quotes.

use std::fmt;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

/// Lower-case letters, digits and single hyphens: a tag, or the name of one of netprobe's rules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

/// A scenario's path below the folder of all scenarios, without its extension: slugs with slashes between them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ScenarioName(String);

impl Slug {
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ScenarioName {
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True if `wanted` is this name or a folder it lies in.
    pub fn is_within(&self, wanted: &str) -> bool {
        let wanted = wanted.trim_end_matches('/');
        self.0.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl TryFrom<String> for Slug {
    type Error = anyhow::Error;

    fn try_from(text: String) -> Result<Self> {
        ensure!(
            is_slug(&text),
            "`{text}` is no name: expected lower-case letters, digits and hyphens, as in `{EXAMPLE}`"
        );
        Ok(Self(text))
    }
}

impl TryFrom<String> for ScenarioName {
    type Error = anyhow::Error;

    fn try_from(text: String) -> Result<Self> {
        ensure!(
            text.split('/').all(is_slug),
            "`{text}` is no scenario's name: expected lower-case letters, digits and hyphens, folders with a slash, as \
             in `path-mtu/hole-to-client`"
        );
        Ok(Self(text))
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

impl From<ScenarioName> for String {
    fn from(name: ScenarioName) -> Self {
        name.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for ScenarioName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

fn is_slug(text: &str) -> bool {
    let plain =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    text.split('-').all(plain)
}

const EXAMPLE: &str = "path-mtu-black-hole";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for good in ["mtu", "path-mtu-black-hole", "loss-2"] {
            assert_eq!(Slug::try_from(good.to_owned()).unwrap().as_str(), good);
        }
        for bad in ["", "MTU", "path_mtu", "-a", "a--b", "a b", "a/b"] {
            assert!(Slug::try_from(bad.to_owned()).unwrap_err().to_string().contains("expected lower-case"), "{bad}");
        }
        assert!(ScenarioName::try_from("path-mtu/hole-to-client".to_owned()).is_ok());
        for bad in ["", "/a", "a/", "a//b", "../a"] {
            assert!(ScenarioName::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_folder_holds_names_and_no_longer_word() {
        let name = ScenarioName::try_from("path-mtu/hole".to_owned()).unwrap();
        for wanted in ["path-mtu/hole", "path-mtu", "path-mtu/"] {
            assert!(name.is_within(wanted), "{wanted}");
        }
        for other in ["path", "path-mtu/ho", "path-mtu/hole/x", "hole"] {
            assert!(!name.is_within(other), "{other}");
        }
    }
}
