//! The bed is sound: stock git clones from the real servers, in both versions of the protocol.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use lab::git::{self, Access, Protocol};
use lab::process;
use lab::programs;
use lab::repository::{Repository, Shape};
use lab::servers::{Nginx, NginxFaults, NginxOptions, Sshd, SshdFaults, SshdOptions};

/// Clones and returns the commit of `main` in the clone.
fn clone(url: &str, access: &Access, protocol: Protocol, log: impl FnOnce() -> String) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let copy = folder.path().join("copy.git");
    let finished = git::clone_bare(url, &copy, access, protocol, BOUND)?;
    assert!(finished.status.success(), "{url}: {}\nserver: {}", finished.stderr, log());
    let mut command = git::command()?;
    command.arg("--git-dir").arg(&copy).args(["rev-parse", "main"]);
    Ok(process::run(&mut command, BOUND)?.success("git rev-parse")?.trim().to_owned())
}

#[test]
fn over_ssh() -> Result<()> {
    if !programs::ready(programs::ALL)? {
        return Ok(());
    }
    let repository = Repository::shared(&shape())?;
    let sshd = Sshd::start(&SshdOptions::default())?;
    for protocol in [Protocol::V0, Protocol::V2] {
        let commit = clone(&sshd.url(&repository.path()), &sshd.access(), protocol, || sshd.log())?;
        assert_eq!(commit, repository.head());
    }
    assert_eq!(sshd.log().matches("Accepted publickey").count(), 2, "{}", sshd.log());
    Ok(())
}

#[test]
fn commands_over_ssh_have_a_home_of_their_own() -> Result<()> {
    if !programs::ready(programs::ALL)? {
        return Ok(());
    }
    let sshd = Sshd::start(&SshdOptions::default())?;
    // A `~/.bashrc` that bash reads before git would be this account's (bash(1), "INVOCATION").
    let ssh = git::ssh_command(&sshd.access()).join(" ");
    let line = format!("{ssh} ssh://{}@{} 'echo home=$HOME'", sshd.user(), sshd.address());
    let said = process::run(Command::new("sh").args(["-c", &line]), BOUND)?.success("ssh")?;
    let folder = sshd.identity();
    assert_eq!(said.trim(), format!("home={}", folder.parent().unwrap().display()), "{}", sshd.log());
    Ok(())
}

#[test]
fn over_http_and_https() -> Result<()> {
    if !programs::ready(programs::ALL)? {
        return Ok(());
    }
    let repository = Repository::shared(&shape())?;
    for (http2, spoken) in [(false, "HTTP/1.1"), (true, "HTTP/2.0")] {
        let faults = NginxFaults { http2, ..NginxFaults::default() };
        let nginx = Nginx::start(&NginxOptions { faults, ..NginxOptions::default() })?;
        let path = nginx.add_repository("fleet.git", &repository.path())?;
        for protocol in [Protocol::V0, Protocol::V2] {
            for url in [nginx.http_url(&path), nginx.https_url(&path)] {
                let commit = clone(&url, &nginx.access(), protocol, || nginx.error_log())?;
                assert_eq!(commit, repository.head(), "{url}");
            }
        }
        assert!(nginx.access_log().contains(spoken), "{}", nginx.access_log());
    }
    Ok(())
}

#[test]
fn the_protocol_is_the_one_asked_for() -> Result<()> {
    if !programs::ready(programs::ALL)? {
        return Ok(());
    }
    let repository = Repository::shared(&shape())?;
    let willing = Sshd::start(&SshdOptions::default())?;
    let deaf = Sshd::start(&SshdOptions { accept_git_protocol: false, ..SshdOptions::default() })?;
    for (sshd, protocol, version) in
        [(&willing, Protocol::V2, "version 2"), (&willing, Protocol::V0, ""), (&deaf, Protocol::V2, "")]
    {
        let mut command = git::client(&sshd.access(), protocol)?;
        command.env("GIT_TRACE_PACKET", "2").args(["ls-remote", &sshd.url(&repository.path())]);
        let finished = process::run(&mut command, BOUND)?;
        assert!(finished.status.success(), "{}", finished.stderr);
        assert_eq!(finished.stderr.contains("< version 2"), !version.is_empty(), "{}", finished.stderr);
    }
    Ok(())
}

#[test]
fn a_stranger_is_not_let_in_and_a_strange_server_is_noticed() -> Result<()> {
    if !programs::ready(programs::ALL)? {
        return Ok(());
    }
    let repository = Repository::shared(&shape())?;
    let (ours, other) = (Sshd::start(&SshdOptions::default())?, Sshd::start(&SshdOptions::default())?);
    let folder = tempfile::tempdir()?;
    let fails = |access: &Access, expected: &str| -> Result<()> {
        let finished =
            git::clone_bare(&ours.url(&repository.path()), &folder.path().join("c"), access, Protocol::V2, BOUND)?;
        assert!(!finished.status.success() && finished.stderr.contains(expected), "{}", finished.stderr);
        Ok(())
    };
    fails(&Access { identity: Some(other.identity()), ..ours.access() }, "Permission denied (publickey)")?;
    fails(&Access { known_hosts: Some(other.known_hosts()), ..ours.access() }, "Host key verification failed")
}

#[test]
fn a_mistake_in_a_servers_configuration_is_told_at_the_start() -> Result<()> {
    if !programs::ready(programs::ALL)? {
        return Ok(());
    }
    let faults = SshdFaults { config: vec!["KexAlgorithms nonsense".into()], ..SshdFaults::default() };
    let sshd = Sshd::start(&SshdOptions { faults, ..SshdOptions::default() });
    assert!(sshd.unwrap_err().to_string().contains("KexAlgorithms"));
    let faults = NginxFaults { config: vec!["nonsense on;".into()], ..NginxFaults::default() };
    let nginx = Nginx::start(&NginxOptions { faults, ..NginxOptions::default() });
    assert!(nginx.unwrap_err().to_string().contains("nonsense"));
    Ok(())
}

#[test]
fn a_dropped_server_takes_its_sessions_with_it() -> Result<()> {
    use std::io::Read as _;
    use std::net::TcpStream;

    if !programs::ready(programs::ALL)? {
        return Ok(());
    }
    let sshd = Sshd::start(&SshdOptions::default())?;
    let mut connection = TcpStream::connect(sshd.address())?;
    connection.set_read_timeout(Some(BOUND))?;
    let mut greeting = [0; 4];
    connection.read_exact(&mut greeting)?;
    assert_eq!(&greeting, b"SSH-");
    let address = sshd.address();
    drop(sshd);
    // Ends, because no process holds the other end any more; a reset would do as well.
    let mut rest = Vec::new();
    let _ = connection.read_to_end(&mut rest);
    assert!(TcpStream::connect(address).is_err(), "the port is free again");
    Ok(())
}

fn shape() -> Shape {
    Shape { commits: 4, branches: 3, tags: 1, ..Shape::tiny() }
}

const BOUND: Duration = Duration::from_mins(1);
