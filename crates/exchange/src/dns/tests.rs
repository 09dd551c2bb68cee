//! The drivers against name servers of our own on the loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use hickory_proto::op::{Message, MessageType};
use hickory_proto::rr::{RData, Record};
use measure::Clock;
use model::{DnsOutcome, DnsQuery, DnsRecord};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};

use super::*;

fn question(record: DnsRecord) -> Question {
    Question { name: "git.example.".into(), record }
}

fn limit() -> Limit {
    Limit::new(Duration::from_secs(20), Duration::from_secs(20))
}

/// What a server says: 192.0.2.1, and nothing for IPv6.
fn answer(question: &[u8], change: impl FnOnce(&mut Message)) -> Vec<u8> {
    let mut message = Message::from_vec(question).unwrap();
    message.metadata.message_type = MessageType::Response;
    let asked = message.queries[0].clone();
    if asked.query_type() == hickory_proto::rr::RecordType::A {
        let address = Ipv4Addr::new(192, 0, 2, 1);
        message.add_answer(Record::from_rdata(asked.name().clone(), 30, RData::A(address.into())));
    }
    change(&mut message);
    message.to_vec().unwrap()
}

/// A server that says what `say` makes of the n-th question.
async fn server(say: impl Fn(usize, &[u8]) -> Vec<Vec<u8>> + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = vec![0; 2_000];
        for count in 0.. {
            let (length, client) = socket.recv_from(&mut buffer).await.unwrap();
            for answer in say(count, &buffer[..length]) {
                socket.send_to(&answer, client).await.unwrap();
            }
        }
    });
    address
}

async fn ask(server: SocketAddr, records: &[DnsRecord], pace: Pace, limit: &Limit) -> Vec<DnsQuery> {
    let questions: Vec<Question> = records.iter().copied().map(question).collect();
    ask_over_udp(Clock::start(), server, &questions, pace, limit).await
}

fn addresses(query: &DnsQuery) -> usize {
    query.answer().unwrap_or_else(|| panic!("{query:?}")).addresses.len()
}

#[tokio::test]
async fn two_questions_share_a_socket_and_each_has_its_answer() {
    let server = server(|_, asked| vec![answer(asked, |_| ())]).await;
    let queries = ask(server, &DnsRecord::BOTH, Pace::Once, &limit()).await;
    let [a, aaaa] = queries.as_slice() else { panic!("{queries:?}") };
    assert_eq!((addresses(a), addresses(aaaa), a.datagrams, a.paired), (1, 0, 1, true));
    assert!(a.wire.sent.0 == 40 && a.wire.received.0 > 40);
}

#[tokio::test]
async fn what_is_lost_is_asked_again_and_not_in_the_time() {
    let server = server(|count, asked| if count == 0 { Vec::new() } else { vec![answer(asked, |_| ())] }).await;
    let queries = ask(server, &[DnsRecord::A], Pace::Again, &limit()).await;
    assert_eq!((addresses(&queries[0]), queries[0].datagrams, queries[0].passed_over), (1, 2, 1));
    assert!(queries[0].took_us.0 < 400_000, "{:?}", queries[0]);
}

#[tokio::test]
async fn strangers_and_nonsense_do_not_end_the_wait() {
    let say = |_: usize, asked: &[u8]| {
        let other_number = answer(asked, |message| message.metadata.id ^= 1);
        vec![other_number, b"nonsense".to_vec(), answer(asked, |_| ())]
    };
    let queries = ask(server(say).await, &[DnsRecord::A], Pace::Once, &limit()).await;
    assert_eq!(addresses(&queries[0]), 1);
}

#[tokio::test]
async fn silence_nonsense_and_nobody_differ() {
    let soon = || Limit::new(Duration::from_millis(50), Duration::from_millis(50));
    let outcome = async |server| ask(server, &[DnsRecord::A], Pace::Once, &soon()).await.remove(0).outcome;
    assert_eq!(outcome(server(|_, _| Vec::new()).await).await, DnsOutcome::Silent);
    let nonsense = outcome(server(|_, _| vec![b"nonsense".to_vec()]).await).await;
    assert!(matches!(nonsense, DnsOutcome::Malformed { .. }), "{nonsense:?}");
    let nobody = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap();
    assert_eq!(ask(nobody, &[DnsRecord::A], Pace::Again, &limit()).await[0].outcome, DnsOutcome::Refused);
}

#[tokio::test]
async fn over_tcp_an_answer_has_its_length_in_front() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = vec![0; usize::from(stream.read_u16().await.unwrap())];
        stream.read_exact(&mut asked).await.unwrap();
        let answer = answer(&asked, |_| ());
        stream.write_u16(u16::try_from(answer.len()).unwrap()).await.unwrap();
        stream.write_all(&answer).await.unwrap();
        // The next one is cut inside its length.
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(&[0]).await.unwrap();
    });
    let ask = async || ask_over_tcp(Clock::start(), address, &question(DnsRecord::A), &limit()).await;
    let query = ask().await;
    assert_eq!((addresses(&query), query.wire.sent.0), (1, 42));
    let cut = ask().await.outcome;
    assert!(matches!(cut, DnsOutcome::Failed { .. }), "{cut:?}");
    let gone = ask().await.outcome;
    assert_eq!(gone, DnsOutcome::Refused);
}
