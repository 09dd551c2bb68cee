use super::*;

#[test]
fn fluxs_answer_in_one_word() {
    let ran = |ok, seconds, message: &str| FluxRan { ok, seconds, message: message.to_owned(), hung: false };
    assert_eq!(ran(true, 1.0, "").outcome(15.0), FluxOutcome::Fits);
    assert_eq!(ran(false, 3.0, "EOF").outcome(15.0), FluxOutcome::Fails);
    assert_eq!(ran(false, 14.9, "Get: context deadline exceeded").outcome(15.0), FluxOutcome::TimesOut);
    assert_eq!(ran(false, 15.001, "dial tcp: i/o timeout").outcome(15.0), FluxOutcome::TimesOut);
    assert_eq!(FluxRan::hung(20.0).outcome(15.0), FluxOutcome::HangsSilently);
}

#[test]
fn of_much_output_the_end_is_kept() {
    assert_eq!(last_words(" short \n"), "short");
    let long = format!("{}é the reason", "é".repeat(2 * KEPT));
    let kept = last_words(&long);
    assert_eq!(kept.chars().count(), KEPT + 1);
    assert!(kept.starts_with('…') && kept.ends_with("the reason"));
}

#[test]
fn netprobes_json_is_read_as_a_user_would() {
    let answer = Answer::parse(JSON).unwrap();
    assert_eq!(answer.first().unwrap().rule, "stalled");
    assert_eq!((answer.stage(), answer.failed_stage), (Some(model::Stage::Exec), Some(model::Stage::KeyExchange)));
    assert_eq!((answer.runs, answer.sent_bytes, answer.received_bytes), (2, 41, 3_202));
    assert_eq!(answer.flux.outcome, FluxOutcome::HangsSilently);
    assert!(format!("{:#}", Answer::parse("netprobe: no").unwrap_err()).contains("is not the JSON document"));
}

#[test]
fn a_digest_is_the_start_of_sha_256() {
    assert_eq!(Digest::of(b"abc").as_str(), "ba7816bf8f01cfea"); // FIPS 180-2, B.1
}

/// Shortened from a run.
const JSON: &str = r#"{"report": {"format": "netprobe-report", "measurements": [
    {"run": {"id": 1}, "observations": [
        {"at_us": 1, "seen": "stage", "stage": "connect", "wire": {"sent": 0, "received": 0}},
        {"at_us": 2, "seen": "stage", "stage": "key_exchange", "problem": {"failure": "stalled"},
         "wire": {"sent": 20, "received": 1600}},
        {"at_us": 3, "seen": "remark", "text": "x"}]},
    {"run": {"id": 2}, "observations": [
        {"at_us": 4, "seen": "sample", "during": "pack_transfer", "wire": {"sent": 21, "received": 1602}}]}]},
  "diagnosis": {"verdict": "fault", "headline": "It hangs.", "findings": [
    {"rule": "stalled", "severity": "fault", "confidence": "likely", "statement": "It hangs.", "stage": "exec",
     "evidence": []}],
    "flux": {"timeout_us": 1, "outcome": "hangs_silently", "takes_us": null, "message": null, "dies_at": "exec",
     "extrapolated": false, "caveats": []}}}"#;
