//! Surveys of name servers of our own on the loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use hickory_proto::op::{Message, MessageType, ResponseCode};
use hickory_proto::rr::{RData, Record, RecordType};
use model::{DnsOutcome, DnsTransport};
use tokio::net::UdpSocket;

use super::*;

/// A server that knows one name, or is silent where it knows none.
async fn server(knows: Option<&'static str>) -> SocketAddr {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = vec![0; 2_000];
        loop {
            let (length, client) = socket.recv_from(&mut buffer).await.unwrap();
            let Some(its_name) = knows else { continue };
            let mut message = Message::from_vec(&buffer[..length]).unwrap();
            message.metadata.message_type = MessageType::Response;
            let asked = message.queries[0].clone();
            if asked.name().to_ascii() != its_name {
                message.metadata.response_code = ResponseCode::NXDomain;
            } else if asked.query_type() == RecordType::A {
                let address = Ipv4Addr::new(192, 0, 2, 1);
                message.add_answer(Record::from_rdata(asked.name().clone(), 30, RData::A(address.into())));
            }
            socket.send_to(&message.to_vec().unwrap(), client).await.unwrap();
        }
    });
    address
}

async fn surveyed(servers: Vec<SocketAddr>, ndots: u8, rounds: u32) -> Vec<DnsQuery> {
    let search = vec!["one.test".into(), "two.test".into()];
    let resolver = Resolver { search, ndots, ..Resolver::new("git.example", servers) };
    let parameters =
        DnsParameters { rounds, patience_us: Micros::from_millis(40), company_patience_us: Micros::from_millis(40) };
    let (clock, seen) = (Clock::start(), Arc::<Mutex<Vec<DnsQuery>>>::default());
    let sink = seen.clone();
    let recorder = Recorder::new(clock, move |observation| {
        if let Seen::DnsQuery(query) = observation.seen {
            sink.lock().unwrap().push(query);
        }
    });
    survey(&resolver, &parameters, clock, &recorder, Micros::from_secs(30)).await;
    drop(recorder);
    Arc::into_inner(seen).unwrap().into_inner().unwrap()
}

fn names(queries: &[DnsQuery]) -> Vec<&str> {
    let mut names: Vec<&str> = queries.iter().map(|query| query.name.as_str()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn domains_are_asked_only_where_a_resolver_asks_them() {
    let own = "git.example.";
    let found = surveyed(vec![server(Some(own)).await], 1, 1).await;
    assert_eq!(names(&found), [own; 2], "the name itself comes first and has an address");
    let detour = surveyed(vec![server(Some(own)).await], 5, 1).await;
    assert_eq!(detour.len(), 6, "{detour:?}");
    let elsewhere = surveyed(vec![server(Some("git.example.two.test.")).await], 1, 1).await;
    assert_eq!(elsewhere.len(), 6, "{elsewhere:?}");
}

#[tokio::test]
async fn a_silent_server_has_a_record_for_each_question_and_no_later_ones() {
    let (well, silent) = (server(Some("git.example.")).await, server(None).await);
    let queries = surveyed(vec![well, silent], 1, 1).await;
    let quiet: Vec<&DnsQuery> = queries.iter().filter(|query| query.server == silent).collect();
    assert!(quiet.len() == 2 && quiet.iter().all(|query| query.outcome == DnsOutcome::Silent), "{queries:?}");
    let alone = surveyed(vec![silent], 1, 1).await;
    assert_eq!(names(&alone), ["git.example."; 2], "nobody says that the name has no address");
}

#[tokio::test]
async fn later_rounds_are_pairs_to_those_that_answer() {
    let (well, silent) = (server(Some("git.example.")).await, server(None).await);
    let queries = surveyed(vec![well, silent], 1, 3).await;
    let later: Vec<&DnsQuery> = queries.iter().filter(|query| query.round > 0).collect();
    assert!(later.iter().all(|query| query.server == well), "{later:?}");
    let pairs = later.iter().filter(|query| query.paired).count();
    let tcp = later.iter().filter(|query| query.over == DnsTransport::Tcp).count();
    assert_eq!((pairs, tcp), (4, 2));
}
