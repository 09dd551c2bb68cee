//! The log of a pod, and its termination message, as anybody may have written them. Promised: how a log was cut does not
//! matter; no more is kept than came, and no more than is allowed; what was encoded is decoded to itself, and with a byte
//! changed never to something else that is whole; a summary stays within its bounds both ways.

use frame::{Decoder, Encoder, Frame, Hello, MAX_SUMMARY_BYTES, read_summary, summary};
use model::Journal;

use crate::promise;

/// The input is a log, then a journal to be sent through one, then a termination message.
pub(super) fn check(input: &[u8]) {
    hostile(input);
    round_trip(input);
    if let Ok(text) = std::str::from_utf8(input) {
        message(text);
    }
}

fn hostile(log: &[u8]) {
    let (frames, records, whole) = promise::cuts_do_not_matter(log, |log, piece| {
        let mut decoder = Decoder::new();
        let frames: Vec<Frame> = log.chunks(piece).flat_map(|piece| decoder.push(piece)).collect();
        let (records, whole) = (decoder.records().to_vec(), decoder.is_whole());
        again(decoder, log, &records, whole);
        (frames, records, whole)
    });
    let kept: usize = records.iter().map(String::len).sum();
    assert!(kept <= log.len(), "{kept} bytes of records out of a log of {}", log.len());
    let told = frames.iter().filter(|frame| matches!(frame, Frame::Record(_))).count();
    assert_eq!(told, records.len(), "each record is told once");
    assert!(!whole || frames.contains(&Frame::End), "nothing is whole without its end");
    for frame in &frames {
        match frame {
            Frame::Hello(hello) => promise::harmless(&hello.netprobe),
            Frame::Beat(beat) => promise::harmless(&beat.purpose),
            Frame::Foreign(text) => promise::harmless(text),
            Frame::Record(_) | Frame::End | Frame::Unknown => {}
        }
    }
}

/// A log that is read a second time says nothing new.
fn again(mut decoder: Decoder, log: &[u8], records: &[String], whole: bool) {
    decoder.restart();
    let frames = decoder.push(log);
    assert!(frames.iter().all(|frame| matches!(frame, Frame::Foreign(_))), "told twice: {frames:?}");
    assert_eq!((decoder.records(), decoder.is_whole()), (records, whole), "the second time");
}

fn round_trip(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    // Line breaks within a record are left out, as JSON needs none.
    let records: Vec<String> = text.split('\n').map(|line| line.replace('\r', "")).collect();
    let mut encoder = Encoder::new();
    let mut log = encoder.hello(&Hello { netprobe: "0".to_owned(), report_version: 1 });
    log.extend(records.iter().map(|record| encoder.record(record)));
    log += &encoder.end();
    let decoded = |log: &[u8], piece: usize| {
        let mut decoder = Decoder::new();
        log.chunks(piece).for_each(|piece| drop(decoder.push(piece)));
        (decoder.records().to_vec(), decoder.is_whole())
    };
    let piece = 1 + usize::from(input.first().copied().unwrap_or(0));
    assert_eq!(decoded(log.as_bytes(), piece), (records.clone(), true), "what was encoded");

    let mut changed = log.into_bytes();
    let at =
        input.iter().fold(0, |at: usize, byte| at.wrapping_mul(31).wrapping_add(usize::from(*byte))) % changed.len();
    changed[at] ^= 1 | input.last().copied().unwrap_or(0);
    let (others, whole) = decoded(&changed, piece);
    assert!(!whole || others == records, "byte {at} was changed, and something else is whole");

    let brief = summary(&records);
    assert!(brief.len() <= MAX_SUMMARY_BYTES, "a summary of {} bytes", brief.len());
    assert_eq!(brief.is_empty(), read_summary(&brief).is_none(), "a summary is read back");
}

fn message(text: &str) {
    if let Some(journal) = read_summary(text) {
        assert!(text.len() <= MAX_SUMMARY_BYTES && journal.len() <= 256 * 1024, "{} bytes", journal.len());
        assert!(Journal::read(&journal).is_ok(), "what is handed on is a journal");
    }
}
