use model::{
    Bytes, FailureKind, Micros, Parameters, Protocol, Purpose, Report, Run, Stage, Step, TcpInfo, UploadPackParameters,
};

use super::follow_up;
use crate::samples::{
    LONG, NAMELESS, PIECES, SHORT, Story, Telling, V4, V6, advertisement, all, calm, gap, hello_of, no_packet, step,
    unanswered,
};

const LEFT: Micros = Micros::from_secs(20);

fn asked(run: &Run) -> &UploadPackParameters {
    run.parameters.upload_pack().unwrap()
}

fn next(story: Story) -> Option<Run> {
    follow_up(&story.done(), LEFT)
}

fn stalls(run: Telling) -> Telling {
    run.until(Stage::FirstPacket).stalls(no_packet(), gap())
}

fn both() -> Step {
    Step::Resolve { host: "git.example".into(), addresses: vec![V6, V4] }
}

#[test]
fn a_stall_is_tried_again_with_small_packets_to_the_same_address() {
    for stage in
        [Stage::Greeting, Stage::KeyExchange, Stage::AdvertisementTransfer, Stage::FirstPacket, Stage::PackTransfer]
    {
        let story = Story::ssh().run(|run| run.until(stage).stalls(step(stage, V4), calm()));
        let before = story.report.measurements[0].run.clone();
        let run = next(story).unwrap_or_else(|| panic!("{stage:?}"));
        let expected =
            UploadPackParameters { mss_clamp_bytes: Some(1_200), address: Some(V4), ..asked(&before).clone() };
        assert_eq!(asked(&run), &expected, "only the clamp and the address may differ");
        assert_eq!(run.id.0, 2);
        let Purpose::FollowUp { after, question } = &run.purpose else { panic!("{run:?}") };
        assert_eq!(*after, before.id);
        assert!(question.contains(stage.words()) && question.ends_with('.'), "{question}");
    }
}

#[test]
fn a_wait_that_looks_like_a_healed_hole_is_tried_with_small_packets_and_not_blamed_on_the_references() {
    let slow = || TcpInfo { rcv_mss_bytes: 1_024, ..gap() };
    let list = |run: Telling| {
        run.until(Stage::AdvertisementTransfer).good_with(advertisement(18, Bytes(1_800)), 3_500, slow()).complete()
    };
    let run = next(Story::ssh().run(list)).unwrap();
    assert_eq!((asked(&run).mss_clamp_bytes, asked(&run).protocol), (Some(1_200), Protocol::V0));
    assert_eq!(next(Story::ssh().run(list).then(|run| run.clamped().complete())), None);
}

#[test]
fn a_cure_ends_the_matter() {
    assert_eq!(next(Story::ssh().run(stalls).then(|run| run.clamped().complete())), None);
}

#[test]
fn small_packets_that_are_late_as_well_cure_nothing() {
    let story = |took_ms: u64| {
        let clamped = |run: Telling| run.clamped().until(Stage::FirstPacket).good(no_packet(), took_ms).complete();
        Story::ssh().run(|run| run.until(Stage::FirstPacket).stalls(no_packet(), calm())).then(clamped)
    };
    let found =
        |took_ms: u64| crate::diagnose(&story(took_ms).done(), &crate::Policy::STANDARD).findings[0].rule.clone();
    assert_eq!((next(story(40)), found(40).as_str()), (None, "path-mtu-black-hole"));
    assert!(asked(&next(story(5_900)).unwrap()).patience_us > Micros::from_secs(10), "slow: how slow?");
    assert_eq!(found(5_900), "server-silent");
}

#[test]
fn without_a_cure_the_rest_of_the_budget_is_waited_once() {
    let twice = || Story::ssh().run(stalls).then(|run| stalls(run.clamped()));
    let run = next(twice()).unwrap();
    let patience = asked(&run).patience_us;
    assert_eq!((asked(&run).mss_clamp_bytes, asked(&run).address), (None, Some(V4)));
    assert!(patience > Micros::from_secs(18) && patience < LEFT, "{patience:?}");
    assert!(matches!(&run.purpose, Purpose::FollowUp { after, .. } if after.0 == 2));

    assert_eq!(follow_up(&twice().done(), Micros::from_millis(7_900)), None, "too little left");
    let thrice = twice().then(|run| stalls(run.ask(|asked| asked.patience_us = patience)));
    assert_eq!(next(thrice), None, "once is enough");
}

#[test]
fn what_flowed_in_large_packets_and_stands_still_is_told_at_once() {
    let full = || TcpInfo { rcv_mss_bytes: 1_448, ..calm() };
    let after_full = |stage: Stage, now: TcpInfo| {
        let list = advertisement(300, Bytes(30_000));
        let run = |run: Telling| {
            let run = run.until(Stage::AdvertisementTransfer).good_with(list.clone(), 20, full());
            run.until(stage).stalls(step(stage, V4), now)
        };
        next(Story::ssh().run(run))
    };
    assert_eq!(after_full(Stage::PackTransfer, calm()), None);
    assert_eq!(after_full(Stage::PackTransfer, gap()), None);
    let clamped = after_full(Stage::PackTransfer, unanswered()).unwrap();
    assert!(asked(&clamped).mss_clamp_bytes.is_some(), "the size of what came says nothing of what went");
    let held = after_full(Stage::FirstPacket, calm()).unwrap();
    assert!(held.parameters.upload_pack().is_none(), "does a connection that is silent still carry anything?");
}

#[test]
fn a_failed_connect_is_tried_over_the_other_family() {
    let failed =
        |kind: FailureKind| Story::ssh().run(|run| run.good(both(), 5).bad(step(Stage::Connect, V6), 20, kind));
    for kind in [
        FailureKind::Refused,
        FailureKind::Unreachable,
        FailureKind::Prohibited,
        FailureKind::Stalled { silent_us: Micros(1) },
    ] {
        let run = next(failed(kind.clone())).unwrap_or_else(|| panic!("{kind:?}"));
        assert_eq!((asked(&run).address, asked(&run).mss_clamp_bytes), (Some(V4), None));
    }
    assert_eq!(next(failed(FailureKind::OutOfTime)), None, "our own time was over");
    let one_family =
        Story::ssh().run(|run| run.until(Stage::Connect).bad(step(Stage::Connect, V4), 20, FailureKind::Refused));
    assert!(matches!(next(one_family).unwrap().parameters, Parameters::TcpConnect(_)), "the port or the host?");
    let both_refused = failed(FailureKind::Refused)
        .then(|run| run.to(V4).good(both(), 5).bad(step(Stage::Connect, V4), 20, FailureKind::Refused));
    let doors = next(both_refused).unwrap();
    assert!(matches!(doors.parameters, Parameters::TcpConnect(_)), "not back again: {doors:?}");
    let hole = failed(FailureKind::Refused).then(|run| stalls(run.to(V4).good(both(), 5)));
    let run = next(hole).unwrap();
    assert_eq!((asked(&run).address, asked(&run).mss_clamp_bytes), (Some(V4), Some(1_200)), "its stall is looked into");
}

#[test]
fn a_slow_list_is_tried_with_protocol_v2() {
    let listing = |refs: u32, mebibytes: u64, took_ms: u64| {
        let list = advertisement(refs, Bytes::from_mebibytes(mebibytes));
        Story::ssh().run(|run| run.until(Stage::AdvertisementTransfer).good(list, took_ms).complete())
    };
    let run = next(listing(30_000, 0, 3_000)).unwrap();
    assert_eq!((asked(&run).protocol, asked(&run).address), (Protocol::V2, Some(V4)));
    assert!(next(listing(30_000, 1, 100)).is_some(), "large, though quick");
    assert_eq!(next(listing(300, 0, 1_900)), None);
    let done = listing(30_000, 0, 3_000).then(|run| run.ask(|asked| asked.protocol = Protocol::V2).complete());
    assert_eq!(next(done), None);
}

#[test]
fn a_hello_without_an_answer_is_changed_in_one_thing_at_a_time() {
    let fallen = |run: Telling| run.until(Stage::Tls).bad(hello_of(1_510, 0), 3, FailureKind::Reset);
    let shaken = |run: Option<Run>| match run.map(|run| run.parameters) {
        Some(Parameters::TlsHandshake(asked)) => {
            assert_eq!(asked.address, Some(V4));
            Some((asked.hello, asked.server_name, asked.mss_clamp_bytes))
        }
        None => None,
        other => panic!("{other:?}"),
    };
    let cut = || Some(FailureKind::Reset);
    let first = || Story::https().run(fallen);
    assert_eq!(shaken(next(first())), Some(NAMELESS));
    assert_eq!(shaken(next(first().shake(NAMELESS, None))), Some(LONG), "was it chance?");
    assert_eq!(shaken(next(first().shake(NAMELESS, None).shake(LONG, cut()))), None);
    let nameless = || first().shake(NAMELESS, cut());
    assert_eq!(shaken(next(nameless())), Some(SHORT));
    assert_eq!(shaken(next(nameless().shake(SHORT, cut()))), None, "nothing passes");
    assert_eq!(shaken(next(nameless().shake(SHORT, None))), Some(PIECES), "the message or the packets?");
    assert_eq!(shaken(next(nameless().shake(SHORT, None).shake(PIECES, cut()))), None);
    let small = Story::https().run(|run| run.until(Stage::Tls).bad(hello_of(517, 0), 3, FailureKind::Reset));
    assert_eq!(shaken(next(small.shake(NAMELESS, cut()))), None, "it was short already");
    let by_address = Story::at("https://192.0.2.1/r.git").run(fallen);
    assert_eq!(shaken(next(by_address)), Some(SHORT), "an address stands in no hello");
    let answered = |run: Telling| run.until(Stage::Tls).bad(hello_of(1_510, 3_000), 90, FailureKind::Reset);
    assert_eq!(next(Story::https().run(answered)), None, "somebody took the hello");
}

#[test]
fn a_silent_hello_is_tried_in_small_packets_first() {
    let lost = |run: Telling| run.until(Stage::Tls).stalls(hello_of(1_510, 0), unanswered());
    let clamp = next(Story::https().run(lost)).unwrap();
    assert_eq!(asked(&clamp).mss_clamp_bytes, Some(1_200));
    let twice = Story::https().run(lost).then(|run| lost(run.clamped()));
    let Parameters::TlsHandshake(nameless) = next(twice).unwrap().parameters else { panic!("no handshake") };
    assert_eq!(nameless.server_name, model::TlsServerName::None);
    assert!(nameless.patience_us < Micros::from_secs(6), "an answer that comes at all comes soon");
    let twice = || Story::https().run(lost).then(|run| lost(run.clamped()));
    assert_eq!(next(twice().shake(NAMELESS, None)), None, "that is the answer; nobody waits longer for the other one");
    let silent = || Some(FailureKind::Stalled { silent_us: Micros::from_secs(3) });
    let nothing = next(twice().shake(NAMELESS, silent()).shake(SHORT, silent())).unwrap();
    assert!(asked(&nothing).patience_us > Micros::from_secs(6), "nothing passes: slow, or dead?");
}

#[test]
fn nothing_is_asked_without_need_or_time() {
    assert_eq!(next(Story::ssh()), None);
    assert_eq!(next(Story::ssh().run(Telling::complete)), None);
    assert_eq!(
        next(Story::https().run(|run| run.until(Stage::Tls).bad(step(Stage::Tls, V4), 20, FailureKind::Tls))),
        None
    );
    assert_eq!(follow_up(&Story::ssh().run(stalls).done(), Micros::from_millis(1_900)), None);
}

/// The engine's loop with a network on which every follow-up hangs as the first run did.
#[test]
fn the_loop_ends_and_never_makes_a_run_twice() {
    for sample in all() {
        let mut report: Report = sample.report;
        let mut made: Vec<Parameters> = report.measurements.iter().map(|known| known.run.parameters.clone()).collect();
        for _ in 0..8 {
            let Some(run) = follow_up(&report, LEFT) else { break };
            assert!(!made.contains(&run.parameters), "{}: {run:?} was made before", sample.name);
            assert!(report.measurement(run.id).is_none(), "{}: id {:?} is taken", sample.name, run.id);
            made.push(run.parameters.clone());
            let first = report.measurements[0].clone();
            report.measurements.push(model::Measurement { run, ..first });
        }
        assert_eq!(follow_up(&report, LEFT), None, "{}: it does not end", sample.name);
    }
}
