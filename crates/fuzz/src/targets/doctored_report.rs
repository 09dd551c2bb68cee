//! Reports that somebody doctored. Bytes alone seldom make a report; here they choose edits of a whole one: values out of
//! range, fields and lines that are missing, doubled or in another's place. What is promised of them is in `judged`.

mod judged;

use std::sync::OnceLock;

use model::Journal;
use serde_json::Value;

/// The first byte chooses a report and a screen, each four bytes behind it are an edit.
pub(super) fn check(input: &[u8]) {
    let Some((choice, edits)) = input.split_first() else { return };
    let reports = whole_reports();
    let mut report = reports[usize::from(*choice) % reports.len()].clone();
    for edit in edits.chunks_exact(4) {
        let place = usize::from(edit[0]) + 256 * usize::from(edit[1]);
        doctor(&mut report, place, edit[2], edit[3]);
    }
    let records = report.as_array().map(Vec::as_slice).unwrap_or_default();
    let lines: Vec<String> = records.iter().map(Value::to_string).collect();
    if let Ok(report) = Journal::read(lines.join("\n").as_bytes()) {
        judged::check(&report, usize::from(*choice) / reports.len());
    }
}

/// Changes what stands at one place, counted in the order of the text.
fn doctor(report: &mut Value, place: usize, how: u8, with: u8) {
    let mut place = place % count(report);
    let other = nth(report, &mut (usize::from(with) * 7)).cloned();
    let Some(found) = nth(report, &mut place) else { return };
    let pick = usize::from(with);
    match how % 7 {
        0 => *found = Value::from(NUMBERS[pick % NUMBERS.len()]),
        1 => *found = Value::from(TEXTS[pick % TEXTS.len()]),
        2 => *found = Value::from(WORDS[pick % WORDS.len()]),
        3 => *found = Value::Null,
        4 => *found = Value::from(found.as_u64().unwrap_or_default().rotate_left(u32::from(with))),
        5 => *found = other.unwrap_or_default(),
        _ => take_out(found, pick / 2, with & 1 != 0),
    }
}

/// Takes out one item or field; an item may be put back at the end, twice.
fn take_out(found: &mut Value, pick: usize, put_back: bool) {
    match found {
        Value::Array(items) if !items.is_empty() => {
            let item = items.remove(pick % items.len());
            items.extend(std::iter::repeat_n(item, if put_back { 2 } else { 0 }));
        }
        Value::Object(fields) => {
            if let Some(name) = fields.keys().nth(pick % fields.len().max(1)).cloned() {
                fields.remove(&name);
            }
        }
        // Nothing is in there.
        _ => {}
    }
}

/// Values in a tree, the tree itself included.
fn count(tree: &Value) -> usize {
    1 + match tree {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

/// The value at a place; `left` counts down to it.
fn nth<'a>(tree: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(tree);
    }
    *left -= 1;
    match tree {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, left)),
        Value::Object(fields) => fields.values_mut().find_map(|field| nth(field, left)),
        _ => None,
    }
}

fn whole_reports() -> &'static [Value] {
    static READ: OnceLock<Vec<Value>> = OnceLock::new();
    READ.get_or_init(|| {
        let record = |line: &str| serde_json::from_str::<Value>(line).expect("a record is JSON");
        REPORTS.iter().map(|text| text.lines().map(record).collect()).collect()
    })
}

/// Copies of real ones with few samples of the transfer, so that an edit is likely to matter. The stored inputs refer to
/// their places: add new reports at the end, and change none.
const REPORTS: &[&str] = &[
    include_str!("doctored_report/healthy.jsonl"),
    include_str!("doctored_report/stall.jsonl"),
    include_str!("doctored_report/refused.jsonl"),
    include_str!("doctored_report/https.jsonl"),
];

/// What arithmetic and layout stumble over.
const NUMBERS: &[u64] = &[
    0,
    1,
    2,
    59,
    60,
    999,
    1_000,
    65_535,
    65_536,
    999_999,
    1_000_000,
    59_999_999,
    60_000_000,
    u32::MAX as u64,
    u32::MAX as u64 + 1,
    i64::MAX as u64,
    u64::MAX - 1,
    u64::MAX,
];

/// What screens stumble over.
const TEXTS: &[&str] = &[
    "",
    " ",
    "a\u{1b}[2Jb",
    "\u{202e}\u{2028}\r\n\t",
    "日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語",
    "https://example.org/a-very-long-address/that-is-not-cut/because-somebody-wants-to-copy-it/whole.git?x=1#y",
    "one `tick",
    "e\u{301}\u{200d}\u{fe0f}👩‍👩‍👧",
    "::1",
    "255.255.255.255:65535",
    "wordwordwordwordwordwordwordwordwordwordwordwordwordwordwordwordwordwordwordwordwordwordwordword",
];

/// Words of the format: in another's place they make another report.
const WORDS: &[&str] = &[
    "resolve",
    "connect",
    "proxy",
    "greeting",
    "key_exchange",
    "tls",
    "authenticate",
    "exec",
    "advertisement_wait",
    "advertisement_transfer",
    "request",
    "response_wait",
    "shallow_list",
    "acknowledgment",
    "first_packet",
    "pack_start",
    "pack_transfer",
    "end",
    "name_not_found",
    "name_server_failure",
    "refused",
    "reset",
    "closed",
    "unreachable",
    "prohibited",
    "stalled",
    "out_of_time",
    "cancelled",
    "proxy_refused",
    "host_key_unknown",
    "host_key_changed",
    "host_key_revoked",
    "no_credential",
    "authentication_refused",
    "no_common_algorithm",
    "exec_refused",
    "certificate_untrusted",
    "certificate_expired",
    "certificate_wrong_name",
    "http_status",
    "redirect",
    "repository_not_found",
    "ref_not_found",
    "repository_empty",
    "remote_error",
    "malformed",
    "too_large",
    "trailer_mismatch",
    "local",
    "unknown",
    "complete",
    "cut",
    "failed",
    "stopped",
    "skipped",
    "crashed",
    "lost",
    "budget",
    "interrupt",
    "terminate",
    "bytes",
    "time",
    "cut_short",
    "stage",
    "sample",
    "stall",
    "remark",
    "header",
    "run_started",
    "observation",
    "run_ended",
    "note",
    "nak",
    "ack",
    "not_in_protocol",
    "not_reached",
    "verified",
    "mismatch",
    "trusted",
    "changed",
    "other_types_only",
    "revoked",
    "flux",
    "openssh",
    "git",
    "ssh",
    "https",
    "http",
    "workstation",
    "container",
    "pod",
    "asked",
    "follow_up",
];
