//! `netprobe diagnose`: stored reports, judged by today's rules.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

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
    let reports = args.reports.iter().map(|path| read(path)).collect::<anyhow::Result<Vec<Report>>>()?;
    let mut exit = Exit::Fine;
    for (index, (report, path)) in reports.iter().zip(&args.reports).enumerate() {
        let diagnosis = diagnose::diagnose(report, &Policy::STANDARD);
        exit = exit.worse(Exit::of_verdict(diagnosis.verdict, look.strict));
        if index > 0 && look.format == Format::Human {
            output::data("\n")?;
        }
        present::answer(report, &diagnosis, &look, Some(&path.display().to_string()))?;
    }
    Ok(if args.check { exit } else { Exit::Fine })
}

fn read(path: &Path) -> anyhow::Result<Report> {
    let bytes = bytes(path).with_context(|| format!("the report {} cannot be read", path.display()))?;
    Journal::read(&bytes).with_context(|| path.display().to_string())
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
