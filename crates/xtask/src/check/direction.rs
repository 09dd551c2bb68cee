//! Which crate of the workspace may depend on which. The table is the architecture (docs/architecture.md): a new edge
//! is a decision, not a convenience. Only normal dependencies count; tests may reach wherever they like.

use crate::metadata::{Metadata, Package};

/// Allowed edges of every crate that is not a probe. Nothing else may be depended upon.
const EDGES: &[(&str, Allowed)] = &[
    ("model", Allowed::Only(&[])),
    ("access", Allowed::Only(&["model"])),
    ("measure", Allowed::Only(&["model", "access"])),
    ("exchange", Allowed::Only(&["model", "access", "measure"])),
    ("engine", Allowed::Only(&["model", "measure", "access"])),
    ("diagnose", Allowed::Only(&["model"])),
    ("explain", Allowed::Only(&["model"])),
    ("reports", Allowed::Only(&["model", "diagnose", "explain"])),
    ("frame", Allowed::Only(&["model"])),
    ("cluster", Allowed::Only(&["model", "access", "frame"])),
    ("image", Allowed::Only(&[])),
    ("endpoint", Allowed::Only(&[])),
    ("catalogue", Allowed::ProbesAnd(&["measure"])),
    ("netprobe", Allowed::AllBut(&["fuzz", "lab", "xtask"])),
    ("lab", Allowed::Only(&["endpoint", "model"])),
    ("fuzz", Allowed::Only(&["model", "access", "exchange", "diagnose", "explain", "reports", "frame"])),
    ("xtask", Allowed::Only(&["catalogue", "fuzz", "image", "lab", "model", "diagnose", "explain", "reports"])),
];

/// The same for every crate in `probes/` but the catalogue: never another probe.
const PROBE: Allowed = Allowed::Only(&["model", "access", "measure", "exchange"]);

#[derive(Clone, Copy)]
enum Allowed {
    Only(&'static [&'static str]),
    ProbesAnd(&'static [&'static str]),
    AllBut(&'static [&'static str]),
}

impl Allowed {
    fn permits(self, target: &str, target_is_probe: bool) -> bool {
        match self {
            Self::Only(names) => names.contains(&target),
            Self::ProbesAnd(names) => target_is_probe || names.contains(&target),
            Self::AllBut(names) => !names.contains(&target),
        }
    }
}

/// Every edge that the table does not have, and every crate it does not know.
pub(super) fn complaints(metadata: &Metadata) -> Vec<String> {
    let is_probe = |package: &Package| {
        package.folder(&metadata.workspace_root).starts_with("probes/") && package.short_name() != "catalogue"
    };
    let mut complaints = Vec::new();
    for package in metadata.members() {
        let name = package.short_name();
        let listed = EDGES.iter().find(|(listed, _)| *listed == name).map(|(_, allowed)| *allowed);
        let Some(allowed) = listed.or_else(|| is_probe(package).then_some(PROBE)) else {
            complaints.push(format!("{name} is not in the table of allowed edges"));
            continue;
        };
        let normal = package.dependencies.iter().filter(|dependency| dependency.kind.is_none());
        for target in normal.filter_map(|edge| metadata.members().find(|member| member.name == edge.name)) {
            if !allowed.permits(&target.short_name(), is_probe(target)) {
                complaints.push(format!("{name} must not depend on {}", target.short_name()));
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::sample::workspace;

    #[test]
    fn the_drawn_direction_is_fine() {
        let metadata = workspace(&[
            ("crates/model", "netprobe-model", &["serde"]),
            ("crates/measure", "netprobe-measure", &["netprobe-model", "tokio"]),
            ("probes/path_mtu", "netprobe-path-mtu", &["netprobe-measure"]),
            ("probes/catalogue", "netprobe-catalogue", &["netprobe-path-mtu", "netprobe-measure"]),
            ("crates/netprobe", "netprobe", &["netprobe-catalogue", "netprobe-model"]),
        ]);
        assert_eq!(complaints(&metadata), [""; 0]);
    }

    #[test]
    fn forbidden_edges_are_named() {
        let metadata = workspace(&[
            ("crates/lab", "netprobe-lab", &[]),
            ("crates/diagnose", "netprobe-diagnose", &["netprobe-measure"]),
            ("crates/measure", "netprobe-measure", &[]),
            ("probes/path_mtu", "netprobe-path-mtu", &["netprobe-dns"]),
            ("probes/dns", "netprobe-dns", &["netprobe-diagnose"]),
            ("crates/netprobe", "netprobe", &["netprobe-lab"]),
        ]);
        let expected = [
            "diagnose must not depend on measure",
            "path_mtu must not depend on dns",
            "dns must not depend on diagnose",
            "netprobe must not depend on lab",
        ];
        assert_eq!(complaints(&metadata), expected);
    }

    #[test]
    fn tests_may_reach_further() {
        let mut metadata =
            workspace(&[("crates/model", "netprobe-model", &["netprobe-lab"]), ("crates/lab", "netprobe-lab", &[])]);
        metadata.packages[0].dependencies[0].kind = Some("dev".to_owned());
        assert_eq!(complaints(&metadata), [""; 0]);
    }

    #[test]
    fn a_crate_that_nobody_decided_on_is_named() {
        let metadata = workspace(&[("crates/utils", "netprobe-utils", &[])]);
        assert_eq!(complaints(&metadata), ["utils is not in the table of allowed edges"]);
    }
}
