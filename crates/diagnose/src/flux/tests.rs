//! The messages here are those of flux-git.md §1.2, §1.3, §1.5 and §3, and of Flux's own client (fluxcd/pkg git 0.52,
//! go-git 5.19.1) against servers that were made to stop at the byte in question.

mod names;
mod refusals;
mod secret;
mod silence;

use model::{
    Advertisement, Bytes, Cap, Depth, Ended, FailureKind, GitRef, HostKeyVerdict, Micros, Report, Stage, Step,
    StopCause,
};

use super::forecast;
use crate::samples::{
    STAGE_MS, Story, Telling, V4, V6, advertisement, calm, certificate, gap, key_exchange, no_packet, pack_start,
    part_of_pack, step,
};
use crate::{FluxForecast, FluxOutcome};

const SSH: &str = "failed to checkout and determine revision: unable to clone 'ssh://git@git.example/org/repo.git': ";
const HTTPS: &str = "failed to checkout and determine revision: unable to clone 'https://git.example/org/repo.git': ";
const GET: &str = "Get \"https://git.example/org/repo.git/info/refs?service=git-upload-pack\": ";
const POST: &str = "unexpected client error: Post \"https://git.example/org/repo.git/git-upload-pack\": ";
const DEADLINE: &str = "context deadline exceeded";
const DECODING: &str = "error decoding upload-pack response: ";
const MULTI_ACK: &str = "multi_ack and multi_ack_detailed are not supported: ";

fn told(story: Story) -> FluxForecast {
    forecast(&story.done())
}

fn message(forecast: &FluxForecast) -> &str {
    forecast.message.as_deref().unwrap_or_else(|| panic!("no message: {forecast:#?}"))
}

fn at(stage: Stage) -> Step {
    step(stage, V4)
}

/// Every row of flux-git.md §1.2: the stage that hangs as far as it came, and what stands behind the prefix over SSH
/// and over HTTPS.
fn rows() -> Vec<(Step, String, String)> {
    let plain = || (DEADLINE.to_owned(), DEADLINE.to_owned());
    let same = |infix: &str| (format!("{infix}{DEADLINE}"), format!("{infix}{DEADLINE}"));
    let row = |step: Step, (ssh, https): (String, String)| (step, ssh, https);
    let packet = |bytes: u64| Step::FirstPacket { band: None, payload: None, bytes_after_ack: Bytes(bytes) };
    vec![
        row(Step::AdvertisementWait { http_status: None }, (DEADLINE.into(), format!("{GET}{DEADLINE}"))),
        row(Step::AdvertisementWait { http_status: Some(200) }, plain()),
        row(advertisement(1, Bytes(60)), plain()),
        row(Step::ResponseWait { http_status: None }, (DEADLINE.into(), format!("{POST}{DEADLINE}"))),
        row(Step::ResponseWait { http_status: Some(200) }, plain()),
        row(Step::ShallowList { entries: 0 }, same(DECODING)),
        row(Step::Acknowledgment { kind: None }, same(&format!("{DECODING}{MULTI_ACK}"))),
        row(packet(0), same(DECODING)),
        row(packet(6), same(DECODING)),
        row(packet(7), plain()),
        row(pack_start(1, None), same(DECODING)),
        row(pack_start(2, Some(10)), plain()),
        row(part_of_pack(1, None), plain()),
    ]
}

#[test]
fn a_stall_at_each_stage_has_its_words() {
    for (step, ssh, https) in rows() {
        for (story, expected) in [(Story::ssh(), format!("{SSH}{ssh}")), (Story::https(), format!("{HTTPS}{https}"))] {
            let stage = step.stage();
            let forecast = told(story.run(|run| run.until(stage).stalls(step.clone(), gap())));
            assert_eq!(message(&forecast), expected, "{step:?}");
            assert_eq!(forecast.outcome, FluxOutcome::TimesOut);
            assert_eq!(forecast.dies_at, Some(stage));
            assert_eq!(forecast.takes_us, Some(Micros::from_secs(60)), "the deadline, not our patience");
            assert!(forecast.extrapolated);
            assert!(forecast.caveats.iter().any(|caveat| caveat.contains("tcp_mtu_probing")), "{forecast:#?}");
        }
    }
}

#[test]
fn the_deadline_inside_a_stage_that_ended_later_has_the_words_of_what_had_come_by_then() {
    let plain = (DEADLINE.to_owned(), DEADLINE.to_owned());
    let decoding = (format!("{DECODING}{DEADLINE}"), format!("{DECODING}{DEADLINE}"));
    let cases = [
        (at(Stage::AdvertisementWait), (DEADLINE.to_owned(), format!("{GET}{DEADLINE}"))),
        (at(Stage::AdvertisementTransfer), plain.clone()),
        (at(Stage::ResponseWait), (DEADLINE.to_owned(), format!("{POST}{DEADLINE}"))),
        (at(Stage::FirstPacket), decoding.clone()),
        (pack_start(14, Some(11)), plain.clone()),
        (pack_start(14, Some(70)), decoding),
        (at(Stage::PackTransfer), plain),
    ];
    for (step, (ssh, https)) in cases {
        for (story, expected) in [(Story::ssh(), format!("{SSH}{ssh}")), (Story::https(), format!("{HTTPS}{https}"))] {
            let stage = step.stage();
            let forecast = told(story.run(|run| run.until(stage).good(step.clone(), 80_000).complete()));
            assert_eq!(message(&forecast), expected, "{step:?}");
            assert_eq!((forecast.outcome, forecast.dies_at), (FluxOutcome::TimesOut, Some(stage)));
            assert!(!forecast.extrapolated, "all of it was seen");
        }
    }
}

#[test]
fn without_multi_ack_on_offer_the_words_lack_it() {
    let offers = |capabilities: &[&str]| {
        let refs = Advertisement {
            capabilities: capabilities.iter().map(|&capability| capability.into()).collect(),
            ..Advertisement::default()
        };
        let run = |run: Telling| {
            run.until(Stage::AdvertisementTransfer)
                .good(Step::AdvertisementTransfer(refs), 20)
                .until(Stage::Acknowledgment)
                .stalls(Step::Acknowledgment { kind: None }, calm())
        };
        message(&told(Story::ssh().run(run))).to_owned()
    };
    assert_eq!(offers(&["side-band-64k"]), format!("{SSH}{DECODING}{DEADLINE}"));
    assert_eq!(offers(&["side-band-64k", "multi_ack"]), format!("{SSH}{DECODING}{MULTI_ACK}{DEADLINE}"));
}

#[test]
fn a_handshake_over_ssh_spends_the_time_and_is_not_cut() {
    for stage in [Stage::Greeting, Stage::KeyExchange, Stage::Authenticate, Stage::Exec] {
        let hung = told(Story::ssh().run(|run| run.until(stage).stalls(at(stage), calm())));
        assert_eq!((hung.outcome, hung.dies_at, &hung.message), (FluxOutcome::HangsSilently, Some(stage), &None));
        assert!(hung.caveats.iter().any(|caveat| caveat.contains("Ready stays as it was")), "{hung:#?}");

        let late = told(Story::ssh().run(|run| run.until(stage).good(at(stage), 75_000).complete()));
        assert_eq!(message(&late), format!("{SSH}{DEADLINE}"), "{stage:?}");
        assert_eq!(late.dies_at, Some(Stage::AdvertisementWait), "the first read after the handshake notices");
        assert!(late.takes_us > Some(Micros::from_secs(75)), "{late:#?}");
    }
}

#[test]
fn a_silent_port_over_ssh_ends_with_the_kernels_patience() {
    let forecast = told(Story::ssh().run(|run| run.until(Stage::Connect).stalls(at(Stage::Connect), calm())));
    assert_eq!(forecast.outcome, FluxOutcome::HangsSilently);
    let words = format!("{SSH}dial tcp 192.0.2.1:22: connect: connection timed out");
    assert!(forecast.caveats.iter().any(|caveat| caveat.ends_with(&words)), "{forecast:#?}");
}

#[test]
fn go_has_limits_of_its_own_over_https() {
    let tls = |took: Option<u64>, timeout: u64| {
        let run = |run: Telling| match took {
            Some(took) => run.until(Stage::Tls).good(at(Stage::Tls), took).complete(),
            None => run.until(Stage::Tls).stalls(at(Stage::Tls), calm()),
        };
        told(Story::https().plan(|plan| plan.timeout_us = Micros::from_secs(timeout)).run(run))
    };
    for forecast in [tls(None, 60), tls(Some(12_000), 60)] {
        assert_eq!(message(&forecast), format!("{HTTPS}{GET}net/http: TLS handshake timeout"));
        assert_eq!(forecast.outcome, FluxOutcome::Fails);
        assert_eq!(forecast.takes_us, Some(Micros::from_millis(10_000 + 2 * STAGE_MS)));
    }
    assert_eq!(message(&tls(None, 8)), format!("{HTTPS}{GET}{DEADLINE}"), "the deadline comes first");
    assert_eq!(tls(Some(9_000), 60).outcome, FluxOutcome::Fits);

    let connect = |timeout: u64| {
        let run = |run: Telling| run.until(Stage::Connect).stalls(at(Stage::Connect), calm());
        told(Story::https().plan(|plan| plan.timeout_us = Micros::from_secs(timeout)).run(run))
    };
    assert_eq!(message(&connect(60)), format!("{HTTPS}{GET}dial tcp 192.0.2.1:22: i/o timeout"));
    assert_eq!(message(&connect(20)), format!("{HTTPS}{GET}{DEADLINE}"));
}

#[test]
fn listing_counts_only_where_flux_lists_first() {
    let slow_list = |git_ref: GitRef, run_ms: u64| {
        let run = move |run: Telling| {
            run.until(Stage::AdvertisementTransfer).good(at(Stage::AdvertisementTransfer), run_ms).complete()
        };
        told(Story::ssh().plan(|plan| plan.git_ref = git_ref).run(run))
    };
    let name = || GitRef::Name("refs/heads/main".into());
    assert_eq!(slow_list(GitRef::Branch("main".into()), 40_000).outcome, FluxOutcome::Fits);
    let twice = slow_list(name(), 40_000);
    assert_eq!((twice.outcome, twice.dies_at), (FluxOutcome::TimesOut, Some(Stage::AdvertisementTransfer)));
    assert_eq!(message(&twice), format!("{SSH}{DEADLINE}"), "the second connection dies");
    let first = slow_list(name(), 70_000);
    let listing =
        "failed to checkout and determine revision: unable to list remote for 'ssh://git@git.example/org/repo.git': ";
    assert_eq!(message(&first), format!("{listing}{DEADLINE}"));

    let once = slow_list(GitRef::Branch("main".into()), 5_000);
    let both = slow_list(name(), 5_000);
    assert!(both.takes_us.unwrap() >= once.takes_us.unwrap() + Micros::from_secs(5), "{both:#?}");
    assert!(
        slow_list(GitRef::Branch("main".into()), 40_000).caveats.iter().any(|caveat| caveat.contains("no longer fits"))
    );
}

#[test]
fn a_cut_pack_is_extrapolated_and_says_so() {
    let cut = |mebibytes, whole, took_ms| {
        told(Story::ssh().run(|run| run.until(Stage::PackTransfer).good(part_of_pack(mebibytes, whole), took_ms).cut()))
    };
    let fits = cut(20, Some(40), 5_000);
    assert_eq!((fits.outcome, fits.extrapolated), (FluxOutcome::Fits, true));
    let takes = fits.takes_us.unwrap();
    assert!(takes > Micros::from_secs(10) && takes < Micros::from_secs(11), "{takes:?}");
    let over = cut(10, Some(100), 8_000);
    assert_eq!((over.outcome, over.extrapolated), (FluxOutcome::TimesOut, true));
    assert_eq!(message(&over), format!("{SSH}{DEADLINE}"));
    assert_eq!(cut(10, None, 8_000).outcome, FluxOutcome::Unknown);
}

#[test]
fn keepalives_make_the_later_timeout_a_plain_one() {
    let run = |run: Telling| run.until(Stage::PackStart).bad(pack_start(5, Some(11)), 28_000, FailureKind::OutOfTime);
    let forecast = told(Story::ssh().run(run));
    assert_eq!(forecast.outcome, FluxOutcome::Unknown, "the server may answer yet");
    let words = format!("{SSH}{DEADLINE}");
    assert!(forecast.caveats.iter().any(|caveat| caveat.ends_with(&words)), "{forecast:#?}");
}

#[test]
fn only_a_run_that_asks_like_flux_speaks_for_it() {
    let asks: [fn(Telling) -> Telling; 4] = [
        Telling::clamped,
        |run| run.ask(|asked| asked.protocol = model::Protocol::V2),
        |run| run.ask(|asked| asked.depth = Depth::Full),
        |run| run.ask(|asked| asked.progress = true),
    ];
    for ask in asks {
        let forecast = told(Story::ssh().run(|run| ask(run).complete()));
        assert_eq!(forecast.outcome, FluxOutcome::Unknown);
        assert!(!forecast.caveats.is_empty());
    }
    let cured = Story::ssh()
        .run(|run| run.until(Stage::FirstPacket).stalls(no_packet(), gap()))
        .then(|run| run.clamped().complete());
    assert_eq!(told(cured).outcome, FluxOutcome::TimesOut, "Flux does not clamp");
}

#[test]
fn the_run_that_waited_longer_knows_more() {
    let story = Story::ssh().run(|run| run.until(Stage::FirstPacket).stalls(no_packet(), calm())).then(|run| {
        let patient = run.ask(|asked| asked.patience_us = Micros::from_secs(20)).until(Stage::FirstPacket);
        patient.good(at(Stage::FirstPacket), 12_000).complete()
    });
    let forecast = told(story);
    assert_eq!((forecast.outcome, forecast.extrapolated), (FluxOutcome::Fits, false));
}

#[test]
fn a_dead_family_is_not_fluxs_fault() {
    let both = || Step::Resolve { host: "git.example".into(), addresses: vec![V6, V4] };
    let dead = |run: Telling| run.good(both(), 5).stalls(step(Stage::Connect, V6), calm());
    let alone = told(Story::ssh().run(dead));
    assert_ne!(alone.outcome, FluxOutcome::Fits);
    let both_known = told(Story::ssh().run(dead).then(|run| run.to(V4).good(both(), 5).complete()));
    assert_eq!(both_known.outcome, FluxOutcome::Fits, "{both_known:#?}");
    assert!(both_known.caveats.iter().any(|caveat| caveat.contains("300 ms")));
}

#[test]
fn what_cannot_be_known_stays_unknown() {
    let interrupted = Ended::Stopped { cause: StopCause::Interrupt };
    let stories = [
        Story::ssh(),
        Story::ssh().run(|run| run.ended(Ended::Lost)),
        Story::ssh().run(|run| run.until(Stage::Request).ended(interrupted)),
        Story::ssh()
            .run(|run| run.until(Stage::Authenticate).bad(at(Stage::Authenticate), 20, FailureKind::NoCredential)),
    ];
    for report in stories.map(Story::done) {
        let forecast = forecast(&report);
        assert_eq!((forecast.outcome, &forecast.message), (FluxOutcome::Unknown, &None));
        assert!(!forecast.caveats.is_empty(), "no reason given");
    }
}

#[test]
fn the_default_branch_is_master_for_flux() {
    let on =
        |git_ref: GitRef| -> Report { Story::ssh().plan(|plan| plan.git_ref = git_ref).run(Telling::complete).done() };
    let says_so = |report: &Report| forecast(report).caveats.iter().any(|caveat| caveat.contains("takes master"));
    assert!(says_so(&on(GitRef::Head)));
    assert!(!says_so(&on(GitRef::Branch("main".into()))));
}

#[test]
fn an_ipv6_address_over_ssh_is_put_in_brackets_twice() {
    let forecast = told(Story::at("ssh://git@[2001:db8::7]:2222/repo.git").run(Telling::complete));
    assert_eq!(forecast.outcome, FluxOutcome::Fails);
    assert_eq!(
        message(&forecast),
        "failed to checkout and determine revision: unable to clone 'ssh://git@[2001:db8::7]:2222/repo.git': dial tcp: \
         address [[2001:db8::7]]:2222: missing port in address"
    );
    let over_https = told(Story::at("https://[2001:db8::7]/repo.git").run(Telling::complete));
    assert_eq!(over_https.outcome, FluxOutcome::Fits);
}

#[test]
fn a_run_that_our_time_ended_does_not_speak_for_one_that_saw_a_stall() {
    let stalled = |run: Telling| run.until(Stage::Exec).stalls(at(Stage::Exec), calm());
    let ended = |run: Telling| {
        let run = run.ask(|asked| asked.patience_us = Micros::from_secs(17));
        run.until(Stage::Exec).bad(at(Stage::Exec), 16_000, FailureKind::OutOfTime)
    };
    assert_eq!(told(Story::ssh().run(stalled).then(ended)).outcome, FluxOutcome::HangsSilently);
}

#[test]
fn a_transfer_of_a_moment_has_no_rate_unless_it_filled_the_cap() {
    let cut = |cap: Cap, took_ms: u64| {
        told(Story::ssh().run(|run| {
            run.until(Stage::PackTransfer).good(part_of_pack(10, Some(100)), took_ms).ended(Ended::Cut { cap })
        }))
    };
    assert_eq!(cut(Cap::Time, 10).outcome, FluxOutcome::Unknown);
    assert_eq!(cut(Cap::Bytes, 10).outcome, FluxOutcome::Fits);
    assert_eq!(cut(Cap::Time, 2_000).outcome, FluxOutcome::Fits);
    assert_eq!(cut(Cap::Time, 8_000).outcome, FluxOutcome::TimesOut);
}
