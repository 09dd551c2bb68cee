//! The look-up takes long, and the name servers' own times say why: each answer is slow, or many are needed.

use crate::Confidence;
use crate::case::Case;
use crate::figures::time;
use crate::judgement::Judgement;
use crate::names::go::{self, Ending};
use crate::names::{Names, words};
use crate::policy::Policy;
use crate::rules::look_up_cost::LookUpCost;
use crate::rules::{Rule, Weight};
use model::Stage;

pub(super) const RULE: Rule =
    Rule { id: "name-lookup-slow", title: "looking the name up takes long", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, policy: &Policy) -> Option<Judgement> {
    let names = Names::of(case.report, case.subject)?;
    let cost = LookUpCost::of(case)?;
    let look_up = go::look_up(&names)?;
    let Ending::Found { name, .. } = &look_up.ending else { return None };
    // A server or a question that is silent is another finding's.
    let answered = names.first_round().filter(|query| query.seen.answer().is_some());
    let slowest = answered.max_by_key(|query| query.seen.took_us)?;
    // What was slow once and is quick now was a cache that had to be filled.
    let again = slowest.seen.took_us.0.saturating_mul(look_up.names as u64) >= cost.took_us().0 / 2;
    if cost.failed || cost.took_us() < policy.slow_look_up_us || !again {
        return None;
    }
    let each = time(slowest.seen.took_us);
    let took = time(cost.took_us());
    let detour = look_up.names > 1;
    let statement = if detour {
        format!(
            "Looking the name up took {took}: {} names are asked for one after the other before {name} is found, and an \
             answer takes up to {each}.",
            look_up.names
        )
    } else {
        format!(
            "Looking the name up took {took}: an answer of {} takes up to {each}.",
            crate::names::shown(slowest.seen.server)
        )
    };
    let word = Judgement::new(cost.severity, Confidence::Proven, statement, cost.shows());
    let mut word = word
        .at(Stage::Resolve)
        .and([slowest.shows(words(slowest.seen))])
        .explains(cost.explains)
        .rules_out(["the git server and the path to it: nothing was sent to them yet"]);
    if detour {
        word = word.remedy([
            format!(
                "In a pod, `ndots` {} makes every name with fewer dots go through {} search domains first; for Flux, lower \
                 it:",
                names.resolver.ndots,
                names.resolver.search.len()
            ),
            "kubectl -n flux-system patch deployment source-controller --type merge -p \
             '{\"spec\":{\"template\":{\"spec\":{\"dnsConfig\":{\"options\":[{\"name\":\"ndots\",\"value\":\"1\"}]}}}}}'"
                .to_owned(),
        ]);
    }
    Some(word.remedy([
        "Find out what the name server waits for: the one that it asks itself, or too much work; in a cluster, CoreDNS \
         and a cache on each node (NodeLocal DNSCache).",
    ]))
}
