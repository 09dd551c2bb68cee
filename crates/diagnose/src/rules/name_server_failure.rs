//! No name server gave a usable answer.

use crate::case::Case;
use crate::command::quoted;
use crate::figures::{list, time};
use crate::judgement::Judgement;
use crate::names::{Names, Server, Standing, shown};
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::trace::said;
use model::{DnsCode, FailureKind, Stage};

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
    let ended = mark.shows(format!("the lookup ended without an answer after {took}"));
    let names = Names::of(case.report, case.subject);
    let servers = names.as_ref().map(Names::servers).unwrap_or_default();
    let word = match servers.as_slice() {
        [] => {
            let statement =
                format!("No name server gave a usable answer for {host}{way} within {took}{}.", said(failure));
            Judgement::fault(statement, ended).possible([
                "the name server is down or not reachable from here",
                "a firewall drops port 53",
                "the name server refuses to ask further",
            ])
        }
        servers => {
            let told: Vec<String> = servers.iter().map(|server| stands(server, took.as_str())).collect();
            let statement = format!("No name server gave a usable answer for {host}{way}: {}.", list(&told));
            let mut standings: Vec<Standing> = servers.iter().map(Server::standing).collect();
            standings.dedup();
            let why: Vec<&str> = standings.iter().flat_map(why).copied().collect();
            Judgement::fault(statement, ended).and(servers.iter().filter_map(Server::shows)).possible(why)
        }
    };
    Some(
        word.at(mark.stage())
            .remedy([
                "Check the servers in /etc/resolv.conf; in a pod, CoreDNS:",
                "kubectl -n kube-system get pods -l k8s-app=kube-dns",
            ])
            .next([format!("getent ahosts {}", quoted(host))]),
    )
}

/// `10.0.0.1 did not answer within 5.0 s`.
fn stands(server: &Server<'_>, lookup_took: &str) -> String {
    let address = shown(server.address);
    match server.standing() {
        Standing::Answers(slowest) => format!(
            "{address} failed the lookup for {lookup_took}, and answered in {} when it was asked by hand behind it",
            time(slowest)
        ),
        Standing::Declines(code) => format!("{address} answers {code}"),
        Standing::OnlyTruncated => {
            format!("the answers of {address} do not fit into a datagram, and over TCP it gives none")
        }
        Standing::Refuses => format!("nobody listens at {address}"),
        Standing::Silent(waited) => format!("{address} did not answer within {}", time(waited)),
        Standing::SilentOverUdp(waited) => {
            format!("{address} did not answer within {} over UDP, although it does over TCP", time(waited))
        }
        Standing::Otherwise => format!("{address} answers some questions and others not"),
    }
}

/// What may be behind it.
const fn why(standing: &Standing) -> &'static [&'static str] {
    match standing {
        Standing::Silent(_) => &["the name server is down or not reachable from here", "a firewall drops port 53"],
        Standing::SilentOverUdp(_) => &["a firewall drops UDP port 53 and lets TCP through"],
        Standing::Refuses => &["the name server's program does not run", "a firewall rejects port 53"],
        Standing::Declines(DnsCode::SERVER_FAILURE) => &[
            "the name server cannot reach the one that it asks itself",
            "the domain's own name servers fail, or its signatures (DNSSEC) are not valid",
        ],
        Standing::Declines(_) => &["the name server does not answer for this domain, or not to this client"],
        Standing::OnlyTruncated => &["a firewall lets UDP port 53 through and not TCP", "the name server has no TCP"],
        Standing::Answers(_) => &["the name server, or the path to it, fails now and then"],
        Standing::Otherwise => &["the name server, or something before it, treats questions differently"],
    }
}
