//! The journal's heart in 4096 bytes, for the pod's termination message: it travels in the pod's status and so arrives where
//! the log does not (a kubelet that the API server cannot reach, a rotated file).

use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use model::{Journal, Record, RunId, Seen, StageSeen};

use super::MARK;

/// The header, the first run that has stages with them, and the ends, packed into at most [`MAX_SUMMARY_BYTES`] of printable
/// text. Where that is too much, particulars go first, then the oldest stages. Empty where there is no header, or one that
/// does not fit.
pub fn summary(journal: &[String]) -> String {
    let mut records = heart(journal);
    let header = records.first().filter(|record| matches!(record, Record::Header(_)));
    // Nobody would read what begins otherwise, or what a later version wrote.
    if header.is_none_or(|header| Journal::read(header.to_line().as_bytes()).is_err()) {
        return String::new();
    }
    for shorten in [|_: &mut [Record]| {}, shorten_stages, shorten_header] {
        shorten(&mut records);
        let text = pack(&records);
        if text.len() <= MAX_SUMMARY_BYTES {
            return text;
        }
    }
    latest_stages(&records)
}

/// As many of the latest stages as fit, found by halving: a journal may hold thousands.
fn latest_stages(records: &[Record]) -> String {
    let without = |oldest: usize| {
        let mut left = oldest;
        let kept: Vec<&Record> = records
            .iter()
            .filter(|record| {
                let dropped = left > 0 && stage(record).is_some();
                left -= usize::from(dropped);
                !dropped
            })
            .collect();
        Some(pack(kept)).filter(|text| text.len() <= MAX_SUMMARY_BYTES)
    };
    let mut most = records.iter().filter(|record| stage(record).is_some()).count();
    let mut best = without(most).unwrap_or_default();
    let mut fewest = 0;
    while fewest < most {
        let middle = fewest.midpoint(most);
        if let Some(text) = without(middle) {
            best = text;
            most = middle;
        } else {
            fewest = middle + 1;
        }
    }
    best
}

/// The journal in such a text, for [`Journal::read`]; none where the text is no summary, or a bomb.
pub fn read_summary(text: &str) -> Option<Vec<u8>> {
    let packed = text.trim().strip_prefix(MARK)?.strip_prefix(" summary ")?;
    if text.len() > MAX_SUMMARY_BYTES {
        return None;
    }
    let packed = BASE64_STANDARD.decode(packed).ok()?;
    let mut journal = Vec::new();
    GzDecoder::new(packed.as_slice()).take(MAX_JOURNAL_BYTES + 1).read_to_end(&mut journal).ok()?;
    let fits = journal.len() as u64 <= MAX_JOURNAL_BYTES;
    (fits && Journal::read(&journal).is_ok()).then_some(journal)
}

/// The records that matter most, of a journal of any length.
fn heart(journal: &[String]) -> Vec<Record> {
    let mut records: Vec<Record> = journal.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let first = records.iter().find_map(|record| match record {
        Record::Observation { run, .. } if stage(record).is_some() => Some(*run),
        _ => None,
    });
    let begun = |record: &Record| match record {
        Record::RunStarted { run, .. } => Some(run.id),
        _ => None,
    };
    let chosen = first.or_else(|| records.iter().find_map(begun)).unwrap_or(RunId(0));
    records.retain(|record| match record {
        Record::Header(_) | Record::End { .. } => true,
        Record::RunStarted { run, .. } => run.id == chosen,
        Record::Observation { run, .. } => *run == chosen && stage(record).is_some(),
        Record::RunEnded { run, .. } => *run == chosen,
        Record::Note(_) | Record::Symptom(_) | Record::Unknown => false,
    });
    for record in &mut records {
        if let Record::Header(header) = record {
            header.plan.runs.retain(|run| run.id == chosen);
        }
    }
    records
}

/// The kernel's view of stages that went well is what is easiest to miss.
fn shorten_stages(records: &mut [Record]) {
    for record in records {
        if let Record::Observation { observation, .. } = record
            && let Seen::Stage(stage) = &mut observation.seen
            && stage.problem.is_none()
        {
            stage.tcp = None;
        }
    }
}

/// The plan is known to the reader: it made it.
fn shorten_header(records: &mut [Record]) {
    if let Some(Record::Header(header)) = records.first_mut() {
        header.plan.runs.clear();
        header.vantage.interfaces.clear();
    }
}

fn stage(record: &Record) -> Option<&StageSeen> {
    match record {
        Record::Observation { observation, .. } => observation.stage(),
        _ => None,
    }
}

fn pack<'a>(records: impl IntoIterator<Item = &'a Record>) -> String {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    // Neither call can fail on a vector.
    for record in records {
        let _ = gzip.write_all(record.to_line().as_bytes());
    }
    let packed = gzip.finish().unwrap_or_default();
    format!("{MARK} summary {}", BASE64_STANDARD.encode(packed))
}

/// Longest termination message that a kubelet keeps (kubelet 1.32: the file is cut at this byte).
pub const MAX_SUMMARY_BYTES: usize = 4096;

/// Longest journal that a summary may hold once unpacked; gzip could make 3 MiB of what fits into a message.
const MAX_JOURNAL_BYTES: u64 = 256 * 1024;
