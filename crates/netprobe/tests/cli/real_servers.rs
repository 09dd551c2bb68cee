//! Against real OpenSSH and real nginx with git-http-backend: every stage is there, and what ssh is configured with is
//! followed.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use lab::programs::{self, Program};
use lab::repository::{Repository, Shape};
use lab::servers::{Nginx, NginxFaults, NginxOptions, Sshd, SshdOptions};
use serde_json::Value;

use crate::bed::{Home, Said};

fn repository() -> std::sync::Arc<Repository> {
    Repository::shared(&Shape { commits: 4, branches: 3, tags: 1, ..Shape::tiny() }).unwrap()
}

/// `netprobe run` as JSON, and what it came to.
fn run(home: &Home, dress: impl FnOnce(&mut Command)) -> (Option<i32>, Value) {
    let mut command = home.netprobe(&["run", "--no-report", "--format", "json"]);
    dress(&mut command);
    let said = Said::by(&mut command);
    (said.code, said.json())
}

fn stages(document: &Value) -> Vec<&str> {
    let observations = document["report"]["measurements"][0]["observations"].as_array().unwrap();
    observations.iter().filter_map(|observation| observation["stage"].as_str()).collect()
}

#[test]
fn over_ssh() {
    if !programs::ready(programs::ALL).unwrap() {
        return;
    }
    let (repository, sshd, home) = (repository(), Sshd::start(&SshdOptions::default()).unwrap(), Home::new());
    for more in
        [&[][..], &["--protocol", "v2"], &["--depth", "full"], &["--profile", "openssh"], &["--server-progress"]]
    {
        let (code, document) = run(&home, |command| {
            command.arg("--identity").arg(sshd.identity()).arg("--known-hosts").arg(sshd.known_hosts());
            command.args(more).arg(sshd.url(&repository.path()));
        });
        assert_eq!(code, Some(0), "{more:?}: {document:#}\nserver: {}", sshd.log());
        let stages = stages(&document);
        for stage in SSH_STAGES.iter().chain(GIT_STAGES) {
            assert!(stages.contains(stage), "{more:?}: no {stage} in {stages:?}");
        }
    }
}

#[test]
fn over_http_and_https() {
    if !programs::ready(programs::ALL).unwrap() {
        return;
    }
    let (repository, home) = (repository(), Home::new());
    for http2 in [false, true] {
        let faults = NginxFaults { http2, ..NginxFaults::default() };
        let nginx = Nginx::start(&NginxOptions { faults, ..NginxOptions::default() }).unwrap();
        let path = nginx.add_repository("fleet.git", &repository.path()).unwrap();
        for url in [nginx.https_url(&path), nginx.http_url(&path)] {
            for protocol in ["v0", "v2"] {
                let (code, document) = run(&home, |command| {
                    command.arg("--ca-file").arg(nginx.authority()).args(["--protocol", protocol, &url]);
                });
                assert_eq!(code, Some(0), "{url}: {document:#}\nserver: {}", nginx.error_log());
                let stages = stages(&document);
                assert_eq!(stages.contains(&"tls"), url.starts_with("https"));
                for stage in GIT_STAGES {
                    assert!(stages.contains(stage), "{url}: no {stage} in {stages:?}");
                }
            }
        }
    }
}

#[test]
fn through_a_jump_host_of_the_ssh_configuration() {
    if !programs::ready(programs::ALL).unwrap() {
        return;
    }
    let start = || Sshd::start(&SshdOptions::default()).unwrap();
    let (repository, jump, inner, home) = (repository(), start(), start(), Home::new());
    let host = |name: &str, sshd: &Sshd| {
        let (address, user) = (sshd.address(), sshd.user());
        let (identity, known_hosts) = (sshd.identity(), sshd.known_hosts());
        format!(
            "Host {name}\n HostName {}\n Port {}\n User {user}\n IdentityFile {}\n UserKnownHostsFile {}\n",
            address.ip(),
            address.port(),
            identity.display(),
            known_hosts.display()
        )
    };
    let config = format!("{}{} ProxyJump gate\n", host("gate", &jump), host("inner", &inner));
    let config = home.write("ssh_config", &config);
    let (code, document) = run(&home, |command| {
        command.env("GIT_SSH_COMMAND", format!("ssh -F {}", config.display()));
        command.arg(format!("ssh://inner{}", repository.path().display()));
    });
    assert_eq!(code, Some(0), "{document:#}\ngate: {}\ninner: {}", jump.log(), inner.log());
    assert!(stages(&document).contains(&"proxy"), "{document:#}");
    assert!(jump.log().contains("Accepted publickey") && inner.log().contains("Accepted publickey"));
}

#[test]
fn with_a_key_that_only_the_agent_has() {
    if !programs::ready(&[programs::ALL, &[SSH_AGENT, SSH_ADD]].concat()).unwrap() {
        return;
    }
    let (repository, sshd, home) = (repository(), Sshd::start(&SshdOptions::default()).unwrap(), Home::new());
    let socket = home.path("agent");
    // In the foreground, so that it ends with this test. It prints its address once it listens there.
    let agent = Command::new(SSH_AGENT.path().unwrap()).arg("-D").arg("-a").arg(&socket).stdout(Stdio::piped()).spawn();
    let mut agent = Ended(agent.unwrap());
    let mut line = String::new();
    BufReader::new(agent.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("SSH_AUTH_SOCK"), "{line}");
    let mut add = Command::new(SSH_ADD.path().unwrap());
    assert!(add.arg("-q").arg(sshd.identity()).env("SSH_AUTH_SOCK", &socket).status().unwrap().success());
    let config = home.write("ssh_config", "Host *\n IdentityFile none\n");
    let (code, document) = run(&home, |command| {
        command.env("SSH_AUTH_SOCK", &socket).env("GIT_SSH_COMMAND", format!("ssh -F {}", config.display()));
        command.arg("--known-hosts").arg(sshd.known_hosts()).arg(sshd.url(&repository.path()));
    });
    assert_eq!(code, Some(0), "{document:#}\nserver: {}", sshd.log());
    assert!(document.to_string().contains("from the agent"), "{document:#}");
}

#[test]
fn a_stranger_and_a_strange_server() {
    if !programs::ready(programs::ALL).unwrap() {
        return;
    }
    let start = || Sshd::start(&SshdOptions::default()).unwrap();
    let (repository, ours, other, home) = (repository(), start(), start(), Home::new());
    let first_rule = |identity: &Sshd, known_hosts: String| {
        let known_hosts = home.write("known_hosts", &known_hosts);
        let (code, document) = run(&home, |command| {
            command.arg("--identity").arg(identity.identity()).arg("--known-hosts").arg(known_hosts);
            command.arg(ours.url(&repository.path()));
        });
        assert_eq!(code, Some(1), "{document:#}");
        document["diagnosis"]["findings"][0]["rule"].as_str().unwrap().to_owned()
    };
    let known = |sshd: &Sshd| std::fs::read_to_string(sshd.known_hosts()).unwrap();
    assert_eq!(first_rule(&other, known(&ours)), "authentication-refused");
    let port = |sshd: &Sshd| sshd.address().port().to_string();
    let changed = known(&other).replace(&port(&other), &port(&ours));
    assert_eq!(first_rule(&ours, changed), "host-key-changed");
    assert_eq!(first_rule(&ours, known(&other)), "host-key-unknown");
}

/// A child that ends with this.
struct Ended(std::process::Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const SSH_STAGES: &[&str] = &["greeting", "key_exchange", "authenticate", "exec"];
const GIT_STAGES: &[&str] = &[
    "resolve",
    "connect",
    "advertisement_wait",
    "advertisement_transfer",
    "request",
    "response_wait",
    "acknowledgment",
    "first_packet",
    "pack_start",
    "pack_transfer",
    "end",
];
const SSH_AGENT: Program = Program { name: "ssh-agent", package: "openssh-client", purpose: "a key in an agent" };
const SSH_ADD: Program = Program { name: "ssh-add", package: "openssh-client", purpose: "a key in an agent" };
