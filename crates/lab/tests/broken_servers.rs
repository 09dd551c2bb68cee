//! Each fault of a server is one that stock git meets, in the words that it has for it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use lab::certificate::Certificate;
use lab::git::{self, Access, Protocol};
use lab::host::{self, Host};
use lab::process::Finished;
use lab::programs;
use lab::repository::{Repository, Shape};
use lab::servers::{GitFaults, HostKey, Identity, Nginx, NginxFaults, NginxOptions, Sshd, SshdFaults, SshdOptions};

/// A host with a repository that one of the two broken servers serves.
struct Bed {
    host: Arc<Host>,
    repository: Arc<Repository>,
}

impl Bed {
    /// `None`: skip, as was said.
    fn start() -> Result<Option<Self>> {
        if !host::possible()? || !programs::ready(programs::ALL)? {
            return Ok(None);
        }
        Ok(Some(Self {
            host: Arc::new(Host::start("server")?),
            repository: Repository::shared(&Shape::random(200_000))?,
        }))
    }

    fn over_ssh(&self, faults: SshdFaults, git: GitFaults) -> Result<Finished> {
        let sshd = Sshd::start(&SshdOptions { faults, git, ..SshdOptions::on(&self.host, &["localhost"]) })?;
        self.clone(&sshd.url_for("localhost", &self.repository.path()), &sshd.access())
    }

    fn over_https(&self, faults: NginxFaults, git: GitFaults) -> Result<Finished> {
        let nginx = Nginx::start(&NginxOptions { faults, git, ..NginxOptions::on(&self.host, &["localhost"]) })?;
        let path = nginx.add_repository("fleet.git", &self.repository.path())?;
        self.clone(&nginx.https_url_for("localhost", &path), &nginx.access())
    }

    fn clone(&self, url: &str, access: &Access) -> Result<Finished> {
        let folder = tempfile::tempdir()?;
        let mut command = git::client(access, Protocol::V0)?;
        self.host.run(command.args(["clone", "--bare", url]).arg(folder.path().join("copy.git")), BOUND)
    }
}

fn says(finished: &Finished, words: &str) -> Result<()> {
    ensure!(!finished.status.success(), "it cloned, where `{words}` was expected");
    ensure!(finished.stderr.contains(words), "expected `{words}`, got:\n{}", finished.stderr);
    Ok(())
}

fn takes(finished: &Finished, at_least: Duration) -> Result<()> {
    ensure!(finished.status.success(), "{}", finished.stderr);
    ensure!(finished.took >= at_least, "took {:?}, less than {at_least:?}", finished.took);
    Ok(())
}

#[test]
fn an_ssh_server_that_does_not_serve() -> Result<()> {
    let Some(bed) = Bed::start()? else { return Ok(()) };
    let cases: &[(&str, SshdFaults)] = &[
        ("Connection refused", SshdFaults { listening: false, ..SshdFaults::default() }),
        // Closed or reset, as the client's own banner comes later or earlier.
        ("kex_exchange_identification: ", SshdFaults { full: true, ..SshdFaults::default() }),
        ("Host key verification failed.", SshdFaults { host_key: HostKey::Unknown, ..SshdFaults::default() }),
        ("REMOTE HOST IDENTIFICATION HAS CHANGED", SshdFaults { host_key: HostKey::Changed, ..SshdFaults::default() }),
        ("REVOKED HOST KEY DETECTED", SshdFaults { host_key: HostKey::Revoked, ..SshdFaults::default() }),
        ("Permission denied (publickey).", SshdFaults { identity: Identity::Refused, ..SshdFaults::default() }),
        ("no matching key exchange method found", SshdFaults { config: vec![OLD_KEX.into()], ..SshdFaults::default() }),
    ];
    for (words, faults) in cases {
        says(&bed.over_ssh(faults.clone(), GitFaults::default())?, words)?;
    }
    Ok(())
}

#[test]
fn an_ssh_server_that_takes_its_time() -> Result<()> {
    let Some(bed) = Bed::start()? else { return Ok(()) };
    let delay = Some("1s".parse()?);
    let banner = SshdFaults { banner_delay: delay, ..SshdFaults::default() };
    takes(&bed.over_ssh(banner, GitFaults::default())?, Duration::from_secs(1))?;
    // OpenSSH asks whether the key would do before it signs with it.
    let login = SshdFaults { login_delay: delay, ..SshdFaults::default() };
    takes(&bed.over_ssh(login.clone(), GitFaults::default())?, Duration::from_secs(2))?;
    let refused = SshdFaults { identity: Identity::Refused, ..login };
    says(&bed.over_ssh(refused, GitFaults::default())?, "Permission denied (publickey).")
}

#[test]
fn a_slow_server_ends_at_once_when_it_is_dropped() -> Result<()> {
    use std::net::TcpStream;
    use std::time::Instant;

    if !programs::ready(programs::ALL)? {
        return Ok(());
    }
    let faults = SshdFaults { banner_delay: Some("1000s".parse()?), ..SshdFaults::default() };
    let sshd = Sshd::start(&SshdOptions { faults, ..SshdOptions::default() })?;
    let _waiting = TcpStream::connect(sshd.address())?;
    let begun = Instant::now();
    drop(sshd);
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    Ok(())
}

#[test]
fn a_web_server_that_does_not_serve() -> Result<()> {
    let Some(bed) = Bed::start()? else { return Ok(()) };
    let with = |certificate| NginxFaults { certificate, ..NginxFaults::default() };
    let cases: &[(&str, NginxFaults)] = &[
        ("Failed to connect to localhost port 443", NginxFaults { listening: false, ..NginxFaults::default() }),
        ("The requested URL returned error: 503", NginxFaults { status: Some(503), ..NginxFaults::default() }),
        // The same words for each, as git has them from GnuTLS.
        ("server certificate verification failed", with(Certificate::Expired)),
        ("server certificate verification failed", with(Certificate::NotYetValid)),
        ("server certificate verification failed", with(Certificate::UnknownAuthority)),
        ("does not match target host name", with(Certificate::WrongName)),
    ];
    for (words, faults) in cases {
        says(&bed.over_https(faults.clone(), GitFaults::default())?, words)?;
    }
    Ok(())
}

#[test]
fn git_that_is_slow_or_has_no_repository_behind_both() -> Result<()> {
    let Some(bed) = Bed::start()? else { return Ok(()) };
    let second = Some("1s".parse()?);
    let cases = [
        (GitFaults { refs_delay: second, ..GitFaults::default() }, 1_000),
        (GitFaults { pack_delay: second, ..GitFaults::default() }, 1_000),
        // 200 kB in pieces of 12.5 kB, each a tenth of a second.
        (GitFaults { pack_rate: Some("1mbit".parse()?), ..GitFaults::default() }, 1_500),
    ];
    for (faults, at_least_ms) in cases {
        let at_least = Duration::from_millis(at_least_ms);
        takes(&bed.over_ssh(SshdFaults::default(), faults.clone())?, at_least)?;
        takes(&bed.over_https(NginxFaults::default(), faults)?, at_least)?;
    }
    let missing = GitFaults { missing: true, ..GitFaults::default() };
    says(&bed.over_ssh(SshdFaults::default(), missing.clone())?, "does not appear to be a git repository")?;
    says(&bed.over_https(NginxFaults::default(), missing)?, "not found")
}

#[test]
fn a_file_cannot_ask_for_faults_that_do_not_exist() {
    let sshd: SshdFaults = serde_json::from_str(r#"{"host_key": "changed", "banner_delay": "15s"}"#).unwrap();
    assert!(sshd.host_key == HostKey::Changed && sshd.listening);
    let nginx: NginxFaults = serde_json::from_str(r#"{"certificate": "not-yet-valid"}"#).unwrap();
    assert_eq!(nginx.certificate, Certificate::NotYetValid);
    assert!(serde_json::from_str::<SshdFaults>(r#"{"listning": false}"#).is_err());
    assert!(serde_json::from_str::<NginxFaults>(r#"{"certificate": "rotten"}"#).is_err());
    assert!(serde_json::from_str::<GitFaults>(r#"{"refs_delay": 3}"#).is_err());
}

const OLD_KEX: &str = "KexAlgorithms diffie-hellman-group1-sha1";
const BOUND: Duration = Duration::from_mins(1);
