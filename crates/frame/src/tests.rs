use model::{Bytes, Journal, Micros, Stage};

use super::*;

fn hello() -> Hello {
    Hello { netprobe: "0.1.0".into(), report_version: 1 }
}

fn beat() -> Beat {
    let received = Bytes(7);
    Beat { purpose: "asked".into(), stage: Stage::PackTransfer, received, elapsed_us: Micros::from_secs(4) }
}

/// Records of all lengths that matter: empty, short, at the edges of a line, many lines long, and of wide characters.
fn journal() -> Vec<String> {
    let lengths = [0, 1, 20, 8127, 8128, 8129, 8192, 40_000];
    let mut records: Vec<String> = lengths.iter().map(|length| "x".repeat(*length)).collect();
    records.push("é→🦀 ".repeat(5000));
    records
}

fn log(records: &[String]) -> String {
    let mut encoder = Encoder::new();
    let mut log = encoder.hello(&hello());
    for record in records {
        log += &encoder.record(record);
        log += &encoder.beat(&beat());
    }
    log + &encoder.end()
}

fn read(log: &[u8]) -> (Decoder, Vec<Frame>) {
    let mut decoder = Decoder::new();
    let frames = decoder.push(log);
    (decoder, frames)
}

fn told(frames: &[Frame]) -> Vec<&str> {
    frames.iter().filter_map(|frame| if let Frame::Record(line) = frame { Some(line.as_str()) } else { None }).collect()
}

/// The same pseudo-random numbers in every run (Knuth's MMIX constants).
fn numbers(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed;
    move |below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    }
}

#[test]
fn a_journal_comes_through_in_lines_of_8_kib() {
    let log = log(&journal());
    assert!(log.lines().all(|line| line.len() < MAX_LINE_BYTES && line.starts_with("NP1 ")));
    let (decoder, frames) = read(log.as_bytes());
    assert!(decoder.is_whole());
    assert_eq!(decoder.records(), journal());
    assert_eq!(told(&frames), journal());
    assert_eq!(frames.first(), Some(&Frame::Hello(hello())));
    assert_eq!(frames.last(), Some(&Frame::End));
    assert_eq!(frames.iter().filter(|frame| **frame == Frame::Beat(beat())).count(), journal().len());
}

#[test]
fn the_form_is_what_is_written_down() {
    let mut encoder = Encoder::new();
    assert_eq!(encoder.hello(&hello()), "NP1 hello 0 {\"netprobe\":\"0.1.0\",\"report_version\":1}\n");
    assert_eq!(encoder.record("{}\n"), "NP1 record 1 {}\n");
    assert_eq!(
        encoder.beat(&beat()),
        "NP1 beat 2 {\"purpose\":\"asked\",\"stage\":\"pack_transfer\",\"received\":7,\"elapsed_us\":4000000}\n"
    );
    // printf '{}\n' | sha256sum
    let sum = "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356";
    assert_eq!(encoder.end(), format!("NP1 end 3 {{\"records\":1,\"bytes\":3,\"sha256\":\"{sum}\"}}\n"));
}

#[test]
fn how_a_log_is_cut_does_not_matter() {
    let log = log(&journal());
    let whole = read(log.as_bytes()).1;
    for seed in 0..20 {
        let mut number = numbers(seed);
        let (mut decoder, mut frames, mut rest) = (Decoder::new(), Vec::new(), log.as_bytes());
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at((1 + number(9000)).min(rest.len()));
            frames.extend(decoder.push(piece));
            rest = behind;
        }
        assert!(decoder.is_whole() && decoder.records() == journal() && frames == whole, "seed {seed}");
    }
}

#[test]
fn a_log_that_ends_anywhere_is_a_beginning_and_never_whole() {
    let log = log(&journal());
    let mut number = numbers(1);
    for cut in (0..300).map(|_| number(log.len())) {
        let (decoder, _) = read(&log.as_bytes()[..cut]);
        assert!(!decoder.is_whole(), "cut at {cut}");
        assert!(journal().starts_with(decoder.records()), "cut at {cut}");
    }
}

#[test]
fn a_changed_byte_is_never_taken_for_whole_with_other_records() {
    let log = log(&["{\"a\":1}".to_owned(), "x".repeat(10_000), "{\"b\":22}".to_owned()]);
    let records = read(log.as_bytes()).0.records().to_vec();
    let mut number = numbers(2);
    let mut seen = 0;
    for at in (0..log.len()).filter(|at| at % 7 == 0 || at % 10_000 < 300) {
        let mut bytes = log.clone().into_bytes();
        bytes[at] ^= 1 << number(8);
        let (decoder, _) = read(&bytes);
        assert!(!decoder.is_whole() || decoder.records() == records, "byte {at}");
        seen += usize::from(!decoder.is_whole());
    }
    assert!(seen > 1000, "most changes are noticed: {seen}");
}

#[test]
fn junk_and_carriage_returns_between_frames_are_foreign() {
    let log =
        log(&journal()).replace('\n', "\r\nthread 'main' panicked\x1b[2J at\nNP1 record x {}\n\nNP2 record 1 {}\n");
    let (decoder, frames) = read(log.as_bytes());
    assert!(decoder.is_whole());
    assert_eq!(decoder.records(), journal());
    assert_eq!(told(&frames), journal());
    assert!(frames.contains(&Frame::Foreign("thread 'main' panicked[2J at".into())));
}

#[test]
fn a_lost_line_is_noticed_and_found_when_the_log_is_read_again() {
    let records = vec!["{\"a\":1}".to_owned(), "{\"b\":2}".to_owned(), "{\"c\":3}".to_owned()];
    let whole = log(&records);
    let holed: String = whole.split_inclusive('\n').filter(|line| !line.contains("\"b\"")).collect();
    let (mut decoder, mut frames) = read(holed.as_bytes());
    assert!(!decoder.is_whole());
    assert_eq!(decoder.records(), [records[0].clone(), records[2].clone()]);
    decoder.restart();
    assert_eq!(decoder.records().len(), 2, "until the second reading has more");
    frames.extend(decoder.push(whole.as_bytes()));
    assert!(decoder.is_whole());
    assert_eq!(decoder.records(), records);
    assert_eq!(told(&frames).len(), 2, "nothing is told twice, nor out of order");
}

#[test]
fn a_lost_beat_or_part_is_a_gap_and_joins_no_strangers() {
    let whole = log(&["{}".to_owned()]);
    let holed: String = whole.split_inclusive('\n').filter(|line| !line.contains("beat")).collect();
    assert!(!read(holed.as_bytes()).0.is_whole(), "no frame may be missing");

    let mut encoder = Encoder::new();
    let long = encoder.record(&"x".repeat(20_000));
    let next = encoder.record("{}");
    let first = long.split_inclusive('\n').next().unwrap();
    assert_eq!(read(format!("{first}{next}").as_bytes()).0.records(), ["{}"], "nothing of the record before");
}

#[test]
fn a_second_reading_that_brings_less_takes_nothing_away() {
    let whole = log(&["{\"a\":1}".to_owned(), "{\"b\":2}".to_owned()]);
    let cut: String = whole.split_inclusive('\n').take(4).collect();
    let shorter: String = whole.split_inclusive('\n').take(2).collect();
    let (mut decoder, _) = read(cut.as_bytes());
    for _ in 0..2 {
        decoder.restart();
        decoder.push(shorter.as_bytes());
        assert_eq!(decoder.records().len(), 2);
    }
}

#[test]
fn a_log_read_from_its_beginning_again_tells_only_what_is_new() {
    let log = log(&journal());
    let mut number = numbers(3);
    for cut in (0..60).map(|_| number(log.len())) {
        let mut decoder = Decoder::new();
        let mut frames = decoder.push(&log.as_bytes()[..cut]);
        decoder.restart();
        frames.extend(decoder.push(log.as_bytes()));
        assert!(decoder.is_whole() && decoder.records() == journal(), "cut at {cut}");
        assert_eq!(told(&frames), journal(), "cut at {cut}");
    }
}

#[test]
fn a_line_repeated_by_the_runtime_counts_once() {
    let doubled: String = log(&journal()).split_inclusive('\n').map(|line| line.repeat(2)).collect();
    let (decoder, frames) = read(doubled.as_bytes());
    assert!(decoder.is_whole());
    assert_eq!(told(&frames), journal());
}

#[test]
fn a_wrong_hash_or_something_behind_the_end_is_not_whole() {
    let whole = log(&["{}".to_owned()]);
    assert!(!read(whole.replace("ca3d", "ca3e").as_bytes()).0.is_whole());
    let (decoder, frames) = read(format!("{whole}NP1 record 9 {{}}\n").as_bytes());
    assert_eq!(decoder.records(), ["{}"], "the end is the end");
    assert!(decoder.is_whole() && matches!(frames.last(), Some(Frame::Foreign(_))));
}

#[test]
fn what_only_a_later_version_knows_is_a_sign_of_life_and_no_loss() {
    for (own, later) in [("NP1 beat 2", "NP1 mood 2"), (r#""stage":"pack_transfer""#, r#""stage":"unpack""#)] {
        let (decoder, frames) = read(log(&["{}".to_owned()]).replace(own, later).as_bytes());
        assert!(decoder.is_whole(), "{later}");
        let record = Frame::Record("{}".into());
        assert_eq!(frames, [Frame::Hello(hello()), record, Frame::Unknown, Frame::End], "{later}");
    }
}

#[test]
fn an_endless_line_and_endless_records_are_not_kept() {
    let mut decoder = Decoder::new();
    for _ in 0..100 {
        assert!(decoder.push(&vec![b'x'; 64 * 1024]).is_empty());
    }
    let frames = decoder.push(b"\n");
    assert!(matches!(frames.as_slice(), [Frame::Foreign(text)] if text.len() < 2000), "one line, cut short");

    let mut encoder = Encoder::new();
    let record = "x".repeat(1_000_000);
    for _ in 0..20 {
        decoder.push(encoder.record(&record).as_bytes());
    }
    decoder.push(encoder.end().as_bytes());
    assert_eq!(decoder.records().len(), 8, "8 MiB");
    assert!(!decoder.is_whole());

    let mut decoder = Decoder::new();
    for seq in 0..1_000_000 {
        decoder.push(format!("NP1 record {seq} \n").as_bytes());
    }
    assert!(decoder.records().len() < 400_000, "empty records take room as well");
}

#[test]
fn what_a_pod_says_of_itself_is_harmless() {
    let (_, frames) = read(b"NP1 hello 0 {\"netprobe\":\"0\\u001b[2J\",\"report_version\":1}\n");
    assert_eq!(frames, [Frame::Hello(Hello { netprobe: "0[2J".into(), report_version: 1 })]);
}

const SAMPLES: [&str; 3] = [
    include_str!("../../../reports/samples/healthy-https-cut-at-cap/report.jsonl"),
    include_str!("../../../reports/samples/connect-refused/report.jsonl"),
    include_str!("../../../reports/samples/stall-after-nak-cured-by-clamp/report.jsonl"),
];

fn lines(journal: &str) -> Vec<String> {
    journal.lines().map(str::to_owned).collect()
}

#[test]
fn a_summary_holds_the_first_runs_stages_and_its_end() {
    for sample in SAMPLES {
        let text = summary(&lines(sample));
        assert!(text.len() <= MAX_SUMMARY_BYTES && text.is_ascii(), "{} bytes", text.len());
        let whole = Journal::read(sample.as_bytes()).unwrap();
        let brief = Journal::read(&read_summary(&format!("{text}\n")).unwrap()).unwrap();
        assert_eq!(brief.header.id, whole.header.id);
        let (first, kept) = (&whole.measurements[0], &brief.measurements[0]);
        assert_eq!((&first.run, &first.ended, first.took_us), (&kept.run, &kept.ended, kept.took_us));
        let stages = |measurement: &model::Measurement| {
            measurement.stages().map(|seen| (seen.stage(), seen.took_us, seen.problem.clone())).collect::<Vec<_>>()
        };
        assert_eq!(stages(kept), stages(first));
        assert_eq!((brief.ending, brief.took_us), (whole.ending, whole.took_us));
    }
}

#[test]
fn a_summary_fits_whatever_the_journal() {
    let mut journal = lines(SAMPLES[0]);
    let stage = journal.iter().find(|line| line.contains(r#""stage":"connect""#)).unwrap().clone();
    let mut number = numbers(4);
    for _ in 0..3000 {
        let took = format!(r#""took_us":{}{},"#, 1 + number(9_000_000), number(9_000_000));
        let (before, behind) = stage.split_once(r#""took_us":"#).unwrap();
        journal.insert(4, format!("{before}{took}{}", behind.split_once(',').unwrap().1));
    }
    let text = summary(&journal);
    assert!((3000..=MAX_SUMMARY_BYTES).contains(&text.len()), "{} bytes", text.len());
    let brief = Journal::read(&read_summary(&text).unwrap()).unwrap();
    assert!(brief.measurements[0].stages().count() > 10, "as many as fit");

    assert_eq!(summary(&[]), "");
    let noise: String = (0..20_000).map(|_| char::from(b'a' + u8::try_from(number(26)).unwrap())).collect();
    assert_eq!(summary(&[SAMPLES[1].lines().next().unwrap().replace("nb-17", &noise)]), "");
}

#[test]
fn a_bomb_is_not_unpacked() {
    use base64::Engine as _;
    use std::io::Write as _;
    let packed = |journal: &[u8]| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(journal).unwrap();
        format!("NP1 summary {}", base64::prelude::BASE64_STANDARD.encode(packer.finish().unwrap()))
    };
    let header = SAMPLES[1].lines().next().unwrap();
    let bomb = packed(format!("{header}\n{}", "\n".repeat(2_000_000)).as_bytes());
    assert!(bomb.len() < MAX_SUMMARY_BYTES, "it fits into a message");
    assert_eq!(read_summary(&bomb), None);
    assert!(read_summary(&packed(header.as_bytes())).is_some());
    assert_eq!(read_summary(&packed(b"no journal")), None);
    let mut number = numbers(5);
    let noise: String = (0..20_000).map(|_| char::from(b'a' + u8::try_from(number(26)).unwrap())).collect();
    let long = packed(SAMPLES[1].replace("nb-17", &noise).as_bytes());
    assert!(long.len() > MAX_SUMMARY_BYTES && read_summary(&long).is_none(), "no kubelet keeps so much");
    for text in ["", "NP1 summary ", "NP1 summary !", "NP1 summary AAAA", "panicked at main.rs"] {
        assert_eq!(read_summary(text), None, "{text}");
    }
}
