//! Questions by datagram: one socket, the questions that share it, and a time for each of them.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use measure::{Clock, from_io};
use model::{
    Bytes, DnsAnswer, DnsCode, DnsOutcome, DnsQuery, DnsTransport, FailureKind, Micros, RemoteText, WireCount,
};
use tokio::net::UdpSocket;
use tokio::time::{Instant, sleep_until};

use super::{Limit, Question, Reading, read_answer};

/// How often a question is sent while nothing comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Four times, 0.5 s apart: one that is silent then did not lose a datagram by chance.
    Again,
    /// Once.
    Once,
}

/// Puts `questions` to `server` from one socket, all at once, and waits for their answers until `limit`. Each record is
/// complete but for its round.
pub async fn ask_over_udp(
    clock: Clock,
    server: SocketAddr,
    questions: &[Question],
    pace: Pace,
    limit: &Limit,
) -> Vec<DnsQuery> {
    let mut asked: Vec<Asked> = questions.iter().map(|question| Asked::new(clock, server, question)).collect();
    match connected(server).await {
        Ok(socket) => converse(clock, &socket, &mut asked, pace, limit).await,
        Err(error) => end(clock, &mut asked, &failed(&error, "open a socket to the name server")),
    }
    let paired = questions.len() > 1;
    asked.into_iter().map(|asked| DnsQuery { paired, ..asked.query }).collect()
}

/// One question and its record under way.
struct Asked {
    question: Question,
    /// The numbers that it was sent with, and when.
    sent: Vec<(u16, Micros)>,
    query: DnsQuery,
    done: bool,
}

impl Asked {
    fn new(clock: Clock, server: SocketAddr, question: &Question) -> Self {
        let query = DnsQuery {
            server,
            name: question.name.clone(),
            record: question.record,
            over: DnsTransport::Udp,
            round: 0,
            paired: false,
            started_us: clock.now(),
            took_us: Micros(0),
            datagrams: 0,
            passed_over: 0,
            wire: WireCount::default(),
            outcome: DnsOutcome::Silent,
        };
        Self { question: question.clone(), sent: Vec::new(), query, done: false }
    }

    fn finish(&mut self, at: Micros, since: Micros, outcome: DnsOutcome) {
        self.query.took_us = at.since(since);
        self.query.outcome = outcome;
        self.done = true;
    }

    fn answered(&mut self, at: Micros, id: u16, answer: DnsAnswer) -> bool {
        // Which datagram it answers is told by its number: what was lost before it is not in the time.
        let Some(index) = self.sent.iter().position(|(sent, _)| *sent == id) else { return false };
        let Some((_, sent_us)) = self.sent.get(index).copied() else { return false };
        self.query.passed_over = u32::try_from(index).unwrap_or(u32::MAX);
        self.finish(at, sent_us, DnsOutcome::Answer(answer));
        true
    }
}

async fn converse(clock: Clock, socket: &UdpSocket, asked: &mut [Asked], pace: Pace, limit: &Limit) {
    let mut buffer = vec![0; usize::from(u16::MAX)];
    let mut next = Some(Instant::now());
    let mut tries = 0;
    loop {
        let problem = tokio::select! {
            biased;
            received = socket.recv(&mut buffer) => match received {
                Ok(length) => {
                    take(clock, buffer.get(..length).unwrap_or_default(), asked, limit);
                    None
                }
                Err(error) => Some(error),
            },
            () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {
                tries += 1;
                let more = pace == Pace::Again && tries < TRIES;
                next = more.then(|| Instant::now() + BETWEEN);
                send(clock, socket, asked).await.err()
            }
            () = limit.over() => return end(clock, asked, &DnsOutcome::Silent),
        };
        if let Some(error) = problem {
            return end(clock, asked, &failed(&error, "ask the name server"));
        }
        if asked.iter().all(|asked| asked.done) {
            return;
        }
    }
}

async fn send(clock: Clock, socket: &UdpSocket, asked: &mut [Asked]) -> std::io::Result<()> {
    for asked in asked.iter_mut().filter(|asked| !asked.done) {
        let id = random();
        let Some(message) = asked.question.message(id) else {
            let text = RemoteText::clean("the name cannot be asked for: a label is empty or too long");
            asked.finish(clock.now(), clock.now(), DnsOutcome::Malformed { text });
            continue;
        };
        let now = clock.now();
        if asked.sent.is_empty() {
            asked.query.started_us = now;
        }
        asked.sent.push((id, now));
        asked.query.datagrams += 1;
        asked.query.wire.sent = asked.query.wire.sent + Bytes(message.len() as u64);
        socket.send(&message).await?;
    }
    Ok(())
}

fn take(clock: Clock, datagram: &[u8], asked: &mut [Asked], limit: &Limit) {
    let now = clock.now();
    for asked in asked.iter_mut().filter(|asked| !asked.done) {
        match read_answer(datagram, &asked.question) {
            Reading::Answer(id, answer) => {
                // Where one server fails the look-up goes to the next one, with all its patience.
                let settles = matches!(answer.code, DnsCode::NO_ERROR | DnsCode::NO_SUCH_NAME);
                if asked.answered(now, id, answer) {
                    asked.query.wire.received = asked.query.wire.received + Bytes(datagram.len() as u64);
                    if settles {
                        limit.an_answer_came();
                    }
                    return;
                }
            }
            // Whoever forges an answer must not end the wait for the true one; if that never comes, this is what came.
            Reading::Malformed(text) => asked.query.outcome = DnsOutcome::Malformed { text },
            Reading::Stranger => {}
        }
    }
}

/// Waiting is over for what is still open.
fn end(clock: Clock, asked: &mut [Asked], outcome: &DnsOutcome) {
    for asked in asked.iter_mut().filter(|asked| !asked.done) {
        let outcome = match (&asked.query.outcome, outcome) {
            (DnsOutcome::Malformed { .. }, DnsOutcome::Silent) => asked.query.outcome.clone(),
            _ => outcome.clone(),
        };
        asked.finish(clock.now(), asked.query.started_us, outcome);
    }
}

async fn connected(server: SocketAddr) -> std::io::Result<UdpSocket> {
    let any = match server {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    };
    let socket = UdpSocket::bind(any).await?;
    // Only from here are answers taken, and the kernel hands ICMP errors on.
    socket.connect(server).await?;
    Ok(socket)
}

pub(super) fn failed(error: &std::io::Error, operation: &str) -> DnsOutcome {
    let problem = from_io(error, operation);
    match problem.kind {
        FailureKind::Refused => DnsOutcome::Refused,
        _ => DnsOutcome::Failed { problem },
    }
}

/// Not to be guessed from outside (RFC 5452 §9.2): the standard library's seed is the kernel's.
pub(super) fn random() -> u16 {
    use std::hash::{BuildHasher as _, Hasher as _, RandomState};
    let [low, high, ..] = RandomState::new().build_hasher().finish().to_ne_bytes();
    u16::from_ne_bytes([low, high])
}

const TRIES: u32 = 4;
const BETWEEN: Duration = Duration::from_millis(500);
