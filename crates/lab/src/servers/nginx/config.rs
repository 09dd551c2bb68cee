//! The configuration file of nginx, and what it starts for git.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use nix::unistd::{User, geteuid};

use super::NginxOptions;
use crate::certificate::ServerIdentity;
use crate::git;
use crate::process;

/// The whole file for a server whose sockets are bound to these addresses.
pub(super) fn text(
    folder: &Path,
    options: &NginxOptions,
    (plain, secure): (SocketAddr, SocketAddr),
    identity: &ServerIdentity,
) -> Result<String> {
    let user = User::from_uid(geteuid())?.context("this user has no entry in the user database")?.name;
    let faults = &options.faults;
    let secure = format!("listen {} ssl{};", listen(secure), if faults.http2 { " http2" } else { "" });
    let status = faults.status.map(|status| format!("return {status};"));
    let variable = |(name, value): (String, String)| format!("fastcgi_param {name} \"{value}\";");
    let environment = options.environment.iter().cloned().chain(options.git.environment(folder)?);
    let environment: Vec<String> = environment.map(variable).collect();
    let text = TEMPLATE
        .replace("{USER}", &if geteuid().is_root() { format!("user {user};") } else { String::new() })
        .replace("{ROOT}", &folder.display().to_string())
        .replace("{PLAIN}", &listen(plain))
        .replace("{SECURE}", if faults.listening { &secure } else { "" })
        .replace("{CERTIFICATE}", &identity.certificate.display().to_string())
        .replace("{KEY}", &identity.key.display().to_string())
        .replace("{STATUS}", &status.unwrap_or_default())
        .replace("{CONFIG}", &faults.config.join("\n    "))
        .replace("{ENVIRONMENT}", &environment.join("\n      "))
        .replace("{BACKEND}", &backend(folder, options)?.display().to_string());
    Ok(text)
}

/// An address as nginx's directive `listen` has it. An inherited socket keeps what it was bound to, whatever
/// `ipv6only` says.
fn listen(address: SocketAddr) -> String {
    format!("{address}{}", if address.is_ipv6() { " ipv6only=off" } else { "" })
}

/// What runs for each request: git-http-backend, or a script that waits first.
fn backend(folder: &Path, options: &NginxOptions) -> Result<PathBuf> {
    let programs = process::run(git::command()?.arg("--exec-path"), QUICK)?.success("git --exec-path")?;
    let backend = Path::new(programs.trim()).join("git-http-backend");
    let Some(first) = options.git.before_first_words() else { return Ok(backend) };
    let script = folder.join("slow-backend");
    // Only the first request of a clone has a query (gitprotocol-http(5)).
    fs::write(&script, format!("#!/bin/sh\n[ -z \"$QUERY_STRING\" ] || {first}\nexec {}\n", backend.display()))?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    Ok(script)
}

pub(super) const GIT: &str = "git";
pub(super) const FILES: &str = "files";
pub(super) const SCRATCH: &str = "scratch";
pub(super) const BACKEND: &str = "backend.socket";
pub(super) const ACCESS_LOG: &str = "access.log";
pub(super) const ERROR_LOG: &str = "error.log";
const QUICK: Duration = Duration::from_mins(1);

/// With `master_process off` nginx 1.22 crashes when it inherits sockets, so there is a master and one worker. What git
/// answers is streamed, by fcgiwrap too (`NO_BUFFERING`), and never written to disk, as servers of git do it.
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
    {SECURE}
    ssl_certificate {CERTIFICATE};
    ssl_certificate_key {KEY};
    ssl_protocols TLSv1.2 TLSv1.3;
    client_max_body_size 0;
    {STATUS}
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
      fastcgi_param NO_BUFFERING 1;
      {ENVIRONMENT}
    }
  }
}
";
