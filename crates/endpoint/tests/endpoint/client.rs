//! Stock git in a bubble: own HOME, no system or user configuration, keys of one endpoint.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use netprobe_endpoint::{Endpoint, EndpointConfig};
use tempfile::TempDir;

/// An endpoint on a thread of its own.
pub(crate) fn started(config: EndpointConfig) -> Endpoint {
    Endpoint::spawn_thread(config).unwrap()
}

#[expect(clippy::print_stderr, reason = "a skipped test has to say so")]
fn skip(program: &str) {
    eprintln!("SKIPPED: {program} is missing");
}

pub(crate) struct Client {
    home: TempDir,
    clones: AtomicU32,
}

impl Client {
    /// Nothing if git or ssh is missing, which is an error only in CI.
    pub(crate) fn of(endpoint: &Endpoint) -> Option<Self> {
        for program in ["git", "ssh"] {
            if Command::new(program).arg("-V").output().is_err() {
                assert!(std::env::var_os("CI").is_none(), "{program} is missing");
                skip(program);
                return None;
            }
        }
        let home = TempDir::new().unwrap();
        let client = Self { home, clones: AtomicU32::new(0) };
        let identity = client.path("identity");
        fs::write(&identity, endpoint.identity_pem()).unwrap();
        fs::set_permissions(&identity, fs::Permissions::from_mode(0o600)).unwrap();
        client.trust(endpoint);
        Some(client)
    }

    /// Knows the host keys and the authority of this endpoint, and of no other.
    pub(crate) fn trust(&self, endpoint: &Endpoint) {
        fs::write(self.path("known_hosts"), endpoint.known_hosts()).unwrap();
        fs::write(self.path("ca.pem"), endpoint.ca_pem()).unwrap();
    }

    pub(crate) fn urls(endpoint: &Endpoint) -> Vec<String> {
        [endpoint.ssh_url(), endpoint.https_url(), endpoint.http_url()].into_iter().flatten().collect()
    }

    /// `git [before] clone [options] url`, which must succeed.
    pub(crate) fn clone(&self, before: &[&str], options: &[&str], url: &str) -> Clone<'_> {
        let number = self.clones.fetch_add(1, Ordering::Relaxed);
        let path = self.path(&format!("clone-{number}"));
        let target = path.to_str().unwrap().to_owned();
        let arguments = [before, &["clone", "--quiet"], options, &[url, &target]].concat();
        if let Err(text) = self.try_git(&arguments) {
            panic!("git {arguments:?}: {text}");
        }
        Clone { client: self, path }
    }

    /// Standard output, or standard error if it failed.
    pub(crate) fn try_git(&self, arguments: &[&str]) -> Result<String, String> {
        let Output { status, stdout, stderr } = self.git(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().trim().to_owned();
        if status.success() { Ok(text(stdout)) } else { Err(text(stderr)) }
    }

    /// The command, ready to be started.
    pub(crate) fn git(&self, arguments: &[&str]) -> Command {
        let ssh = format!("ssh {}", self.ssh_options().join(" "));
        let mut command = Command::new("git");
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.home.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_SSL_CAINFO", self.path("ca.pem"))
            .env("GIT_SSH_COMMAND", ssh)
            .current_dir(self.home.path())
            .args(arguments);
        command
    }

    /// `ssh git@host COMMAND` to this endpoint, ready to be started.
    pub(crate) fn ssh(&self, endpoint: &Endpoint, command: &str) -> Command {
        let address = endpoint.ssh_address().unwrap();
        let mut ssh = Command::new("ssh");
        ssh.env_clear().args(self.ssh_options());
        ssh.args(["-p", &address.port().to_string(), &format!("git@{}", address.ip()), command]);
        ssh
    }

    fn ssh_options(&self) -> Vec<String> {
        let options = format!(
            "-F /dev/null -i {} -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes \
             -o StrictHostKeyChecking=yes -o UserKnownHostsFile={} -o GlobalKnownHostsFile=/dev/null",
            self.path("identity").display(),
            self.path("known_hosts").display()
        );
        options.split(' ').map(str::to_owned).collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }
}

/// A clone on disk.
pub(crate) struct Clone<'a> {
    client: &'a Client,
    path: PathBuf,
}

impl Clone<'_> {
    /// Runs git in the clone; it must succeed.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let directory = self.path.to_str().unwrap();
        let arguments = [&["-C", directory], arguments].concat();
        self.client.try_git(&arguments).unwrap_or_else(|text| panic!("git {arguments:?}: {text}"))
    }
}
