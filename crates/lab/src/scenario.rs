//! A scenario: what is broken, and what has to come of it. One TOML file each; the name is the file's place.
//!
//! Knows the format and refuses what is misspelled or contradicts itself, by file and line. Refuses to break anything:
//! what is read here is put in force elsewhere.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::emulator::Impairment;
use crate::record::Digest;
use crate::servers::{GitFaults, NameServerFaults, NginxFaults, SshdFaults};

mod expectation;
mod faults;
mod library;
mod setting;
mod slug;
#[cfg(test)]
mod tests;

pub use self::expectation::{Expectation, Expectations, FluxExpectation};
pub use self::faults::{Cpu, Machine, NftRules, Router, SmallMtu, Sysctls, Tunnel};
pub use self::library::Library;
pub use self::setting::{Client, CongestionControl, Families, Family, PathSetting, RepositoryKind};
pub use self::slug::{ScenarioName, Slug};

/// One scenario, read and found sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Its place below the folder of all scenarios.
    pub name: ScenarioName,
    /// Of the file's text: results of another text are not results of this scenario.
    pub digest: Digest,
    /// What is broken, and how it is expected.
    pub content: Content,
}

/// What a scenario's file says.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// One sentence for people.
    pub about: String,
    /// `smoke`, `slow`, `study`, and what else groups scenarios.
    #[serde(default)]
    pub tags: BTreeSet<Slug>,
    /// The path without its faults.
    #[serde(default)]
    pub path: PathSetting,
    /// What is cloned.
    #[serde(default)]
    pub repository: Repository,
    /// Who clones.
    #[serde(default)]
    pub client: Client,
    /// Faults of the emulated link.
    #[serde(default)]
    pub link: Vec<Impairment>,
    /// Smaller MTUs.
    #[serde(default)]
    pub mtu: Vec<SmallMtu>,
    /// What lies between the routers in place of plain routes.
    pub tunnel: Option<Tunnel>,
    /// Packet filters.
    #[serde(default)]
    pub nft: Vec<NftRules>,
    /// Kernel settings.
    #[serde(default)]
    pub sysctl: Vec<Sysctls>,
    /// The client's processor.
    pub cpu: Option<Cpu>,
    /// The client's name servers, at most two; one that is well where none is written down.
    #[serde(default)]
    pub dns: Vec<NameServerFaults>,
    /// The SSH server; also what the client knows of it.
    pub sshd: Option<SshdFaults>,
    /// The web server; also what the client trusts.
    pub nginx: Option<NginxFaults>,
    /// git behind either server.
    pub git: Option<GitFaults>,
    /// What has to come of it.
    pub expect: Expectations,
}

/// `[repository]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Repository {
    /// What it looks like.
    pub shape: RepositoryKind,
}

impl Scenario {
    /// Reads the file at `path`. The message names the file, the line and what was expected there.
    pub fn read(name: ScenarioName, path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(name, &text).with_context(|| format!("{} is no scenario", path.display()))
    }

    /// Reads a file's text.
    pub fn parse(name: ScenarioName, text: &str) -> Result<Self> {
        Ok(Self { name, digest: Digest::of(text.as_bytes()), content: toml::from_str(text)? })
    }

    /// True if it is in this group.
    pub fn has_tag(&self, tag: &str) -> bool {
        self.content.tags.iter().any(|own| own.as_str() == tag)
    }
}
