//! A probe, an endpoint, and what came of them.

use std::path::Path;
use std::sync::{Arc, Mutex};

use access::git_config::GitConfig;
use access::identity::{Identity, decode};
use access::known_hosts::KnownHosts;
use access::{Access, Client, HttpWish, KnownHostsWish, SshWish, Surroundings};
use endpoint::{Endpoint, EndpointConfig};
use git_upload_pack::GitUploadPack;
use measure::{Clock, Context, Gauge, Probe, Recorder, Stop, Way};
use model::{
    Caps, Depth, Ended, FailureKind, GitRef, Measurement, Micros, Parameters, Profile, Protocol, Purpose, Run, RunId,
    Seen, Stage, Target, Transport, UploadPackParameters,
};

pub(crate) fn parameters() -> UploadPackParameters {
    UploadPackParameters {
        protocol: Protocol::V0,
        depth: Depth::AsFlux,
        progress: false,
        filter: None,
        mss_clamp_bytes: None,
        address: None,
        // Long enough that a loaded machine is not taken for a silent server.
        patience_us: Micros::from_secs(3),
        caps: Caps::default(),
    }
}

pub(crate) const ALL: [Transport; 3] = [Transport::Ssh, Transport::Https, Transport::Http];

/// How the client is set up.
pub(crate) struct Setting {
    pub(crate) git_ref: GitRef,
    pub(crate) profile: Profile,
    pub(crate) known_hosts: Option<String>,
    pub(crate) with_key: bool,
    pub(crate) with_ca: bool,
    pub(crate) budget_us: Micros,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            git_ref: GitRef::Head,
            profile: Profile::Flux,
            known_hosts: None,
            with_key: true,
            with_ca: true,
            budget_us: Micros::from_secs(20),
        }
    }
}

pub(crate) fn endpoint(config: EndpointConfig) -> Endpoint {
    Endpoint::spawn_thread(config).unwrap()
}

pub(crate) async fn fetch(endpoint: &Endpoint, transport: Transport, parameters: UploadPackParameters) -> Measurement {
    fetch_as(endpoint, transport, parameters, Setting::default()).await
}

pub(crate) async fn fetch_as(
    endpoint: &Endpoint,
    transport: Transport,
    parameters: UploadPackParameters,
    client: Setting,
) -> Measurement {
    let folder = tempfile::tempdir().unwrap();
    let url = match transport {
        Transport::Ssh => endpoint.ssh_url(),
        Transport::Https => endpoint.https_url(),
        Transport::Http => endpoint.http_url(),
    };
    let (target, _) = Target::parse(&url.unwrap()).unwrap();
    let way = if transport == Transport::Ssh {
        ssh_way(endpoint, folder.path(), &target, &client)
    } else {
        http_way(endpoint, folder.path(), &target, &client)
    };
    let clock = Clock::start();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = seen.clone();
    let (_stop_handle, stop) = Stop::pair();
    let context = Context {
        target,
        git_ref: client.git_ref,
        profile: client.profile,
        way: Arc::new(way),
        looked_up: None,
        clock,
        recorder: Recorder::new(clock, move |observation| sink.lock().unwrap().push(observation)),
        gauge: Gauge::default(),
        deadline_us: client.budget_us,
        stop,
    };
    let wrapped = Parameters::GitUploadPack(parameters);
    let ended = GitUploadPack.run(&wrapped, context).unwrap().await;
    let run = Run { id: RunId(1), purpose: Purpose::Asked, parameters: wrapped };
    let observations = std::mem::take(&mut *seen.lock().unwrap());
    Measurement { run, started_us: Micros(0), took_us: clock.now(), ended, observations }
}

fn ssh_way(endpoint: &Endpoint, home: &Path, target: &Target, client: &Setting) -> Way {
    let surroundings = Surroundings::bare(home);
    let lines = client.known_hosts.clone().unwrap_or_else(|| endpoint.known_hosts());
    let identity = home.join("identity");
    let wish = SshWish {
        host: target.host.clone(),
        port: target.port,
        user: target.user.clone(),
        identity: Some(identity.clone()),
        known_hosts: Some(KnownHostsWish::Lines(KnownHosts::parse(&lines, Path::new("known_hosts")))),
        proxy: None,
        client: Client::Flux,
        configuration: false,
    };
    let access = Access::for_ssh(&surroundings, &GitConfig::default(), &wish).unwrap();
    let key = decode(endpoint.identity_pem(), &identity, None).unwrap();
    let keys = if client.with_key { vec![Identity { key, path: identity, warning: None }] } else { Vec::new() };
    Way::Ssh { access, keys }
}

fn http_way(endpoint: &Endpoint, home: &Path, target: &Target, client: &Setting) -> Way {
    let surroundings = Surroundings::bare(home);
    let ca_file = home.join("ca.pem");
    std::fs::write(&ca_file, endpoint.ca_pem()).unwrap();
    let wish = HttpWish {
        url: target.url().parse().unwrap(),
        token_file: None,
        ca_file: client.with_ca.then_some(ca_file),
        proxy: None,
        client: Client::Flux,
    };
    let access = Access::for_http(&surroundings, &GitConfig::default(), &wish).unwrap();
    Way::Http { access, surroundings }
}

/// Fails with everything that was seen.
pub(crate) fn assert_complete(measurement: &Measurement, what: &str) {
    assert_eq!(measurement.ended, Ended::Complete, "{what}: {measurement:#?}");
    assert!(measurement.failed_stage().is_none(), "{what}: {measurement:#?}");
}

/// Where it failed, and how.
pub(crate) fn failure(measurement: &Measurement) -> (Stage, FailureKind) {
    let stage = measurement.failed_stage().unwrap_or_else(|| panic!("nothing failed: {measurement:#?}"));
    (stage.stage(), stage.problem.clone().unwrap().kind)
}

/// Whether a look was taken before waiting was given up.
pub(crate) fn has_stall(measurement: &Measurement) -> bool {
    measurement.observations.iter().any(|observation| matches!(observation.seen, Seen::Stall(_)))
}
