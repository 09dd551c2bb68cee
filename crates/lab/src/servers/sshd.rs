//! Real OpenSSH: our listener, and one `sshd -i` (inetd mode, sshd(8)) for each connection.
//!
//! Knows how to run sshd as the current user, root or not, without touching the system's own configuration.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result};
use nix::unistd::{User, geteuid};
use tempfile::TempDir;

use crate::git::{self, Access};
use crate::process::{self, Background};
use crate::programs::{SSH_KEYGEN, SSHD};

/// How the server differs from a plain one.
#[derive(Debug, Clone)]
pub struct SshdOptions {
    /// Loopback address to listen on.
    pub address: IpAddr,
    /// Types of host keys as `ssh-keygen -t` knows them: `ed25519`, `ecdsa`, `rsa`.
    pub host_key_types: Vec<&'static str>,
    /// Whether clients may set `GIT_PROTOCOL`; without it every client falls back to protocol v0.
    pub accept_git_protocol: bool,
    /// Lines of `sshd_config(5)` that win over ours, such as `KexAlgorithms …`.
    pub config: Vec<String>,
    /// Environment of the commands that clients start.
    pub environment: Vec<(String, String)>,
}

impl Default for SshdOptions {
    fn default() -> Self {
        Self {
            address: Ipv4Addr::LOCALHOST.into(),
            host_key_types: vec!["ed25519"],
            accept_git_protocol: true,
            config: Vec::new(),
            environment: Vec::new(),
        }
    }
}

/// A running server with its own host keys, one client key that it accepts, and a log.
#[derive(Debug)]
pub struct Sshd {
    address: SocketAddr,
    user: String,
    folder: TempDir,
    stop: Arc<AtomicBool>,
    acceptor: Option<JoinHandle<()>>,
}

impl Sshd {
    /// Makes the keys and begins to accept.
    pub fn start(options: &SshdOptions) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("netprobe-lab-sshd-").tempdir()?;
        let listener = TcpListener::bind((options.address, 0)).context("cannot listen on loopback")?;
        let address = listener.local_addr()?;
        let user = User::from_uid(geteuid())?.context("this user has no entry in the user database")?.name;

        make_key(folder.path(), IDENTITY, "ed25519")?;
        let mut known_hosts = String::new();
        for kind in &options.host_key_types {
            make_key(folder.path(), &host_key(kind), kind)?;
            let public = fs::read_to_string(folder.path().join(host_key(kind) + ".pub"))?;
            write!(known_hosts, "[{}]:{} {public}", address.ip(), address.port())?;
        }
        fs::write(folder.path().join(KNOWN_HOSTS), known_hosts)?;
        fs::write(folder.path().join(CONFIG), config(folder.path(), options))?;
        File::create(folder.path().join(LOG))?;
        prepare_privilege_separation()?;

        let mut command = Command::new(SSHD.path()?);
        command.arg("-f").arg(folder.path().join(CONFIG));
        // A mistake in `options.config` is told here instead of as a dropped connection.
        process::run(Command::new(command.get_program()).args(command.get_args()).arg("-t"), QUICK)?
            .success("sshd -t")?;
        command.arg("-i").arg("-E").arg(folder.path().join(LOG));
        command.envs(git::NEUTRAL.iter().copied());

        let stop = Arc::new(AtomicBool::new(false));
        let acceptor = {
            let (stop, log) = (Arc::clone(&stop), folder.path().join(LOG));
            thread::Builder::new().name("lab-sshd".into()).spawn(move || accept(&listener, command, &log, &stop))?
        };
        Ok(Self { address, user, folder, stop, acceptor: Some(acceptor) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The account that clients log in to: that of this process.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Private key that the server accepts, in OpenSSH's format, without passphrase.
    pub fn identity(&self) -> PathBuf {
        self.folder.path().join(IDENTITY)
    }

    /// File with the server's host keys.
    pub fn known_hosts(&self) -> PathBuf {
        self.folder.path().join(KNOWN_HOSTS)
    }

    /// What stock git needs to clone from here.
    pub fn access(&self) -> Access {
        Access { identity: Some(self.identity()), known_hosts: Some(self.known_hosts()), authority: None }
    }

    /// The address under which a client reaches a repository of this machine.
    pub fn url(&self, repository: &Path) -> String {
        format!("ssh://{}@{}{}", self.user, self.address, repository.display())
    }

    /// Everything the server has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join(LOG)).unwrap_or_default()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread from accept(2).
        drop(TcpStream::connect(self.address));
        if let Some(acceptor) = self.acceptor.take() {
            // A panic there has already been printed.
            let _ = acceptor.join();
        }
    }
}

/// Starts one sshd for each connection until told to stop; leaving ends them all.
fn accept(listener: &TcpListener, mut command: Command, log: &Path, stop: &AtomicBool) {
    let mut sessions: Vec<Background> = Vec::new();
    while let Ok((connection, _)) = listener.accept() {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        sessions.retain_mut(|session| !session.has_ended());
        match serve(connection, &mut command, log) {
            Ok(session) => sessions.push(session),
            Err(error) => crate::programs::announce(&format!("sshd: {error:#}")),
        }
    }
}

fn serve(connection: TcpStream, command: &mut Command, log: &Path) -> Result<Background> {
    let errors = OpenOptions::new().append(true).open(log)?;
    let input = OwnedFd::from(connection.try_clone()?);
    let session = Background::start(command.stdin(input).stdout(OwnedFd::from(connection)).stderr(errors))?;
    // The command would keep our copies of the connection open, and the client would never see it close.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Ok(session)
}

fn config(folder: &Path, options: &SshdOptions) -> String {
    // sshd takes the first value it meets, so what the caller wants comes first.
    let mut lines = options.config.clone();
    lines
        .extend(options.host_key_types.iter().map(|kind| format!("HostKey {}", folder.join(host_key(kind)).display())));
    lines.push(format!("AuthorizedKeysFile {}", folder.join(format!("{IDENTITY}.pub")).display()));
    let environment: Vec<String> = git::NEUTRAL
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .chain(options.environment.iter().map(|(name, value)| format!("\"{name}={value}\"")))
        .collect();
    lines.push(format!("SetEnv {}", environment.join(" ")));
    if options.accept_git_protocol {
        lines.push("AcceptEnv GIT_PROTOCOL".to_owned());
    }
    lines.extend(FIXED.iter().map(|line| (*line).to_owned()));
    lines.join("\n") + "\n"
}

fn make_key(folder: &Path, name: &str, kind: &str) -> Result<()> {
    let mut command = Command::new(SSH_KEYGEN.path()?);
    command.args(["-q", "-N", "", "-C", "netprobe laboratory", "-t", kind, "-f"]).arg(folder.join(name));
    process::run(&mut command, QUICK)?.success("ssh-keygen").map(drop)
}

fn host_key(kind: &str) -> String {
    format!("host_{kind}")
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

const IDENTITY: &str = "identity";
const KNOWN_HOSTS: &str = "known_hosts";
const CONFIG: &str = "sshd_config";
const LOG: &str = "sshd.log";
/// Where Debian's OpenSSH has it compiled in (`README.Debian` of openssh-server).
const PRIVILEGE_SEPARATION: &str = "/run/sshd";
const QUICK: Duration = Duration::from_mins(1);
const FIXED: &[&str] = &[
    "LogLevel VERBOSE",
    "UsePAM no",
    "StrictModes no",
    "PermitRootLogin prohibit-password",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "UseDNS no",
    "PrintMotd no",
    "Subsystem sftp internal-sftp",
];
