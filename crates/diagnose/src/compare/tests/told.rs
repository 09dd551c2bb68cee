//! The cluster's words.

use model::{ClusterEvent, Condition, Symptom};

use super::*;
use crate::FluxOutcome;

pub(super) fn symptom(conditions: &[(&str, &str, &str)], events: &[&str]) -> Symptom {
    let condition = |(kind, status, message): &(&str, &str, &str)| Condition {
        kind: (*kind).into(),
        status: (*status).into(),
        reason: "GitOperationFailed".into(),
        message: (*message).into(),
        since: None,
    };
    let event = |message: &&str| ClusterEvent {
        kind: "Warning".into(),
        reason: "GitOperationFailed".into(),
        message: (*message).into(),
        times: 3,
        last: None,
    };
    Symptom {
        namespace: "flux-system".into(),
        name: "fleet".into(),
        conditions: conditions.iter().map(condition).collect(),
        events: events.iter().map(event).collect(),
        revision: None,
        suspended: false,
    }
}

pub(super) fn told(here: Report, mut node: Report, symptom: Symptom) -> Told {
    node.symptom = Some(symptom);
    compared(&[here, node]).told.unwrap()
}

const INCIDENT: &str = "failed to checkout and determine revision: unable to clone 'ssh://git@git.example/org/repo.git': \
                        error decoding upload-pack response: context deadline exceeded";

#[test]
fn the_clusters_words_are_found_again_letter_by_letter() {
    let said = told(here(well()), pod(stalls_at_the_pack()), symptom(&[("Ready", "False", INCIDENT)], &[INCIDENT]));
    assert_eq!(said.echoes, [Echo { said_by: "Ready".into(), columns: vec![1] }], "{said:?}");
    assert!(
        said.sentence.contains("Ready is, word for word, what netprobe foretells from the node npk-n2"),
        "{said:?}"
    );
    let said = told(here(well()), pod(stalls_at_the_pack()), symptom(&[("Ready", "Unknown", "x")], &[INCIDENT]));
    assert_eq!(said.echoes, [Echo { said_by: "event GitOperationFailed".into(), columns: vec![1] }]);
    let nearly = INCIDENT.replace("decoding", "encoding");
    let said = told(here(well()), pod(stalls_at_the_pack()), symptom(&[("Ready", "False", &nearly)], &[]));
    assert!(said.echoes.is_empty() && said.sentence.contains("not the words"), "{said:?}");
}

#[test]
fn a_ready_that_is_true_while_a_handshake_hangs() {
    let hangs = || Story::ssh().run(|run| run.until(Stage::Greeting).stalls(step(Stage::Greeting, V6), calm()));
    let conditions = [("Ready", "True", "stored artifact"), ("Reconciling", "True", "reconciliation in progress")];
    let report = pod(hangs());
    assert_eq!(crate::diagnose(&report, &Policy::STANDARD).flux.outcome, FluxOutcome::HangsSilently);
    let said = told(here(well()), report, symptom(&conditions, &[]));
    assert!(said.sentence.contains("Reconciling=True is the only sign"), "{said:?}");
    assert!(said.sentence.contains("from the node npk-n2 it does (SSH greeting)"), "{said:?}");
    let said = told(here(well()), pod(well()), symptom(&conditions, &[]));
    assert!(!said.sentence.contains("only sign"), "{said:?}");
}

#[test]
fn a_symptom_that_is_over_or_old_is_told_as_that() {
    let said = told(here(well()), pod(well()), symptom(&[("Ready", "False", INCIDENT)], &[]));
    assert!(said.sentence.contains("it would work now"), "{said:?}");
    let said = told(here(well()), pod(well()), symptom(&[("Ready", "True", "stored artifact")], &[]));
    assert_eq!(said.sentence, "Flux says that it works, and so does netprobe.");
    let suspended = Symptom { suspended: true, ..symptom(&[], &[]) };
    let said = told(here(well()), pod(well()), suspended);
    assert!(said.sentence.starts_with("It is suspended"), "{said:?}");
}
