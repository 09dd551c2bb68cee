//! One of several name servers does not answer: every look-up that meets it waits.

use crate::Confidence;
use crate::case::Case;
use crate::figures::{list, time};
use crate::judgement::Judgement;
use crate::names::{Names, Server, Standing, shown};
use crate::policy::Policy;
use crate::rules::look_up_cost::LookUpCost;
use crate::rules::{Rule, Weight};
use model::Stage;

pub(super) const RULE: Rule = Rule {
    id: "name-server-silent",
    title: "one of several name servers does not answer",
    weight: Weight::Stands,
    judge,
};

fn judge(case: &Case<'_>, policy: &Policy) -> Option<Judgement> {
    let names = Names::of(case.report, case.subject)?;
    let cost = LookUpCost::of(case)?;
    let servers = names.servers();
    let answers = servers.iter().find(|server| matches!(server.standing(), Standing::Answers(_)))?;
    let silent: Vec<(&Server<'_>, model::Micros)> = servers
        .iter()
        .filter_map(|server| match server.standing() {
            Standing::Silent(waited) | Standing::SilentOverUdp(waited) => Some((server, waited)),
            _ => None,
        })
        .filter(|(server, waited)| *waited >= policy.silent_server_us && asked_enough(server))
        .collect();
    let (first, waited) = *silent.first()?;
    let costs = time(names.resolver.timeout_us);
    let met = first.place < answers.place;
    let over_tcp = match first.standing() {
        Standing::SilentOverUdp(_) => " over UDP, although it does over TCP",
        _ => "",
    };
    let who = first.called(&names);
    let statement = format!(
        "{} did not answer within {}{over_tcp}: {}.",
        capital(&who),
        time(waited),
        if met {
            let this_one = cost.in_brackets(policy.slow_look_up_us);
            format!("every look-up waits {costs} for it before it asks the next one{this_one}")
        } else if names.resolver.rotate {
            format!("look-ups begin with it in turn (rotate) and wait {costs} for it then")
        } else {
            format!("a look-up that comes to it, as the first one fails or loses a question, waits {costs} for it")
        }
    );
    // Only a look-up that asks it first is slow, or fails, because of it.
    let (severity, explains): (_, &'static [&'static str]) =
        if met { (cost.severity, cost.explains) } else { (crate::Severity::Warning, &[]) };
    let addresses: Vec<String> = silent.iter().map(|(server, _)| shown(server.address)).collect();
    let mut word = Judgement::new(severity, Confidence::Proven, statement, first.shows()?)
        .at(Stage::Resolve)
        .explains(explains)
        .and(silent.iter().skip(1).filter_map(|(server, _)| server.shows()))
        .and(answers.shows())
        .rules_out(["the name itself: another server answers for it"])
        .possible(["that name server is down, or slower than look-ups wait", "a firewall drops port 53 to it"])
        .remedy([
            format!(
                "Repair {}, or take it out of /etc/resolv.conf; in a cluster, ask where the node has it from.",
                list(&addresses)
            ),
            "For Flux, look into its own pod's file:".to_owned(),
            "kubectl -n flux-system exec deploy/source-controller -- cat /etc/resolv.conf".to_owned(),
        ]);
    if met {
        word = word.and([cost.shows()]);
    }
    Some(word)
}

/// A datagram or two that are lost by chance are no silence.
fn asked_enough(server: &Server<'_>) -> bool {
    server.questions().map(|query| query.seen.datagrams).sum::<u32>() >= LEAST_DATAGRAMS
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// At a loss of 30 %, one of 15,000 servers loses so many in a row.
const LEAST_DATAGRAMS: u32 = 8;
