use std::sync::Arc;
use std::time::Duration;

use super::pktline::{Packet, push_text};
use super::*;
use crate::fault::{Ending, Fault, Pace, Point};
use crate::repository::{Repository, RepositorySpec};
use crate::trip::Trip;

fn behaviour(fault: Fault, pace: Pace) -> Behaviour {
    let spec = RepositorySpec::of_size(200_000);
    let repository = Arc::new(Repository::build(spec).unwrap());
    Behaviour { repository, fault, pace }
}

fn flux_request(behaviour: &Behaviour) -> Vec<u8> {
    let head = behaviour.repository.head();
    let mut request = Vec::new();
    push_text(
        &format!("want {head} multi_ack_detailed side-band-64k ofs-delta agent=go-git/5.x shallow no-progress"),
        &mut request,
    );
    push_text("deepen 1", &mut request);
    request.extend_from_slice(b"0000");
    push_text("done", &mut request);
    request
}

/// All acts of the answer to a request, as the bytes sent, the pauses made, and the ending.
fn answer(behaviour: &Behaviour, version: Version, request: &[u8]) -> (Vec<u8>, Vec<Duration>, Option<Ending>) {
    let mut service = Service::new(behaviour.clone(), version);
    let mut splitter = Splitter::default();
    splitter.push(request);
    let mut reply = Reply::default();
    while let Some(packet) = splitter.next().unwrap() {
        match service.take(packet).unwrap() {
            Turn::Listen => {}
            Turn::Answer(more) | Turn::Last(more) => reply.append(more),
        }
    }
    let mut trip = Trip::new(&behaviour.fault);
    let mut script = Script::new(reply, &mut trip, None);
    let (mut sent, mut pauses, mut ending) = (Vec::new(), Vec::new(), None);
    while let Some(act) = script.next() {
        match act {
            Act::Send(bytes) | Act::SendNotBefore(_, bytes) => sent.extend_from_slice(&bytes),
            Act::Pause(pause) => pauses.push(pause),
            Act::Strike(bytes, how) => {
                sent.extend_from_slice(&bytes);
                ending = Some(how);
            }
        }
    }
    (sent, pauses, ending)
}

#[test]
fn the_answer_to_flux_is_shallow_list_nak_pack_and_flush() {
    let behaviour = behaviour(Fault::None, Pace::default());
    let (sent, pauses, ending) = answer(&behaviour, Version::V0, &flux_request(&behaviour));
    let list = format!("0034shallow {}00000008NAK\n", behaviour.repository.head());
    assert!(sent.starts_with(list.as_bytes()));
    assert_eq!(&sent[list.len() + 4..list.len() + 9], b"\x01PACK");
    assert!(sent.ends_with(b"0000"));
    assert_eq!((pauses, ending), (Vec::new(), None));
}

#[test]
fn computing_ticks_every_interval_and_not_without_keepalive() {
    let pace = |keepalive| Pace { compute: Duration::from_secs(12), keepalive, ..Pace::default() };
    let ticking = behaviour(Fault::None, pace(Some(Duration::from_secs(5))));
    let (sent, pauses, _) = answer(&ticking, Version::V0, &flux_request(&ticking));
    assert_eq!(pauses, [5, 5, 2].map(Duration::from_secs));
    assert_eq!(&sent[64..74], b"0005\x010005\x01");
    let silent = behaviour(Fault::None, pace(None));
    let (sent, pauses, _) = answer(&silent, Version::V0, &flux_request(&silent));
    assert_eq!(pauses, [Duration::from_secs(12)]);
    assert_eq!(&sent[68..73], b"\x01PACK");
}

#[test]
fn a_strike_ends_the_answer_after_exactly_the_bytes_before_its_point() {
    let cases = [
        (Point::Response, 0),
        (Point::Shallow { bytes: 20 }, 20),
        (Point::Nak { bytes: 0 }, 56),
        (Point::Nak { bytes: 3 }, 59),
        (Point::AfterNak { bytes: 0 }, 64),
        (Point::AfterNak { bytes: 6 }, 70),
        (Point::Pack { bytes: 0 }, 69),
        (Point::Pack { bytes: 100_000 }, 64 + 100_000 + 5 * 2),
    ];
    for (at, expected) in cases {
        let behaviour = behaviour(Fault::Freeze { at }, Pace::default());
        let (sent, _, ending) = answer(&behaviour, Version::V0, &flux_request(&behaviour));
        assert_eq!((sent.len(), ending), (expected, Some(Ending::Freeze)), "{at:?}");
    }
}

#[test]
fn a_fatal_message_takes_the_place_of_the_pack() {
    let fault = Fault::Band3 { text: "out of memory".to_owned() };
    let behaviour = behaviour(fault, Pace::default());
    let (sent, ..) = answer(&behaviour, Version::V0, &flux_request(&behaviour));
    assert_eq!(&sent[64..], b"0012\x03out of memory");
}

#[test]
fn v2_answers_in_sections_and_acknowledges_only_without_done() {
    let behaviour = behaviour(Fault::None, Pace::default());
    let head = behaviour.repository.head();
    let mut request = Vec::new();
    push_text("command=fetch\n", &mut request);
    request.extend_from_slice(b"0001");
    push_text(&format!("want {head}\n"), &mut request);
    push_text("deepen 1\n", &mut request);
    let open = request.clone();
    push_text("done\n", &mut request);
    request.extend_from_slice(b"0000");
    let (sent, ..) = answer(&behaviour, Version::V2, &request);
    let sections = format!("0011shallow-info\n0035shallow {head}\n0001000dpackfile\n");
    assert!(sent.starts_with(sections.as_bytes()));

    let mut request = open;
    push_text("have 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n", &mut request);
    request.extend_from_slice(b"0000");
    let (sent, ..) = answer(&behaviour, Version::V2, &request);
    assert_eq!(sent, b"0014acknowledgments\n0008NAK\n0000");
}

#[test]
fn progress_is_told_unless_refused() {
    let behaviour = behaviour(Fault::None, Pace::default());
    let quiet = flux_request(&behaviour);
    let text = String::from_utf8(quiet.clone()).unwrap();
    let loud = text.replace(" no-progress", "").replacen("0082", "0076", 1);
    for (request, expected) in [(quiet, false), (loud.into_bytes(), true)] {
        let (sent, ..) = answer(&behaviour, Version::V0, &request);
        let told = sent.windows(6).any(|window| window == b"Total ");
        assert_eq!(told, expected);
    }
}

#[test]
fn ids_that_do_not_exist_and_endless_requests_are_refused() {
    let behaviour = behaviour(Fault::None, Pace::default());
    let mut service = Service::new(behaviour.clone(), Version::V0);
    let stranger = Packet::Data("want 4b825dc642cb6eb9a060e54bf8d69288fbee4904".into());
    assert!(matches!(service.take(stranger), Err(RequestError::NotOurRef(_))));

    let mut service = Service::new(behaviour.clone(), Version::V2);
    service.take(Packet::Data("command=ls-refs".into())).unwrap();
    service.take(Packet::Delimiter).unwrap();
    let prefix = Packet::Data(format!("ref-prefix {}", "x".repeat(60_000)).into());
    let refused = (0..1000).find_map(|_| service.take(prefix.clone()).err());
    assert_eq!(refused, Some(RequestError::TooLarge));
}

#[test]
fn ls_refs_shows_what_matches_and_everything_when_asked_too_much() {
    let behaviour = behaviour(Fault::None, Pace::default());
    let lines = |prefixes: usize| {
        let mut request = Vec::new();
        push_text("command=ls-refs\n", &mut request);
        request.extend_from_slice(b"0001");
        push_text("symrefs\n", &mut request);
        push_text("peel\n", &mut request);
        for _ in 0..prefixes {
            push_text("ref-prefix refs/heads/m\n", &mut request);
        }
        request.extend_from_slice(b"0000");
        let (sent, ..) = answer(&behaviour, Version::V2, &request);
        String::from_utf8(sent).unwrap().lines().count() - 1
    };
    // main; HEAD, three branches, two tags.
    assert_eq!([lines(1), lines(256), lines(257), lines(0)], [1, 1, 6, 6]);
}
