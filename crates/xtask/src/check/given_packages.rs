//! The packages that the project was asked to build on are direct dependencies, and used by the crate that names them,
//! by the time their issue is done.

use crate::metadata::{Dependency, Metadata};

/// The last issue that is done. Whoever finishes the next one raises it.
const ISSUE_DONE: u32 = 6;

/// A package and the issue by which it is in use. `pnet` may be the umbrella or one of its parts, `pnet_…`.
const GIVEN: &[(&str, u32)] = &[
    ("tokio", 3),
    ("russh", 3),
    ("socket2", 3),
    ("clap", 3),
    ("serde_json", 3),
    ("comfy-table", 3),
    ("hdrhistogram", 5),
    ("pnet", 7),
];

/// Every package that is due and not in use. `sources` are all Rust files with their paths from the root.
pub(super) fn complaints(metadata: &Metadata, sources: &[(String, String)]) -> Vec<String> {
    due(metadata, sources, ISSUE_DONE)
}

fn due(metadata: &Metadata, sources: &[(String, String)], done: u32) -> Vec<String> {
    let mut complaints = Vec::new();
    for (wanted, issue) in GIVEN.iter().filter(|(_, issue)| *issue <= done) {
        let mut idle = Vec::new();
        let mut used = false;
        for package in metadata.members() {
            let folder = format!("{}/src/", package.folder(&metadata.workspace_root));
            for dependency in package.dependencies.iter().filter(|dependency| is_given(dependency, wanted)) {
                let name = dependency.rename.as_ref().unwrap_or(&dependency.name).replace('-', "_");
                if sources.iter().any(|(file, text)| file.starts_with(&folder) && names(text, &name)) {
                    used = true;
                } else {
                    idle.push(package.short_name());
                }
            }
        }
        if !used && idle.is_empty() {
            complaints.push(format!("{wanted} is no direct dependency of any crate; it was due with issue {issue}"));
        }
        complaints.extend(idle.into_iter().map(|name| format!("{name} depends on {wanted} and never names it")));
    }
    complaints
}

fn is_given(dependency: &Dependency, wanted: &str) -> bool {
    let part_of_pnet = wanted == "pnet" && dependency.name.starts_with("pnet_");
    dependency.kind.is_none() && (dependency.name == wanted || part_of_pnet)
}

/// Whether code, not a comment, has a path that begins with this crate.
fn names(text: &str, name: &str) -> bool {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let path = format!("{name}::");
    let import = [format!("use {name};"), format!("use {name} as ")];
    code.into_iter().any(|line| {
        let starts_path = line.match_indices(&path).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            before.is_none_or(|sign| !sign.is_alphanumeric() && sign != '_' && sign != ':')
        });
        starts_path || import.iter().any(|import| line.contains(import.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::sample::workspace;

    const ALL: &[&str] = &["tokio", "russh", "socket2", "clap", "serde_json", "comfy-table"];

    fn source(text: &str) -> Vec<(String, String)> {
        vec![("crates/model/src/lib.rs".to_owned(), text.to_owned())]
    }

    #[test]
    fn what_is_declared_and_named_is_fine() {
        let metadata = workspace(&[("crates/model", "netprobe-model", ALL)]);
        let text = "use tokio::net;\nlet a = russh::client::connect();\nuse socket2;\n#[derive(clap::Parser)]\n\
                    serde_json::to_string(&x);\nuse comfy_table::Table;";
        assert_eq!(due(&metadata, &source(text), 3), [""; 0]);
    }

    #[test]
    fn what_is_missing_or_idle_is_named() {
        let metadata = workspace(&[("crates/model", "netprobe-model", &ALL[1..])]);
        let text = "// russh::client\nuse socket2;\nmy_clap::x();\nserde_json::x();\ncomfy_table::x();";
        let expected = [
            "tokio is no direct dependency of any crate; it was due with issue 3",
            "model depends on russh and never names it",
            "model depends on clap and never names it",
        ];
        assert_eq!(due(&metadata, &source(text), 3), expected);
    }

    #[test]
    fn a_part_of_pnet_will_do_when_its_time_has_come() {
        let mut all = ALL.to_vec();
        all.extend(["hdrhistogram", "pnet_packet"]);
        let metadata = workspace(&[("crates/model", "netprobe-model", &all)]);
        let text =
            "tokio::a();russh::a(); socket2::a(); clap::a(); serde_json::a(); comfy_table::a(); hdrhistogram::a();";
        assert_eq!(due(&metadata, &source(text), 6), [""; 0]);
        assert_eq!(due(&metadata, &source(text), 7), ["model depends on pnet and never names it"]);
        assert_eq!(due(&metadata, &source(&format!("{text} pnet_packet::a();")), 7), [""; 0]);
    }
}
