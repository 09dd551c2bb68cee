//! The two streams: data on stdout, remarks on stderr. A reader that went away is no error.

use std::io::{self, Write as _};

use anyhow::Context as _;
use clap::error::ErrorKind;
use reports::text;

use crate::exit::Exit;

/// Writes data to stdout. Whoever closed the other end of the pipe has seen enough.
pub(crate) fn data(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("stdout cannot be written to"),
        _ => Ok(()),
    }
}

/// Writes one line to stderr. If nobody can read it, there is nobody to tell.
pub(crate) fn remark(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Writes to stderr what is laid out already, line feeds and control sequences included.
pub(crate) fn draw(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

/// Says why the program cannot do what was asked; what follows in lines of its own, such as a manifest, stays so.
pub(crate) fn complain(sentence: &str) {
    let lines: Vec<String> = sentence.lines().map(text::harmless).collect();
    remark(&format!("netprobe: {}", lines.join("\n")));
}

/// Help and version go to stdout; what was not understood becomes one sentence.
pub(crate) fn not_understood(error: &clap::Error) -> Exit {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // clap paints it if it goes to a terminal. A reader that went away is no error here either.
            let _ = error.print();
            Exit::Fine
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            Exit::Usage
        }
        _ => {
            complain(&sentence(&error.to_string()));
            Exit::Usage
        }
    }
}

/// clap's words up to its usage, in one line.
fn sentence(words: &str) -> String {
    let told = words.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:") && !line.starts_with(MORE));
    let told: Vec<&str> = told.filter(|line| !line.is_empty()).collect();
    let told = told.join(" ").replace(" tip: ", "; ");
    let told = told.strip_prefix("error: ").unwrap_or(&told);
    let usage = words.lines().find_map(|line| line.strip_prefix("Usage: ")).unwrap_or("netprobe");
    let command: Vec<&str> = usage.split(' ').take_while(|word| word.starts_with(|c: char| c.is_lowercase())).collect();
    format!("{told}; try `{} --help`", command.join(" "))
}

const MORE: &str = "For more information";

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::Args;

    #[test]
    fn what_clap_says_fits_into_a_sentence() {
        let said = |words: &[&str]| sentence(&Args::try_parse_from(words).unwrap_err().to_string());
        assert_eq!(
            said(&["netprobe", "run", "--fulll"]),
            "unexpected argument '--fulll' found; a similar argument exists: '--full'; try `netprobe run --help`"
        );
        assert!(said(&["netprobe", "diagnose"]).contains("<REPORT>"));
        assert!(said(&["netprobe", "run", "--timeout", "soon"]).contains("90s"));
        assert!(said(&["netprobe", "fly"]).starts_with("unrecognized subcommand 'fly'"));
    }
}
