use model::{Parameters, Report};

use super::*;
use crate::samples::connect::{AT_ONCE, Came, SISTER, at, connects, door, hung, well};
use crate::samples::{Sample, Story, V4, V6};
use crate::{Finding, FluxOutcome, diagnose};

fn first(report: &Report) -> Finding {
    diagnose(report, &Policy::STANDARD).findings.remove(0)
}

fn one() -> Parameters {
    connects(1, &[])
}

#[test]
fn the_samples_of_addresses_hold() {
    for Sample { name, report, rules, verdict } in crate::samples::connect::connect() {
        let diagnosis = diagnose(&report, &Policy::STANDARD);
        let found: Vec<&str> = diagnosis.findings.iter().map(|finding| finding.rule.as_str()).collect();
        assert_eq!((found.as_slice(), diagnosis.verdict), (rules, verdict), "{name}: {diagnosis:#?}");
    }
}

#[test]
fn a_dead_family_holds_up_openssh_and_not_flux() {
    let dead_first = |story: Story| {
        hung(story, &[V6, V4], V6)
            .around(one(), [at(V6, Came::Silent), at(V4, AT_ONCE)])
            .then(|run| {
                run.to(V4)
                    .good(model::Step::Resolve { host: "git.example".into(), addresses: vec![V6, V4] }, 5)
                    .complete()
            })
            .done()
    };
    let ssh = dead_first(Story::ssh());
    let finding = first(&ssh);
    assert_eq!((finding.severity, finding.confidence), (Severity::Fault, Confidence::Proven));
    assert!(
        finding.statement.starts_with("IPv6 to git.example is dead: 2001:db8::1 answers none of 5 SYNs"),
        "{finding:#?}"
    );
    assert!(
        finding.statement.contains("OpenSSH") && finding.remedies[0].starts_with("git clone --ipv4 "),
        "{finding:#?}"
    );
    let flux = crate::forecast(&ssh);
    assert_eq!(flux.outcome, FluxOutcome::Fits);
    assert!(flux.caveats.iter().any(|caveat| caveat.contains("300 ms")), "{flux:#?}");

    let https = first(&dead_first(Story::https()));
    assert_eq!(https.severity, Severity::Warning, "everybody races: {https:#?}");
}

#[test]
fn a_dead_address_beside_another_of_its_family_holds_up_flux_too() {
    let dead_first = |story: Story, seconds: u64| {
        hung(story.plan(|plan| plan.timeout_us = model::Micros::from_secs(seconds)), &[SISTER, V4], SISTER)
            .around(one(), [at(SISTER, Came::Silent), at(V4, AT_ONCE)])
            .then(|run| {
                run.to(V4)
                    .good(model::Step::Resolve { host: "git.example".into(), addresses: vec![SISTER, V4] }, 5)
                    .complete()
            })
            .done()
    };
    let ssh = dead_first(Story::ssh(), 60);
    assert!(first(&ssh).statement.starts_with("1 of 2 addresses of git.example dead: 192.0.2.9"), "{:#?}", first(&ssh));
    let flux = crate::forecast(&ssh);
    assert_eq!((flux.outcome, flux.dies_at), (FluxOutcome::HangsSilently, Some(Stage::Connect)));
    let https = crate::forecast(&dead_first(Story::https(), 60));
    assert_eq!(https.outcome, FluxOutcome::Fits);
    let half = model::Micros::from_secs(15);
    assert!(https.takes_us.unwrap() > half && https.takes_us.unwrap() < half + half, "half of Go's 30 s: {https:#?}");
    let short = crate::forecast(&dead_first(Story::https(), 10));
    assert_eq!((short.outcome, short.dies_at), (FluxOutcome::TimesOut, Some(Stage::Connect)));
    let words = "Get \"https://git.example/org/repo.git/info/refs?service=git-upload-pack\": context deadline exceeded";
    assert!(short.message.as_ref().unwrap().ends_with(words), "{short:#?}");
}

#[test]
fn a_dead_address_that_is_not_tried_first_holds_up_nobody() {
    let report = well(Story::ssh(), &[V6, V4], V6)
        .around(one(), [at(V6, AT_ONCE), at(V4, Came::Silent)])
        .around(connects(1, &[V4]), [at(V4, Came::Silent)])
        .done();
    let finding = first(&report);
    assert!(finding.statement.ends_with("not tried first, so that nobody waits for it."), "{finding:#?}");
    assert_eq!(crate::forecast(&report).outcome, FluxOutcome::Fits);
}

#[test]
fn an_open_port_beside_a_silent_one_makes_it_a_filter_and_shows_the_way_around() {
    let url = "ssh://git@github.com/org/repo.git";
    let report = hung(Story::at(url), &[V4], V4)
        .around(one(), [at(V4, Came::Silent)])
        .around(
            connects(0, &[]),
            [door("192.0.2.1", (V4, 443), AT_ONCE), door("ssh.github.com", (SISTER, 443), AT_ONCE)],
        )
        .done();
    let finding = first(&report);
    assert_eq!(finding.rule, "connect-silent");
    assert!(finding.statement.starts_with("Port 22 of 192.0.2.1 is filtered"), "{finding:#?}");
    for line in ["git ls-remote ssh://git@ssh.github.com:443/org/repo.git", "ssh-keyscan -p 443 ssh.github.com"] {
        assert!(finding.remedies.iter().any(|remedy| remedy == line), "{line}: {finding:#?}");
    }
    assert!(finding.remedies.iter().any(|remedy| remedy.contains("[ssh.github.com]:443")), "{finding:#?}");

    let shut =
        hung(Story::ssh(), &[V4], V4).around(connects(0, &[]), [door("192.0.2.1", (V4, 443), Came::Silent)]).done();
    let finding = first(&shut);
    assert!(finding.possible.iter().any(|cause| cause.contains("server is down")), "{finding:#?}");
    assert!(
        finding.evidence.iter().any(|evidence| evidence.shows.contains("443 did not answer either")),
        "{finding:#?}"
    );
}

#[test]
fn a_reset_is_not_called_near_for_a_lost_syn_elsewhere() {
    let said = |other: Came| {
        let refused = |run: crate::samples::Telling| {
            run.ask(|asked| asked.address = Some(V4)).until(Stage::Connect).bad(
                crate::samples::step(Stage::Connect, V4),
                5,
                model::FailureKind::Refused,
            )
        };
        let report = Story::ssh().run(refused).around(connects(0, &[]), [door("192.0.2.1", (V4, 443), other)]).done();
        first(&report).statement
    };
    assert!(said(AT_ONCE).contains("it comes from something nearer"), "{}", said(AT_ONCE));
    let lost = said(Came::Connected { syns: 2 });
    assert!(lost.contains("the machine is up") && !lost.contains("nearer"), "{lost}");
}

#[test]
fn of_a_proxy_or_a_jump_host_nothing_is_said_that_holds_for_the_server() {
    let told = |story: Story, host: &str, addresses: [std::net::IpAddr; 2]| {
        let resolves = || model::Step::Resolve { host: host.into(), addresses: addresses.into() };
        let [dead, alive] = addresses;
        let report = story
            .run(|run| {
                run.good(resolves(), 5).stalls(crate::samples::step(Stage::Connect, dead), crate::samples::calm())
            })
            .around(one(), [at(dead, Came::Silent), at(alive, AT_ONCE)])
            .then(|run| run.to(alive).good(resolves(), 5).complete())
            .done();
        first(&report)
    };
    let all_of = |finding: &Finding| format!("{} {}", finding.statement, finding.remedies.join(" "));
    for addresses in [[V6, V4], [SISTER, V4]] {
        for (story, direct) in [(Story::ssh as fn() -> Story, "OpenSSH"), (Story::https, "git")] {
            let server = told(story(), "git.example", addresses);
            assert!(server.statement.contains(direct) && server.statement.contains("Flux"), "{server:#?}");
            let detour = told(story(), "jump.example", addresses);
            let words = all_of(&detour);
            assert!(words.contains("jump.example") && !words.contains("Flux"), "{detour:#?}");
            assert!(!words.contains("the server") && !words.contains("core.sshCommand"), "{detour:#?}");
        }
        let over_ssh = told(Story::ssh(), "jump.example", addresses);
        assert!(over_ssh.remedies[0].starts_with("In ~/.ssh/config"), "no option gets through: {over_ssh:#?}");
    }
}

#[test]
fn what_is_proven_needs_no_other_run() {
    let silent = |tries: &[Came]| {
        let story = hung(Story::ssh(), &[V6, V4], V6).around(one(), [at(V4, AT_ONCE)]);
        first(&tries.iter().fold(story, |story, came| story.around(one(), [at(V6, *came)])).done())
    };
    let (likely, proven) = (silent(&[]), silent(&[Came::Silent]));
    assert_eq!((likely.confidence, likely.next.len()), (Confidence::Likely, 1), "{likely:#?}");
    assert_eq!((proven.confidence, proven.next.len()), (Confidence::Proven, 0), "{proven:#?}");
}

#[test]
fn addresses_of_a_jump_host_are_not_dialled_by_flux() {
    let resolves = |host: &str| model::Step::Resolve { host: host.into(), addresses: vec![SISTER, V4] };
    let outcome = |host: &str| {
        let report = Story::ssh()
            .run(|run| run.to(V4).good(resolves(host), 5).complete())
            .around(one(), [at(SISTER, Came::Silent), at(V4, AT_ONCE)])
            .around(connects(1, &[SISTER]), [at(SISTER, Came::Silent)])
            .done();
        crate::forecast(&report).outcome
    };
    assert_eq!((outcome("git.example"), outcome("jump.example")), (FluxOutcome::HangsSilently, FluxOutcome::Fits));
}
