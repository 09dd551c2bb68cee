//! What fails at once, and Flux's words for it.

use super::*;

#[test]
fn what_fails_at_once_over_ssh_has_its_words() {
    let end = "ssh: handshake failed: ";
    let cases = [
        (
            at(Stage::Connect),
            FailureKind::Refused,
            Some("dial tcp 192.0.2.1:22: connect: connection refused".to_owned()),
        ),
        (at(Stage::Greeting), FailureKind::Closed, Some(format!("{end}EOF"))),
        (at(Stage::KeyExchange), FailureKind::Closed, Some(format!("{end}EOF"))),
        (at(Stage::KeyExchange), FailureKind::Reset, None),
        (
            key_exchange(HostKeyVerdict::Changed),
            FailureKind::HostKeyChanged,
            Some(format!("{end}knownhosts: key mismatch")),
        ),
        (key_exchange(HostKeyVerdict::OtherTypesOnly), FailureKind::HostKeyChanged, None),
        (
            key_exchange(HostKeyVerdict::Unknown),
            FailureKind::HostKeyUnknown,
            Some(format!("{end}knownhosts: key is unknown")),
        ),
        (
            key_exchange(HostKeyVerdict::Revoked),
            FailureKind::HostKeyRevoked,
            Some(format!("{end}knownhosts: key is revoked")),
        ),
        (
            at(Stage::Authenticate),
            FailureKind::AuthenticationRefused,
            Some(format!(
                "{end}ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain"
            )),
        ),
        (at(Stage::Exec), FailureKind::ExecRefused, None),
        (at(Stage::AdvertisementWait), FailureKind::ExecRefused, Some("unknown error: no space".into())),
        (at(Stage::AdvertisementWait), FailureKind::Closed, Some("unexpected EOF".into())),
        (at(Stage::AdvertisementTransfer), FailureKind::Closed, None),
        (
            at(Stage::AdvertisementTransfer),
            FailureKind::RefNotFound,
            Some("couldn't find remote ref \"refs/heads/main\"".into()),
        ),
        (at(Stage::ResponseWait), FailureKind::Closed, Some("invalid reset option: object not found".into())),
        (at(Stage::ShallowList), FailureKind::Closed, None),
        (no_packet(), FailureKind::Closed, Some("unable to fetch packfile".into())),
        (at(Stage::FirstPacket), FailureKind::Closed, Some("unexpected EOF".into())),
        (part_of_pack(1, None), FailureKind::Closed, Some("unexpected EOF".into())),
        (part_of_pack(1, None), FailureKind::Reset, Some("unexpected EOF".into())),
        (at(Stage::Acknowledgment), FailureKind::RemoteError, Some(format!("{DECODING}{MULTI_ACK}no space"))),
        (part_of_pack(1, None), FailureKind::RemoteError, Some("unexpected error: no space".into())),
    ];
    for (step, kind, tail) in cases {
        let stage = step.stage();
        let forecast = told(Story::ssh().run(|run| run.until(stage).bad_saying(step, 20, kind.clone(), "no space")));
        assert_eq!(forecast.message, tail.map(|tail| format!("{SSH}{tail}")), "{stage:?} {kind:?}");
        assert_eq!((forecast.outcome, forecast.dies_at), (FluxOutcome::Fails, Some(stage)), "{kind:?}");
        assert!(forecast.message.is_some() || !forecast.caveats.is_empty(), "neither words nor a reason: {kind:?}");
    }
}

#[test]
fn a_command_that_is_refused_without_a_word_has_words_by_the_stage() {
    let refused = |step: Step| {
        let stage = step.stage();
        told(Story::ssh().run(|run| run.until(stage).bad(step, 20, FailureKind::ExecRefused))).message
    };
    let command = "ssh: command git-upload-pack '/org/repo.git' failed";
    assert_eq!(refused(at(Stage::Exec)), Some(format!("{SSH}{command}")));
    assert_eq!(refused(at(Stage::AdvertisementWait)), Some(format!("{SSH}unexpected EOF")));
}

#[test]
fn of_two_families_that_fail_the_first_one_is_told_unless_the_other_is_silent() {
    let both = || Step::Resolve { host: "git.example".into(), addresses: vec![V6, V4] };
    let first = |kind: FailureKind| Story::ssh().run(|run| run.good(both(), 5).bad(step(Stage::Connect, V6), 20, kind));
    let refused = first(FailureKind::Refused)
        .then(|run| run.to(V4).good(both(), 5).bad(step(Stage::Connect, V4), 20, FailureKind::Refused));
    let message = told(refused).message.unwrap_or_default();
    assert!(message.contains(&format!("dial tcp [{V6}]:22: connect: connection refused")), "{message}");
    let silent =
        first(FailureKind::Refused).then(|run| run.to(V4).good(both(), 5).stalls(step(Stage::Connect, V4), calm()));
    assert_eq!(told(silent).outcome, FluxOutcome::HangsSilently);
}

#[test]
fn what_fails_at_once_over_https_has_its_words() {
    let wrong_name = "tls: failed to verify certificate: x509: certificate is valid for other.example, not git.example";
    let unknown_authority = "tls: failed to verify certificate: x509: certificate signed by unknown authority";
    let status = |code: u16| FailureKind::HttpStatus { status: code };
    let no_headers = || Step::AdvertisementWait { http_status: None };
    let bad_get = "unexpected client error: unexpected requesting \
                   \"https://git.example/org/repo.git/info/refs?service=git-upload-pack\" status code: 502";
    let bad_post = "unexpected client error: unexpected requesting \
                    \"https://git.example/org/repo.git/git-upload-pack\" status code: 429";
    let cases = [
        (
            at(Stage::Connect),
            FailureKind::Refused,
            Some(format!("{GET}dial tcp 192.0.2.1:22: connect: connection refused")),
        ),
        (certificate("other.example"), FailureKind::CertificateWrongName, Some(format!("{GET}{wrong_name}"))),
        (certificate("git.example"), FailureKind::CertificateUntrusted, Some(format!("{GET}{unknown_authority}"))),
        (certificate("git.example"), FailureKind::CertificateExpired, None),
        (no_headers(), FailureKind::Closed, Some(format!("{GET}EOF"))),
        (no_headers(), FailureKind::Reset, None),
        (no_headers(), status(502), Some(bad_get.into())),
        (no_headers(), status(403), None),
        (at(Stage::AdvertisementTransfer), FailureKind::Malformed, Some("invalid pkt-len found".into())),
        (at(Stage::AdvertisementTransfer), FailureKind::RemoteError, Some("<html>".into())),
        (Step::ResponseWait { http_status: None }, FailureKind::Closed, Some(format!("{POST}EOF"))),
        (Step::ResponseWait { http_status: None }, status(429), Some(bad_post.into())),
        (part_of_pack(1, None), FailureKind::Closed, Some("unexpected EOF".into())),
        (part_of_pack(1, None), FailureKind::Reset, None),
    ];
    for (step, kind, tail) in cases {
        let stage = step.stage();
        let forecast = told(Story::https().run(|run| run.until(stage).bad_saying(step, 20, kind.clone(), "<html>")));
        assert_eq!(forecast.message, tail.map(|tail| format!("{HTTPS}{tail}")), "{stage:?} {kind:?}");
        assert_eq!((forecast.outcome, forecast.dies_at), (FluxOutcome::Fails, Some(stage)), "{kind:?}");
        assert!(forecast.message.is_some() || !forecast.caveats.is_empty(), "neither words nor a reason: {kind:?}");
    }
}

#[test]
fn what_is_no_git_server_over_https_has_its_words() {
    let bad = |step: Step, kind: FailureKind, text: &'static str| {
        told(Story::https().run(|run| run.until(step.stage()).bad_saying(step, 20, kind.clone(), text)))
    };
    let page =
        bad(Step::AdvertisementWait { http_status: Some(200) }, FailureKind::Malformed, "HTTP 200 text/html <p>");
    assert_eq!(message(&page), format!("{HTTPS}invalid pkt-len found"));
    let alert = bad(at(Stage::Tls), FailureKind::Tls, "received fatal alert: UnrecognisedName");
    assert_eq!(message(&alert), format!("{HTTPS}{GET}remote error: tls: unrecognized name"));
    for (step, kind, text, outcome) in [
        (at(Stage::Tls), FailureKind::Tls, "what came is not TLS", FluxOutcome::Fails),
        (at(Stage::Tls), FailureKind::Tls, "received fatal alert: HandshakeFailure", FluxOutcome::Unknown),
        (Step::ResponseWait { http_status: Some(302) }, FailureKind::Redirect, "/elsewhere", FluxOutcome::Fails),
    ] {
        let forecast = bad(step, kind, text);
        assert_eq!((forecast.outcome, &forecast.message), (outcome, &None), "{text}");
        assert!(!forecast.caveats.is_empty(), "{text}");
    }
}

#[test]
fn an_error_number_of_the_kernel_has_gos_words() {
    for (kind, errno, words) in [
        (FailureKind::Unreachable, 113, "no route to host"),
        (FailureKind::Unreachable, 101, "network is unreachable"),
        (FailureKind::Prohibited, 13, "permission denied"),
    ] {
        let forecast =
            told(Story::ssh().run(|run| run.until(Stage::Connect).bad_errno(at(Stage::Connect), kind, errno)));
        assert_eq!(message(&forecast), format!("{SSH}dial tcp 192.0.2.1:22: connect: {words}"));
    }
}

#[test]
fn what_is_not_there_has_words_of_its_own() {
    let missing = |git_ref: GitRef, kind: FailureKind| {
        let run =
            |run: Telling| run.until(Stage::AdvertisementTransfer).bad(at(Stage::AdvertisementTransfer), 20, kind);
        told(Story::ssh().plan(|plan| plan.git_ref = git_ref).run(run))
    };
    let main = || GitRef::Branch("main".into());
    let cases = [
        (
            main(),
            FailureKind::RepositoryNotFound,
            "unable to clone: repository not found: git repository: 'ssh://git@git.example/org/repo.git'",
        ),
        (
            GitRef::Tag("v1".into()),
            FailureKind::RepositoryEmpty,
            "unable to clone: remote repository is empty: git repository: 'ssh://git@git.example/org/repo.git'",
        ),
        (
            GitRef::Name("refs/pull/1/head".into()),
            FailureKind::RepositoryNotFound,
            "unable to list remote for 'ssh://git@git.example/org/repo.git': repository not found",
        ),
        (
            GitRef::Name("refs/pull/1/head".into()),
            FailureKind::RefNotFound,
            "unable to resolve ref 'refs/pull/1/head' to a specific commit",
        ),
        (
            GitRef::Tag("v1".into()),
            FailureKind::RefNotFound,
            "unable to clone 'ssh://git@git.example/org/repo.git': couldn't find remote ref \"refs/tags/v1\"",
        ),
        (GitRef::Semver(">=1".into()), FailureKind::RefNotFound, "no match found for semver: >=1"),
    ];
    for (git_ref, kind, words) in cases {
        let forecast = missing(git_ref, kind);
        assert_eq!(message(&forecast), format!("failed to checkout and determine revision: {words}"));
        assert_eq!(forecast.outcome, FluxOutcome::Fails);
    }
    let empty = missing(main(), FailureKind::RepositoryEmpty);
    assert_eq!((empty.outcome, empty.message), (FluxOutcome::Fails, None));
}

#[test]
fn a_redirect_moves_the_requests_and_not_the_repository() {
    let to = "https://new.example/moved.git/info/refs?service=git-upload-pack";
    let run = |run: Telling| {
        let wait = Step::ResponseWait { http_status: None };
        run.until(Stage::AdvertisementWait).redirected(to).until(Stage::ResponseWait).stalls(wait, calm())
    };
    let expected =
        format!("{HTTPS}unexpected client error: Post \"https://new.example/moved.git/git-upload-pack\": {DEADLINE}");
    assert_eq!(message(&told(Story::https().run(run))), expected);
}
