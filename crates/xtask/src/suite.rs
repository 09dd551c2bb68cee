//! All tests of the workspace, run by cargo, and their sum.
//!
//! Knows what cargo prints at the end of each test binary. A run that executed no test at all is red.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use anyhow::{Context as _, Result};

use crate::workspace::Workspace;

/// Runs every test, failures or not, shows what cargo prints, and sums it up in one last line.
pub(crate) fn run(workspace: &Workspace) -> Result<Vec<String>> {
    let mut command = workspace.cargo();
    command.args(["test", "--locked", "--workspace", "--no-fail-fast"]);
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
    let mut output = BufReader::new(child.stdout.take().context("cargo has no standard output")?);
    let mut sum = Sum::default();
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line)? > 0 {
        std::io::stdout().write_all(&line)?;
        sum.add(&String::from_utf8_lossy(&line));
        line.clear();
    }
    let status = child.wait()?;
    println!("\n{} passed, {} failed, {} skipped", sum.passed, sum.failed, sum.ignored);
    Ok(complaints(&sum, status.success()))
}

#[derive(Debug, Default, PartialEq)]
struct Sum {
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Sum {
    /// Counts a line such as `test result: ok. 14 passed; 0 failed; 2 ignored; 0 measured; …`; others are not for us.
    fn add(&mut self, line: &str) {
        let Some(rest) = line.strip_prefix("test result: ") else { return };
        let counts = rest.split_once(". ").map_or(rest, |(_, counts)| counts);
        for count in counts.split(';') {
            let mut words = count.split_ascii_whitespace();
            let (Some(Ok(number)), Some(what)) = (words.next().map(str::parse::<u64>), words.next()) else { continue };
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

fn complaints(sum: &Sum, cargo_succeeded: bool) -> Vec<String> {
    if sum.failed > 0 {
        return vec![format!("{} tests failed, see above", sum.failed)];
    }
    if !cargo_succeeded {
        return vec!["`cargo test` failed, see above".to_owned()];
    }
    if sum.passed == 0 {
        return vec!["no test was run".to_owned()];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_several_binaries_add_up() {
        let mut sum = Sum::default();
        for line in [
            "running 3 tests",
            "test result: ok. 14 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 2.00s",
            "test result: FAILED. 1 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: nonsense",
        ] {
            sum.add(line);
        }
        assert_eq!(sum, Sum { passed: 15, failed: 3, ignored: 2 });
    }

    #[test]
    fn failed_broken_and_empty_runs_are_red() {
        let sum = |passed, failed| Sum { passed, failed, ignored: 0 };
        assert_eq!(complaints(&sum(5, 0), true), [""; 0]);
        assert_eq!(complaints(&sum(5, 1), false), ["1 tests failed, see above"]);
        assert_eq!(complaints(&sum(5, 0), false), ["`cargo test` failed, see above"]);
        assert_eq!(complaints(&sum(0, 0), true), ["no test was run"]);
    }
}
