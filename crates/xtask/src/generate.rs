//! Files that are made from the code and committed, so that readers see them without building anything.
//!
//! Knows the list and how to write and compare. What is in each file is known by the module that makes it.

mod cli;
mod findings;
mod messages;
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

/// A folder in which nothing lies that is not made from the code.
struct GeneratedFolder {
    /// Where it is committed, from the root.
    path: &'static str,
    /// The names of its files and their texts.
    make: fn() -> Result<Vec<(String, String)>>,
}

/// Single files. To add one: a function that makes the text, and a line here.
const GENERATED: &[Generated] = &[
    Generated { path: "docs/reference/cli.md", make: cli::reference },
    Generated { path: "docs/reference/probes.md", make: reference::probes },
    Generated { path: "docs/reference/messages.md", make: messages::messages },
    Generated { path: "reports/schema/run-v1.json", make: |_| schema("run-v1.json") },
    Generated { path: "reports/schema/report-v1.json", make: |_| schema("report-v1.json") },
    Generated { path: "reports/schema/journal-record-v1.json", make: |_| schema("journal-record-v1.json") },
    Generated { path: "reports/schema/diagnosis-v1.json", make: |_| schema("diagnosis-v1.json") },
    Generated { path: "reports/schema/plan-v1.json", make: |_| schema("plan-v1.json") },
    Generated { path: "reports/schema/comparison-v1.json", make: |_| schema("comparison-v1.json") },
    Generated { path: "reports/schema/explanations-v1.json", make: |_| schema("explanations-v1.json") },
];

/// Folders of files that are as many as there are things to write about.
const FOLDERS: &[GeneratedFolder] = &[GeneratedFolder { path: "docs/reference/findings", make: findings::pages }];

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
    let made = made(workspace)?;
    for (file, text) in &made {
        let path = workspace.root.join(file);
        if fs::read_to_string(&path).is_ok_and(|committed| committed == *text) {
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, text).with_context(|| format!("cannot write {file}"))?;
        println!("written {file}");
    }
    for file in left_over(workspace, &made)? {
        fs::remove_file(workspace.root.join(&file)).with_context(|| format!("cannot remove {file}"))?;
        println!("removed {file}");
    }
    println!("{} files are as the code makes them", made.len());
    Ok(true)
}

/// Every generated file that is not as the code would make it.
pub(crate) fn complaints(workspace: &Workspace) -> Result<Vec<String>> {
    prepare(workspace)?;
    let made = made(workspace)?;
    let mut complaints = Vec::new();
    for (file, text) in &made {
        let committed = fs::read_to_string(workspace.root.join(file)).ok();
        complaints.extend(difference(file, committed.as_deref(), text));
    }
    let left_over = left_over(workspace, &made)?;
    complaints.extend(left_over.into_iter().map(|file| format!("{file} is made from nothing any more")));
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

/// Every file and its text.
fn made(workspace: &Workspace) -> Result<Vec<(String, String)>> {
    let mut made = Vec::new();
    for Generated { path, make } in GENERATED {
        made.push(((*path).to_owned(), make(workspace).with_context(|| format!("cannot make {path}"))?));
    }
    for GeneratedFolder { path, make } in FOLDERS {
        let files = make().with_context(|| format!("cannot make {path}"))?;
        made.extend(files.into_iter().map(|(name, text)| (format!("{path}/{name}"), text)));
    }
    Ok(made)
}

/// Files in the generated folders that nothing makes any more.
fn left_over(workspace: &Workspace, made: &[(String, String)]) -> Result<Vec<String>> {
    let mut left_over = Vec::new();
    for GeneratedFolder { path, .. } in FOLDERS {
        let Ok(entries) = fs::read_dir(workspace.root.join(path)) else { continue };
        for entry in entries {
            let file = format!("{path}/{}", entry?.file_name().to_string_lossy());
            if !made.iter().any(|(made, _)| *made == file) {
                left_over.push(file);
            }
        }
    }
    left_over.sort();
    Ok(left_over)
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
