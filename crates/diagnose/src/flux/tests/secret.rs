//! The words of source-controller 1.9.3, as it wrote them for such Secrets on a real cluster.

use model::{Objection, SecretUse};

use super::*;
use crate::samples::secret::{absent, missing, no_login};

const METHOD: &str = "failed to checkout and determine revision: unable to construct auth method with options: ";
const OPTIONS: &str = "failed to configure authentication options: ";

fn fails(story: Story, objections: impl IntoIterator<Item = Objection>) -> FluxForecast {
    let forecast = told(story.run(no_login).in_pod(objections));
    assert_eq!((forecast.outcome, forecast.takes_us), (FluxOutcome::Fails, Some(Micros(0))), "{forecast:#?}");
    forecast
}

#[test]
fn secrets_over_ssh_have_their_words() {
    let proxy = SecretUse::Proxy;
    for (objection, expected) in [
        (
            absent(),
            "failed to get secret 'flux-system/repo': failed to get secret 'flux-system/repo': secrets \"repo\" not found"
                .to_owned(),
        ),
        (missing("identity"), format!("{OPTIONS}invalid 'ssh' auth option: 'identity' is required")),
        (missing("known_hosts"), format!("{OPTIONS}invalid 'ssh' auth option: 'known_hosts' is required")),
        (Objection::NoPrivateKey { armour: None }, format!("{METHOD}ssh: no key found")),
        (
            Objection::NoPrivateKey { armour: Some("PUBLIC KEY".into()) },
            format!("{METHOD}ssh: unsupported key type \"PUBLIC KEY\""),
        ),
        (Objection::PassphraseWrong, format!("{METHOD}x509: decryption password incorrect")),
        (
            Objection::PassphraseMissing,
            "SSH identity key is encrypted but no 'password' field was provided in the secret 'flux-system/repo'".to_owned(),
        ),
    ] {
        assert_eq!(message(&fails(Story::ssh(), [objection])), expected);
    }
    let mut report = Story::ssh().run(no_login).in_pod([Objection::SecretAbsent { secret: proxy }, absent()]).done();
    let place = report.header.vantage.pod.as_mut().unwrap();
    place.proxy_secret = Some("way-out".into());
    let words = "failed to configure proxy options: secret 'flux-system/way-out' not found";
    assert_eq!(message(&forecast(&report)), words, "the proxy comes first");
    let address = Objection::KeyMissing { secret: proxy, key: "address".to_owned() };
    report.header.vantage.pod.as_mut().unwrap().objections = vec![address];
    let words = "failed to configure proxy options: secret 'flux-system/way-out': key 'address' not found";
    assert_eq!(message(&forecast(&report)), words);
}

#[test]
fn secrets_over_https_have_their_words() {
    let token = Objection::ControlCharacters { key: "bearerToken".to_owned() };
    assert_eq!(
        message(&fails(Story::https(), [token])),
        format!("{HTTPS}{GET}net/http: invalid header field value for \"Authorization\"")
    );
    assert_eq!(
        message(&fails(Story::https(), [Objection::UsernameMissing])),
        format!("{OPTIONS}invalid 'https' auth option: 'password' requires 'username' to be set")
    );
    let absent = fails(Story::https(), [absent()]);
    assert!(absent.caveats.iter().any(|caveat| caveat.contains("there and empty")), "{absent:#?}");
}

#[test]
fn what_cannot_be_worded_is_not_made_up() {
    let broken = Objection::KnownHostsBroken { line: 3, why: "it is cut off".into() };
    for objection in [broken, Objection::KeyDamaged { why: "x".into() }] {
        let forecast = fails(Story::ssh(), [objection]);
        assert!(forecast.message.is_none() && forecast.caveats[0].contains(METHOD.trim_end()), "{forecast:#?}");
    }
    let mut report = Story::ssh().run(no_login).in_pod([absent()]).done();
    report.header.vantage.pod.as_mut().unwrap().secret = None;
    assert_eq!((forecast(&report).outcome, forecast(&report).message), (FluxOutcome::Fails, None));
}

#[test]
fn a_login_that_can_be_sent_stops_nobody() {
    let password = Objection::ControlCharacters { key: "password".to_owned() };
    let forecast = told(Story::https().run(Telling::complete).in_pod([password]));
    assert_eq!(forecast.outcome, FluxOutcome::Fits);
}

#[test]
fn without_a_run_the_secret_is_unusable_all_the_same() {
    let report = Story::ssh().in_pod([missing("identity")]).done();
    assert_eq!(forecast(&report).outcome, FluxOutcome::Fails);
}
