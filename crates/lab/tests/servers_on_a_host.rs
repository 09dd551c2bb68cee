//! Servers on hosts of the laboratory: real ports, both families, known by name, and stock git clones from them.

use std::net::{Ipv6Addr, SocketAddr};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use lab::git::{self, Access, Protocol};
use lab::host::{self, Host};
use lab::process::Finished;
use lab::programs;
use lab::repository::{Repository, Shape};
use lab::servers::{Nginx, NginxOptions, Sshd, SshdOptions};

fn clone(host: &Host, url: &str, access: &Access) -> Result<Finished> {
    let folder = tempfile::tempdir()?;
    let mut command = git::client(access, Protocol::V0)?;
    host.run(command.args(["clone", "--bare", url]).arg(folder.path().join("copy.git")), BOUND)
}

/// A host that is its own network, so that only servers are tested here. `None`: skip, as was said.
fn host() -> Result<Option<Arc<Host>>> {
    if !host::possible()? || !programs::ready(programs::ALL)? {
        return Ok(None);
    }
    Ok(Some(Arc::new(Host::start("server")?)))
}

#[test]
fn git_clones_from_the_usual_ports_over_both_families() -> Result<()> {
    let Some(host) = host()? else { return Ok(()) };
    let repository = Repository::shared(&Shape::tiny())?;
    let names = ["localhost", "127.0.0.1", "::1"];
    let sshd = Sshd::start(&SshdOptions::on(&host, &names))?;
    let nginx = Nginx::start(&NginxOptions::on(&host, &names))?;
    let path = nginx.add_repository("fleet.git", &repository.path())?;
    for name in ["localhost", "127.0.0.1", "[::1]"] {
        let ssh = (sshd.url_for(name, &repository.path()), sshd.access());
        let https = (nginx.https_url_for(name, &path), nginx.access());
        let http = (nginx.http_url_for(name, &path), nginx.access());
        for (url, access) in [ssh, https, http] {
            let finished = clone(&host, &url, &access)?;
            assert!(finished.status.success(), "{url}: {}\n{}{}", finished.stderr, sshd.log(), nginx.error_log());
        }
    }
    let listening = host.must(Command::new("cat").args(["/proc/net/tcp6"]))?;
    for port in [22_u16, 80, 443] {
        assert!(listening.contains(&format!(":{port:04X} ")), "{listening}");
    }
    Ok(())
}

#[test]
fn ports_of_a_host_are_free_again_when_its_servers_are_dropped() -> Result<()> {
    let Some(host) = host()? else { return Ok(()) };
    for _ in 0..2 {
        let sshd = Sshd::start(&SshdOptions::on(&host, &["localhost"]))?;
        let nginx = Nginx::start(&NginxOptions::on(&host, &["localhost"]))?;
        assert_eq!(sshd.address(), SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), 22));
        assert_eq!(nginx.https_address().port(), 443);
    }
    assert_eq!(Arc::strong_count(&host), 1, "nothing holds the host any more");
    Ok(())
}

const BOUND: Duration = Duration::from_mins(1);
