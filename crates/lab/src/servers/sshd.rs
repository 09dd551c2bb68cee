//! Real OpenSSH: our listener, and one `sshd -i` (inetd mode, sshd(8)) for each connection.
//!
//! Knows how to run sshd as the current user, root or not, here or on a host, sound or broken, without touching the
//! system's own configuration.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use nix::unistd::{User, geteuid};

use self::acceptor::{Acceptor, Reception};
use self::files::Files;
use super::git::GitFaults;
use crate::git::Access;
use crate::host::Host;
use crate::place::Place;
use crate::process;
use crate::programs::SSHD;
use crate::units::Delay;

mod acceptor;
mod faults;
mod files;

pub use self::faults::{HostKey, Identity, SshdFaults};

/// How the server differs from a plain one.
#[derive(Debug, Clone)]
pub struct SshdOptions {
    /// Where it runs.
    pub place: Place,
    /// Address to listen on there; `::` stands for all, of both families.
    pub address: IpAddr,
    /// Port, or 0 to let the kernel choose.
    pub port: u16,
    /// Further names and addresses under which clients know it.
    pub names: Vec<String>,
    /// Types of host keys as `ssh-keygen -t` knows them: `ed25519`, `ecdsa`, `rsa`.
    pub host_key_types: Vec<&'static str>,
    /// Whether clients may set `GIT_PROTOCOL`; without it every client falls back to protocol v0.
    pub accept_git_protocol: bool,
    /// Environment of the commands that clients start.
    pub environment: Vec<(String, String)>,
    /// What is wrong with it.
    pub faults: SshdFaults,
    /// What is wrong with git behind it.
    pub git: GitFaults,
}

impl Default for SshdOptions {
    fn default() -> Self {
        Self {
            place: Place::Machine,
            address: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            names: Vec::new(),
            host_key_types: vec!["ed25519"],
            accept_git_protocol: true,
            environment: Vec::new(),
            faults: SshdFaults::default(),
            git: GitFaults::default(),
        }
    }
}

impl SshdOptions {
    /// A server on all addresses of a host, at its usual port, known to clients under these names.
    pub fn on(host: &Arc<Host>, names: &[&str]) -> Self {
        Self {
            place: Place::Host(Arc::clone(host)),
            address: Ipv6Addr::UNSPECIFIED.into(),
            port: PORT,
            names: names.iter().map(ToString::to_string).collect(),
            ..Self::default()
        }
    }
}

impl SshdOptions {
    /// The types of its host keys: those of the fault, where it names any.
    fn key_types(&self) -> Vec<&'static str> {
        match &self.faults.host_key_types {
            Some(types) => types.iter().map(|kind| kind.word()).collect(),
            None => self.host_key_types.clone(),
        }
    }
}

/// A running server with its own host keys, one client key, and a log.
#[derive(Debug)]
pub struct Sshd {
    address: SocketAddr,
    user: String,
    git: GitFaults,
    // Ends before its files go.
    _acceptor: Option<Acceptor>,
    files: Files,
}

impl Sshd {
    /// Makes the keys and begins to accept.
    pub fn start(options: &SshdOptions) -> Result<Self> {
        let listener = options.place.listen(SocketAddr::new(options.address, options.port))?;
        let address = listener.local_addr()?;
        let user = User::from_uid(geteuid())?.context("this user has no entry in the user database")?.name;
        let files = Files::create(options, address.port())?;
        prepare_privilege_separation()?;

        let program = SSHD.path()?;
        // A mistake in the configuration is told here instead of as a dropped connection.
        process::run(Command::new(&program).arg("-f").arg(files.config()).arg("-t"), QUICK)?.success("sshd -t")?;
        let reception = Reception {
            place: options.place.clone(),
            command: vec![program, "-f".into(), files.config(), "-i".into(), "-E".into(), files.log()],
            log: files.log(),
            delay: options.faults.banner_delay.map_or(Duration::ZERO, Delay::duration),
            full: options.faults.full,
            full_for: options.faults.full_for.unwrap_or(0),
            hangs_up: options.faults.hangs_up,
        };
        let listener = Some(listener).filter(|_| options.faults.listening);
        let acceptor = listener.map(|listener| Acceptor::start(listener, reception)).transpose()?;
        Ok(Self { address, user, git: options.git.clone(), _acceptor: acceptor, files })
    }

    /// Where it listens, or would if it did.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The account that clients log in to: that of this process.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The client's private key, in OpenSSH's format, without passphrase.
    pub fn identity(&self) -> PathBuf {
        self.files.identity()
    }

    /// File with the host keys that clients expect.
    pub fn known_hosts(&self) -> PathBuf {
        self.files.known_hosts()
    }

    /// What stock git needs to clone from here.
    pub fn access(&self) -> Access {
        Access { identity: Some(self.identity()), known_hosts: Some(self.known_hosts()), authority: None }
    }

    /// The URL of a repository of this computer for clients that know the server's address.
    pub fn url(&self, repository: &Path) -> String {
        format!("ssh://{}@{}{}", self.user, self.address, self.git.asked_for(repository).display())
    }

    /// The same for clients that know it by a name, or by an address that is written as in a URL.
    pub fn url_for(&self, name: &str, repository: &Path) -> String {
        let port = super::port_in_url(self.address.port(), PORT);
        format!("ssh://{}@{name}{port}{}", self.user, self.git.asked_for(repository).display())
    }

    /// Everything the server has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.files.log()).unwrap_or_default()
    }
}

/// As root, sshd insists on this folder, which the system's service makes at its start.
fn prepare_privilege_separation() -> Result<()> {
    if !geteuid().is_root() {
        return Ok(());
    }
    match fs::create_dir(PRIVILEGE_SEPARATION) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(error).with_context(|| format!("cannot make {PRIVILEGE_SEPARATION}, which sshd needs"))
        }
        _ => Ok(()),
    }
}

/// RFC 4253, section 4.1.
const PORT: u16 = 22;
/// Where Debian's OpenSSH has it compiled in (`README.Debian` of openssh-server).
const PRIVILEGE_SEPARATION: &str = "/run/sshd";
const QUICK: Duration = Duration::from_mins(1);
