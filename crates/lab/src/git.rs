//! Stock git as a client: the clone that netprobe is compared with.
//!
//! Knows how to keep the user's and the machine's own git settings out. Refuses to interpret what git says.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::process::{self, Finished};
use crate::programs::GIT;

/// What a client needs to be let in.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// Private key for SSH.
    pub identity: Option<PathBuf>,
    /// Host keys that are trusted over SSH.
    pub known_hosts: Option<PathBuf>,
    /// Certificate of the authority that is trusted over HTTPS.
    pub authority: Option<PathBuf>,
}

/// Version of git's wire protocol that the client asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// The one that go-git, and so Flux, speaks.
    V0,
    /// What git asks for by default.
    V2,
}

/// A git command that sees no configuration of this user or machine.
pub fn command() -> Result<Command> {
    let mut command = Command::new(GIT.path()?);
    isolate(&mut command);
    Ok(command)
}

/// A git command set up to reach a server with this access and protocol.
pub fn client(access: &Access, protocol: Protocol) -> Result<Command> {
    let mut command = command()?;
    command.args(["-c", protocol.setting()]);
    command.env("GIT_SSH_COMMAND", ssh_command(access).join(" "));
    if let Some(authority) = &access.authority {
        command.env("GIT_SSL_CAINFO", authority);
    }
    Ok(command)
}

/// Clones into `destination` as a bare repository; killed when `bound` is over.
pub fn clone_bare(
    url: &str,
    destination: &Path,
    access: &Access,
    protocol: Protocol,
    bound: Duration,
) -> Result<Finished> {
    let mut command = client(access, protocol)?;
    command.args(["clone", "--quiet", "--bare", url]).arg(destination);
    process::run(&mut command, bound)
}

/// The words of an ssh command line that uses this access and nothing else, quoted for a shell.
pub fn ssh_command(access: &Access) -> Vec<String> {
    let mut words = vec!["ssh".to_owned()];
    let mut option = |text: String| words.extend(["-o".to_owned(), quote(&text)]);
    // Without this the user's own configuration and agent would take part.
    option("IdentityAgent=none".to_owned());
    option("IdentitiesOnly=yes".to_owned());
    option("BatchMode=yes".to_owned());
    option("StrictHostKeyChecking=yes".to_owned());
    option("GlobalKnownHostsFile=none".to_owned());
    if let Some(known_hosts) = &access.known_hosts {
        option(format!("UserKnownHostsFile={}", known_hosts.display()));
    }
    if let Some(identity) = &access.identity {
        option(format!("IdentityFile={}", identity.display()));
    }
    words.extend(["-F".to_owned(), "none".to_owned()]);
    words
}

/// Takes the user's and the machine's git configuration, and what would redirect TLS and SSH, out of an environment.
pub fn isolate(command: &mut Command) {
    for variable in LEAKS {
        command.env_remove(variable);
    }
    command.envs(NEUTRAL.iter().copied());
}

impl Protocol {
    fn setting(self) -> &'static str {
        match self {
            Self::V0 => "protocol.version=0",
            Self::V2 => "protocol.version=2",
        }
    }
}

fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Settings that make git the same on every machine (git(1), section on environment variables).
pub const NEUTRAL: &[(&str, &str)] =
    &[("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_TERMINAL_PROMPT", "0"), ("LC_ALL", "C")];

const LEAKS: &[&str] = &[
    "ALL_PROXY",
    "CURL_CA_BUNDLE",
    "GIT_ASKPASS",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_PROTOCOL",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_WORK_TREE",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "SSH_ASKPASS",
    "SSH_AUTH_SOCK",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "all_proxy",
    "http_proxy",
    "https_proxy",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_a_quote_stays_one_word() {
        assert_eq!(quote("it's"), r"'it'\''s'");
    }

    #[test]
    fn nothing_but_the_given_access_is_used() {
        let access = Access { identity: Some("/k".into()), ..Access::default() };
        let line = ssh_command(&access).join(" ");
        assert!(line.contains("'IdentityFile=/k'") && line.contains("-F none"), "{line}");
        assert!(!line.contains("UserKnownHostsFile"), "{line}");
    }
}
