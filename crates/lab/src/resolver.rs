//! How a host finds names: its own `resolv.conf`, `hosts` and `nsswitch.conf`, whatever this computer has.
//!
//! Knows the files of the C library's resolver. Refuses to answer questions: name servers do.

use std::fmt;
use std::fs::{self, Permissions};
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use nix::mount::{MntFlags, MsFlags, mount, umount2};

use crate::host::Host;

/// What `resolv.conf(5)` says. Where nothing is said the C library's defaults hold: 5 s, 2 attempts, ndots 1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResolvConf {
    /// Asked in this order; the C library takes three.
    pub servers: Vec<IpAddr>,
    /// Domains that names are tried in.
    pub search: Vec<String>,
    /// Names with fewer dots are tried in the search domains first; pods have 5.
    pub ndots: Option<u8>,
    /// How long to wait for each server in the first round, in seconds.
    pub timeout_secs: Option<u8>,
}

impl fmt::Display for ResolvConf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for server in &self.servers {
            writeln!(formatter, "nameserver {server}")?;
        }
        if !self.search.is_empty() {
            writeln!(formatter, "search {}", self.search.join(" "))?;
        }
        if let Some(ndots) = self.ndots {
            writeln!(formatter, "options ndots:{ndots}")?;
        }
        if let Some(timeout_secs) = self.timeout_secs {
            writeln!(formatter, "options timeout:{timeout_secs}")?;
        }
        Ok(())
    }
}

/// Makes everything on `host` find names by these files from now on. `hosts` is added to the names of the host itself.
///
/// The files are in no folder: they are bound from a file system in memory that nothing else leads to, and which ends
/// with the host.
pub fn resolve_by(host: &Host, resolv_conf: &ResolvConf, hosts: &str) -> Result<()> {
    let files = [
        ("/etc/resolv.conf", resolv_conf.to_string()),
        ("/etc/hosts", format!("{LOCALHOST}{hosts}")),
        ("/etc/nsswitch.conf", NSSWITCH.to_owned()),
    ];
    host.enter(move || {
        in_memory(PASSAGE)?;
        let bound = files.iter().try_for_each(|(target, text)| bind(Path::new(target), text));
        umount2(PASSAGE, MntFlags::MNT_DETACH).with_context(|| format!("cannot unmount {PASSAGE}"))?;
        bound?;
        // The name service cache daemon would answer in this computer's place and for its network.
        if Path::new(CACHE_DAEMON).exists() { in_memory(CACHE_DAEMON) } else { Ok(()) }
    })
}

fn in_memory(folder: &str) -> Result<()> {
    mount(Some("tmpfs"), folder, Some("tmpfs"), MsFlags::empty(), Some("size=64k,mode=755"))
        .with_context(|| format!("cannot mount a file system in memory at {folder}"))
}

fn bind(target: &Path, text: &str) -> Result<()> {
    let source = Path::new(PASSAGE).join(target.file_name().context("no file name")?);
    fs::write(&source, text)?;
    fs::set_permissions(&source, Permissions::from_mode(0o644))?;
    mount(Some(&source), target, None::<&str>, MsFlags::MS_BIND, None::<&str>)
        .with_context(|| format!("cannot cover {}; it has to exist", target.display()))
}

/// Empty on every system (Filesystem Hierarchy Standard 3.0, section 3.12).
const PASSAGE: &str = "/mnt";
const CACHE_DAEMON: &str = "/run/nscd";
const LOCALHOST: &str = "127.0.0.1 localhost\n::1 localhost\n";
const NSSWITCH: &str = "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_given_is_written() {
        let server = IpAddr::from([198, 18, 0, 53]);
        let plain = ResolvConf { servers: vec![server], ..ResolvConf::default() };
        assert_eq!(plain.to_string(), "nameserver 198.18.0.53\n");
        let pod = ResolvConf { search: vec!["a.test".into(), "b.test".into()], ndots: Some(5), ..plain };
        assert_eq!(pod.to_string(), "nameserver 198.18.0.53\nsearch a.test b.test\noptions ndots:5\n");
    }
}
