//! A stored report, whoever wrote it. Promised: what is written is read back the same, record by record and as one document.
//! What is made of a report is promised by `doctored_report`, whose inputs seldom break at the first comma.

use model::{Journal, Record};

/// The input is a file.
pub(super) fn check(input: &[u8]) {
    for line in input.split(|byte| *byte == b'\n') {
        if let Ok(record) = serde_json::from_slice::<Record>(line) {
            assert_eq!(serde_json::from_str::<Record>(&record.to_line()).ok(), Some(record), "a line is read back");
        }
    }
    if let Ok(report) = Journal::read(input) {
        let document = serde_json::to_vec(&report).expect("a report can always be written");
        assert_eq!(Journal::read(&document).as_ref(), Ok(&report), "a document is read back");
    }
}
