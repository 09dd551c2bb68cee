//! Holes that one side found a way around, and what only looks like one.

use model::{Bytes, Stage, TcpInfo};

use super::stories::{Sample, sample};
use super::{Story, Telling, V4, advertisement, calm, gap, step};
use crate::Verdict;

pub(super) fn healed() -> Vec<Sample> {
    let warning = |name, rules, story| sample(name, Verdict::Warning, rules, story);
    let healthy = |name, story| sample(name, Verdict::Healthy, &["healthy"], story);
    let in_pieces = TcpInfo { rcv_mss_bytes: 1_024, ..gap() };
    let whole = TcpInfo { rcv_mss_bytes: 1_448, ..gap() };
    let ours = |path_mtu_bytes: u32| {
        let cut = TcpInfo { snd_mss_bytes: 1_024, total_retransmits: 6, path_mtu_bytes, ..calm() };
        move |run: Telling| key_exchange(run, cut).complete()
    };
    let theirs = |came: TcpInfo| move |run: Telling| list(run, 1_700, came).complete();
    let small = |took_ms: u64| move |run: Telling| list(run.clamped(), took_ms, calm()).complete();
    vec![
        warning("hole towards the server that healed", &["path-mtu-black-hole"], {
            Story::ssh().run(ours(1_500)).then(|run| run.clamped().complete())
        }),
        healthy("a router told what fits", Story::ssh().run(ours(1_400))),
        warning("hole towards us that healed", &["path-mtu-black-hole"], {
            Story::ssh().run(theirs(in_pieces)).then(small(30))
        }),
        warning("hole towards us that healed, small packets not tried", &["path-mtu-black-hole"], {
            Story::ssh().run(theirs(in_pieces))
        }),
        healthy("a lossy path, and small packets take as long", {
            Story::ssh().run(theirs(in_pieces)).then(small(1_500))
        }),
        healthy("a lossy path, and full-size packets came", Story::ssh().run(theirs(whole))),
        healthy("a long transfer over a lossy path, and never a silence", {
            Story::ssh().run(|run: Telling| {
                let run = run.until(Stage::PackTransfer);
                run.good_with(step(Stage::PackTransfer, V4), 5_000, TcpInfo { rcv_mss_bytes: 1_024, ..gap() })
                    .complete()
            })
        }),
    ]
}

fn key_exchange(run: Telling, cut: TcpInfo) -> Telling {
    let before = TcpInfo { snd_mss_bytes: 1_448, ..calm() };
    let greeted = run.until(Stage::Greeting).good_with(step(Stage::Greeting, V4), 20, before);
    greeted.good_with(step(Stage::KeyExchange, V4), 3_500, cut)
}

fn list(run: Telling, took_ms: u64, came: TcpInfo) -> Telling {
    run.until(Stage::AdvertisementTransfer).good_with(advertisement(18, Bytes(1_800)), took_ms, came)
}
