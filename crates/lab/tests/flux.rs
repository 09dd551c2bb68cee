//! Flux's own client clones from the bed, and its words come back whole when it cannot.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::time::Duration;

use anyhow::Result;
use lab::git::Access;
use lab::oracle::{FluxClone, FluxCloneArgs};
use lab::programs;
use lab::repository::{Repository, Shape};
use lab::servers::{Nginx, NginxOptions, Sshd, SshdOptions};

#[test]
fn flux_clones_over_ssh_and_https() -> Result<()> {
    if !programs::ready(programs::ALL)? {
        return Ok(());
    }
    let Some(flux) = FluxClone::find()? else {
        return Ok(());
    };
    let repository = Repository::shared(&Shape { commits: 3, branches: 2, ..Shape::tiny() })?;
    let sshd = Sshd::start(&SshdOptions::default())?;
    let nginx = Nginx::start(&NginxOptions::default())?;
    let path = nginx.add_repository("fleet.git", &repository.path())?;
    for (url, access) in [(sshd.url(&repository.path()), sshd.access()), (nginx.https_url(&path), nginx.access())] {
        let outcome = flux.run(&args(url, access, Duration::from_secs(30)))?;
        assert!(outcome.ok, "{outcome:?}\n{}\n{}", sshd.log(), nginx.error_log());
        assert!(outcome.commit.contains(repository.head()), "{outcome:?}");
    }
    Ok(())
}

#[test]
fn flux_tells_where_it_died_when_a_server_never_speaks() -> Result<()> {
    let Some(flux) = FluxClone::find()? else {
        return Ok(());
    };
    // Accepted by the kernel, answered by nobody.
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/fleet.git", silent.local_addr()?);
    let outcome = flux.run(&args(url, Access::default(), Duration::from_millis(500)))?;
    assert!(!outcome.ok && outcome.seconds >= 0.5, "{outcome:?}");
    assert!(outcome.message.contains("context deadline exceeded"), "{outcome:?}");
    Ok(())
}

#[test]
fn a_wrong_call_is_an_error_and_no_outcome() -> Result<()> {
    let Some(flux) = FluxClone::find()? else {
        return Ok(());
    };
    let access = Access { identity: Some("/no/such/key".into()), ..Access::default() };
    assert!(flux.run(&args("ssh://git@127.0.0.1/r".into(), access, Duration::from_secs(1))).is_err());
    Ok(())
}

fn args(url: String, access: Access, timeout: Duration) -> FluxCloneArgs {
    FluxCloneArgs {
        url,
        reference: Some(("branch", "main".into())),
        timeout,
        access,
        observed: None,
        environment: BTreeMap::new(),
        bound: timeout + Duration::from_mins(1),
    }
}
