//! Every input that is kept, on every target it is kept for: the corpus that fuzzing left, and what once broke a promise.

use std::fs;
use std::path::{Path, PathBuf};

use fuzz::TARGETS;

#[test]
fn no_kept_input_breaks_a_promise() {
    for target in TARGETS {
        let corpus = files(&root().join("corpus").join(target.name));
        assert!(!corpus.is_empty(), "{} has no corpus", target.name);
        for file in corpus.iter().chain(&files(&root().join("crashes").join(target.name))) {
            let input = fs::read(file).unwrap();
            // What libtest shows of a panic does not say which input it was.
            let broken = std::panic::catch_unwind(|| (target.check)(&input)).is_err();
            assert!(!broken, "{} breaks a promise of {}, see above", file.display(), target.name);
        }
    }
}

#[test]
fn inputs_are_kept_for_targets_that_exist() {
    for kept in ["corpus", "crashes"] {
        for folder in files(&root().join(kept)) {
            let name = folder.file_name().unwrap_or_default();
            assert!(TARGETS.iter().any(|target| target.name == name), "{} belongs to no target", folder.display());
        }
    }
}

#[test]
fn a_corpus_is_small() {
    for target in TARGETS {
        let corpus = files(&root().join("corpus").join(target.name));
        let bytes: u64 = corpus.iter().map(|file| file.metadata().unwrap().len()).sum();
        assert!(corpus.len() <= 300 && bytes <= 300 * 1024, "{}: {} files, {bytes} bytes", target.name, corpus.len());
    }
}

#[test]
fn targets_stand_in_order_each_once() {
    assert!(TARGETS.is_sorted_by(|before, after| before.name < after.name));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What lies in a folder, in order; nothing where there is none.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}
