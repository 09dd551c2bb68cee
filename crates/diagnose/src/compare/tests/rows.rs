//! Cells, and what differs.

use model::{GitRef, Protocol};

use super::*;
use crate::samples::{STAGE_MS, advertisement, part_of_pack};

#[test]
fn slower_is_not_broken() {
    let comparison = compared(&[here(well()), pod(slow())]);
    assert_eq!(comparison.place, FaultPlace::SlowerFromSome { columns: vec![1] });
    says(
        &comparison,
        &["slower from some", "from the node npk-n2: 12 s against", "“pack transfer”"],
        &["only from the node", "not the cause", "fault"],
    );
    let transfer = row(&comparison, stage(Stage::PackTransfer));
    assert_eq!(transfer.difference.words, "600× slower from npk-n2");
    assert_eq!(transfer.difference.columns, [1]);
}

#[test]
fn a_small_difference_is_none() {
    let taking = |ms: u64| Story::ssh().run(|run| run.until(Stage::Exec).good(step(Stage::Exec, V6), ms).complete());
    let words = |one: u64, other: u64| {
        let comparison = compared(&[here(taking(one)), pod(taking(other))]);
        row(&comparison, stage(Stage::Exec)).difference.words.clone()
    };
    assert_eq!(words(20, 119), "same", "less than 100 ms more");
    assert_eq!(words(1_000, 1_990), "same", "less than twice");
    assert_eq!(words(1_000, 2_000), "2× slower from npk-n2");
    assert_eq!(words(120, 20), "6× slower from here");
}

#[test]
fn a_pack_that_was_cut_has_a_rate_and_no_length() {
    let cut = Story::ssh().run(|run| run.until(Stage::PackTransfer).good(part_of_pack(20, Some(40)), 4_000).cut());
    let whole = Story::ssh()
        .run(|run| run.until(Stage::PackTransfer).good(pack(40 << 20, Trailer::Verified), 16_000).complete());
    let comparison = compared(&[here(cut), pod(whole)]);
    for measure in [stage(Stage::PackTransfer), Measure::Exchange, Measure::Pack] {
        let row = row(&comparison, measure);
        let cut = matches!(row.cells[0], Cell::Incomparable { why: Incomparability::CutAtCap, value: Some(_) });
        assert!(cut && row.difference.words == "pack cut", "{row:?}");
    }
    assert_eq!(row(&comparison, Measure::PackRate).difference.words, "2× slower from npk-n2");
    assert_eq!(comparison.place, FaultPlace::SlowerFromSome { columns: vec![1] });
    says(
        &comparison,
        &["The pack comes more slowly from the node npk-n2: 21 Mbit/s against 42 Mbit/s"],
        &["clone takes"],
    );
    let cut = || Story::ssh().run(|run| run.until(Stage::PackTransfer).good(part_of_pack(20, Some(40)), 4_000).cut());
    let comparison = compared(&[here(cut()), pod(cut())]);
    assert_eq!(row(&comparison, stage(Stage::PackTransfer)).difference.words, "same", "both were cut at as many bytes");
}

#[test]
fn what_was_asked_otherwise_is_not_compared() {
    type Change = fn(&mut Report);
    let cases: [(Change, Incomparability); 6] = [
        (|report| report.header.version = 2, Incomparability::OtherVersion),
        (|report| report.header.plan.target.path = "/other.git".into(), Incomparability::OtherRepository),
        (|report| report.header.plan.git_ref = GitRef::Tag("v1".into()), Incomparability::OtherReference),
        (|report| report.header.plan.profile = model::Profile::Git, Incomparability::OtherProfile),
        (|report| asked(report).protocol = Protocol::V2, Incomparability::OtherProtocol),
        (|report| asked(report).depth = model::Depth::Full, Incomparability::OtherRequest),
    ];
    for (change, why) in cases {
        let mut other = pod(stalls_at_the_pack());
        change(&mut other);
        let comparison = compared(&[here(well()), other]);
        assert_eq!(comparison.place, FaultPlace::Open, "{why:?}");
        says(&comparison, &["do not answer the same question", why.short()], &["only from", "cause"]);
        let connect = row(&comparison, stage(Stage::Connect));
        assert!(
            matches!(connect.cells[1], Cell::Incomparable { why: told, value: Some(_) } if told == why),
            "{connect:?}"
        );
        assert_eq!(connect.difference.words, why.short());
    }
    // A third column does not suffer from it.
    let mut other = on("npk-n1", PodNetwork::Pod, well());
    other.header.plan.target.path = "/other.git".into();
    let comparison = compared(&[here(well()), other, pod(refused())]);
    says(&comparison, &["only from the node npk-n2", "Not compared: the node npk-n1, other repository."], &[]);
}

fn asked(report: &mut Report) -> &mut model::UploadPackParameters {
    match &mut report.measurements[0].run.parameters {
        model::Parameters::GitUploadPack(parameters) => parameters,
        other => panic!("{other:?}"),
    }
}

#[test]
fn another_commit_is_another_pack() {
    let at = |id: &str| {
        let mut step = advertisement(3, model::Bytes(400));
        if let model::Step::AdvertisementTransfer(advertisement) = &mut step {
            advertisement.object_id = Some(id.into());
        }
        Story::ssh().run(|run| run.until(Stage::AdvertisementTransfer).good(step, STAGE_MS).complete())
    };
    let comparison = compared(&[here(at("a1")), pod(at("b2"))]);
    assert_eq!(row(&comparison, Measure::Pack).difference.words, "other commit");
    assert_eq!(comparison.place, FaultPlace::Nowhere);
}
