//! What answers does not speak git.

use crate::case::Case;
use crate::command::quoted;
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::trace::said;
use model::{FailureKind, Stage, Step, Transport};

pub(super) const RULE: Rule =
    Rule { id: "malformed", title: "what answers does not speak git", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let (mark, failure) =
        case.subject.problem(|kind| matches!(kind, FailureKind::Malformed | FailureKind::TooLarge))?;
    let target = &case.report.header.plan.target;
    let via = match &mark.seen.step {
        Step::Proxy { kind, via } => Some(format!("{kind} {via}")),
        _ => None,
    };
    let stage = mark.stage().words();
    let statement = match (&via, failure.kind == FailureKind::TooLarge) {
        (None, true) => format!("The server sends more than any git server should in the {stage}{}.", said(failure)),
        (Some(via), true) => format!("{via} sends more than a proxy should{}.", said(failure)),
        (None, false) => {
            format!("What answers at {} does not speak the protocol in the {stage}{}.", target.host, said(failure))
        }
        (Some(via), false) => format!("What answers at {via} does not speak the protocol of a proxy{}.", said(failure)),
    };
    let word = Judgement::fault(statement, mark.shows(format!("what came in the {stage}")));
    let damage = "the server or something before it damages the stream";
    let word = match (via, target.transport) {
        (Some(_), _) => word
            .possible(["what is set as the proxy is none, or one of another kind"])
            .rules_out(["the server and the path beyond the proxy: nothing went there"])
            .remedy([
                "See which proxy is set, and where:",
                "env | grep -i proxy; git config --show-origin --get-regexp '^http.*proxy$'",
            ]),
        (None, Transport::Ssh) if mark.stage().is_handshake() && mark.stage() < Stage::Exec => {
            word.possible(["another service than SSH answers on this port", damage]).remedy([
                "See who answers:".to_owned(),
                format!("ssh-keyscan -v -p {} {}", target.effective_port(), quoted(&target.host)),
            ])
        }
        (None, Transport::Ssh) => word
            .possible([
                "the login on the server prints text of its own before git speaks",
                "the path leads to something that is no repository",
                damage,
            ])
            .remedy([
                "See what a login prints; this must print nothing:".to_owned(),
                format!(
                    "ssh -T -p {} {} true",
                    target.effective_port(),
                    quoted(&format!("{}@{}", target.ssh_user(), target.host))
                ),
            ]),
        (None, _) => word
            .possible([
                "a proxy, a login page or another service answers in the server's place",
                "the path leads to something that is no repository",
                damage,
            ])
            .remedy([
                "See who answers:".to_owned(),
                format!("curl -v {}", quoted(&format!("{}/info/refs?service=git-upload-pack", target.url()))),
            ]),
    };
    Some(word.at(mark.stage()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::diagnose;
    use crate::samples::Story;

    fn told(step: Step, kind: FailureKind) -> crate::Finding {
        let stage = step.stage();
        let report = Story::ssh().run(|run| run.until(stage).bad_saying(step, 20, kind, "HTTP/1.1 400")).done();
        diagnose(&report, &Policy::default()).findings.remove(0)
    }

    #[test]
    fn who_is_to_blame_depends_on_the_stage() {
        let greeting = Step::Greeting { client_ident: String::new(), server_ident: None };
        let greeting = told(greeting, FailureKind::Malformed);
        assert!(greeting.possible[0].contains("another service than SSH"), "{greeting:#?}");
        let proxy = || Step::Proxy { kind: "socks5".to_owned(), via: "proxy:1080".to_owned() };
        for kind in [FailureKind::Malformed, FailureKind::TooLarge] {
            let proxy = told(proxy(), kind);
            assert!(proxy.statement.contains("socks5 proxy:1080"), "not the server's doing: {proxy:#?}");
            assert!(proxy.possible.iter().all(|cause| !cause.contains("login")), "{proxy:#?}");
        }
    }
}
