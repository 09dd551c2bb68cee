//! Which run speaks for Flux, and what it leaves open. Only a run that asks as Flux asks can.

use std::cmp::Reverse;

use model::{Depth, Ended, FailureKind, GitRef, Profile, Protocol, Report, Stage, Step};

use crate::trace::{Trace, is_ours};

/// True for protocol v0, Flux's depth, no progress, no filter and packets of any size (flux-git.md §2.3).
pub(crate) fn asks_like_flux(run: Trace<'_>) -> bool {
    let asked = run.parameters();
    asked.protocol == Protocol::V0
        && asked.depth == Depth::AsFlux
        && !asked.progress
        && asked.filter.is_none()
        && asked.mss_clamp_bytes.is_none()
}

/// The run that tells most: one that ended well, else the one that got furthest, else one that was not
/// ended by our own time, else the one that waited longest.
pub(super) fn choose(report: &Report) -> Option<Trace<'_>> {
    Trace::all(report).filter(|run| asks_like_flux(*run) && !matches!(run.0.ended, Ended::Skipped { .. })).max_by_key(
        |run| {
            let furthest = run.marks().map(|mark| (mark.stage(), mark.problem().is_none())).max();
            // Go races the families: one that is silent keeps it waiting, and if both fail it tells of the first one.
            let waits = run.stall().is_some_and(|stall| stall.stage() == Stage::Connect);
            let decided = run.first_problem().is_none_or(|(_, failure)| !is_ours(&failure.kind));
            (run.went_well(), furthest, waits, decided, run.parameters().patience_us, Reverse(run.id().0))
        },
    )
}

/// What the run's circumstances leave open.
pub(super) fn caveats(report: &Report, run: Trace<'_>) -> Vec<String> {
    let plan = &report.header.plan;
    let mut caveats = Vec::new();
    if plan.profile != Profile::Flux {
        caveats.push(format!(
            "The first packets were sized as {} sends them, not as Flux does; a path may treat the two differently.",
            plan.profile.name()
        ));
    }
    if plan.git_ref == GitRef::Head {
        let taken = run.advertisement().and_then(|(_, advertisement)| advertisement.reference.as_ref());
        if let Some(taken) = taken.filter(|taken| taken.as_str() != "refs/heads/master") {
            caveats.push(format!(
                "Measured on the server's default branch ({taken}); Flux takes master where spec.ref is absent."
            ));
        }
    }
    if let Some(Step::Proxy { kind, via }) = run.mark(Stage::Proxy).map(|mark| &mark.seen.step) {
        caveats.push(format!("Measured through {kind} {via}; Flux takes that way only if it is configured for it."));
    }
    if let Some(Step::Tls { trust: Some(trust), .. }) = run.mark(Stage::Tls).map(|mark| &mark.seen.step)
        && trust.verified
        && trust.public_root == Some(false)
    {
        caveats.push(
            "The certificate leads to no public authority: Flux accepts it where its secret has that authority as ca.crt, \
             and not otherwise."
                .to_owned(),
        );
    }
    let unreached = Trace::all(report).find_map(|other| {
        let (mark, _) = other.problem(|kind| *kind != FailureKind::OutOfTime)?;
        let failed = mark.stage() == Stage::Connect && asks_like_flux(other) && other.id() != run.id();
        let other_family =
            |peer: &std::net::SocketAddr| run.peer().is_some_and(|here| here.is_ipv4() != peer.is_ipv4());
        other.peer().filter(|peer| failed && run.passed(Stage::Connect) && other_family(peer))
    });
    if let Some(peer) = unreached {
        caveats.push(format!(
            "{} does not answer; Flux tries the other address family after 300 ms and is hardly delayed.",
            peer.ip()
        ));
    }
    caveats
}
