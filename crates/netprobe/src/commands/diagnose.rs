//! `netprobe diagnose`: stored reports, judged by today's rules.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use diagnose::Policy;
use model::{Journal, Report};

use crate::args::diagnose::DiagnoseArgs;
use crate::args::look::Format;
use crate::exit::Exit;
use crate::look::Look;
use crate::{output, present};

pub(crate) fn run(args: &DiagnoseArgs) -> anyhow::Result<Exit> {
    let look = Look::of(args.look);
    // All are read before anything is printed: a wrong name must not be found behind three screens.
    let reports = read_all(&args.reports)?;
    let mut exit = Exit::Fine;
    for (index, (report, path)) in reports.iter().enumerate() {
        let diagnosis = diagnose::diagnose(report, &Policy::STANDARD);
        exit = exit.worse(Exit::of_verdict(diagnosis.verdict, look.strict));
        if index > 0 && look.format == Format::Human {
            output::data("\n")?;
        }
        present::answer(report, &diagnosis, &look, Some(&path.display().to_string()))?;
    }
    Ok(if args.check { exit } else { Exit::Fine })
}

/// Every report in these files, each with its file. The document of a comparison holds several.
pub(super) fn read_all(paths: &[PathBuf]) -> anyhow::Result<Vec<(Report, &Path)>> {
    let mut all = Vec::new();
    for path in paths {
        let bytes = bytes(path).with_context(|| format!("the report {} cannot be read", path.display()))?;
        let reports = Journal::read_all(&bytes).with_context(|| path.display().to_string())?;
        all.extend(reports.into_iter().map(|report| (report, path.as_path())));
    }
    Ok(all)
}

fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    } else {
        File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    }
    ensure!(bytes.len() as u64 <= MAX_BYTES, "it is larger than 256 MiB, which no report is");
    Ok(bytes)
}

/// An hour of transfer makes a journal of some megabytes.
const MAX_BYTES: u64 = 256 << 20;
