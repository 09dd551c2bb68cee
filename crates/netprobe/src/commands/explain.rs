//! `netprobe explain`: reads a message, files or a stream, and says of each kind of message what it means.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::path::Path;

use anyhow::{Context as _, bail};
use explain::{Explanation, Explanations, Reader};
use reports::{Style, explained};

use crate::args::explain::ExplainArgs;
use crate::args::look::{Format, LookArgs, PageFormat};
use crate::exit::Exit;
use crate::look::Look;
use crate::output;

pub(crate) fn run(args: &ExplainArgs) -> anyhow::Result<Exit> {
    let look = LookArgs { format: Format::Human, color: args.color, ascii: args.ascii, strict: false };
    let mut telling = Telling { reader: Reader::new(), told: 0, format: args.format, style: Look::of(look).style };
    let from_stdin = args.message.is_empty() || args.message == ["-"];
    if !args.files.is_empty() {
        // All are opened before anything is printed: a wrong name must not be found behind three screens.
        let opened = args.files.iter().map(|path| open(path)).collect::<anyhow::Result<Vec<_>>>()?;
        for (file, path) in opened.into_iter().zip(&args.files) {
            telling.read(file).with_context(|| format!("the file {} cannot be read", path.display()))?;
            // A file that does not end with a line feed must not run into the next.
            telling.reader.read(b"\n");
        }
    } else if from_stdin {
        if io::stdin().is_terminal() && args.message.is_empty() {
            bail!(NOTHING_GIVEN);
        }
        telling.read(io::stdin().lock()).context("stdin cannot be read")?;
    } else {
        telling.reader.read(args.message.join(" ").as_bytes());
    }
    if telling.reader.is_blank() {
        bail!(NOTHING_GIVEN);
    }
    let unknown = telling.finish()?;
    if unknown && Path::new(&args.message.join(" ")).is_file() {
        output::remark("netprobe: a file has this name; `netprobe explain --file` reads it");
    }
    Ok(Exit::Fine)
}

/// The reader, and how much of what it knows is printed.
struct Telling {
    reader: Reader,
    told: usize,
    format: PageFormat,
    style: Style,
}

impl Telling {
    fn read(&mut self, mut from: impl Read) -> io::Result<()> {
        let mut bytes = vec![0; PIECE];
        loop {
            let count = match from.read(&mut bytes) {
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.reader.read(bytes.get(..count).unwrap_or_default());
            let new = self.reader.explanations().get(self.told..).unwrap_or_default();
            tell(new, self.told, self.format, &self.style).map_err(io::Error::other)?;
            self.told += new.len();
        }
    }

    /// Prints the rest; true where nothing was recognised.
    fn finish(self) -> anyhow::Result<bool> {
        let all = self.reader.finish();
        if self.format == PageFormat::Json {
            output::data(&(serde_json::to_string_pretty(&all)? + "\n"))?;
        } else {
            tell(all.explanations.get(self.told..).unwrap_or_default(), self.told, self.format, &self.style)?;
            end(&all, self.format, &self.style)?;
        }
        Ok(all.explanations.is_empty())
    }
}

fn tell(new: &[Explanation], before: usize, format: PageFormat, style: &Style) -> anyhow::Result<()> {
    for (index, explanation) in new.iter().enumerate() {
        let text = match format {
            PageFormat::Human => explained::one(explanation, style),
            PageFormat::Markdown => explained::markdown::one(explanation),
            PageFormat::Json => return Ok(()),
        };
        let gap = if before + index > 0 { "\n" } else { "" };
        output::data(&format!("{gap}{text}"))?;
    }
    Ok(())
}

fn end(all: &Explanations, format: PageFormat, style: &Style) -> anyhow::Result<()> {
    let text = match format {
        PageFormat::Human => explained::end(all, style),
        PageFormat::Markdown => explained::markdown::end(all),
        PageFormat::Json => return Ok(()),
    };
    let gap = if text.is_empty() || all.explanations.is_empty() { "" } else { "\n" };
    output::data(&format!("{gap}{text}"))
}

fn open(path: &Path) -> anyhow::Result<Box<dyn Read>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(path).with_context(|| format!("the file {} cannot be read", path.display()))?;
    Ok(Box::new(file))
}

const NOTHING_GIVEN: &str = "there is nothing to explain; give a message in quotes, a file with --file, or a stream, for example \
                             `kubectl -n flux-system logs deploy/source-controller | netprobe explain`";
/// As much as a pipe holds on Linux (pipe(7)).
const PIECE: usize = 64 << 10;
