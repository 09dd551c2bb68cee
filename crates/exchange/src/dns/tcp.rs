//! One question over a connection of its own (RFC 7766).

use std::io;
use std::net::SocketAddr;

use measure::Clock;
use model::{Bytes, DnsOutcome, DnsQuery, DnsTransport, RemoteText, WireCount};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::udp::{failed, random};
use super::{Limit, Question, Reading, read_answer};

/// Puts `question` to `server` and waits for the answer until `limit`. The record is complete but for its round.
pub async fn ask_over_tcp(clock: Clock, server: SocketAddr, question: &Question, limit: &Limit) -> DnsQuery {
    let started_us = clock.now();
    let mut wire = WireCount::default();
    let outcome = tokio::select! {
        biased;
        outcome = ask(server, question, &mut wire) => outcome,
        () = limit.over() => DnsOutcome::Silent,
    };
    DnsQuery {
        server,
        name: question.name.clone(),
        record: question.record,
        over: DnsTransport::Tcp,
        round: 0,
        paired: false,
        started_us,
        took_us: clock.now().since(started_us),
        datagrams: 0,
        passed_over: 0,
        wire,
        outcome,
    }
}

async fn ask(server: SocketAddr, question: &Question, wire: &mut WireCount) -> DnsOutcome {
    let id = random();
    let Some(message) = question.message(id) else {
        return malformed("the name cannot be asked for: a label is empty or too long");
    };
    match converse(server, &message, wire).await {
        Ok(answer) => match read_answer(&answer, question) {
            Reading::Answer(answered, answer) if answered == id => DnsOutcome::Answer(answer),
            Reading::Answer(..) | Reading::Stranger => malformed("the answer is to another question"),
            Reading::Malformed(text) => DnsOutcome::Malformed { text },
        },
        Err(error) => failed(&error, "ask the name server over TCP"),
    }
}

/// One message there and one back, each behind its length (RFC 1035 §4.2.2).
async fn converse(server: SocketAddr, message: &[u8], wire: &mut WireCount) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(message.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), message].concat()).await?;
    wire.sent = Bytes(u64::from(length) + 2);
    let mut answer = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut answer).await?;
    wire.received = Bytes(answer.len() as u64 + 2);
    Ok(answer)
}

fn malformed(text: &str) -> DnsOutcome {
    DnsOutcome::Malformed { text: RemoteText::clean(text) }
}
