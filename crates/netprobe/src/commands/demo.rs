//! `netprobe demo`: the same engine and rules as `run`, against the endpoint inside this program.

use std::path::{Path, PathBuf};
use std::time::Duration;

use access::git_config::GitConfig;
use access::identity::{Identity, decode};
use access::known_hosts::KnownHosts;
use access::{Access, Client, HttpAccess, HttpWish, KnownHostsWish, SshAccess, SshWish, Surroundings};
use anyhow::{Context as _, ensure};
use endpoint::{Endpoint, EndpointConfig, Fault, Pace, Point, RepositorySpec};
use engine::{JournalFile, Wish, plan};
use measure::Way;
use model::{GitRef, Micros, Target, Transport};
use url::Url;

use crate::args::demo::{DemoArgs, DemoFault, DemoTransport};
use crate::args::fault;
use crate::args::look::Format;
use crate::exit::Exit;
use crate::look::Look;
use crate::session::Session;
use crate::signals::Signals;
use crate::{output, present, runtime};

pub(crate) fn run(args: &DemoArgs) -> anyhow::Result<Exit> {
    let look = Look::of(args.look);
    let transports: &[Transport] = match (args.transport, args.fault) {
        (Some(DemoTransport::Https), _) => &[Transport::Https],
        (Some(DemoTransport::Both), _) | (None, DemoFault::None) => &[Transport::Ssh, Transport::Https],
        (Some(DemoTransport::Ssh) | None, _) => &[Transport::Ssh],
    };
    ensure!(
        args.output.is_none() || transports.len() == 1,
        "--output takes one report, and this demo makes two; choose --transport ssh or https"
    );
    let folder = tempfile::tempdir().context("no temporary folder can be made for the demo's authority")?;
    let endpoint = Endpoint::spawn_thread(served(args.fault))?;
    if !args.quiet {
        output::remark(&announcement(args.fault));
    }
    let mut exit = Exit::Fine;
    for (index, transport) in transports.iter().enumerate() {
        if index > 0 && look.format == Format::Human {
            output::data("\n")?;
        }
        exit = exit.worse(one(args, &look, &endpoint, *transport, folder.path())?);
        if matches!(exit, Exit::Interrupted | Exit::Terminated) {
            break;
        }
    }
    Ok(exit)
}

fn one(args: &DemoArgs, look: &Look, endpoint: &Endpoint, transport: Transport, folder: &Path) -> anyhow::Result<Exit> {
    let url = match transport {
        Transport::Ssh => endpoint.ssh_url(),
        _ => endpoint.https_url(),
    };
    let (target, _) = Target::parse(&url.context("the endpoint does not listen")?)?;
    let way = match transport {
        Transport::Ssh => over_ssh(endpoint, &target)?,
        _ => over_https(endpoint, &target, folder)?,
    };
    let journal = args.output.as_deref().map(JournalFile::create).transpose()?;
    let session = Session {
        plan: plan(wish(target, args.fault)),
        way,
        notes: Vec::new(),
        symptom: None,
        pod: None,
        journal,
        follow_ups: true,
    };
    let report = runtime::block_on(async { session.on_screen(look, args.quiet, &Signals::listen()?).await })?;
    let report_path = args.output.as_ref().map(|path| path.display().to_string());
    present::run(&report, look, report_path.as_deref())
}

/// The endpoint's key and host keys are taken from memory; paths are only what they are called.
fn over_ssh(endpoint: &Endpoint, target: &Target) -> anyhow::Result<Way> {
    let (nowhere, path) = (Path::new(""), PathBuf::from("demo-key"));
    let known_hosts = KnownHosts::parse(&endpoint.known_hosts(), Path::new("demo-known-hosts"));
    let wish = SshWish {
        host: target.host.clone(),
        port: target.port,
        user: target.user.clone(),
        identity: Some(path.clone()),
        known_hosts: Some(KnownHostsWish::Lines(known_hosts)),
        proxy: None,
        client: Client::Flux,
        configuration: false,
    };
    let access = Access::<SshAccess>::for_ssh(&Surroundings::bare(nowhere), &GitConfig::default(), &wish)?;
    let key = decode(endpoint.identity_pem(), &path, None)?;
    Ok(Way::Ssh { access, keys: vec![Identity { key, path, warning: None }] })
}

fn over_https(endpoint: &Endpoint, target: &Target, folder: &Path) -> anyhow::Result<Way> {
    let ca_file = folder.join("ca.pem");
    std::fs::write(&ca_file, endpoint.ca_pem()).with_context(|| format!("{} cannot be written", ca_file.display()))?;
    let url = Url::parse(&target.url())?;
    let wish = HttpWish { url, token_file: None, ca_file: Some(ca_file), proxy: None, client: Client::Flux };
    let surroundings = Surroundings::bare(folder);
    let access = Access::<HttpAccess>::for_http(&surroundings, &GitConfig::default(), &wish)?;
    Ok(Way::Http { access, surroundings })
}

/// Clocks that end each demo within seconds. What they show is the same as with the longer ones of `run`.
fn wish(target: Target, fault: DemoFault) -> Wish {
    // As a GitRepository names it; without a branch Flux would take master.
    let wish = Wish { git_ref: GitRef::Branch("main".to_owned()), ..Wish::new(target) };
    match fault {
        DemoFault::None | DemoFault::Cut => wish,
        DemoFault::Freeze => Wish { patience_us: Micros::from_millis(2_500), budget_us: Micros::from_secs(9), ..wish },
        DemoFault::Slow => Wish { timeout_us: Micros::from_secs(5), ..wish },
    }
}

fn served(fault: DemoFault) -> EndpointConfig {
    let (fault, pace) = match fault {
        DemoFault::None => (Fault::None, Pace::default()),
        DemoFault::Freeze => (Fault::Freeze { at: Point::AfterNak { bytes: 0 } }, Pace::default()),
        DemoFault::Slow => (Fault::None, fault::slow(COMPUTED)),
        DemoFault::Cut => (Fault::Cut { at: Point::Pack { bytes: PACK_BYTES / 3 } }, Pace::default()),
    };
    EndpointConfig {
        http: None,
        repository: RepositorySpec::of_size(PACK_BYTES),
        fault,
        pace,
        ..EndpointConfig::default()
    }
}

fn announcement(fault: DemoFault) -> String {
    let what = match fault {
        DemoFault::None => "all is well",
        DemoFault::Freeze => "it falls silent behind its NAK",
        DemoFault::Slow => "it computes for seconds before the pack",
        DemoFault::Cut => "it closes the connection in the middle of the pack",
    };
    format!("netprobe: a git server of our own on loopback; {what}")
}

/// Large enough to show a transfer, small enough for any machine.
const PACK_BYTES: u64 = 8 << 20;

/// More than the five seconds from which a server is called slow, and more than the timeout of that demo.
const COMPUTED: Duration = Duration::from_millis(6_500);
