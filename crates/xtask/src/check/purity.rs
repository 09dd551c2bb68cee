//! `model`, `diagnose`, `explain` and `reports` judge data and touch nothing: no socket, no runtime, no crypto, no libc may be
//! reached from them, through however many others.

use std::collections::BTreeMap;

use crate::metadata::Metadata;

const PURE: &[&str] = &["model", "diagnose", "explain", "reports"];
const IMPURE: &[&str] = &["tokio", "mio", "socket2", "rustls", "russh", "hyper", "libc"];

/// Every impure package that a pure crate reaches over normal dependencies on Linux, and over which way.
pub(super) fn complaints(metadata: &Metadata) -> Vec<String> {
    let mut complaints = Vec::new();
    for package in metadata.members().filter(|package| PURE.contains(&package.short_name().as_str())) {
        for (found, way) in reached(metadata, &package.id) {
            complaints.push(format!("{} reaches {found}: {way}", package.short_name()));
        }
    }
    complaints
}

/// Breadth first, so that the way shown is a shortest one. Macros run in the compiler; what they need is not followed.
fn reached(metadata: &Metadata, root: &str) -> Vec<(String, String)> {
    let names: BTreeMap<&str, &str> =
        metadata.packages.iter().map(|package| (package.id.as_str(), package.name.as_str())).collect();
    let mut ways: BTreeMap<&str, String> = BTreeMap::from([(root, names.get(root).unwrap_or(&root).to_string())]);
    let mut open = std::collections::VecDeque::from([root]);
    let mut found = Vec::new();
    while let Some(id) = open.pop_front() {
        let Some(node) = metadata.resolve.nodes.iter().find(|node| node.id == id) else { continue };
        let way = ways.get(id).cloned().unwrap_or_default();
        for edge in node.deps.iter().filter(|edge| edge.dep_kinds.iter().any(|kind| kind.kind.is_none())) {
            let Some(package) = metadata.packages.iter().find(|package| package.id == edge.pkg) else { continue };
            if package.is_macro() || ways.contains_key(edge.pkg.as_str()) {
                continue;
            }
            let way = format!("{way} → {}", package.name);
            if IMPURE.contains(&package.name.as_str()) {
                found.push((package.name.clone(), way.clone()));
            }
            ways.insert(&edge.pkg, way);
            open.push_back(&edge.pkg);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Target;
    use crate::metadata::sample::workspace;

    #[test]
    fn the_way_to_an_impure_package_is_shown() {
        let metadata = workspace(&[
            ("crates/model", "netprobe-model", &["netprobe-engine"]),
            ("crates/engine", "netprobe-engine", &["tokio"]),
        ]);
        assert_eq!(complaints(&metadata), ["model reaches tokio: netprobe-model → netprobe-engine → tokio"]);
    }

    #[test]
    fn an_impure_package_elsewhere_is_no_matter() {
        let metadata = workspace(&[
            ("crates/model", "netprobe-model", &["serde"]),
            ("crates/engine", "netprobe-engine", &["tokio", "netprobe-model"]),
        ]);
        assert_eq!(complaints(&metadata), [""; 0]);
    }

    #[test]
    fn what_a_macro_needs_in_the_compiler_does_not_count() {
        let mut metadata =
            workspace(&[("crates/model", "netprobe-model", &["derive"]), ("crates/derive", "derive", &["libc"])]);
        metadata.packages[1].targets = vec![Target { kind: vec!["proc-macro".to_owned()] }];
        assert_eq!(complaints(&metadata), [""; 0]);
    }
}
