//! The pack's checksum does not match its bytes.

use crate::case::Case;
use crate::figures::size;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use model::{FailureKind, Trailer};

pub(super) const RULE: Rule = Rule { id: "pack-corrupt", title: "the pack is damaged", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let damaged = |kind: &FailureKind| *kind == FailureKind::TrailerMismatch;
    let (mark, pack) = case.subject.pack()?;
    let said_so = case.subject.problem(damaged).is_some();
    if !said_so && pack.trailer != Trailer::Mismatch {
        return None;
    }
    let word = Judgement::fault(
        format!("The pack of {} arrived whole, and its checksum does not match its bytes.", size(pack.pack)),
        mark.shows("the checksum at the pack's end differs from the one over its bytes"),
    );
    Some(
        word.at(mark.stage())
            .possible([
                "the repository on the server is damaged",
                "something between here and the server changes bytes (not over SSH or TLS, which would notice)",
            ])
            .remedy(["On the server, in the repository:", "git fsck --full"]),
    )
}
