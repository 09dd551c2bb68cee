//! Real nginx with git-http-backend behind fcgiwrap, plain files, HTTP and HTTPS.
//!
//! Knows how to run nginx without its system configuration. Both listening sockets are ours and are inherited through
//! the variable `NGINX`, which is how nginx hands sockets over when it replaces itself.

use std::fs::{self, File};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use nix::unistd::{User, geteuid};

use crate::certificate::ServerIdentity;
use crate::git::{self, Access};
use crate::host::Host;
use crate::place::Place;
use crate::process::{self, Background};
use crate::programs::{FCGIWRAP, NGINX};
use crate::workplace::Folder;

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
    /// Whether HTTPS offers HTTP/2.
    pub http2: bool,
    /// Lines for nginx's `server` block.
    pub config: Vec<String>,
}

impl Default for NginxOptions {
    fn default() -> Self {
        Self {
            place: Place::Machine,
            address: Ipv4Addr::LOCALHOST.into(),
            http_port: 0,
            https_port: 0,
            names: vec!["localhost".to_owned()],
            http2: true,
            config: Vec::new(),
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
        let identity = ServerIdentity::create(folder.path(), &certified_names(options))?;
        let backend = start_backend(folder.path(), &options.place)?;

        let file = folder.path().join("nginx.conf");
        fs::write(&file, config(folder.path(), options, (plain_at, secure_at), &identity)?)?;
        let mut command = Command::new(NGINX.path()?);
        command.arg("-p").arg(folder.path()).arg("-e").arg(folder.path().join(ERROR_LOG)).arg("-c").arg(&file);
        // A mistake in `options.config` is told here instead of as a connection that nobody answers.
        let mut check = Command::new(command.get_program());
        options.place.run(check.args(command.get_args()).args(["-t", "-q"]), QUICK)?.success("nginx -t")?;
        // Descriptors 0 and 1 pass through a spawn in safe Rust; any other would need its close-on-exec flag cleared.
        command.env("NGINX", "0;1;").stdin(OwnedFd::from(plain)).stdout(OwnedFd::from(secure));
        let errors = File::options().append(true).create(true).open(folder.path().join(ERROR_LOG))?;
        git::isolate(&mut command);
        let server = options.place.start(command.stderr(errors))?;
        Ok(Self { plain: plain_at, secure: secure_at, identity, _server: server, _backend: backend, folder })
    }

    /// Where it speaks HTTP.
    pub fn http_address(&self) -> SocketAddr {
        self.plain
    }

    /// Where it speaks HTTPS.
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
        symlink(repository, &link).with_context(|| format!("cannot serve a repository as {name}"))?;
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
        format!("http://{name}{}{path}", port_in_url(self.plain.port(), HTTP))
    }

    /// The `https://` address of a path for such clients.
    pub fn https_url_for(&self, name: &str, path: &str) -> String {
        format!("https://{name}{}{path}", port_in_url(self.secure.port(), HTTPS))
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

fn port_in_url(port: u16, usual: u16) -> String {
    if port == usual { String::new() } else { format!(":{port}") }
}

/// An address as nginx's directive `listen` has it. An inherited socket keeps what it was bound to, whatever
/// `ipv6only` says.
fn listen(address: SocketAddr) -> String {
    format!("{address}{}", if address.is_ipv6() { " ipv6only=off" } else { "" })
}

fn config(
    folder: &Path,
    options: &NginxOptions,
    (plain, secure): (SocketAddr, SocketAddr),
    identity: &ServerIdentity,
) -> Result<String> {
    let user = User::from_uid(geteuid())?.context("this user has no entry in the user database")?.name;
    let text = TEMPLATE
        .replace("{USER}", &if geteuid().is_root() { format!("user {user};") } else { String::new() })
        .replace("{ROOT}", &folder.display().to_string())
        .replace("{PLAIN}", &listen(plain))
        .replace("{SECURE}", &listen(secure))
        .replace("{HTTP2}", if options.http2 { " http2" } else { "" })
        .replace("{CERTIFICATE}", &identity.certificate.display().to_string())
        .replace("{KEY}", &identity.key.display().to_string())
        .replace("{CONFIG}", &options.config.join("\n    "))
        .replace("{BACKEND}", &http_backend()?.display().to_string());
    Ok(text)
}

fn http_backend() -> Result<PathBuf> {
    let folder = process::run(git::command()?.arg("--exec-path"), QUICK)?.success("git --exec-path")?;
    Ok(Path::new(folder.trim()).join("git-http-backend"))
}

/// RFC 9110, section 4.2.
const HTTP: u16 = 80;
const HTTPS: u16 = 443;
const GIT: &str = "git";
const FILES: &str = "files";
const SCRATCH: &str = "scratch";
const BACKEND: &str = "backend.socket";
const ACCESS_LOG: &str = "access.log";
const ERROR_LOG: &str = "error.log";
const QUICK: Duration = Duration::from_mins(1);

/// With `master_process off` nginx 1.22 crashes when it inherits sockets, so there is a master and one worker. Answers of
/// git are streamed and never written to disk, as servers of git do it.
const TEMPLATE: &str = r"
daemon off;
worker_processes 1;
{USER}
pid {ROOT}/nginx.pid;
events { worker_connections 256; }
http {
  log_format lab '$status $bytes_sent $server_protocol $request';
  access_log {ROOT}/access.log lab;
  client_body_temp_path {ROOT}/scratch;
  proxy_temp_path {ROOT}/scratch;
  fastcgi_temp_path {ROOT}/scratch;
  uwsgi_temp_path {ROOT}/scratch;
  scgi_temp_path {ROOT}/scratch;
  server {
    listen {PLAIN};
    listen {SECURE} ssl{HTTP2};
    ssl_certificate {CERTIFICATE};
    ssl_certificate_key {KEY};
    ssl_protocols TLSv1.2 TLSv1.3;
    client_max_body_size 0;
    {CONFIG}
    location /files/ { root {ROOT}; }
    location ~ ^/git(/.*)$ {
      fastcgi_pass unix:{ROOT}/backend.socket;
      fastcgi_buffering off;
      fastcgi_param SCRIPT_FILENAME {BACKEND};
      fastcgi_param GIT_PROJECT_ROOT {ROOT}/git;
      fastcgi_param GIT_HTTP_EXPORT_ALL 1;
      fastcgi_param GIT_CONFIG_GLOBAL /dev/null;
      fastcgi_param GIT_CONFIG_NOSYSTEM 1;
      fastcgi_param GIT_PROTOCOL $http_git_protocol;
      fastcgi_param PATH_INFO $1;
      fastcgi_param REMOTE_ADDR $remote_addr;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
    }
  }
}
";
