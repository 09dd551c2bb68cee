//! The part of `cargo metadata` that the checks need, and the questions they ask of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// Output of `cargo metadata --format-version 1`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) workspace_members: Vec<String>,
    pub(crate) resolve: Resolve,
    pub(crate) target_directory: String,
    pub(crate) workspace_root: String,
}

/// One package of the dependency tree.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    pub(crate) manifest_path: String,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
}

/// One line of a manifest.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Absent for a normal dependency, else `dev` or `build`.
    pub(crate) kind: Option<String>,
    /// The name in `use`, where it differs.
    pub(crate) rename: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Target {
    pub(crate) kind: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Resolve {
    pub(crate) nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) deps: Vec<Edge>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Edge {
    pub(crate) pkg: String,
    pub(crate) dep_kinds: Vec<EdgeKind>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct EdgeKind {
    pub(crate) kind: Option<String>,
}

impl Metadata {
    /// The packages of this workspace.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }

    /// Everything that is reached from these packages, themselves included, over edges of which one kind is accepted
    /// (`None` is a normal dependency).
    pub(crate) fn closure(&self, roots: &[&str], accepted: impl Fn(Option<&str>) -> bool) -> Vec<&Package> {
        let edges: BTreeMap<&str, &Node> = self.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
        let mut seen = BTreeSet::new();
        let mut open: Vec<&str> = roots.to_vec();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let Some(node) = edges.get(id) else { continue };
            let followed =
                node.deps.iter().filter(|edge| edge.dep_kinds.iter().any(|kind| accepted(kind.kind.as_deref())));
            open.extend(followed.map(|edge| edge.pkg.as_str()));
        }
        self.packages.iter().filter(|package| seen.contains(package.id.as_str())).collect()
    }
}

impl Package {
    /// A member's name without the prefix of the suite, as it is written in `use`: `netprobe-git-upload-pack` is
    /// `git_upload_pack`.
    pub(crate) fn short_name(&self) -> String {
        self.name.strip_prefix("netprobe-").unwrap_or(&self.name).replace('-', "_")
    }

    /// Its folder, relative to the workspace.
    pub(crate) fn folder<'a>(&'a self, workspace_root: &str) -> &'a str {
        let inside = self.manifest_path.strip_prefix(workspace_root).unwrap_or(&self.manifest_path);
        inside.trim_start_matches('/').trim_end_matches("/Cargo.toml")
    }

    /// Whether it runs in the compiler only, so that its dependencies are not part of the program.
    pub(crate) fn is_macro(&self) -> bool {
        self.targets.iter().any(|target| target.kind.iter().any(|kind| kind == "proc-macro"))
    }
}

#[cfg(test)]
pub(crate) mod sample {
    //! Small workspaces for the tests of the checks.

    use super::*;

    /// Members are `(folder, name, dependencies)`; dependencies not among them become packages from outside.
    pub(crate) fn workspace(members: &[(&str, &str, &[&str])]) -> Metadata {
        let mut metadata = Metadata { workspace_root: "/w".into(), ..Metadata::default() };
        let outside: BTreeSet<&str> = members.iter().flat_map(|(_, _, dependencies)| *dependencies).copied().collect();
        for (folder, name, dependencies) in members {
            metadata.workspace_members.push((*name).to_owned());
            metadata.packages.push(package(name, &format!("/w/{folder}/Cargo.toml"), dependencies));
            metadata.resolve.nodes.push(node(name, dependencies));
        }
        for name in outside.into_iter().filter(|name| !members.iter().any(|(_, member, _)| member == name)) {
            metadata.packages.push(package(name, "/elsewhere/Cargo.toml", &[]));
            metadata.resolve.nodes.push(node(name, &[]));
        }
        metadata
    }

    fn package(name: &str, manifest_path: &str, dependencies: &[&str]) -> Package {
        Package {
            id: name.to_owned(),
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: Some("MIT".to_owned()),
            manifest_path: manifest_path.to_owned(),
            dependencies: dependencies
                .iter()
                .map(|name| Dependency { name: (*name).to_owned(), kind: None, rename: None })
                .collect(),
            targets: vec![Target { kind: vec!["lib".to_owned()] }],
        }
    }

    fn node(id: &str, dependencies: &[&str]) -> Node {
        let edge = |name: &&str| Edge { pkg: (*name).to_owned(), dep_kinds: vec![EdgeKind { kind: None }] };
        Node { id: id.to_owned(), deps: dependencies.iter().map(edge).collect() }
    }
}
