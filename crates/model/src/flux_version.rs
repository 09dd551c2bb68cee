//! Which Flux is meant. Knows what a version looks like; what differs between versions is the business of those who
//! imitate it or foretell it.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A release of Flux, such as 2.7: patch releases do not change its git client.
///
/// From 2.6 on all releases shake hands alike (golang.org/x/crypto 0.38 brought the hybrid key exchange), so 2.6 is the
/// oldest that can be asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FluxVersion {
    minor: u16,
}

/// Why a text names no version of Flux that can be asked about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no version of Flux that netprobe knows: 2.6 and later ones, written as 2.7 or v2.7.3")]
pub struct FluxVersionError {
    given: String,
}

impl FluxVersion {
    /// The oldest one.
    pub const OLDEST: Self = Self { minor: 6 };
    /// The newest whose client was read and compared.
    pub const NEWEST_READ: Self = Self { minor: 9 };
}

impl Default for FluxVersion {
    /// The one that most clusters run.
    fn default() -> Self {
        Self { minor: 7 }
    }
}

impl FromStr for FluxVersion {
    type Err = FluxVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || FluxVersionError { given: text.to_owned() };
        let mut parts = text.strip_prefix('v').unwrap_or(text).splitn(3, '.');
        let number = |part: Option<&str>| part.and_then(|part| part.parse::<u16>().ok());
        let (major, minor) = (number(parts.next()), number(parts.next()));
        let minor = minor.filter(|_| major == Some(2)).ok_or_else(error)?;
        if parts.next().is_some_and(|patch| !patch.starts_with(|sign: char| sign.is_ascii_digit())) {
            return Err(error());
        }
        Some(Self { minor }).filter(|version| *version >= Self::OLDEST).ok_or_else(error)
    }
}

impl fmt::Display for FluxVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "2.{}", self.minor)
    }
}

impl TryFrom<String> for FluxVersion {
    type Error = FluxVersionError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<FluxVersion> for String {
    fn from(version: FluxVersion) -> Self {
        version.to_string()
    }
}

impl JsonSchema for FluxVersion {
    fn schema_name() -> Cow<'static, str> {
        "FluxVersion".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A release of Flux, such as 2.7.",
            "type": "string",
            "pattern": r"^2\.[0-9]+$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_as_people_write_them() {
        for (text, shown) in [("2.7", "2.7"), ("v2.9.4", "2.9"), ("2.10", "2.10"), ("2.8.0-rc.1", "2.8")] {
            assert_eq!(text.parse::<FluxVersion>().unwrap().to_string(), shown);
        }
        assert!("2.10".parse::<FluxVersion>().unwrap() > FluxVersion::NEWEST_READ);
    }

    #[test]
    fn what_is_no_such_version_is_refused() {
        for text in ["", "2", "2.5", "1.9", "3.0", "2.x", "2.7.x", "latest", "2.7 "] {
            let error = text.parse::<FluxVersion>().unwrap_err();
            assert!(error.to_string().contains("2.6"), "{text}: {error}");
        }
    }
}
