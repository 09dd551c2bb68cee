//! Studies: trials that take minutes are made once, kept, and judged again by today's rules wherever minutes are too long.
//!
//! Knows where they are kept. Refuses to judge those of another scenario: who changes its file has to make it again.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use model::Transport;

use crate::record::Record;
use crate::scenario::Scenario;

/// Where one study is kept.
#[derive(Debug, Clone)]
pub struct Study {
    folder: PathBuf,
    scheme: &'static str,
}

impl Study {
    /// Of this scenario over this transport, in the folder of this crate.
    pub fn of(scenario: &Scenario, transport: Transport) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(STORED).join(scenario.name.to_string());
        Self { folder, scheme: transport.scheme() }
    }

    /// Keeps what was seen, with the document that netprobe printed.
    pub fn keep(&self, record: &Record, document: &str) -> Result<()> {
        ensure!(record.void.is_none(), "a void trial is no study: {}", record.void.as_deref().unwrap_or_default());
        fs::create_dir_all(&self.folder)?;
        fs::write(self.file(RECORD), serde_json::to_string_pretty(record)? + "\n")?;
        fs::write(self.document(), document).with_context(|| format!("cannot keep {}", self.document().display()))
    }

    /// What was seen then. Its scenario has to be what it is today.
    pub fn record(&self, scenario: &Scenario) -> Result<Record> {
        let file = self.file(RECORD);
        let again = format!("make it with `cargo xtask lab {} --store`", scenario.name);
        let text = fs::read_to_string(&file).with_context(|| format!("no study in {}: {again}", file.display()))?;
        let record: Record = serde_json::from_str(&text).with_context(|| format!("in {}", file.display()))?;
        if record.key.scenario_digest != scenario.digest {
            bail!("{} is of another text of the scenario: {again}", file.display());
        }
        Ok(record)
    }

    /// The file with netprobe's document, for `netprobe diagnose`.
    pub fn document(&self) -> PathBuf {
        self.file(DOCUMENT)
    }

    fn file(&self, kind: &str) -> PathBuf {
        self.folder.join(format!("{}.{kind}.json", self.scheme))
    }
}

/// The tag of scenarios that are studies.
pub const TAG: &str = "study";

const STORED: &str = "stored";
const RECORD: &str = "record";
const DOCUMENT: &str = "netprobe";
