//! `docs/reference/cli.md`: what `netprobe --help` and the help of each of its commands say, in their own words.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::workspace::Workspace;

/// The whole page.
pub(super) fn reference(workspace: &Workspace) -> Result<String> {
    let binary = Path::new(&workspace.metadata.target_directory).join("debug/netprobe");
    let overview = help(&binary, None)?;
    let mut page = format!("{HEAD}\n{}", section("netprobe", &overview));
    for command in commands(&overview) {
        page += &section(&format!("netprobe {command}"), &help(&binary, Some(command))?);
    }
    Ok(page)
}

/// Asked in an empty environment: clap shows the values that variables have.
fn help(binary: &Path, command: Option<&str>) -> Result<String> {
    let output = Command::new(binary)
        .args(command)
        .arg("--help")
        .env_clear()
        .stdin(std::process::Stdio::null())
        .output()
        .with_context(|| format!("cannot start {}", binary.display()))?;
    let text = String::from_utf8(output.stdout)?;
    let line = command.map_or_else(|| "netprobe --help".to_owned(), |command| format!("netprobe {command} --help"));
    ensure!(output.status.success() && !text.trim().is_empty(), "`{line}` ended with {} and no help", output.status);
    Ok(text)
}

/// The names below clap's heading `Commands:`: an indent of two, the name, two spaces.
fn commands(help: &str) -> impl Iterator<Item = &str> {
    let below = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    below
        .filter_map(|line| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')))
        .filter_map(|rest| rest.split_ascii_whitespace().next())
        .filter(|name| *name != "help")
}

fn section(title: &str, help: &str) -> String {
    let lines: Vec<&str> = help.trim().lines().map(str::trim_end).collect();
    format!("\n## {title}\n\n```text\n{}\n```\n", lines.join("\n"))
}

const HEAD: &str = "# Command line\n\nMade by `cargo xtask generate` from the program itself; do not edit.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_from_the_overview() {
        let overview = "Finds out.\n\nUsage: netprobe [COMMAND]\n\nCommands:\n  run      Measure from here\n           \
                        (second line)\n  explain  Which stage\n  help     Print this\n\nOptions:\n  -h, --help  Print\n";
        assert_eq!(commands(overview).collect::<Vec<_>>(), ["run", "explain"]);
    }

    #[test]
    fn a_section_has_no_trailing_blanks() {
        assert_eq!(section("netprobe", "a  \n\nb\n\n"), "\n## netprobe\n\n```text\na\n\nb\n```\n");
    }
}
