//! `netprobe serve`: the endpoint on purpose, with everything that a client needs to reach it.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use endpoint::{Endpoint, EndpointConfig, RepositorySpec};

use crate::args::serve::ServeArgs;
use crate::exit::Exit;
use crate::signals::Signals;
use crate::{output, runtime};

pub(crate) fn run(args: &ServeArgs) -> anyhow::Result<Exit> {
    let endpoint = Endpoint::spawn_thread(config(args))?;
    // Kept until the end: dropped, it takes its folder with it.
    let mut temporary = None;
    let folder = if let Some(folder) = &args.write_access {
        let folder = std::path::absolute(folder)?;
        fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        folder
    } else {
        let made = tempfile::tempdir().context("no temporary folder can be made; name one with --write-access")?;
        temporary.insert(made).path().to_path_buf()
    };
    let access = AccessFiles::write(&endpoint, &folder)?;
    runtime::block_on(async {
        let signals = Signals::listen()?;
        output::data(&instructions(&endpoint, &access))?;
        output::remark("netprobe: serving until Ctrl-C");
        signals.stop.asked().await;
        endpoint.shutdown().await;
        Ok(Exit::Fine)
    })
}

fn config(args: &ServeArgs) -> EndpointConfig {
    let at = |port| Some(SocketAddr::new(args.listen, port));
    EndpointConfig {
        ssh: at(args.ssh_port),
        https: at(args.https_port),
        http: at(args.http_port),
        repository: RepositorySpec::of_size(args.pack_size.0)
            .with_branches(args.branches)
            .with_tags(args.tags)
            .with_commits(args.commits),
        fault: args.fault.fault.clone(),
        pace: args.fault.pace,
        names: args.name.clone(),
        ..EndpointConfig::default()
    }
}

/// What a client needs, as files.
struct AccessFiles {
    identity: PathBuf,
    known_hosts: PathBuf,
    ca: PathBuf,
}

impl AccessFiles {
    fn write(endpoint: &Endpoint, folder: &Path) -> anyhow::Result<Self> {
        let file = |name: &str, text: &str| {
            let path = folder.join(name);
            private(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
            anyhow::Ok(path)
        };
        Ok(Self {
            identity: file("identity", endpoint.identity_pem())?,
            known_hosts: file("known_hosts", &endpoint.known_hosts())?,
            ca: file("ca.pem", endpoint.ca_pem())?,
        })
    }
}

/// Writes a file anew that nobody else may read: ssh refuses keys that others can read.
fn private(path: &Path, text: &str) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(text.as_bytes())
}

fn instructions(endpoint: &Endpoint, access: &AccessFiles) -> String {
    let word = |path: &Path| quoted(&path.display().to_string());
    let (identity, known_hosts, ca) = (word(&access.identity), word(&access.known_hosts), word(&access.ca));
    let mut text = String::new();
    let mut line = |label: &str, words: String| {
        // Writing to a String does not fail.
        let _ = writeln!(text, "{label:<13}{words}");
    };
    let urls = [endpoint.ssh_url(), endpoint.https_url(), endpoint.http_url()];
    for url in urls.iter().flatten() {
        line("url", url.clone());
    }
    line("identity", access.identity.display().to_string());
    line("known_hosts", access.known_hosts.display().to_string());
    line("ca", access.ca.display().to_string());
    if let [Some(ssh), Some(https), _] = &urls {
        let options = format!("-i {identity} -o IdentitiesOnly=yes -o UserKnownHostsFile={known_hosts}");
        line("run", format!("netprobe run --identity {identity} --known-hosts {known_hosts} {ssh}"));
        line("", format!("netprobe run --ca-file {ca} {https}"));
        line("clone", format!("GIT_SSH_COMMAND={} git clone {ssh}", quoted(&format!("ssh {options}"))));
        line("", format!("git -c http.sslCAInfo={ca} clone {https}"));
    }
    text
}

/// As a shell takes it for one word (POSIX shell, 2.2.2).
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
