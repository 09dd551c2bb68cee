//! Everything that is built into netprobe, or runs while it is built, may be given on under the terms of this list.

use super::spdx;
use crate::metadata::Metadata;

/// Permissive licences. Each asks for no more than that its text is kept.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    // The root certificates in webpki-roots are data under this.
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    // Parts of aws-lc come from OpenSSL.
    "OpenSSL",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Every package, reached over normal or build dependencies, whose licence cannot be met.
pub(super) fn complaints(metadata: &Metadata) -> Vec<String> {
    let roots: Vec<&str> = metadata.workspace_members.iter().map(String::as_str).collect();
    let packages = metadata.closure(&roots, |kind| kind != Some("dev"));
    let judge = |licence: Option<&str>| match licence {
        None => Some("states no licence".to_owned()),
        Some(expression) => match spdx::satisfied(expression, |licence| ALLOWED.contains(&licence)) {
            Ok(true) => None,
            Ok(false) => Some(format!("is under `{expression}`, which is not on the list")),
            Err(error) => Some(format!("states `{expression}`: {error}")),
        },
    };
    packages
        .into_iter()
        .filter_map(|package| {
            judge(package.license.as_deref()).map(|what| format!("{} {} {what}", package.name, package.version))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::sample::workspace;

    #[test]
    fn only_what_cannot_be_met_is_named() {
        let mut metadata = workspace(&[("crates/model", "netprobe-model", &["good", "bad", "mute", "odd", "tool"])]);
        for package in &mut metadata.packages {
            package.license = match package.name.as_str() {
                "bad" | "tool" => Some("GPL-3.0-only".to_owned()),
                "mute" => None,
                "odd" => Some("MIT OR".to_owned()),
                _ => Some("MIT OR GPL-3.0-only".to_owned()),
            };
        }
        for edge in metadata.resolve.nodes[0].deps.iter_mut().filter(|edge| edge.pkg == "tool") {
            edge.dep_kinds[0].kind = Some("dev".to_owned());
        }
        let expected = [
            "bad 1.0.0 is under `GPL-3.0-only`, which is not on the list",
            "mute 1.0.0 states no licence",
            "odd 1.0.0 states `MIT OR`: the expression ends where a licence was expected",
        ];
        assert_eq!(complaints(&metadata), expected);
    }
}
