//! No name server gave a usable answer.

use crate::case::Case;
use crate::command::quoted;
use crate::figures::time;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::trace::said;
use model::{FailureKind, Stage};

pub(super) const RULE: Rule =
    Rule { id: "name-server-failure", title: "no name server answers", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, failure) =
        case.subject.problem(|kind| matches!(kind, FailureKind::NameServerFailure | FailureKind::Stalled { .. }))?;
    if mark.stage() != Stage::Resolve {
        return None;
    }
    let target = &case.report.header.plan.target;
    let host = case.subject.detour(target).unwrap_or(&target.host);
    let way = case.subject.on_the_way(target);
    let took = time(mark.seen.took_us);
    let statement = format!("No name server gave a usable answer for {host}{way} within {took}{}.", said(failure));
    let word = Judgement::fault(statement, mark.shows(format!("the lookup ended without an answer after {took}")));
    Some(
        word.at(mark.stage())
            .possible([
                "the name server is down or not reachable from here",
                "a firewall drops port 53",
                "the name server refuses to ask further",
            ])
            .remedy([
                "Check the servers in /etc/resolv.conf; in a pod, CoreDNS:",
                "kubectl -n kube-system get pods -l k8s-app=kube-dns",
            ])
            .next([format!("getent ahosts {}", quoted(host))]),
    )
}
