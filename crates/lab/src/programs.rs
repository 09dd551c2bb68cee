//! The programs of the system that the laboratory needs, and the Debian packages they come in.
//!
//! Knows where to look and what to say when something lacks. Refuses to install anything: `cargo xtask test` does.

use std::env;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// A program of the system, not built by this workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Program {
    /// Name of the executable file.
    pub name: &'static str,
    /// The Debian package it comes in.
    pub package: &'static str,
    /// What the tests need it for, as the end of a sentence that begins with "for".
    pub purpose: &'static str,
}

impl Program {
    /// Where the executable is, or `None`. The `sbin` folders are searched too: ordinary users lack them in `PATH`.
    pub fn find(&self) -> Option<PathBuf> {
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path)
            .chain(SYSTEM_FOLDERS.iter().map(PathBuf::from))
            .map(|folder| folder.join(self.name))
            .find(|file| is_executable(file))
    }

    /// Where the executable is, or an error that names the package.
    pub fn path(&self) -> Result<PathBuf> {
        self.find().with_context(|| format!("`{}` is not installed: apt-get install {}", self.name, self.package))
    }
}

/// Whether a test that needs these programs can run.
///
/// `Ok(false)` means: skip; it was said on stderr. Where the environment variable `CI` is set a missing program is an
/// error instead, so that nothing goes green there by not running.
pub fn ready(needed: &[Program]) -> Result<bool> {
    let missing: Vec<&Program> = needed.iter().filter(|program| program.find().is_none()).collect();
    if missing.is_empty() {
        return Ok(true);
    }
    let packages: Vec<&str> = missing.iter().map(|program| program.package).collect();
    let advice = format!("apt-get install {}", packages.join(" "));
    for program in &missing {
        announce(&format!("SKIPPED: `{}` is missing, needed for {}; {advice}", program.name, program.purpose));
    }
    if env::var_os("CI").is_some() {
        bail!("{} program(s) missing where CI is set: {advice}", missing.len());
    }
    Ok(false)
}

/// Says something about the bed itself, past the capture of the test harness, which hides the output of passing tests.
pub fn announce(text: &str) {
    // A closed stderr is no reason to fail a test.
    let _ = writeln!(io::stderr().lock(), "lab: {text}");
}

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

/// Real git: client, server side of a clone, and maker of repositories.
pub const GIT: Program =
    Program { name: "git", package: "git", purpose: "repositories, and the clone to compare with" };
/// The client that git itself uses for `ssh://`.
pub const SSH: Program = Program { name: "ssh", package: "openssh-client", purpose: "git's own clone over SSH" };
/// Makes host and client keys.
pub const SSH_KEYGEN: Program =
    Program { name: "ssh-keygen", package: "openssh-client", purpose: "host and client keys" };
/// The real SSH server.
pub const SSHD: Program = Program { name: "sshd", package: "openssh-server", purpose: "a real SSH server" };
/// The real web server.
pub const NGINX: Program = Program { name: "nginx", package: "nginx-light", purpose: "a real HTTPS server" };
/// Runs git-http-backend behind nginx.
pub const FCGIWRAP: Program =
    Program { name: "fcgiwrap", package: "fcgiwrap", purpose: "git-http-backend behind nginx" };

/// Sets up interfaces, addresses and routes.
pub const IP: Program = Program { name: "ip", package: "iproute2", purpose: "the networks of the laboratory" };
/// Packet filters.
pub const NFT: Program = Program { name: "nft", package: "nftables", purpose: "faults that a packet filter makes" };
/// Switches offloads of interfaces off, so that packets are counted as the link sees them.
pub const ETHTOOL: Program =
    Program { name: "ethtool", package: "ethtool", purpose: "interfaces that send packets and no bundles of them" };
/// Captures packets with the kernel's timestamps.
pub const TCPDUMP: Program =
    Program { name: "tcpdump", package: "tcpdump", purpose: "captures to compare measured times with" };
/// Ties the life of a host's first process to ours.
pub const SETPRIV: Program = Program { name: "setpriv", package: "util-linux", purpose: "hosts that end with us" };
/// Starts a program on a host for who measures it from outside.
pub const NSENTER: Program = Program { name: "nsenter", package: "util-linux", purpose: "measuring on a host" };
/// Gives a shell on a host a terminal of its own.
pub const SCRIPT: Program = Program { name: "script", package: "bsdutils", purpose: "a shell on a host" };
/// Gives the emulated link real-time priority.
pub const CHRT: Program = Program { name: "chrt", package: "util-linux", purpose: "a link that is never late" };

/// All of them, in the order in which they are installed and reported.
pub const ALL: &[Program] =
    &[GIT, SSH, SSH_KEYGEN, SSHD, NGINX, FCGIWRAP, IP, NFT, ETHTOOL, TCPDUMP, SETPRIV, NSENTER, SCRIPT, CHRT];

const SYSTEM_FOLDERS: &[&str] = &["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_every_system_has_is_found() {
        let shell = Program { name: "sh", package: "dash", purpose: "this test" };
        assert!(shell.path().unwrap().ends_with("sh"));
    }

    #[test]
    fn a_missing_program_names_its_package() {
        let missing = Program { name: "no-such-program-8f2a", package: "its-package", purpose: "this test" };
        assert_eq!(missing.find(), None);
        let message = missing.path().unwrap_err().to_string();
        assert!(message.contains("apt-get install its-package"), "{message}");
    }
}
