//! Reports of one question from several places, for comparisons. Their diagnoses are made by the rules of today.

use model::{
    ClusterEvent, Condition, Ended, Ending, Failure, FailureKind, GitRef, Journal, Likeness, Micros, Objection,
    PodNetwork, PodPlace, Record, Report, SecretUse, Seen, Stage, Step, Symptom, VantageKind,
};

use super::{Recorder, asked, https, incident, ssh};

/// A comparison's case.
pub(crate) struct Places {
    pub(crate) name: &'static str,
    pub(crate) reports: Vec<Report>,
}

pub(crate) fn all() -> Vec<Places> {
    let place = |name, reports| Places { name, reports };
    vec![
        place("incident", vec![healthy(), complaining(on_node(PodNetwork::Pod, stalled()), &not_ready())]),
        place("healthy", vec![healthy(), complaining(on_node(PodNetwork::Pod, farther(healthy(), 120)), &ready())]),
        place("same-fault", vec![refused(), on_node(PodNetwork::Pod, farther(refused(), 104))]),
        place("no-key-here", vec![no_key(), on_node(PodNetwork::Pod, farther(healthy(), 240))]),
        place("cut-here", vec![cut(), on_node(PodNetwork::Pod, farther(whole(), 160))]),
        place(
            "hangs-silently",
            vec![
                healthy(),
                complaining(
                    on_node(PodNetwork::Pod, hangs()),
                    &[
                        ("Ready", "True", "Succeeded", "stored artifact for revision 'main@sha1:5f0c8be1'"),
                        ("Reconciling", "True", "Progressing", "reconciliation in progress"),
                    ],
                ),
            ],
        ),
        place(
            "no-secret-there",
            vec![
                healthy(),
                complaining(
                    without_secret(on_node(PodNetwork::Pod, no_key())),
                    &[(
                        "Ready",
                        "False",
                        "AuthenticationFailed",
                        "failed to get secret 'flux-system/fleet-key': failed to get secret 'flux-system/fleet-key': secrets \
                         \"fleet-key\" not found",
                    )],
                ),
            ],
        ),
        place("never-came", vec![healthy(), complaining(on_node(PodNetwork::Pod, never_came()), &not_ready())]),
        place(
            "pod-against-host",
            vec![healthy(), on_node(PodNetwork::Pod, stalled()), on_node(PodNetwork::Host, farther(healthy(), 90))],
        ),
        place(
            "four-places",
            vec![
                healthy(),
                on_node(PodNetwork::Pod, refused()),
                on_node(PodNetwork::Host, farther(healthy(), 900)),
                on("ip-10-0-113-23.eu-central-1.compute.internal", PodNetwork::Pod, no_key()),
            ],
        ),
    ]
}

fn read(records: &[Record]) -> Report {
    let journal: String = records.iter().map(Record::to_line).collect();
    Journal::read(journal.as_bytes()).unwrap()
}

fn healthy() -> Report {
    read(&ssh::healthy().records)
}

fn stalled() -> Report {
    read(&incident::stall_cured_by_clamp().records)
}

/// Of a pod that never ran: the place, the plan and why.
fn never_came() -> Report {
    let mut report = healthy();
    report.measurements.clear();
    report.took_us = Micros(0);
    report.ending = Ending::BrokenOff {
        why: "node npk-n2 does not have the image localhost/netprobe:0.1.0 and cannot pull it".into(),
        remedy: "Put it on node npk-n2 with `netprobe image`, or name one that a registry has with --image.".into(),
    };
    report
}

fn refused() -> Report {
    read(&ssh::connect_refused().records)
}

fn cut() -> Report {
    read(&https::cut_at_the_cap().records)
}

/// The same without a cap.
fn whole() -> Report {
    let mut report = cut();
    for measurement in &mut report.measurements {
        measurement.ended = Ended::Complete;
        for observation in &mut measurement.observations {
            if let Seen::Stage(stage) = &mut observation.seen
                && let Step::PackTransfer(pack) = &mut stage.step
            {
                pack.pack = pack.estimated_pack.take().unwrap();
                pack.objects_seen = Some(pack.objects);
                pack.trailer = model::Trailer::Verified;
                stage.took_us = Micros(stage.took_us.0 * 6);
            }
        }
        measurement.took_us = Micros(measurement.took_us.0 * 5);
    }
    report
}

fn no_key() -> Report {
    let mut recorder = Recorder::new(ssh::TARGET, GitRef::Branch("main".to_owned()), vec![asked()]);
    recorder.begin(asked());
    ssh::to_the_login(&mut recorder);
    let login = Step::Authenticate {
        user: "git".to_owned(),
        attempted: vec!["none".to_owned()],
        offered: vec!["publickey".into()],
    };
    let missing = Failure::new(FailureKind::NoCredential, "authenticate").saying("no key was offered: there is none");
    recorder.failed(login, 31_000, 120, 96, missing);
    recorder.end(Ended::Failed);
    read(&recorder.finish())
}

fn hangs() -> Report {
    let mut recorder = Recorder::new(ssh::TARGET, GitRef::Branch("main".to_owned()), vec![asked()]);
    recorder.begin(asked());
    recorder.stage(ssh::resolved("github.com"), 1_400, 0, 0);
    recorder.tcp = Some(super::connection());
    recorder.stage(ssh::connected(22, None), 27_400, 0, 0);
    let silence =
        Failure::new(FailureKind::Stalled { silent_us: Micros(6_000_000) }, "read the server's identification");
    let greeting = Step::Greeting { client_ident: "SSH-2.0-netprobe_0.1.0".to_owned(), server_ident: None };
    let tcp = recorder.tcp.unwrap();
    recorder.failed(greeting, 6_000_000, 22, 0, silence);
    recorder.stall(Stage::Greeting, 6_000_000, tcp, tcp);
    recorder.end(Ended::Failed);
    read(&recorder.finish())
}

/// Every stage takes this share of its time, in percent.
fn farther(mut report: Report, percent: u64) -> Report {
    for measurement in &mut report.measurements {
        measurement.took_us = Micros(measurement.took_us.0 * percent / 100);
        for observation in &mut measurement.observations {
            if let Seen::Stage(stage) = &mut observation.seen {
                stage.took_us = Micros(stage.took_us.0 * percent / 100);
            }
        }
    }
    report
}

fn on_node(network: PodNetwork, report: Report) -> Report {
    on("npk-n2", network, report)
}

fn on(node: &str, network: PodNetwork, mut report: Report) -> Report {
    let vantage = &mut report.header.vantage;
    vantage.kind = VantageKind::Pod;
    vantage.host_name = "netprobe-7c44".into();
    vantage.kernel = "6.8.0-48-generic".into();
    vantage.interfaces = vec![model::Interface { name: "eth0".to_owned(), mtu_bytes: 1_450 }];
    vantage.pod = Some(PodPlace {
        node: node.to_owned(),
        namespace: "flux-system".to_owned(),
        name: "netprobe-7c44-x2v9k".to_owned(),
        network,
        likeness: Likeness::Settings,
        secret: None,
        proxy_secret: None,
        objections: Vec::new(),
    });
    let tcp = report.measurements.iter_mut().flat_map(|measurement| &mut measurement.observations);
    for observation in tcp {
        let tcp = match &mut observation.seen {
            Seen::Stage(stage) => stage.tcp.as_mut(),
            Seen::Stall(look) => look.now.as_mut(),
            _ => None,
        };
        if let Some(tcp) = tcp.filter(|_| network == PodNetwork::Pod) {
            (tcp.advertised_mss_bytes, tcp.path_mtu_bytes) = (tcp.advertised_mss_bytes.min(1_398), 1_450);
        }
    }
    report
}

fn without_secret(mut report: Report) -> Report {
    let pod = report.header.vantage.pod.as_mut().unwrap();
    pod.secret = Some("fleet-key".to_owned());
    pod.objections = vec![Objection::SecretAbsent { secret: SecretUse::Login }];
    report
}

fn complaining(report: Report, conditions: &[(&str, &str, &str, &str)]) -> Report {
    let condition = |(kind, status, reason, message): &(&str, &str, &str, &str)| Condition {
        kind: (*kind).into(),
        status: (*status).into(),
        reason: (*reason).into(),
        message: (*message).into(),
        since: Some("2025-11-23T17:02:11Z".to_owned()),
    };
    let conditions: Vec<Condition> = conditions.iter().map(condition).collect();
    let events = conditions.iter().filter(|one| one.status.as_str() == "False").map(|one| ClusterEvent {
        kind: "Warning".into(),
        reason: one.reason.clone(),
        message: one.message.clone(),
        times: 14,
        last: Some("2025-11-23T17:19:40Z".to_owned()),
    });
    let symptom = Symptom {
        namespace: "flux-system".to_owned(),
        name: "fleet-infra".to_owned(),
        events: events.collect(),
        conditions,
        revision: None,
        suspended: false,
    };
    Report { symptom: Some(symptom), ..report }
}

fn not_ready() -> [(&'static str, &'static str, &'static str, &'static str); 2] {
    [
        ("Reconciling", "True", "ProgressingWithRetry", "building artifact: retrying"),
        (
            "Ready",
            "False",
            "GitOperationFailed",
            "failed to checkout and determine revision: unable to clone 'ssh://git@github.com/acme/fleet-infra.git': error decoding upload-pack response: context deadline exceeded",
        ),
    ]
}

fn ready() -> [(&'static str, &'static str, &'static str, &'static str); 1] {
    [("Ready", "True", "Succeeded", "stored artifact for revision 'main@sha1:5f0c8be1'")]
}
