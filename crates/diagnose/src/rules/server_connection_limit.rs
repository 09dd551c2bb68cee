//! The server turns connections away before it greets: it has, or grants this address, no more of them.

use model::{FailureKind, Stage};

use crate::case::Case;
use crate::figures::count;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::ssh::{Handshake, identified, names_a_limit, turned_away};
use crate::{Confidence, Evidence, Severity};

pub(super) const RULE: Rule = Rule {
    id: "server-connection-limit",
    title: "the server is at its limit of connections",
    weight: Weight::Stands,
    judge,
};

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let mark = turned_away(case)?;
    let target = &case.report.header.plan.target;
    let others: Vec<Handshake<'_>> = Handshake::of(case).collect();
    let greeted = others.iter().filter(|one| one.passed(Stage::Greeting)).count() as u64;
    let all = others.len() as u64 + 1;
    let said = said_by_the_server(case, &others);
    // That who only listens is greeted may also mean that our first words are not liked: then they are not, each time.
    let mixed = identified(case).any(|one| one.passed(Stage::Greeting));
    if said.is_none() && !mixed {
        return None;
    }
    let how = match &mark.problem()?.kind {
        FailureKind::Reset => "reset before the greeting",
        _ => "closed before the greeting",
    };
    let share = if others.is_empty() {
        String::new()
    } else {
        format!(" Of {} one after the other {greeted} {} greeted.", count(all, "connection"), were(greeted))
    };
    let (confidence, statement) = match &said {
        Some((words, _)) if words.to_ascii_lowercase().contains("not allowed at this time") => (
            Confidence::Proven,
            format!("{} bars this address for a while, and says so: “{words}”.{share}", target.host),
        ),
        Some((words, _)) => (
            Confidence::Proven,
            format!("{} takes no more connections now, and says so: “{words}”.{share}", target.host),
        ),
        None => (
            Confidence::Likely,
            format!(
                "{} turns some connections away before it greets, as a server does at its limit.{share}",
                target.host
            ),
        ),
    };
    let word = Judgement::new(Severity::Fault, confidence, statement, mark.shows(how))
        .at(Stage::Greeting)
        .and(said.map(|(words, shown)| Evidence { shows: format!("its own words: “{words}”"), ..shown }))
        .and(others.iter().filter_map(|one| {
            let greeting = one.stage(Stage::Greeting)?;
            let how = if one.passed(Stage::Greeting) { "was greeted" } else { "was turned away" };
            Some(greeting.shows(format!("a connection afterwards {how}")))
        }))
        .explains(&["remote-error", "connection-cut", "malformed"])
        .rules_out([
            "a blocked port: the connection is made",
            "the key, the host key and the repository: nothing was said of them yet",
        ])
        .remedy([
            "Find who holds so many: other clusters and their retries, a scanner, sessions that hang in their login. On the \
             server:"
                .to_owned(),
            "ss -tn state established '( sport = :ssh )'".to_owned(),
            "Then raise `MaxStartups` in sshd_config (10:30:100 by default: from 10 unauthenticated connections on some are \
             turned away); since OpenSSH 9.8 look at `PerSourcePenalties` too, which bar an address that failed before."
                .to_owned(),
            "sudo sshd -T | grep -iE 'maxstartups|persource'".to_owned(),
            "Let GitRepositories be fetched less often (`spec.interval`), and not all at once.".to_owned(),
        ]);
    Some(if confidence == Confidence::Proven {
        word
    } else {
        word.possible(["a load balancer with a server behind it that is down", "a server that was started just then"])
            .next([crate::command::run_again(case.report, "")])
    })
}

/// The server's words for its limit, from the exchange or from a connection that only listened, and where they stand.
fn said_by_the_server(case: &Case<'_>, others: &[Handshake<'_>]) -> Option<(String, Evidence)> {
    let mark = turned_away(case)?;
    let own = mark.problem().map(|problem| problem.text.as_str()).filter(|words| names_a_limit(words));
    let later = || {
        others.iter().find_map(|one| {
            let opened = one.opened()?;
            let words = opened.seen.words.as_ref()?.as_str();
            names_a_limit(words).then(|| (words.to_owned(), opened.shows("")))
        })
    };
    own.map(|words| (words.to_owned(), mark.shows(""))).or_else(later)
}

const fn were(number: u64) -> &'static str {
    if number == 1 { "was" } else { "were" }
}
