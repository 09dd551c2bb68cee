//! Real OpenSSH: our listener, and one `sshd -i` (inetd mode, sshd(8)) for each connection.
//!
//! Knows how to run sshd as the current user, root or not, here or on a host, without touching the system's own
//! configuration.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result};
use nix::unistd::{User, geteuid};
use socket2::SockRef;

use crate::git::{self, Access};
use crate::host::Host;
use crate::place::Place;
use crate::process::{self, Background};
use crate::programs::{SSH_KEYGEN, SSHD};
use crate::workplace::Folder;

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
    /// Lines of `sshd_config(5)` that win over ours, such as `KexAlgorithms …`.
    pub config: Vec<String>,
    /// Environment of the commands that clients start.
    pub environment: Vec<(String, String)>,
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
            config: Vec::new(),
            environment: Vec::new(),
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

/// A running server with its own host keys, one client key that it accepts, and a log.
#[derive(Debug)]
pub struct Sshd {
    address: SocketAddr,
    user: String,
    folder: Folder,
    listener: TcpListener,
    stop: Arc<AtomicBool>,
    acceptor: Option<JoinHandle<()>>,
}

impl Sshd {
    /// Makes the keys and begins to accept.
    pub fn start(options: &SshdOptions) -> Result<Self> {
        let folder = Folder::new("sshd")?;
        let listener = options.place.listen(SocketAddr::new(options.address, options.port))?;
        let address = listener.local_addr()?;
        let user = User::from_uid(geteuid())?.context("this user has no entry in the user database")?.name;

        make_key(folder.path(), IDENTITY, "ed25519")?;
        let mut known_hosts = String::new();
        for kind in &options.host_key_types {
            make_key(folder.path(), &host_key(kind), kind)?;
            let public = fs::read_to_string(folder.path().join(host_key(kind) + ".pub"))?;
            write!(known_hosts, "{} {public}", known_as(options, address.port()))?;
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
        git::isolate(&mut command);

        let stop = Arc::new(AtomicBool::new(false));
        let acceptor = {
            let (stop, log) = (Arc::clone(&stop), folder.path().join(LOG));
            let (listener, place) = (listener.try_clone()?, options.place.clone());
            let accept = move || accept(&listener, &place, command, &log, &stop);
            thread::Builder::new().name("lab-sshd".into()).spawn(accept)?
        };
        Ok(Self { address, user, folder, listener, stop, acceptor: Some(acceptor) })
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

    /// The URL of a repository of this computer for clients that know the server's address.
    pub fn url(&self, repository: &Path) -> String {
        format!("ssh://{}@{}{}", self.user, self.address, repository.display())
    }

    /// The same for clients that know it by a name, or by an address that is written as in a URL.
    pub fn url_for(&self, name: &str, repository: &Path) -> String {
        let port = if self.address.port() == PORT { String::new() } else { format!(":{}", self.address.port()) };
        format!("ssh://{}@{name}{port}{}", self.user, repository.display())
    }

    /// Everything the server has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join(LOG)).unwrap_or_default()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread from accept(2), wherever that is and whatever filters there are. There is nothing else that
        // could fail: the socket is ours and listens.
        let _ = SockRef::from(&self.listener).shutdown(Shutdown::Both);
        if let Some(acceptor) = self.acceptor.take() {
            // A panic there has already been printed.
            let _ = acceptor.join();
        }
    }
}

/// Starts one sshd for each connection until told to stop; leaving ends them all.
fn accept(listener: &TcpListener, place: &Place, mut command: Command, log: &Path, stop: &AtomicBool) {
    let mut sessions: Vec<Background> = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        // Fails for a connection that is gone again before it was accepted, too.
        let Ok((connection, _)) = listener.accept() else { continue };
        sessions.retain_mut(|session| !session.has_ended());
        match serve(connection, place, &mut command, log) {
            Ok(session) => sessions.push(session),
            Err(error) => crate::programs::announce(&format!("sshd: {error:#}")),
        }
    }
}

fn serve(connection: TcpStream, place: &Place, command: &mut Command, log: &Path) -> Result<Background> {
    let errors = OpenOptions::new().append(true).open(log)?;
    let input = OwnedFd::from(connection.try_clone()?);
    let session = place.start(command.stdin(input).stdout(OwnedFd::from(connection)).stderr(errors))?;
    // The command would keep our copies of the connection open, and the client would never see it close.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Ok(session)
}

/// The first field of a line of known_hosts (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT").
fn known_as(options: &SshdOptions, port: u16) -> String {
    let address = Some(options.address).filter(|address| !address.is_unspecified()).map(|address| address.to_string());
    let at_port = |name: &str| if port == PORT { name.to_owned() } else { format!("[{name}]:{port}") };
    let names: Vec<String> = options.names.iter().chain(&address).map(|name| at_port(name)).collect();
    names.join(",")
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

/// RFC 4253, section 4.1.
const PORT: u16 = 22;
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
