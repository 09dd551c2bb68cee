//! Real nginx with git-http-backend behind fcgiwrap, plain files, HTTP and HTTPS.
//!
//! Knows how to run nginx without its system configuration. Both listening sockets are ours and are inherited through
//! the variable `NGINX`, which is how nginx hands sockets over when it replaces itself.

use std::fs::{self, File};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};

use self::config::{ACCESS_LOG, BACKEND, ERROR_LOG, FILES, GIT, SCRATCH};
use super::git::GitFaults;
use crate::certificate::ServerIdentity;
use crate::git::{self, Access};
use crate::host::Host;
use crate::place::Place;
use crate::process::Background;
use crate::programs::{FCGIWRAP, NGINX};
use crate::workplace::Folder;

mod config;
mod faults;

pub use self::faults::NginxFaults;

/// How the server differs from a plain one.
#[derive(Debug, Clone)]
pub struct NginxOptions {
    /// Where it runs.
    pub place: Place,
    /// Address to listen on there; `::` stands for all, of both families.
    pub address: IpAddr,
    /// Port for HTTP, or 0 to let the kernel choose.
    pub http_port: u16,
    /// Port for HTTPS, or 0 to let the kernel choose.
    pub https_port: u16,
    /// Further names and addresses that the certificate is for.
    pub names: Vec<String>,
    /// Environment of git behind it.
    pub environment: Vec<(String, String)>,
    /// What is wrong with it.
    pub faults: NginxFaults,
    /// What is wrong with git behind it.
    pub git: GitFaults,
}

impl Default for NginxOptions {
    fn default() -> Self {
        Self {
            place: Place::Machine,
            address: Ipv4Addr::LOCALHOST.into(),
            http_port: 0,
            https_port: 0,
            names: vec!["localhost".to_owned()],
            environment: Vec::new(),
            faults: NginxFaults::default(),
            git: GitFaults::default(),
        }
    }
}

impl NginxOptions {
    /// A server on all addresses of a host, at its usual ports, with a certificate for these names.
    pub fn on(host: &Arc<Host>, names: &[&str]) -> Self {
        Self {
            place: Place::Host(Arc::clone(host)),
            address: Ipv6Addr::UNSPECIFIED.into(),
            http_port: HTTP,
            https_port: HTTPS,
            names: names.iter().map(ToString::to_string).collect(),
            ..Self::default()
        }
    }
}

/// A running server. Repositories and files are added while it runs.
#[derive(Debug)]
pub struct Nginx {
    plain: SocketAddr,
    secure: SocketAddr,
    identity: ServerIdentity,
    git: GitFaults,
    // Ended in this order, and before the folder they work in goes.
    _server: Background,
    _backend: Background,
    folder: Folder,
}

impl Nginx {
    /// Makes the certificates and begins to serve.
    pub fn start(options: &NginxOptions) -> Result<Self> {
        let folder = Folder::new("nginx")?;
        for name in [GIT, FILES, SCRATCH] {
            fs::create_dir(folder.path().join(name))?;
        }
        let plain = options.place.listen(SocketAddr::new(options.address, options.http_port))?;
        let secure = options.place.listen(SocketAddr::new(options.address, options.https_port))?;
        let (plain_at, secure_at) = (plain.local_addr()?, secure.local_addr()?);
        let secure = Some(secure).filter(|_| options.faults.listening);
        let identity = ServerIdentity::create(folder.path(), &certified_names(options), options.faults.certificate)?;
        let backend = start_backend(folder.path(), &options.place)?;

        let file = folder.path().join("nginx.conf");
        fs::write(&file, config::text(folder.path(), options, (plain_at, secure_at), &identity)?)?;
        let mut command = Command::new(NGINX.path()?);
        command.arg("-p").arg(folder.path()).arg("-e").arg(folder.path().join(ERROR_LOG)).arg("-c").arg(&file);
        // A mistake in `faults.config` is told here instead of as a connection that nobody answers.
        let mut check = Command::new(command.get_program());
        options.place.run(check.args(command.get_args()).args(["-t", "-q"]), QUICK)?.success("nginx -t")?;
        // Descriptors 0 and 1 pass through a spawn in safe Rust; any other would need its close-on-exec flag cleared.
        let inherited = if secure.is_some() { "0;1;" } else { "0;" };
        command.env("NGINX", inherited).stdin(OwnedFd::from(plain));
        command.stdout(secure.map_or_else(Stdio::null, |secure| Stdio::from(OwnedFd::from(secure))));
        let errors = File::options().append(true).create(true).open(folder.path().join(ERROR_LOG))?;
        git::isolate(&mut command);
        let server = options.place.start(command.stderr(errors))?;
        let git = options.git.clone();
        Ok(Self { plain: plain_at, secure: secure_at, identity, git, _server: server, _backend: backend, folder })
    }

    /// Where it speaks HTTP.
    pub fn http_address(&self) -> SocketAddr {
        self.plain
    }

    /// Where it speaks HTTPS, or would if it did.
    pub fn https_address(&self) -> SocketAddr {
        self.secure
    }

    /// Certificate of the authority that a client has to trust.
    pub fn authority(&self) -> &Path {
        &self.identity.authority
    }

    /// What stock git needs to clone from here.
    pub fn access(&self) -> Access {
        Access { authority: Some(self.authority().to_owned()), ..Access::default() }
    }

    /// Serves a repository under this name and returns its path, which begins with `/`.
    pub fn add_repository(&self, name: &str, repository: &Path) -> Result<String> {
        let link = self.folder.path().join(GIT).join(name);
        // Where it is missing the link leads nowhere.
        symlink(self.git.asked_for(repository), &link)
            .with_context(|| format!("cannot serve a repository as {name}"))?;
        Ok(format!("/{GIT}/{name}"))
    }

    /// Serves a plain file under this name and returns its path, which begins with `/`.
    pub fn add_file(&self, name: &str, content: &[u8]) -> Result<String> {
        fs::write(self.folder.path().join(FILES).join(name), content)
            .with_context(|| format!("cannot serve a file as {name}"))?;
        Ok(format!("/{FILES}/{name}"))
    }

    /// The `http://` address of a path.
    pub fn http_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.plain)
    }

    /// The `https://` address of a path.
    pub fn https_url(&self, path: &str) -> String {
        format!("https://{}{path}", self.secure)
    }

    /// The `http://` address of a path for clients that know the server by this name, or by an address that is written
    /// as in a URL.
    pub fn http_url_for(&self, name: &str, path: &str) -> String {
        format!("http://{name}{}{path}", super::port_in_url(self.plain.port(), HTTP))
    }

    /// The `https://` address of a path for such clients.
    pub fn https_url_for(&self, name: &str, path: &str) -> String {
        format!("https://{name}{}{path}", super::port_in_url(self.secure.port(), HTTPS))
    }

    /// One line for each request that was answered: status, bytes sent, protocol and request line.
    pub fn access_log(&self) -> String {
        fs::read_to_string(self.folder.path().join(ACCESS_LOG)).unwrap_or_default()
    }

    /// What went wrong so far, by nginx and by git behind it.
    pub fn error_log(&self) -> String {
        fs::read_to_string(self.folder.path().join(ERROR_LOG)).unwrap_or_default()
    }
}

/// fcgiwrap accepts on whatever listening socket it finds as its standard input (fcgiwrap(8)).
fn start_backend(folder: &Path, place: &Place) -> Result<Background> {
    let listener = UnixListener::bind(folder.join(BACKEND)).context("cannot listen on a socket for fcgiwrap")?;
    let errors = File::options().append(true).create(true).open(folder.join(ERROR_LOG))?;
    let mut command = Command::new(FCGIWRAP.path()?);
    git::isolate(&mut command);
    command.args(["-c", "4"]).stdin(OwnedFd::from(listener)).stdout(Stdio::null()).stderr(errors);
    place.start(&mut command)
}

fn certified_names(options: &NginxOptions) -> Vec<String> {
    let address = Some(options.address).filter(|address| !address.is_unspecified()).map(|address| address.to_string());
    options.names.iter().cloned().chain(address).collect()
}

/// RFC 9110, section 4.2.
const HTTP: u16 = 80;
const HTTPS: u16 = 443;
const QUICK: Duration = Duration::from_mins(1);
