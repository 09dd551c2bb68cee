//! Flux cannot do with the Secret what it has to, so it fails before it sends a packet. What the run did without that Secret
//! is no fault of the network's.

use model::{FailureKind, Objection, PodPlace, SecretUse, Transport};

use crate::case::Case;
use crate::command::quoted;
use crate::figures::list;
use crate::flux::{flaws, stops_flux};
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::trace::Mark;
use crate::{Confidence, Evidence, Severity};

pub(super) const RULE: Rule =
    Rule { id: "flux-secret-unusable", title: "Flux cannot use the Secret", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, _policy: &Policy) -> Option<Judgement> {
    let turned_away = turned_away(case);
    let refused = turned_away.is_some_and(|(_, kind)| *kind == FailureKind::AuthenticationRefused);
    let flaws: Vec<(&PodPlace, &Objection)> =
        flaws(case.report).filter(|(_, objection)| stops_flux(objection) || refused).collect();
    let (pod, first) = *flaws.first()?;
    let what = list(&flaws.iter().map(|(_, objection)| objection).collect::<Vec<_>>());
    let confidence = confidence(case, first, turned_away.is_some());
    let statement = match first {
        _ if !stops_flux(first) => {
            format!("{} refuses the login, and {what}; Flux sends it as it is.", case.report.header.plan.target.host)
        }
        Objection::SecretAbsent { .. } if confidence != Confidence::Proven => {
            format!("Here {what}. Where it is not there, Flux fails before it sends a packet.")
        }
        _ => format!("Flux fails before it sends a packet: {what}."),
    };
    let mounted = Evidence { run: case.subject.id(), observation: None, shows: as_mounted(pod, first) };
    let stage = turned_away.map(|(mark, _)| mark);
    let word = Judgement::new(Severity::Fault, confidence, statement, mounted)
        .and(stage.map(|mark| mark.shows("without it, the run came as far as this")))
        .explains(&consequences(&flaws))
        .remedy(remedies(case, &flaws));
    let word = if refused { word } else { word.rules_out(["the network: Flux does not come to use it"]) };
    Some(match stage {
        Some(mark) => word.at(mark.stage()),
        None => word,
    })
}

/// Where the run ended for want of a login or of a known server.
fn turned_away<'a>(case: &Case<'a>) -> Option<(Mark<'a>, &'a FailureKind)> {
    let of_login = |kind: &FailureKind| {
        matches!(kind, FailureKind::HostKeyUnknown | FailureKind::NoCredential | FailureKind::AuthenticationRefused)
    };
    case.subject.problem(of_login).map(|(mark, failure)| (mark, &failure.kind))
}

fn confidence(case: &Case<'_>, objection: &Objection, turned_away: bool) -> Confidence {
    let over_ssh = case.report.header.plan.target.transport == Transport::Ssh;
    match objection {
        // One that is there and empty is no matter to Flux over HTTP, unless the server wants a login.
        Objection::SecretAbsent { secret: SecretUse::Login } if !over_ssh && !turned_away => Confidence::Likely,
        // The address may name the user; that it is damaged is another decoder's word; the server did not say why.
        Objection::UsernameMissing | Objection::KeyDamaged { .. } => Confidence::Likely,
        Objection::ControlCharacters { .. } if !stops_flux(objection) => Confidence::Likely,
        _ => Confidence::Proven,
    }
}

/// The rules whose findings come of a run without what is missing.
fn consequences(flaws: &[(&PodPlace, &Objection)]) -> Vec<&'static str> {
    let mut rules = vec!["flux-gives-up", "over-timeout", "near-timeout", "no-credential"];
    for (_, objection) in flaws {
        rules.extend(match objection {
            Objection::SecretNotNamed | Objection::SecretAbsent { secret: SecretUse::Login } => {
                ["host-key-unknown", "authentication-refused"].as_slice()
            }
            Objection::KeyMissing { key, .. } if key == KNOWN_HOSTS => &["host-key-unknown"],
            Objection::KnownHostsBroken { .. } => &["host-key-unknown"],
            _ => &["authentication-refused"],
        });
    }
    rules
}

fn as_mounted(pod: &PodPlace, first: &Objection) -> String {
    let which = if of_proxy(first) { pod.proxy_secret.as_deref() } else { pod.secret.as_deref() };
    match (first, which) {
        (Objection::SecretNotNamed, _) => "the pod, into which no Secret was mounted".to_owned(),
        (_, Some(name)) => format!("the Secret {}/{name}, as it was mounted into the pod", pod.namespace),
        (_, None) => "the Secret, as it was mounted into the pod".to_owned(),
    }
}

fn of_proxy(objection: &Objection) -> bool {
    matches!(
        objection,
        Objection::SecretAbsent { secret: SecretUse::Proxy } | Objection::KeyMissing { secret: SecretUse::Proxy, .. }
    )
}

/// Cheapest first. Capitals stand for what only the reader has.
fn remedies(case: &Case<'_>, flaws: &[(&PodPlace, &Objection)]) -> Vec<String> {
    let Some((pod, _)) = flaws.first() else { return Vec::new() };
    let of = |name: &Option<String>| quoted(name.as_deref().unwrap_or("NAME"));
    let (namespace, name) = (quoted(&pod.namespace), of(&pod.secret));
    let apply = |name: &str, values: &str| {
        format!(
            "kubectl -n {namespace} create secret generic {name} {values} --dry-run=client -o yaml | kubectl apply -f -"
        )
    };
    let mut remedies = Vec::new();
    if flaws.iter().any(|(_, objection)| matches!(objection, Objection::SecretNotNamed)) {
        remedies.push(
            "Name the Secret in the GitRepository's `spec.secretRef.name`, after one of these has made it:".to_owned(),
        );
    }
    let target = &case.report.header.plan.target;
    if flaws.iter().any(|(_, objection)| !of_proxy(objection)) {
        let create = format!("flux create secret git {name} --namespace={namespace} --url={}", quoted(&target.url()));
        remedies.extend(match target.transport {
            Transport::Ssh => [
                "Over SSH the Secret needs `identity` (the private key as PEM, OpenSSH's or PKCS#1, SEC1, PKCS#8) and \
                 `known_hosts` (whole lines only), and `password` where the key is encrypted. Make it anew, with \
                 --password=PASSPHRASE where there is one:"
                    .to_owned(),
                format!("{create} --private-key-file=KEY_FILE"),
                apply(&name, "--from-file=identity=KEY_FILE --from-file=known_hosts=KNOWN_HOSTS_FILE"),
            ],
            _ => [
                "Over HTTP the Secret needs `username` and `password` (most hosters take a token as the password), or \
                 `bearerToken`; none with a line feed at its end, as `echo` and files have one. Make it anew:"
                    .to_owned(),
                format!("{create} --username=USER --password=TOKEN"),
                apply(&name, "--from-literal=username=USER --from-literal=password=TOKEN"),
            ],
        });
    }
    if flaws.iter().any(|(_, objection)| of_proxy(objection)) {
        remedies.push(
            "The proxy's Secret needs `address`, and `username` and `password` where the proxy wants them; without a proxy, \
             take `spec.proxySecretRef` out of the GitRepository:"
                .to_owned(),
        );
        remedies.push(apply(&of(&pod.proxy_secret), "--from-literal=address=http://PROXY:PORT"));
    }
    remedies
}

const KNOWN_HOSTS: &str = "known_hosts";
