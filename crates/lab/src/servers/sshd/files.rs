//! The files of an SSH server and of its client: keys, configuration and `known_hosts`.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use super::{HostKey, Identity, PORT, SshdOptions};
use crate::git;
use crate::process;
use crate::programs::SSH_KEYGEN;
use crate::servers::git::sleep;
use crate::workplace::Folder;

/// All in one folder.
#[derive(Debug)]
pub(super) struct Files(Folder);

impl Files {
    /// Makes the keys and writes the files.
    pub(super) fn create(options: &SshdOptions, port: u16) -> Result<Self> {
        let files = Self(Folder::new("sshd")?);
        make_key(&files.identity(), "ed25519")?;
        for kind in options.key_types() {
            make_key(&files.host_key(kind), kind)?;
        }
        if options.faults.host_key.is_certified() {
            files.certify(options)?;
        }
        fs::write(files.known_hosts(), files.what_is_known(options, port)?)?;
        fs::write(files.config(), files.configuration(options)?)?;
        File::create(files.log())?;
        Ok(files)
    }

    pub(super) fn identity(&self) -> PathBuf {
        self.0.path().join("identity")
    }

    pub(super) fn known_hosts(&self) -> PathBuf {
        self.0.path().join("known_hosts")
    }

    pub(super) fn config(&self) -> PathBuf {
        self.0.path().join("sshd_config")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.0.path().join("sshd.log")
    }

    fn host_key(&self, kind: &str) -> PathBuf {
        self.0.path().join(format!("host_{kind}"))
    }

    fn what_is_known(&self, options: &SshdOptions, port: u16) -> Result<String> {
        let known_as = known_as(options, port);
        let mut text = String::new();
        let mut line = |marker: &str, of: &str, private: &Path| -> Result<()> {
            Ok(write!(text, "{marker}{of} {}", fs::read_to_string(public(private))?)?)
        };
        for (index, kind) in options.key_types().into_iter().enumerate() {
            let key = self.host_key(kind);
            match options.faults.host_key {
                // Of another server: Flux refuses an empty file before it dials.
                HostKey::Unknown => line("", ELSEWHERE, &key)?,
                HostKey::Mixed if index > 0 => {
                    let other = self.0.path().join(format!("other_host_{kind}"));
                    make_key(&other, kind)?;
                    line("", ELSEWHERE, &other)?;
                }
                HostKey::Known | HostKey::Mixed | HostKey::ElsewhereToo | HostKey::CertifiedToo => {
                    line("", &known_as, &key)?;
                }
                HostKey::Revoked => {
                    line("", &known_as, &key)?;
                    line("@revoked ", &known_as, &key)?;
                }
                HostKey::Changed => {
                    let former = self.0.path().join(format!("former_host_{kind}"));
                    make_key(&former, kind)?;
                    line("", &known_as, &former)?;
                }
                HostKey::Certified | HostKey::CertifiedRevoked => {}
            }
        }
        if options.faults.host_key == HostKey::ElsewhereToo {
            let other = self.0.path().join("other_host");
            make_key(&other, "ecdsa")?;
            line("", ELSEWHERE, &other)?;
        }
        if options.faults.host_key.is_certified() {
            line("@cert-authority ", &known_as, &self.authority())?;
        }
        if options.faults.host_key == HostKey::CertifiedRevoked {
            line("@revoked ", &known_as, &self.authority())?;
        }
        Ok(text)
    }

    fn authority(&self) -> PathBuf {
        self.0.path().join("authority")
    }

    /// Signs the server's keys for its names (`ssh-keygen -s`).
    fn certify(&self, options: &SshdOptions) -> Result<()> {
        make_key(&self.authority(), "ed25519")?;
        for kind in options.key_types() {
            let mut command = Command::new(SSH_KEYGEN.path()?);
            command.args(["-q", "-h", "-I", "netprobe laboratory", "-n", &names(options).join(","), "-s"]);
            command.arg(self.authority()).arg(public(&self.host_key(kind)));
            process::run(&mut command, QUICK)?.success("ssh-keygen -s")?;
        }
        Ok(())
    }

    fn configuration(&self, options: &SshdOptions) -> Result<String> {
        // sshd takes the first value it meets, so what the caller wants comes first.
        let mut lines = options.faults.config.clone();
        for kind in options.key_types() {
            let key = self.host_key(kind);
            lines.push(format!("HostKey {}", key.display()));
            if options.faults.host_key.is_certified() {
                lines.push(format!("HostCertificate {}-cert.pub", key.display()));
            }
        }
        lines.extend(self.authorized_keys(options));
        let neutral = git::NEUTRAL.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        // bash reads ~/.bashrc for every command that sshd starts (bash(1), "INVOCATION"): what is in the one of this
        // computer's user takes its time, and may wait for a lock that a session of ours held when it was ended.
        let home = ("HOME".to_owned(), self.0.path().display().to_string());
        let environment: Vec<String> = neutral
            .chain(options.environment.iter().cloned())
            .chain([home])
            .chain(options.git.environment(self.0.path())?)
            .map(|(name, value)| format!("\"{name}={value}\""))
            .collect();
        lines.push(format!("SetEnv {}", environment.join(" ")));
        if let Some(first) = options.git.before_first_words() {
            lines.push(format!("ForceCommand {first}; eval \"$SSH_ORIGINAL_COMMAND\""));
        }
        if options.accept_git_protocol {
            lines.push("AcceptEnv GIT_PROTOCOL".to_owned());
        }
        lines.extend(FIXED.iter().map(|line| (*line).to_owned()));
        Ok(lines.join("\n") + "\n")
    }

    fn authorized_keys(&self, options: &SshdOptions) -> Vec<String> {
        let file = public(&self.identity());
        match (options.faults.identity, options.faults.login_delay) {
            (Identity::Accepted, None) => vec![format!("AuthorizedKeysFile {}", file.display())],
            (Identity::Refused, None) => vec!["AuthorizedKeysFile none".to_owned()],
            (identity, Some(delay)) => {
                let answer =
                    if identity == Identity::Accepted { format!("; cat {}", file.display()) } else { String::new() };
                // A script of ours would not do: sshd refuses a command in a folder where others may write, as /tmp.
                vec![
                    "AuthorizedKeysFile none".to_owned(),
                    format!("AuthorizedKeysCommand /bin/sh -c \"{}{answer}\"", sleep(delay.duration())),
                    "AuthorizedKeysCommandUser %u".to_owned(),
                ]
            }
        }
    }
}

/// The first field of a line of `known_hosts` (sshd(8)).
fn known_as(options: &SshdOptions, port: u16) -> String {
    let at_port = |name: &String| if port == PORT { name.clone() } else { format!("[{name}]:{port}") };
    let names: Vec<String> = names(options).iter().map(at_port).collect();
    names.join(",")
}

fn names(options: &SshdOptions) -> Vec<String> {
    let address = Some(options.address).filter(|address| !address.is_unspecified()).map(|address| address.to_string());
    options.names.iter().cloned().chain(address).collect()
}

fn public(private: &Path) -> PathBuf {
    private.with_extension("pub")
}

fn make_key(file: &Path, kind: &str) -> Result<()> {
    let mut command = Command::new(SSH_KEYGEN.path()?);
    command.args(["-q", "-N", "", "-C", "netprobe laboratory", "-t", kind, "-f"]).arg(file);
    process::run(&mut command, QUICK)?.success("ssh-keygen").map(drop)
}

/// A host that is none of ours.
const ELSEWHERE: &str = "elsewhere.test";
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
