//! Files that are made from the code and committed, so that readers see them without building anything.
//!
//! Knows the list and how to write and compare. What is in each file is known by the module that makes it.

mod cli;
mod reference;

use std::fs;

use anyhow::{Context as _, Result};

use crate::workspace::Workspace;

/// One file that is made from the code.
struct Generated {
    /// Where it is committed, from the root.
    path: &'static str,
    /// Its whole text. The same code has to give the same text: no date, no path, no width of a terminal.
    make: fn(&Workspace) -> Result<String>,
}

/// All of them. To add one: a function that makes the text, and a line here.
const GENERATED: &[Generated] = &[
    Generated { path: "docs/reference/cli.md", make: cli::reference },
    Generated { path: "docs/reference/probes.md", make: reference::probes },
    Generated { path: "docs/reference/findings.md", make: reference::findings },
    Generated { path: "reports/schema/run-v1.json", make: |_| schema("run-v1.json") },
    Generated { path: "reports/schema/report-v1.json", make: |_| schema("report-v1.json") },
    Generated { path: "reports/schema/journal-record-v1.json", make: |_| schema("journal-record-v1.json") },
    Generated { path: "reports/schema/diagnosis-v1.json", make: |_| schema("diagnosis-v1.json") },
    Generated { path: "reports/schema/plan-v1.json", make: |_| schema("plan-v1.json") },
];

/// `cargo xtask generate`: writes what is out of date, or only says so.
pub(crate) fn run(workspace: &Workspace, only_check: bool) -> Result<bool> {
    if only_check {
        let complaints = complaints(workspace)?;
        for complaint in &complaints {
            println!("{complaint}");
        }
        return Ok(complaints.is_empty());
    }
    prepare(workspace)?;
    for file in GENERATED {
        let text = made(workspace, file)?;
        let path = workspace.root.join(file.path);
        if fs::read_to_string(&path).is_ok_and(|committed| committed == text) {
            println!("unchanged {}", file.path);
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, text).with_context(|| format!("cannot write {}", file.path))?;
        println!("written   {}", file.path);
    }
    Ok(true)
}

/// Every generated file that is not as the code would make it.
pub(crate) fn complaints(workspace: &Workspace) -> Result<Vec<String>> {
    prepare(workspace)?;
    let mut complaints = Vec::new();
    for file in GENERATED {
        let committed = fs::read_to_string(workspace.root.join(file.path)).ok();
        complaints.extend(difference(file.path, committed.as_deref(), &made(workspace, file)?));
    }
    Ok(complaints)
}

/// Builds the binary, whose own words some of the files are.
fn prepare(workspace: &Workspace) -> Result<()> {
    // Of the whole workspace, so that dependencies are built with the same features as for the tests, and only once.
    let arguments = ["build", "--quiet", "--locked", "--workspace", "--bin", "netprobe"];
    let complaints = workspace.cargo_step(&arguments, &[])?;
    anyhow::ensure!(complaints.is_empty(), "{}", complaints.join("; "));
    Ok(())
}

fn schema(name: &str) -> Result<String> {
    let found = reports::schema::all().into_iter().find(|(file, _)| file == name);
    found.map(|(_, text)| text).with_context(|| format!("reports::schema has no {name}"))
}

fn made(workspace: &Workspace, file: &Generated) -> Result<String> {
    (file.make)(workspace).with_context(|| format!("cannot make {}", file.path))
}

fn difference(path: &str, committed: Option<&str>, made: &str) -> Option<String> {
    let committed = match committed {
        None => return Some(format!("{path} does not exist")),
        Some(committed) if committed == made => return None,
        Some(committed) => committed,
    };
    let same = committed.lines().zip(made.lines()).take_while(|(old, new)| old == new).count();
    Some(format!("{path} is out of date from line {}", same + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_differs_is_named() {
        assert_eq!(difference("a", Some("1\n2\n"), "1\n2\n"), None);
        assert_eq!(difference("a", None, "1\n").unwrap(), "a does not exist");
        assert_eq!(difference("a", Some("1\n2\n"), "1\n3\n").unwrap(), "a is out of date from line 2");
        assert_eq!(difference("a", Some("1\n"), "1\n2\n").unwrap(), "a is out of date from line 2");
    }
}
