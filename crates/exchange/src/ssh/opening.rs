//! First words that are no SSH client's: none at all, or as many bytes that do not look like SSH. Whoever looks into
//! packets lets these pass, and whoever is only slow is as slow with them.

use std::time::Duration;

use measure::{Timeline, from_io};
use model::{Bytes, Failure, FailureKind, RemoteText, Seen, SshOpened, SshOpening, Stage, Step};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::GREET;
use super::preamble::{Preamble, in_place_of_ident};
use crate::Halt;

/// Waits for the server's identification without having said a word (RFC 4253 §4.2: either side may speak first).
pub async fn listen<S: AsyncRead + AsyncWrite + Unpin>(timeline: &Timeline, mut stream: S) -> Result<(), Halt> {
    timeline.enter(Stage::Greeting);
    let mut received = Vec::new();
    let heard = timeline.watch(ident(&mut stream, &mut received)).await.and_then(std::convert::identity);
    let server_ident = Preamble::read(&received).ident;
    note(timeline, SshOpening::Silent, Sent::default(), &received);
    let step = Step::Greeting { client_ident: String::new(), server_ident };
    match heard {
        Ok(()) => {
            timeline.end(step);
            Ok(())
        }
        Err(problem) => {
            timeline.fail(step, in_place_of_ident(&received, problem));
            Err(Halt)
        }
    }
}

/// Sends bytes that look like nothing, as many as an identification has, and waits until the other side's kernel has them
/// and its program has said a word, or has had the time to. The stage ends well as soon as they are acknowledged.
pub async fn speak_neutrally<S: AsyncRead + AsyncWrite + Unpin>(
    timeline: &Timeline,
    mut stream: S,
) -> Result<(), Halt> {
    timeline.enter(Stage::Greeting);
    let began = timeline.context().clock.now();
    let before = acked(timeline);
    let (mut received, mut sent) = (Vec::new(), Sent::default());
    let spoken = timeline
        .watch(async {
            stream.write_all(NEUTRAL).await.map_err(|error| from_io(&error, "send bytes that are not SSH"))?;
            sent.bytes = Bytes::of(NEUTRAL);
            // Until the kernel there has them; it may say so together with the program's first words.
            while acked(timeline) < before + sent.bytes.0 {
                tokio::time::sleep(LOOK).await;
            }
            sent.acked_us = Some(timeline.context().clock.now().since(began));
            Ok(())
        })
        .await
        .and_then(std::convert::identity);
    sent.acked = Bytes(acked(timeline).saturating_sub(before).min(sent.bytes.0));
    if spoken.is_ok() {
        // What the server makes of it is not asked, so its answer is not waited for long.
        let _ = tokio::time::timeout(MOMENT, ident(&mut stream, &mut received)).await;
    }
    let server_ident = Preamble::read(&received).ident;
    note(timeline, SshOpening::Neutral, sent, &received);
    let step = Step::Greeting { client_ident: String::new(), server_ident };
    match spoken {
        Ok(()) => {
            timeline.end(step);
            Ok(())
        }
        Err(problem) => {
            timeline.fail(step, problem);
            Err(Halt)
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Sent {
    bytes: Bytes,
    acked: Bytes,
    acked_us: Option<model::Micros>,
}

/// Reads until the identification is there. What comes before it is kept, and bounded.
async fn ident<S: AsyncRead + Unpin>(stream: &mut S, received: &mut Vec<u8>) -> Result<(), Failure> {
    let mut buffer = [0; 512];
    loop {
        if Preamble::read(received).ident.is_some() {
            return Ok(());
        }
        if received.len() >= MOST {
            return Err(Failure::new(FailureKind::Malformed, GREET).saying("no identification in the first 8 KiB"));
        }
        match stream.read(&mut buffer).await {
            Ok(0) => return Err(Failure::new(FailureKind::Closed, GREET)),
            Ok(length) => received.extend(buffer.get(..length).unwrap_or_default()),
            Err(error) => return Err(from_io(&error, GREET)),
        }
    }
}

fn acked(timeline: &Timeline) -> u64 {
    timeline.meter().and_then(|meter| meter.tcp()).map_or(0, |tcp| tcp.bytes_acked)
}

fn note(timeline: &Timeline, opening: SshOpening, sent: Sent, received: &[u8]) {
    let line = received.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let words = Some(RemoteText::from_bytes(line)).filter(|words| !words.is_empty());
    let Sent { bytes, acked, acked_us } = sent;
    timeline.context().recorder.write(Seen::SshOpened(SshOpened { opening, sent: bytes, acked, acked_us, words }));
}

/// As long as our identification line, and like no protocol.
const NEUTRAL: &[u8; 20] = b"netprobe asks: hm?\r\n";

/// How often the kernel is asked whether the bytes have arrived.
const LOOK: Duration = Duration::from_millis(20);

/// For a server's words that are on their way already.
const MOMENT: Duration = Duration::from_millis(500);

/// RFC 4253 §4.2 sets no bound on what may come before an identification; OpenSSH stops at 8 KiB too.
const MOST: usize = 8 * 1024;
