//! Texts that are rendered as before: stored beside the tests, written anew where `UPDATE_SAMPLES=1` asks for it.

use std::path::Path;

/// Whether the stored texts are to be written anew.
pub(crate) fn updating() -> bool {
    std::env::var_os("UPDATE_SAMPLES").is_some()
}

/// Compares with the file, or writes it where that was asked for.
pub(crate) fn golden(path: &Path, text: &str) {
    if updating() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        return;
    }
    let stored = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        stored == text,
        "{} is not what is rendered now; if the change is wanted: UPDATE_SAMPLES=1 cargo test -p netprobe-reports\n--- stored\n{stored}\n--- now\n{text}",
        path.display()
    );
}

/// What is left of a screen without its colours.
pub(crate) fn without_codes(text: &str) -> String {
    let mut inside = false;
    text.chars()
        .filter(|character| {
            inside |= *character == '\x1b';
            let kept = !inside;
            inside &= *character != 'm';
            kept
        })
        .collect()
}
