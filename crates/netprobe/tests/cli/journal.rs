//! Reports on disk: cut anywhere, judged again, in either form.

use endpoint::{Fault, Point};

use crate::bed::{Bed, Said};

#[test]
fn a_journal_that_was_cut_is_judged_up_to_its_last_whole_record() {
    let bed = Bed::with(Fault::Freeze { at: Point::AfterNak { bytes: 0 } });
    let said = Said::by(bed.run().args(["--patience", "300ms", "--no-follow-up", &bed.ssh()]));
    assert_eq!(said.code, Some(1), "{said:?}");
    let whole = std::fs::read(bed.home.report()).unwrap();
    let header = whole.iter().position(|byte| *byte == b'\n').unwrap();
    let steps = (0..=20).map(|step| header + (whole.len() - header) * step / 20);
    for length in steps.chain([header / 2, whole.len() - 1, whole.len() - 2]) {
        let cut = bed.home.path("cut.jsonl");
        std::fs::write(&cut, &whole[..length]).unwrap();
        let said = Said::by(&mut bed.home.netprobe(&["diagnose", "cut.jsonl"]));
        if length < header {
            assert_eq!((said.code, said.stdout.is_empty()), (Some(2), true), "at {length}: {said:?}");
        } else {
            assert_eq!(said.code, Some(0), "at {length}: {said:?}");
            // The line feed behind the last record is no part of it.
            assert_eq!(said.stdout.contains("breaks off"), length + 1 < whole.len(), "at {length}: {said:?}");
        }
    }
}

#[test]
fn a_judgement_again_is_the_judgement_of_the_run() {
    let bed = Bed::with(Fault::Reset { at: Point::Pack { bytes: 50_000 } });
    let said = Said::by(bed.run().args(["--format", "json", &bed.ssh()]));
    let document = said.json();
    bed.home.write("document.json", &said.stdout);
    let journal = bed.home.report().display().to_string();
    for report in [journal.as_str(), "document.json"] {
        let again = Said::by(&mut bed.home.netprobe(&["diagnose", "--format", "json", report]));
        assert_eq!(again.code, Some(0), "{again:?}");
        assert_eq!(again.json(), document, "{report}");
        let checked = Said::by(&mut bed.home.netprobe(&["diagnose", "--check", report]));
        assert_eq!(checked.code, said.code, "{checked:?}");
    }
}

#[test]
fn several_reports_are_judged_one_after_the_other() {
    let (good, bad) = (Bed::healthy(), Bed::with(Fault::Cut { at: Point::Pack { bytes: 9 } }));
    let good_code = Said::by(good.run().arg(good.ssh())).code;
    let bad_code = Said::by(bad.run().arg(bad.ssh())).code;
    assert_eq!((good_code, bad_code), (Some(0), Some(1)));
    let both = [good.home.report(), bad.home.report()];
    let said = Said::by(good.home.netprobe(&["diagnose", "--check"]).args(&both));
    assert_eq!(said.code, Some(1), "the worst counts: {said:?}");
    for report in both {
        assert!(said.stdout.contains(&report.display().to_string()), "{said:?}");
    }
}

#[test]
fn a_report_goes_where_it_was_told_to() {
    let bed = Bed::healthy();
    let said = Said::by(bed.run().args(["-o", "deep/down/report.jsonl", &bed.ssh()]));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.stdout.contains("deep/down/report.jsonl"), "{said:?}");
    let again = Said::by(&mut bed.home.netprobe(&["diagnose", "--check", "deep/down/report.jsonl"]));
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(bed.home.reports().is_empty());
}
