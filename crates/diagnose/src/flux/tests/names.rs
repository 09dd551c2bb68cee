//! What the name servers say here, and Flux's words for it (flux-git.md §1.5).

use model::{DnsCode, DnsOutcome, DnsParameters, DnsRecord, Parameters};

use super::*;
use crate::samples::names::{FIRST, Survey, coded, has, truncated};

const SECOND: &str = "10.0.1.53:53";
const OWN: &str = "git.example.";

fn forecast(story: Story, survey: Survey, kind: FailureKind) -> crate::FluxForecast {
    let parameters =
        DnsParameters { rounds: 1, patience_us: Micros::from_secs(5), company_patience_us: Micros::from_secs(2) };
    let run = story.run(|run| run.bad(at(Stage::Resolve), 10_000, kind));
    told(run.around(Parameters::Dns(parameters), survey.seen()))
}

fn over_ssh(survey: Survey) -> crate::FluxForecast {
    forecast(Story::ssh(), survey, FailureKind::NameServerFailure)
}

#[test]
fn what_name_servers_say_has_its_words_to_the_letter() {
    let lookup = "dial tcp: lookup git.example on 10.0.0.53:53: ";
    let denied = coded(DnsCode::NO_SUCH_NAME, &[]);
    let failed = coded(DnsCode::SERVER_FAILURE, &[]);
    let one = || Survey::of(&[FIRST]);
    let no_such = forecast(Story::ssh(), one().both(FIRST, OWN, 1, &denied), FailureKind::NameNotFound);
    assert_eq!(message(&no_such), format!("{SSH}{lookup}no such host"));
    assert_eq!(no_such.takes_us, Some(Micros::from_millis(1)), "Go has its own time");
    let over_https = forecast(Story::https(), one().both(FIRST, OWN, 1, &denied), FailureKind::NameNotFound);
    assert_eq!(message(&over_https), format!("{HTTPS}{GET}{lookup}no such host"));
    let nothing = over_ssh(one().both(FIRST, OWN, 1, &has(&[])));
    assert_eq!(message(&nothing), format!("{SSH}{lookup}no such host"), "a name without addresses is no other case");
    let misbehaving = over_ssh(one().both(FIRST, OWN, 1, &failed));
    assert_eq!(message(&misbehaving), format!("{SSH}{lookup}server misbehaving"));
    for (outcome, words) in [(DnsOutcome::Silent, "i/o timeout"), (DnsOutcome::Refused, "connect: connection refused")]
    {
        let survey = DnsRecord::BOTH.into_iter().fold(one().both(FIRST, OWN, 1, &truncated()), |survey, record| {
            survey.over_tcp(FIRST, OWN, record, 0, outcome.clone())
        });
        let told = over_ssh(survey);
        assert_eq!(message(&told), format!("{SSH}{lookup}dial tcp 10.0.0.53:53: {words}"));
    }
}

#[test]
fn the_last_server_is_named_and_a_port_is_never_made_up() {
    let silent = &DnsOutcome::Silent;
    let both = over_ssh(Survey::of(&[FIRST, SECOND]).both(FIRST, OWN, 5_000, silent).both(SECOND, OWN, 5_000, silent));
    assert_eq!((both.outcome, &both.message), (FluxOutcome::Fails, &None));
    assert_eq!(both.takes_us, Some(Micros::from_secs(20)), "two servers, twice 5 s");
    let words = "`dial tcp: lookup git.example on 10.0.1.53:53: read udp …->10.0.1.53:53: i/o timeout`";
    assert!(both.caveats[0].contains(words), "{:?}", both.caveats);
    let refused = over_ssh(Survey::of(&[FIRST]).both(FIRST, OWN, 0, &DnsOutcome::Refused));
    assert!(refused.caveats[0].contains("->10.0.0.53:53: read: connection refused"), "{:?}", refused.caveats);
}

#[test]
fn where_go_finds_the_name_after_all_nothing_is_foretold_but_that() {
    let survey = Survey::of(&[FIRST]).asked(FIRST, OWN, DnsRecord::A, 1, has(&[V4])).asked(
        FIRST,
        OWN,
        DnsRecord::Aaaa,
        2_000,
        DnsOutcome::Silent,
    );
    let told = over_ssh(survey);
    assert_eq!((told.outcome, &told.message), (FluxOutcome::Unknown, &None));
    assert!(told.caveats[0].contains("has 192.0.2.1 after 10 s"), "{:?}", told.caveats);
}

#[test]
fn a_search_domain_that_is_asked_has_the_last_word() {
    let survey = Survey::of(&[FIRST])
        .searching(&["corp.test"])
        .both(FIRST, "git.example.corp.test.", 1, &coded(DnsCode(5), &[]))
        .both(FIRST, OWN, 1, &coded(DnsCode::NO_SUCH_NAME, &[]));
    let told = forecast(Story::ssh(), survey, FailureKind::NameNotFound);
    assert!(message(&told).ends_with("lookup git.example on 10.0.0.53:53: server misbehaving"), "{told:?}");
}
