use model::{FailureKind, PodNetwork, PodPlace, Report, Stage, StopCause, Trailer};

use super::*;
use crate::Confidence;
use crate::samples::{Story, Telling, V6, calm, gap, no_packet, pack, pack_start, step};

fn on(node: &str, network: PodNetwork, story: Story) -> Report {
    let mut report = story.done();
    report.header.vantage.kind = model::VantageKind::Pod;
    report.header.vantage.pod = Some(PodPlace { network, ..crate::samples::pod(node) });
    report
}

fn pod(story: Story) -> Report {
    on("npk-n2", PodNetwork::Pod, story)
}

fn host(story: Story) -> Report {
    on("npk-n2", PodNetwork::Host, story)
}

fn here(story: Story) -> Report {
    story.done()
}

fn well() -> Story {
    Story::ssh().run(Telling::complete)
}

fn stalls_at_the_pack() -> Story {
    Story::ssh().run(|run| run.until(Stage::FirstPacket).stalls(no_packet(), gap()))
}

fn refused() -> Story {
    let connect = step(Stage::Connect, crate::samples::V4);
    Story::ssh().run(|run| run.until(Stage::Connect).bad(connect, 20, FailureKind::Refused))
}

fn no_key() -> Story {
    let login = step(Stage::Authenticate, crate::samples::V4);
    Story::ssh().run(|run| run.until(Stage::Authenticate).bad(login, 1, FailureKind::NoCredential))
}

fn interrupted(at: Stage) -> Story {
    let ended = model::Ended::Stopped { cause: StopCause::Interrupt };
    Story::ssh().run(|run| run.until(at).ended(ended))
}

fn slow() -> Story {
    Story::ssh().run(|run| run.until(Stage::PackTransfer).good(pack(320 * 1024, Trailer::Verified), 12_000).complete())
}

mod rows;
mod secret;
mod told;

fn compared(reports: &[Report]) -> Comparison {
    compare(reports, &Policy::STANDARD)
}

fn row(comparison: &Comparison, wanted: Measure) -> &Row {
    comparison.rows.iter().find(|row| row.measure == wanted).unwrap_or_else(|| panic!("no row {wanted:?}"))
}

fn stage(stage: Stage) -> Measure {
    Measure::Stage { stage }
}

/// What is said must be there, and what would say too much must not.
fn says(comparison: &Comparison, words: &[&str], not: &[&str]) {
    for word in words {
        assert!(comparison.sentence.contains(word), "missing “{word}”: {}", comparison.sentence);
    }
    for word in not {
        assert!(!comparison.sentence.contains(word), "too much, “{word}”: {}", comparison.sentence);
    }
}

#[test]
fn it_works_from_everywhere() {
    let comparison = compared(&[here(well()), pod(well())]);
    assert_eq!(comparison.place, FaultPlace::Nowhere);
    says(&comparison, &["from every place: from here and from the node npk-n2"], &["only", "cause"]);
    assert_eq!(comparison.confidence, None);
    for row in &comparison.rows {
        assert_eq!(row.difference.kind, DifferenceKind::Same, "{row:?}");
    }
    let labels: Vec<&str> = comparison.columns.iter().map(|column| column.label.as_str()).collect();
    assert_eq!(labels, ["here · here", "node npk-n2 · pod network"]);
}

#[test]
fn a_fault_of_the_node_is_one_only_from_the_node() {
    let comparison = compared(&[here(well()), pod(stalls_at_the_pack())]);
    assert_eq!(comparison.place, FaultPlace::OnlyFromNode { columns: vec![1] });
    says(
        &comparison,
        &[
            "only from the node npk-n2: “wait for the first pack packet” fails there and not from here",
            "so the server, the repository and the way from here are not the cause",
            "What remains: the node, its pod network, its namespace's policies, its way out",
        ],
        &["likely", "policies of", "which nobody else tried"],
    );
    // As sure as the finding, and no surer.
    assert_eq!(comparison.confidence, comparison.columns[1].confidence);
    let failed = row(&comparison, stage(Stage::FirstPacket));
    assert_eq!(failed.difference.words, "only from npk-n2");
    assert!(matches!(failed.cells[1], Cell::Failed { how: FailureKind::Stalled { .. }, .. }), "{failed:?}");
    let behind = row(&comparison, stage(Stage::PackTransfer));
    assert_eq!(behind.cells[1], Cell::NotReached);
    assert_eq!(row(&comparison, Measure::Flux).difference.words, "only from npk-n2");
    assert!(comparison.caveats.iter().any(|caveat| caveat.starts_with("One run from each place")));
}

#[test]
fn a_fault_of_here_is_not_the_nodes() {
    let comparison = compared(&[here(stalls_at_the_pack()), pod(well())]);
    assert_eq!(comparison.place, FaultPlace::OnlyFromHere { columns: vec![0] });
    says(
        &comparison,
        &["only from here: “wait for the first pack packet” fails here and not from the node npk-n2", "this machine"],
        &["only from the node", "policies"],
    );
}

#[test]
fn the_same_fault_from_everywhere_is_what_they_share() {
    let comparison = compared(&[here(stalls_at_the_pack()), pod(stalls_at_the_pack())]);
    assert_eq!(comparison.place, FaultPlace::Everywhere);
    says(
        &comparison,
        &["The same fault from every place", "the server, the repository"],
        &["only from", "not the cause"],
    );
    assert_eq!(row(&comparison, stage(Stage::FirstPacket)).difference.words, "from every place");
    assert!(
        !comparison.rows.iter().any(|row| row.measure == stage(Stage::PackTransfer)),
        "no row for what nobody reached"
    );
    let silent = Story::ssh().run(|run| run.until(Stage::FirstPacket).stalls(no_packet(), calm()));
    let comparison = compared(&[here(stalls_at_the_pack()), pod(silent)]);
    assert_eq!(comparison.place, FaultPlace::Everywhere);
    says(
        &comparison,
        &["does not look the same", "server-silent from the node npk-n2"],
        &["The same fault", "only from"],
    );
    // As sure as the least sure of them.
    let sure = |index: usize| comparison.columns[index].confidence;
    assert_ne!(sure(0), sure(1));
    assert_eq!(comparison.confidence, sure(0).min(sure(1)));
}

#[test]
fn one_fault_may_strike_at_two_stages_of_the_answer() {
    let later = || Story::ssh().run(|run| run.until(Stage::PackStart).stalls(pack_start(1, None), gap()));
    let comparison = compared(&[here(later()), pod(stalls_at_the_pack())]);
    assert_eq!(comparison.place, FaultPlace::Everywhere);
    says(
        &comparison,
        &["The same fault from every place: “wait for the first pack packet” or “wait for the first pack byte” fails"],
        &["only from", "Different"],
    );
    // Who got past the first of them and not past the second one has it too.
    let comparison = compared(&[here(well()), pod(stalls_at_the_pack()), host(later())]);
    assert_eq!(comparison.place, FaultPlace::OnlyFromNode { columns: vec![1, 2] });
}

#[test]
fn two_faults_are_two() {
    let comparison = compared(&[here(stalls_at_the_pack()), pod(refused())]);
    assert_eq!(comparison.place, FaultPlace::Different);
    says(
        &comparison,
        &[
            "Different faults: from here “wait for the first pack packet” fails and from the node npk-n2 “TCP connect” fails.",
            "“TCP connect” works from here.",
        ],
        &["only from", "not the cause"],
    );
}

#[test]
fn the_pod_network_against_the_nodes_own() {
    let comparison = compared(&[pod(stalls_at_the_pack()), host(well())]);
    assert_eq!(comparison.place, FaultPlace::OnlyPodNetwork { columns: vec![0] });
    says(
        &comparison,
        &[
            "only through the pod network of the node npk-n2",
            "not from the host network of the node npk-n2",
            "so the server, the repository and the node's own way out are not the cause",
            "the pod network (overlay, CNI",
            "its namespace's policies",
        ],
        &[],
    );
    assert_eq!(row(&comparison, stage(Stage::FirstPacket)).difference.words, "only from npk-n2/pod");
    let comparison = compared(&[here(well()), pod(well()), host(refused())]);
    assert_eq!(comparison.place, FaultPlace::OnlyHostNetwork { columns: vec![2] });
    says(&comparison, &["only through the host network of the node npk-n2", "its firewall"], &["policies", "overlay"]);
}

#[test]
fn pod_and_host_network_alike_are_the_node() {
    let comparison = compared(&[here(well()), pod(refused()), host(refused())]);
    assert_eq!(comparison.place, FaultPlace::OnlyFromNode { columns: vec![1, 2] });
    says(
        &comparison,
        &["only from the node npk-n2: ", "What remains: the node, its way out"],
        &["pod network,", "policies"],
    );
}

#[test]
fn one_node_of_two() {
    let other = on("npk-n1", PodNetwork::Pod, well());
    let comparison = compared(&[here(well()), other, pod(refused())]);
    assert_eq!(comparison.place, FaultPlace::OnlyFromNode { columns: vec![2] });
    says(&comparison, &["only from the node npk-n2", "neither from here nor from the node npk-n1"], &[]);
    let both = compared(&[here(well()), on("npk-n1", PodNetwork::Pod, refused()), pod(refused())]);
    says(&both, &["only from the nodes npk-n1 and npk-n2"], &[]);
}

#[test]
fn from_here_and_one_node_and_not_from_another() {
    let comparison = compared(&[here(refused()), pod(refused()), on("npk-n1", PodNetwork::Pod, well())]);
    assert_eq!(comparison.place, FaultPlace::OnlyFromSome { columns: vec![0, 1] });
    says(&comparison, &["only from here and from the node npk-n2", "not from the node npk-n1"], &["policies"]);
}

#[test]
fn an_interrupted_column_bears_no_witness() {
    let comparison = compared(&[here(interrupted(Stage::Exec)), pod(stalls_at_the_pack())]);
    assert_eq!(comparison.place, FaultPlace::Open);
    says(&comparison, &["cannot be told", "the run was interrupted", "open"], &["only from", "not the cause"]);
    let authentication = row(&comparison, stage(Stage::Request));
    assert_eq!(authentication.cells[0], Cell::Incomparable { why: Incomparability::BrokenOff, value: None });
    let comparison = compared(&[here(well()), pod(interrupted(Stage::Exec))]);
    assert_eq!(comparison.place, FaultPlace::Open);
    says(&comparison, &["It works from here.", "open"], &["every place"]);
}

#[test]
fn a_pod_that_never_ran_says_why_and_bears_no_witness() {
    let mut never = pod(well());
    never.measurements.clear();
    never.ending = model::Ending::BrokenOff { why: "no node takes the pod".into(), remedy: "-".into() };
    let comparison = compared(&[here(well()), never]);
    says(&comparison, &["no node takes the pod", "open"], &["only from", "every place"]);
    assert_eq!(comparison.columns[1].headline, "Nothing was measured: no node takes the pod.");
}

#[test]
fn an_interrupted_column_that_got_past_the_fault_is_a_witness_of_that() {
    let comparison = compared(&[here(interrupted(Stage::Request)), pod(refused())]);
    assert_eq!(comparison.place, FaultPlace::OnlyFromNode { columns: vec![1] });
    says(&comparison, &["only from the node", "got past “TCP connect” and not to its end"], &[]);
}

#[test]
fn a_missing_key_is_no_fault_of_the_network() {
    let comparison = compared(&[here(no_key()), pod(well())]);
    assert_eq!(comparison.place, FaultPlace::Open);
    assert_eq!(comparison.columns[0].end, ExchangeEnd::NoLogin { stage: Stage::Authenticate });
    says(
        &comparison,
        &["It works from the node npk-n2.", "no key or token", "no fault of the network"],
        &["only from", "fails", "not the cause"],
    );
    for behind in [Stage::Authenticate, Stage::Exec, Stage::PackTransfer] {
        let cell = &row(&comparison, stage(behind)).cells[0];
        assert_eq!(*cell, Cell::Incomparable { why: Incomparability::NoLogin, value: None }, "{behind:?}");
    }
    assert_eq!(row(&comparison, stage(Stage::KeyExchange)).difference.words, "same");
    assert!(comparison.caveats.iter().any(|caveat| caveat.contains("not to blame")), "{:?}", comparison.caveats);

    // What the node fails at lies behind the login that here could not make.
    let comparison = compared(&[here(no_key()), pod(stalls_at_the_pack())]);
    assert_eq!(comparison.place, FaultPlace::Open);
    says(&comparison, &["cannot be told", "not tried there"], &["only from", "not the cause"]);

    // And what it fails at before the login, here got past.
    let comparison = compared(&[here(no_key()), pod(refused())]);
    assert_eq!(comparison.place, FaultPlace::OnlyFromNode { columns: vec![1] });
    says(&comparison, &["only from the node npk-n2: “TCP connect” fails there"], &[]);
}

#[test]
fn a_host_that_is_not_known_here_is_a_login_that_could_not_be_made() {
    let story = Story::ssh().run(|run| {
        let key = crate::samples::key_exchange(model::HostKeyVerdict::Unknown);
        run.until(Stage::KeyExchange).bad(key, 20, FailureKind::HostKeyUnknown).bad(
            step(Stage::Authenticate, crate::samples::V4),
            1,
            FailureKind::NoCredential,
        )
    });
    let comparison = compared(&[here(story), pod(well())]);
    assert_eq!(comparison.place, FaultPlace::Open);
    says(&comparison, &["It works from the node npk-n2."], &["only from"]);
}

#[test]
fn a_refused_key_is_the_secrets_in_the_pod_and_nobodys_here() {
    let refuses = || {
        let login = step(Stage::Authenticate, crate::samples::V4);
        Story::ssh().run(|run| run.until(Stage::Authenticate).bad(login, 20, FailureKind::AuthenticationRefused))
    };
    let comparison = compared(&[here(refuses()), pod(well())]);
    assert_eq!(comparison.place, FaultPlace::Open);
    let comparison = compared(&[here(well()), pod(refuses())]);
    says(
        &comparison,
        &["only from the node", "answers there and says no", "the login in the Secret"],
        &["not the cause"],
    );
}

#[test]
fn another_address_clears_no_server() {
    let elsewhere = Story::ssh().run(|run| run.to(V6).until(Stage::FirstPacket).stalls(no_packet(), gap()));
    let comparison = compared(&[here(well()), pod(elsewhere)]);
    says(
        &comparison,
        &["only from the node", "so the repository and the way from here are not", "which nobody else tried"],
        &["the server, the repository"],
    );
    assert_eq!(row(&comparison, Measure::Dialled).difference.words, "differs");
    assert_eq!(row(&comparison, stage(Stage::Greeting)).marks, [RowMark::OtherAddress]);
    assert!(row(&comparison, stage(Stage::Resolve)).marks.is_empty());
    assert!(comparison.caveats.iter().any(|caveat| caveat.contains("Not the same address")));
}

#[test]
fn names_that_are_lost_in_the_cluster() {
    let lost = Story::ssh().run(|run| run.bad(step(Stage::Resolve, V6), 20, FailureKind::NameNotFound));
    let comparison = compared(&[here(well()), pod(lost)]);
    says(&comparison, &["only from the node", "so the name itself is not", "the cluster's DNS"], &["the server,"]);
}

#[test]
fn a_server_that_computes_for_the_first_who_asks_is_not_blamed_on_a_place() {
    let computes =
        Story::ssh().run(|run| run.until(Stage::PackStart).good(pack_start(14, Some(10)), 71_000).complete());
    let comparison = compared(&[here(well()), pod(computes)]);
    says(&comparison, &["only from the node", "computes for the first who asks"], &["not the cause"]);
}

#[test]
fn two_reports_of_one_place_are_told_apart() {
    let comparison = compared(&[pod(well()), pod(refused())]);
    let names: Vec<&str> = comparison.columns.iter().map(|column| column.label.as_str()).collect();
    assert_eq!(names, ["node npk-n2 · pod network (1)", "node npk-n2 · pod network (2)"]);
    let mut long = pod(well());
    long.header.vantage.pod.as_mut().unwrap().node = "ip-10-0-113-23.eu-central-1.compute.internal".to_owned();
    assert_eq!(compared(&[here(well()), long]).columns[1].short, "ip-10-0-113-23");
    let mut long = pod(well());
    long.header.vantage.pod.as_mut().unwrap().node = "gke-production-default-pool-a1b2c3d4-x7k9".to_owned();
    assert_eq!(compared(&[here(well()), long]).columns[1].short, "the node");
}

#[test]
fn one_place_at_two_times_clears_nothing() {
    let pairs = [[here(well()), here(stalls_at_the_pack())], [pod(well()), pod(stalls_at_the_pack())]];
    for reports in pairs {
        let comparison = compared(&reports);
        assert_eq!(comparison.place, FaultPlace::Open);
        says(
            &comparison,
            &["not there each time", "“wait for the first pack packet” fails from ", "comes and goes"],
            &["only from", "not the cause", "What remains"],
        );
    }
    let comparison = compared(&[here(well()), pod(well()), pod(refused())]);
    assert_eq!(comparison.place, FaultPlace::Open, "a third place does not make it another one");

    // These are other places: another machine, and another namespace with policies of its own.
    let mut elsewhere = here(stalls_at_the_pack());
    elsewhere.header.vantage.host_name = "another".to_owned();
    assert_eq!(compared(&[here(well()), elsewhere]).place, FaultPlace::OnlyFromSome { columns: vec![1] });
    let mut elsewhere = pod(stalls_at_the_pack());
    elsewhere.header.vantage.pod.as_mut().unwrap().namespace = "another".to_owned();
    assert_eq!(compared(&[pod(well()), elsewhere]).place, FaultPlace::OnlyFromNode { columns: vec![1] });
}

#[test]
fn a_clone_that_is_too_slow_for_another_clock_is_not_blamed_on_a_place() {
    let judged = |mut report: Report, ms: u64| {
        report.header.plan.timeout_us = model::Micros(ms * 1000);
        report
    };
    let comparison = compared(&[judged(here(well()), 60_000), judged(pod(well()), 100)]);
    assert_eq!(comparison.columns[1].end, ExchangeEnd::Fault { stage: None, rule: "over-timeout".to_owned() });
    assert_eq!(comparison.place, FaultPlace::Open);
    says(
        &comparison,
        &[
            "From the node npk-n2 the clone takes longer than spec.timeout.",
            "(100 ms from the node npk-n2 and 60",
            "one --timeout",
        ],
        &["only from", "not the cause"],
    );
    let comparison = compared(&[judged(here(well()), 5_000), judged(pod(slow()), 5_000)]);
    assert_eq!(comparison.place, FaultPlace::OnlyFromNode { columns: vec![1] }, "one clock is as good as ever");
}

#[test]
fn fewer_than_two_and_reports_without_a_run() {
    assert_eq!(compared(&[]).place, FaultPlace::Open);
    assert_eq!(compared(&[here(well())]).sentence, "There is nothing to compare with.");
    let comparison = compared(&[here(Story::ssh()), pod(Story::ssh())]);
    assert_eq!(comparison.place, FaultPlace::Open);
    says(&comparison, &["no exchange was made there"], &[]);
}

/// Every sample against every other: nothing panics, no cell is missing, and no place is blamed where a column is not known.
#[test]
fn every_pair_of_samples_has_a_comparison() {
    let samples = crate::samples::all();
    for one in &samples {
        for other in samples.iter().step_by(7) {
            let mut node = other.report.clone();
            if node.header.vantage.pod.is_none() {
                node.header.vantage.pod = pod(Story::ssh()).header.vantage.pod;
            }
            let reports = [one.report.clone(), node];
            let comparison = compared(&reports);
            assert!(comparison.rows.iter().all(|row| row.cells.len() == 2), "{} {}", one.name, other.name);
            assert!(!comparison.sentence.is_empty() && !comparison.sentence.contains("  "), "{}", comparison.sentence);
            let ends = comparison.columns.iter().map(|column| &column.end);
            let faults = ends.filter(|end| matches!(end, ExchangeEnd::Fault { .. })).count();
            if faults == 0 {
                assert!(
                    !comparison.sentence.contains("only from"),
                    "{} {}: {}",
                    one.name,
                    other.name,
                    comparison.sentence
                );
                let in_a_secret = matches!(comparison.place, FaultPlace::Secret { .. });
                assert_eq!(comparison.confidence.is_some(), in_a_secret, "{} {}", one.name, other.name);
            }
        }
    }
}
