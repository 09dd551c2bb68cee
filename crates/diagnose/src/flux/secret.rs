//! What source-controller makes of Secrets that it cannot use: its words, each heard from source-controller 1.9.3 (Flux 2.9),
//! and when it fails of them. It comes upon them before it sends a packet, in the order of the report's objections.

use model::{Micros, Objection, PodPlace, Report, SecretUse, Transport};

use super::clock::{self, Pass};
use super::told::Told;
use super::unknown_without_reason;
use super::wording::Wording;
use crate::FluxForecast;
use crate::trace::Trace;

/// What is wrong with the Secrets of the GitRepository, without what only netprobe cannot follow. Where nobody told of a
/// GitRepository, none need be named.
pub(crate) fn flaws(report: &Report) -> impl Iterator<Item = (&PodPlace, &Objection)> {
    let pod = report.header.vantage.pod.as_ref();
    let all = pod.into_iter().flat_map(|pod| pod.objections.iter().map(move |objection| (pod, objection)));
    all.filter(|(_, objection)| match objection {
        Objection::BeyondNetprobe { .. } | Objection::Unknown => false,
        Objection::SecretNotNamed => report.symptom.is_some(),
        _ => true,
    })
}

/// Whether Flux fails of it before it sends a packet. A login that it can send is the server's to refuse.
pub(crate) fn stops_flux(objection: &Objection) -> bool {
    !matches!(objection, Objection::ControlCharacters { key } if key != "bearerToken")
}

/// What Flux does with these Secrets; none where it gets past them.
pub(super) fn fails_at_once(report: &Report, run: Option<Trace<'_>>) -> Option<FluxForecast> {
    let (pod, objection) = flaws(report).find(|(_, objection)| stops_flux(objection))?;
    let told = words(report, pod, objection, run);
    Some(FluxForecast {
        outcome: told.outcome,
        takes_us: Some(Micros(0)),
        message: told.message,
        caveats: told.caveats,
        ..unknown_without_reason(report)
    })
}

fn words(report: &Report, pod: &PodPlace, objection: &Objection, run: Option<Trace<'_>>) -> Told {
    let target = &report.header.plan.target;
    let named = |secret: &str| format!("{}/{secret}", pod.namespace);
    let login = || pod.secret.as_deref().map(named);
    let proxy = || pod.proxy_secret.as_deref().map(named);
    let without_name = |what: &str| Told::roughly(format!("The condition reads `{what}` with the Secret's name."));
    let scheme = target.transport.scheme();
    match objection {
        Objection::SecretAbsent { secret: SecretUse::Login } => {
            let empty = match target.transport {
                Transport::Ssh => {
                    format!("Where it is there and empty, it reads `{OPTIONS}{}` instead.", required("identity"))
                }
                _ => "Where it is there and empty, Flux goes on without a login.".to_owned(),
            };
            let Some((name, secret)) = login().zip(pod.secret.as_ref()) else { return without_name(GET).but(empty) };
            // Both layers say it.
            let get = format!("{GET} '{name}': ");
            Told::words(format!("{get}{get}secrets \"{secret}\" not found")).but(empty)
        }
        Objection::SecretAbsent { secret: SecretUse::Proxy } => match proxy() {
            Some(name) => Told::words(format!("{PROXY}secret '{name}' not found"))
                .but(format!("Where it is there and empty, it ends in `{NO_ADDRESS}`.")),
            None => without_name(PROXY.trim_end_matches(": ")),
        },
        Objection::KeyMissing { secret: SecretUse::Proxy, .. } => match proxy() {
            Some(name) => Told::words(format!("{PROXY}secret '{name}': {NO_ADDRESS}"))
                .but("Where the key is there and empty, it ends in `proxy address is empty`."),
            None => without_name(PROXY.trim_end_matches(": ")),
        },
        Objection::SecretNotNamed => Told::words(format!("{OPTIONS}{}", required("identity"))),
        Objection::KeyMissing { secret: SecretUse::Login, key } => Told::words(format!("{OPTIONS}{}", required(key))),
        Objection::UsernameMissing => {
            Told::words(format!("{OPTIONS}invalid '{scheme}' auth option: 'password' requires 'username' to be set"))
                .but("Where `spec.url` names a user, Flux takes that one and goes on.")
        }
        Objection::PassphraseMissing => {
            let what = "SSH identity key is encrypted but no 'password' field was provided in the secret";
            login().map_or_else(|| without_name(what), |name| Told::words(format!("{what} '{name}'")))
        }
        Objection::NoPrivateKey { armour: None } => Told::words(method("ssh: no key found")),
        Objection::NoPrivateKey { armour: Some(armour) } => {
            Told::words(method(&format!("ssh: unsupported key type \"{armour}\"")))
        }
        Objection::PassphraseWrong => Told::words(method("x509: decryption password incorrect")),
        Objection::KnownHostsBroken { .. } => Told::roughly(format!(
            "The condition reads `{}` and what is wrong with the line.",
            method("knownhosts: ").trim_end()
        )),
        Objection::ControlCharacters { .. } => {
            let tail = "net/http: invalid header field value for \"Authorization\"";
            let pass = if clock::lists_first(&report.header.plan) { Pass::List } else { Pass::Clone };
            match run.map(|run| Wording::new(target, run)) {
                Some(wording) => Told::words(wording.condition(pass, &wording.get(tail))),
                None => Told::roughly(format!("The condition ends in `{tail}`.")),
            }
        }
        _ => Told::roughly(format!("The condition begins with `{}`.", method("").trim_end())),
    }
}

/// What go-git cannot make a login of: the checkout has begun, and no address is named.
fn method(why: &str) -> String {
    Wording::own_words(&format!("unable to construct auth method with options: {why}"))
}

fn required(key: &str) -> String {
    format!("invalid 'ssh' auth option: '{key}' is required")
}

const GET: &str = "failed to get secret";
const OPTIONS: &str = "failed to configure authentication options: ";
const PROXY: &str = "failed to configure proxy options: ";
const NO_ADDRESS: &str = "key 'address' not found";
