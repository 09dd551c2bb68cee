//! Answers as they are on the wire.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hickory_proto::rr::{Name, RData};

use super::*;

fn responder(faults: NameServerFaults) -> Responder {
    let zone = Zone::new(&["lab.test"]).unwrap().with("git.lab.test", &[V4, V6]).unwrap();
    Responder::new(zone, faults)
}

fn question(name: &str, kind: RecordType) -> Vec<u8> {
    let mut message = Message::new(4711, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
    message.to_vec().unwrap()
}

fn ask(responder: &Responder, name: &str, kind: RecordType, transport: Transport) -> Option<Message> {
    let bytes = responder.respond(&question(name, kind), transport)?;
    let message = Message::from_vec(&bytes).unwrap();
    assert_eq!((message.id, message.message_type), (4711, MessageType::Response));
    assert!(message.recursion_desired);
    Some(message)
}

fn over_udp(faults: &NameServerFaults, name: &str, kind: RecordType) -> Option<Message> {
    ask(&responder(faults.clone()), name, kind, Transport::Udp)
}

#[test]
fn names_have_their_addresses_whatever_the_case() {
    let sound = NameServerFaults::default();
    for (name, kind, address) in [("git.lab.test.", RecordType::A, V4), ("GIT.Lab.TEST.", RecordType::AAAA, V6)] {
        let message = over_udp(&sound, name, kind).unwrap();
        let data: Vec<&RData> = message.answers.iter().map(|record| &record.data).collect();
        assert_eq!(data, [&RData::from(address)]);
        assert!(message.authoritative && message.response_code == ResponseCode::NoError);
    }
}

#[test]
fn what_is_not_there_is_denied_and_what_is_elsewhere_refused() {
    let sound = NameServerFaults::default();
    for (name, kind, code, authorities) in [
        ("git.lab.test.", RecordType::MX, ResponseCode::NoError, 1),
        ("lab.test.", RecordType::A, ResponseCode::NoError, 1),
        ("no.lab.test.", RecordType::A, ResponseCode::NXDomain, 1),
        ("below.git.lab.test.", RecordType::A, ResponseCode::NXDomain, 1),
        ("github.com.", RecordType::A, ResponseCode::Refused, 0),
    ] {
        let message = over_udp(&sound, name, kind).unwrap();
        assert_eq!((message.response_code, message.authorities.len()), (code, authorities), "{name}");
        assert!(message.answers.is_empty());
    }
}

#[test]
fn each_fault_changes_what_it_says_and_nothing_else() {
    let code = |answers| {
        let faults = NameServerFaults { answers, ..NameServerFaults::default() };
        over_udp(&faults, "git.lab.test.", RecordType::A).map(|message| message.response_code)
    };
    assert_eq!(code(Answers::Servfail), Some(ResponseCode::ServFail));
    assert_eq!(code(Answers::Nxdomain), Some(ResponseCode::NXDomain));
    assert_eq!(code(Answers::Silent), None);

    for (aaaa, expected) in [(Aaaa::Normal, Some(1)), (Aaaa::Silent, None), (Aaaa::NoData, Some(0))] {
        let faults = NameServerFaults { aaaa, ..NameServerFaults::default() };
        let count = |kind| over_udp(&faults, "git.lab.test.", kind).map(|message| message.answers.len());
        assert_eq!((count(RecordType::AAAA), count(RecordType::A)), (expected, Some(1)), "{aaaa:?}");
    }

    let wild = NameServerFaults { wildcard: vec![OTHER], ..NameServerFaults::default() };
    let count = |name, kind| over_udp(&wild, name, kind).map(|message| message.answers.len());
    assert_eq!(count("no.lab.test.", RecordType::A), Some(1));
    assert_eq!((count("no.lab.test.", RecordType::AAAA), count("git.lab.test.", RecordType::AAAA)), (Some(0), Some(1)));

    let lying = NameServerFaults { lie: vec![OTHER], ..NameServerFaults::default() };
    let message = over_udp(&lying, "git.lab.test.", RecordType::A).unwrap();
    assert_eq!(message.answers.first().unwrap().data, RData::from(OTHER));
}

#[test]
fn what_is_cut_off_is_whole_over_tcp() {
    let server = responder(NameServerFaults { truncates: true, ..NameServerFaults::default() });
    let cut = ask(&server, "git.lab.test.", RecordType::A, Transport::Udp).unwrap();
    assert!(cut.truncation && cut.answers.is_empty());
    let whole = ask(&server, "git.lab.test.", RecordType::A, Transport::Tcp).unwrap();
    assert!(!whole.truncation && whole.answers.len() == 1);
    assert_eq!(server.counted(), (2, 1));
}

#[test]
fn loss_is_the_share_that_was_asked_for_and_the_same_every_time() {
    let lost = || -> Vec<bool> {
        let server = responder(NameServerFaults { loss: Some("30%".parse().unwrap()), ..NameServerFaults::default() });
        (0..1_000).map(|_| ask(&server, "git.lab.test.", RecordType::A, Transport::Udp).is_none()).collect()
    };
    let count = lost().iter().filter(|lost| **lost).count();
    // 300 with a standard deviation of 14.5.
    assert!((240..=360).contains(&count), "{count}");
    assert_eq!(lost(), lost());
}

#[test]
fn strange_bytes_are_no_questions() {
    let server = responder(NameServerFaults::default());
    let sound = question("git.lab.test.", RecordType::A);
    let mut random = Rng::with_seed(1);
    for _ in 0..20_000 {
        let mut bytes = sound.clone();
        for _ in 0..random.usize(1..6) {
            let at = random.usize(..bytes.len());
            bytes[at] = random.u8(..);
        }
        bytes.truncate(random.usize(..=bytes.len()));
        if let Some(answer) = server.respond(&bytes, Transport::Udp) {
            assert_eq!(answer.get(..2), bytes.get(..2), "the answer is to another question");
        }
    }
    // A response is never answered, or two servers would talk for ever.
    let response = server.respond(&sound, Transport::Udp).unwrap();
    assert_eq!(server.respond(&response, Transport::Udp), None);
}

const V4: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 18, 2, 2));
const V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 2, 0, 0, 0, 0, 2));
const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 18, 9, 9));
