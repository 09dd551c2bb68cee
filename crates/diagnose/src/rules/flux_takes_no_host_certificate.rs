//! `known_hosts` vouches for the server by a certificate authority alone, and Flux knows no host certificates.

use model::{FailureKind, HostKeyVerdict, Stage};

use crate::case::Case;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::host_key_unknown::{FOR_FLUX, scan};
use crate::rules::{Rule, Weight};
use crate::ssh::known_types;

pub(super) const RULE: Rule = Rule {
    id: "flux-takes-no-host-certificate",
    title: "Flux does not take the server's host certificate",
    weight: Weight::Stands,
    judge,
};

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let known = known_types(case).filter(|known| known.seen.authority)?;
    let verdict = known.seen.as_flux.filter(|verdict| *verdict != HostKeyVerdict::Trusted)?;
    let run = case.subject;
    // As OpenSSH, the certificate was taken; as Flux, the bare key was compared with the authority's.
    let as_flux = run.problem(|kind| *kind == FailureKind::HostKeyChanged).is_some();
    let passed = run.passed(Stage::KeyExchange) && run.problem(is_of_trust).is_none();
    if verdict == HostKeyVerdict::Revoked || !(as_flux || passed && known.seen.given) {
        return None;
    }
    let host = &case.report.header.plan.target.host;
    let mark = run.mark(Stage::KeyExchange)?;
    let git = if passed { "The clone works from here, and Flux fails: " } else { "" };
    let statement = format!(
        "{git}known_hosts vouches for {host} by a certificate authority (@cert-authority), and Flux asks for no host \
         certificates: it takes the authority's key for the host's own, and finds another one."
    );
    Some(
        Judgement::fault(statement, known.shows("a line with @cert-authority is for this host"))
            .at(Stage::KeyExchange)
            .and([mark.shows(if passed { "the certificate was taken" } else { "the bare key was shown, as Flux asks for it" })])
            .explains(&["host-key-changed", "no-credential", "authentication-refused", "flux-gives-up"])
            .rules_out(["another machine in the server's place, as far as a certificate tells: its key was not changed"])
            .remedy([
                "Give Flux the host's own keys. In its secret they must stand above the line with @cert-authority, or without \
                 it: of each type the first line for the host counts."
                    .to_owned(),
                scan(case),
                FOR_FLUX.to_owned(),
            ]),
    )
}

const fn is_of_trust(kind: &FailureKind) -> bool {
    matches!(kind, FailureKind::HostKeyUnknown | FailureKind::HostKeyChanged | FailureKind::HostKeyRevoked)
}
