//! Connections are made, and what begins like SSH does not pass.

use model::Stage;

use crate::Confidence;
use crate::Severity;
use crate::case::Case;
use crate::command::quoted;
use crate::figures::{count, time};
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::ssh::ByContent;

pub(super) const RULE: Rule = Rule {
    id: "ssh-filtered-by-content",
    title: "connections are made, and SSH in them is dropped",
    weight: Weight::Stands,
    judge,
};

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let ByContent { stall, neutral, again } = ByContent::of(case)?;
    let target = &case.report.header.plan.target;
    let peer = case.subject.peer()?;
    let sent_again = stall.look().and_then(|look| look.now).map_or(0, |now| now.backoff);
    let acked = neutral.seen.acked_us.map_or_else(String::new, |took| format!(" after {}", time(took)));
    // Once may have been chance: a path that was cut, and was well again when the other bytes went.
    let (confidence, verb) =
        if again.is_some() { (Confidence::Proven, "is") } else { (Confidence::Likely, "is most likely") };
    let statement = format!(
        "Something on the way to {peer} lets connections be made and drops SSH in them: our identification {verb} thrown \
         away, while as many other bytes pass."
    );
    let word = Judgement::new(
        Severity::Fault,
        confidence,
        statement,
        stall.shows(format!(
            "the identification, sent again {}, had no acknowledgement for {}",
            count(sent_again.into(), "time"),
            time(stall.silent_us)
        )),
    )
    .at(Stage::Greeting)
    .and([neutral.shows(format!("{} that are not SSH were acknowledged{acked}", count(neutral.seen.sent.0, "byte")))])
    .and(again.map(|again| {
        again.shows(format!("the identification afterwards again had none for {}", time(again.seen.took_us)))
    }))
    .explains(&["stalled", "server-silent"])
    .rules_out([
        "a blocked port: the connection is made, and bytes pass on it",
        "a slow server: its kernel acknowledges without it, and did not",
        "packets too large for the path: ours has some twenty bytes",
    ])
    .remedy([
        "Have SSH allowed to this server in the firewall that looks into connections (application control, deep packet \
         inspection). Until then, HTTPS passes where that is all it blocks:"
            .to_owned(),
        format!("git ls-remote {}", quoted(&format!("https://{}/{}", target.host, target.path.trim_start_matches('/')))),
    ]);
    Some(if again.is_some() {
        word
    } else {
        word.possible(["a path that was cut for a while, and was well again when the other bytes went"])
    })
}
