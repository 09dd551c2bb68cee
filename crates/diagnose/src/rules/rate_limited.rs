//! The server counts requests and has had enough of them, or turns everybody away for now.

use model::{FailureKind, HttpRefusal, Seen};

use crate::case::Case;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::sight::Sight;
use crate::trace::said;
use crate::{Confidence, Severity};

pub(super) const RULE: Rule =
    Rule { id: "rate-limited", title: "the server limits requests", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, failure) = case
        .subject
        .problem(|kind| matches!(kind, FailureKind::HttpStatus { .. } | FailureKind::AuthenticationRefused))?;
    let refusal = Sight::of(case.subject.0, |seen| match seen {
        Seen::Refusal(refusal) => Some(refusal),
        _ => None,
    })
    .last();
    let status = match failure.kind {
        FailureKind::HttpStatus { status } => status,
        _ => refusal?.seen.status,
    };
    let head = refusal.map(|refusal| refusal.seen);
    let used_up = head.and_then(|head| head.requests_left.as_ref()).is_some_and(|left| left.as_str().trim() == "0");
    let text = failure.text.as_str().to_lowercase();
    let in_words = LIMITS.iter().any(|words| text.contains(words));
    let later = head.and_then(|head| head.retry_after.as_ref());
    let host = &case.report.header.plan.target.host;
    let wait = head.and_then(wait).map_or_else(String::new, |wait| format!(" It says to come back {wait}."));
    let (confidence, statement) = match status {
        429 => (Confidence::Proven, format!("{host} counts too many requests (HTTP 429){}.{wait}", said(failure))),
        403 if used_up || in_words => {
            (Confidence::Proven, format!("{host} has had too many requests (HTTP 403){}.{wait}", said(failure)))
        }
        503 if in_words => (Confidence::Proven, format!("{host} limits requests (HTTP 503){}.{wait}", said(failure))),
        503 if later.is_some() => {
            (Confidence::Likely, format!("{host} turns requests away for now (HTTP 503){}.{wait}", said(failure)))
        }
        _ => return None,
    };
    let mut word = Judgement::new(Severity::Fault, confidence, statement, mark.shows(format!("HTTP status {status}")))
        .at(mark.stage())
        .and(refusal.and_then(|refusal| Some(refusal.shows(shown(refusal.seen)?))))
        .explains(&["http-status", "authentication-refused"])
        .rules_out(["the network: the answer arrived", "the credential and the repository: neither was looked at"]);
    if status == 503 && !in_words {
        word = word.possible(["a limit on requests", "an overloaded server", "maintenance"]);
    }
    Some(word.remedy([
        "Wait, and ask less often: a longer `spec.interval`, and fewer objects that name the same server.".to_owned(),
        "Requests without a login are counted by address, together with everybody behind the same NAT: give Flux a \
         credential, or a webhook (Receiver) in place of a short interval."
            .to_owned(),
    ]))
}

/// `in 60 s`, or the date as the server wrote it.
fn wait(head: &HttpRefusal) -> Option<String> {
    let text = head.retry_after.as_ref()?.as_str().trim();
    match text.parse::<u64>() {
        Ok(seconds) => Some(format!("in {seconds} s")),
        Err(_) if !text.is_empty() => Some(format!("at {text}")),
        Err(_) => None,
    }
}

fn shown(head: &HttpRefusal) -> Option<String> {
    let named = [
        ("Retry-After", &head.retry_after),
        ("requests left", &head.requests_left),
        ("Server", &head.server),
        ("Via", &head.via),
    ];
    let given: Vec<String> =
        named.iter().filter_map(|(name, value)| Some(format!("{name}: {}", value.as_ref()?))).collect();
    (!given.is_empty()).then(|| given.join(", "))
}

/// Words of GitHub ("secondary rate limit", "API rate limit exceeded"; docs.github.com, "Rate limits"), GitLab ("Retry
/// later", docs.gitlab.com, "Rate limits"), Bitbucket ("Rate limit for this resource has been exceeded"), Gitea and nginx.
const LIMITS: [&str; 6] =
    ["rate limit", "rate-limit", "ratelimit", "too many requests", "exceeded a secondary", "retry later"];
