//! Results that stay: one record a line in a file that only grows, and a page made from it.
//!
//! A run that is interrupted loses at most the trial it was in. Knows which trials are done. Refuses to judge while
//! writing: records are judged when they are read, by what the scenarios expect then.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::matrix::{Matrix, Trial};
use crate::record::{Instruments, Key, Record};
use crate::scenario::Library;

/// The results in one folder, such as `docs/results/2026-11-23`.
#[derive(Debug)]
pub struct Results {
    folder: PathBuf,
    lines: File,
    records: Vec<Record>,
}

impl Results {
    /// Opens the folder, which is made if it is not there. A last line that a kill cut short is taken out.
    pub fn open(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let path = folder.join(RECORDS);
        let trouble = || format!("cannot open {} for reading and writing", path.display());
        let lines: File = OpenOptions::new().create(true).append(true).read(true).open(&path).with_context(trouble)?;
        if lines.try_lock().is_err() {
            bail!("another run writes to {}: wait for its end", path.display());
        }
        let bytes = fs::read(&path).with_context(trouble)?;
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        lines.set_len(whole as u64).with_context(trouble)?;
        let records = parse(&bytes[..whole])
            .with_context(|| format!("{} was not written by this version: move it away", path.display()))?;
        Ok(Self { folder: folder.to_owned(), lines, records })
    }

    /// The trial of this key, if it was made and was not void. A void one is to be made again.
    pub fn done(&self, key: &Key) -> Option<&Record> {
        self.records.iter().rev().find(|record| record.key == *key).filter(|record| record.void.is_none())
    }

    /// Keeps one more record. It is on its way to the disk when this returns.
    pub fn keep(&mut self, record: Record) -> Result<()> {
        let mut line = serde_json::to_string(&record).context("a record cannot be written as JSON")?;
        line.push('\n');
        self.lines.write_all(line.as_bytes()).with_context(|| format!("cannot write to {}", self.folder.display()))?;
        self.records.push(record);
        Ok(())
    }

    /// Each trial of what the scenarios are today, made with these programs, once: by its last record.
    pub fn matrix<'a>(&'a self, library: &'a Library, with: &Instruments) -> Matrix<'a> {
        let mut last = BTreeMap::new();
        let made = self.records.iter().filter(|record| record.key.instruments == *with);
        for trial in made.filter_map(|record| Trial::in_library(record, library)) {
            last.insert(trial.name(), trial);
        }
        Matrix::new(last.into_values().collect())
    }

    /// Writes the page that people read, under this title, and says where it is.
    pub fn write_page(&self, title: &str, library: &Library, with: &Instruments) -> Result<PathBuf> {
        let path = self.folder.join(PAGE);
        let text = format!("# {title}\n\n{}\n\n{}", self.versions(with), self.matrix(library, with).markdown());
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }

    /// What the trials were made with, every version that occurs.
    fn versions(&self, with: &Instruments) -> String {
        let mut all: Vec<String> = Vec::new();
        for (program, version) in
            self.records.iter().filter(|record| record.key.instruments == *with).flat_map(|record| &record.versions)
        {
            let named =
                if version.starts_with(program.as_str()) { version.clone() } else { format!("{program} {version}") };
            if !all.contains(&named) {
                all.push(named);
            }
        }
        all.sort();
        format!("Made with {}.", all.join(", "))
    }
}

fn parse(lines: &[u8]) -> Result<Vec<Record>> {
    let read = |(number, line): (usize, &str)| {
        serde_json::from_str(line).with_context(|| format!("line {} is no record", number + 1))
    };
    std::str::from_utf8(lines).context("it is not text")?.lines().enumerate().map(read).collect()
}

const RECORDS: &str = "records.jsonl";
const PAGE: &str = "README.md";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Digest;
    use crate::record::samples::{healthy, hole, instruments};

    const HOLE: &str = "about = \"x\"\n[expect.https]\nstage = \"tls\"\nfinding = \"path-mtu-black-hole\"\n\
                        git = \"fails\"\nflux = { outcome = \"times_out\" }\n";

    fn other_instruments() -> Instruments {
        Instruments { netprobe: Digest::of(b"another netprobe"), ..instruments() }
    }

    /// A library of one scenario, and a record of it.
    fn library(folder: &Path) -> (Library, Record) {
        fs::create_dir_all(folder.join("path-mtu")).unwrap();
        fs::write(folder.join("path-mtu/hole.toml"), HOLE).unwrap();
        let library = Library::load(folder).unwrap();
        let mut record = hole();
        record.key.scenario_digest = library.get(&record.key.scenario).unwrap().digest.clone();
        (library, record)
    }

    #[test]
    fn what_was_kept_is_done_when_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut results = Results::open(&folder.path().join("a/b")).unwrap();
        results.keep(hole()).unwrap();
        results.keep(Record { void: Some("x".to_owned()), ..healthy() }).unwrap();
        drop(results);
        let mut results = Results::open(&folder.path().join("a/b")).unwrap();
        assert_eq!(results.done(&hole().key), Some(&hole()));
        assert_eq!(results.done(&healthy().key), None, "a void trial is made again");
        let other = Key { instruments: other_instruments(), ..hole().key };
        assert_eq!(results.done(&other), None);
        results.keep(healthy()).unwrap();
        assert_eq!(results.done(&healthy().key), Some(&healthy()));
    }

    #[test]
    fn a_file_cut_at_any_byte_is_read_and_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let mut results = Results::open(folder.path()).unwrap();
        results.keep(hole()).unwrap();
        results.keep(healthy()).unwrap();
        drop(results);
        let path = folder.path().join(RECORDS);
        let whole = fs::read(&path).unwrap();
        let first = whole.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        for cut in (0..whole.len()).step_by(97).chain([first - 1, first, whole.len() - 1]) {
            fs::write(&path, &whole[..cut]).unwrap();
            let mut results = Results::open(folder.path()).unwrap();
            assert_eq!(results.records.len(), usize::from(cut >= first), "cut at {cut}");
            results.keep(healthy()).unwrap();
            drop(results);
            assert!(Results::open(folder.path()).unwrap().done(&healthy().key).is_some(), "cut at {cut}");
        }
    }

    #[test]
    fn a_whole_line_that_is_no_record_is_told_by_its_number() {
        let folder = tempfile::tempdir().unwrap();
        Results::open(folder.path()).unwrap().keep(hole()).unwrap();
        let path = folder.path().join(RECORDS);
        fs::write(&path, fs::read_to_string(&path).unwrap() + "{}\n").unwrap();
        let error = format!("{:#}", Results::open(folder.path()).unwrap_err());
        assert!(error.contains("line 2 is no record") && error.contains("move it away"), "{error}");
    }

    #[test]
    fn the_page_holds_the_last_trial_of_each_scenario_as_it_is_today() {
        let folder = tempfile::tempdir().unwrap();
        let (library, record) = library(&folder.path().join("scenarios"));
        let mut results = Results::open(&folder.path().join("results")).unwrap();
        let mut wrong = record.clone();
        wrong.key.instruments = other_instruments();
        wrong.told_mut().rule = "stalled".to_owned();
        results.keep(wrong).unwrap();
        assert!(!results.matrix(&library, &instruments()).is_green());
        results.keep(record).unwrap();
        // One scenario has gone, and one had another text then.
        results.keep(healthy()).unwrap();
        results.keep(Record { seen: None, ..hole() }).unwrap();
        assert!(results.matrix(&library, &instruments()).is_green());
        let page = fs::read_to_string(results.write_page("The lab", &library, &instruments()).unwrap()).unwrap();
        assert!(
            page.starts_with("# The lab\n\nMade with git 2.47.3.\n\nTrials: 1 of 1 scenarios. As expected: 1"),
            "{page}"
        );
    }

    #[test]
    fn a_record_is_small_enough_to_be_committed() {
        let folder = tempfile::tempdir().unwrap();
        Results::open(folder.path()).unwrap().keep(hole()).unwrap();
        let size = fs::metadata(folder.path().join(RECORDS)).unwrap().len();
        assert!((500..2_000).contains(&size), "{size} bytes");
    }
}
