//! Secrets that Flux cannot use: a fault, and none of the way.

use model::{Objection, SecretUse};

use super::*;
use crate::Verdict;
use crate::samples::secret::{absent, missing, no_login, not_known};

fn with(objections: impl IntoIterator<Item = Objection>, story: Story) -> Report {
    let mut report = pod(story);
    report.header.vantage.pod.as_mut().unwrap().objections = objections.into_iter().collect();
    report
}

const OF_THE_WAY: [&str; 6] = ["only from", "not the cause", "What remains", "the node,", "its way out", "policies"];

#[test]
fn a_secret_that_is_not_there_is_no_fault_of_the_node() {
    let comparison = compared(&[here(well()), with([absent()], Story::ssh().run(not_known))]);
    assert_eq!(comparison.place, FaultPlace::Secret { columns: vec![1] });
    assert_eq!(comparison.columns[1].end, ExchangeEnd::Secret { stage: Some(Stage::KeyExchange) });
    assert_eq!(comparison.columns[1].verdict, Verdict::Fault);
    assert_eq!(comparison.confidence, Some(Confidence::Proven));
    says(
        &comparison,
        &[
            "The fault is in the Secret that the GitRepository names, and not on the way. From the node npk-n2: Flux fails before \
             it sends a packet: the Secret that the GitRepository names is not there, or is empty.",
            "It works from here, with the login of that place.",
            "“SSH key exchange” could not be passed without it",
        ],
        &OF_THE_WAY,
    );
    let cell = &row(&comparison, stage(Stage::Authenticate)).cells[1];
    assert_eq!(*cell, Cell::Incomparable { why: Incomparability::NoLogin, value: None });
}

#[test]
fn nor_is_it_where_nothing_works_from_here_either() {
    let comparison = compared(&[here(no_key()), with([missing("identity")], Story::ssh().run(no_login))]);
    assert_eq!(comparison.place, FaultPlace::Secret { columns: vec![1] });
    says(&comparison, &["has no `identity`", "there was no key or token"], &OF_THE_WAY);
}

#[test]
fn it_is_the_secret_where_the_run_itself_goes_well() {
    let proxy = Objection::SecretAbsent { secret: SecretUse::Proxy };
    let comparison = compared(&[here(well()), with([proxy], well())]);
    assert_eq!(comparison.columns[1].end, ExchangeEnd::Secret { stage: None });
    says(&comparison, &["names for its proxy is not there", "Put the Secret right"], &OF_THE_WAY);
    // It is a witness for the way all the same.
    let proxy = Objection::SecretAbsent { secret: SecretUse::Proxy };
    let comparison = compared(&[here(stalls_at_the_pack()), with([proxy], well())]);
    assert_eq!(comparison.place, FaultPlace::OnlyFromHere { columns: vec![0] });
}

#[test]
fn a_fault_on_the_way_is_told_with_the_secret_beside_it() {
    let comparison = compared(&[here(well()), with([absent()], refused())]);
    assert_eq!(comparison.place, FaultPlace::OnlyFromNode { columns: vec![1] });
    says(&comparison, &["“TCP connect” fails there", "Besides, Flux cannot use its Secret from the node npk-n2"], &[]);
    let comparison = compared(&[here(refused()), with([absent()], Story::ssh().run(not_known))]);
    assert_eq!(comparison.place, FaultPlace::OnlyFromHere { columns: vec![0] });
    let comparison = compared(&[here(stalls_at_the_pack()), with([absent()], Story::ssh().run(not_known))]);
    assert_eq!(comparison.place, FaultPlace::Open);
    says(&comparison, &["From the node npk-n2 Flux cannot use its Secret"], &["not the cause"]);
}

#[test]
fn the_clusters_words_are_those_of_the_forecast() {
    let words =
        "failed to get secret 'flux-system/repo': failed to get secret 'flux-system/repo': secrets \"repo\" not found";
    let node = with([absent()], Story::ssh().run(not_known));
    let said = super::told::told(here(well()), node, super::told::symptom(&[("Ready", "False", words)], &[]));
    assert_eq!(said.echoes, [Echo { said_by: "Ready".into(), columns: vec![1] }], "{said:?}");
}
