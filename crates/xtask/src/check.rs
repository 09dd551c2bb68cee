//! What has to be true of a commit: the list of steps, and the thin layer between them and the repository.
//!
//! Each module below is a pure function from data to complaints; reading files happens here.

mod direction;
mod explained;
mod file_size;
mod given_packages;
mod licences;
mod links;
mod purity;
mod readmes;
mod root_entries;
mod spdx;

use anyhow::Result;

use crate::step::Step;
use crate::workspace::Workspace;
use crate::{e2e, fuzz, generate, lab, suite};

/// `cargo xtask check`: everything.
pub(crate) const STEPS: &[Step] = &[
    FORMAT,
    CLIPPY,
    TESTS,
    FUZZ,
    DOCS,
    DIRECTION,
    PURITY,
    GENERATED,
    LICENCES,
    EXPLAINED,
    FILE_SIZE,
    ROOT_ENTRIES,
    READMES,
    LINKS,
    GIVEN_PACKAGES,
    COVERAGE,
];

/// `cargo xtask test`: the same without the rendered documentation, cheap steps first, the tests last.
pub(crate) const TEST_STEPS: &[Step] = &[
    FORMAT,
    DIRECTION,
    PURITY,
    LICENCES,
    EXPLAINED,
    FILE_SIZE,
    ROOT_ENTRIES,
    READMES,
    LINKS,
    GIVEN_PACKAGES,
    COVERAGE,
    CLIPPY,
    GENERATED,
    LAB,
    CLUSTER,
    FUZZ,
    TESTS,
];

const FORMAT: Step = Step {
    name: "format",
    remedy: "run `cargo fmt --all`",
    run: |workspace| workspace.cargo_step(&["fmt", "--all", "--check"], &[]),
};

const CLIPPY: Step = Step {
    name: "clippy",
    remedy: "mend what clippy names; where it is wrong, `#[expect(lint, reason = \"…\")]`",
    run: |workspace| {
        let arguments = ["clippy", "--quiet", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
        workspace.cargo_step(&arguments, &[])
    },
};

const TESTS: Step =
    Step { name: "tests", remedy: "run the failing test alone: `cargo test -p PACKAGE NAME`", run: suite::run };

const LAB: Step = Step {
    name: "laboratory",
    remedy: "look closer with `cargo xtask lab NAME`, or from inside with `cargo xtask lab --shell NAME`",
    run: lab::smoke,
};

const CLUSTER: Step = Step { name: "cluster", remedy: "look closer with `cargo xtask e2e NAME`", run: e2e::step };

const FUZZ: Step = Step {
    name: "fuzz",
    remedy: "mend the reader, keep the input that libFuzzer left in crates/fuzz/crashes, and look further with `cargo xtask fuzz`",
    run: fuzz::short,
};

const COVERAGE: Step = Step {
    name: "scenarios",
    remedy: "write a scenario (crates/lab/README.md), or say in crates/xtask/src/lab/coverage.rs why there can be none",
    run: lab::coverage,
};

const DOCS: Step = Step {
    name: "docs",
    remedy: "mend the links and the markup that rustdoc names",
    run: |workspace| {
        let arguments = ["doc", "--quiet", "--locked", "--no-deps", "--workspace"];
        workspace.cargo_step(&arguments, &[("RUSTDOCFLAGS", "-D warnings")])
    },
};

const DIRECTION: Step = Step {
    name: "dependency direction",
    remedy: "turn the edge round or move the code; a new edge is a decision: crates/xtask/src/check/direction.rs",
    run: |workspace| Ok(direction::complaints(&workspace.metadata)),
};

const PURITY: Step = Step {
    name: "purity of model, diagnose and reports",
    remedy: "these judge data and touch nothing: move the dependency to a crate that measures",
    run: |workspace| Ok(purity::complaints(&workspace.metadata)),
};

const GENERATED: Step = Step {
    name: "generated files",
    remedy: "run `cargo xtask generate` and commit what it wrote",
    run: generate::complaints,
};

const LICENCES: Step = Step {
    name: "licences",
    remedy: "choose another package, or widen the list in crates/xtask/src/check/licences.rs by a decision",
    run: |workspace| Ok(licences::complaints(&workspace.metadata)),
};

const EXPLAINED: Step = Step {
    name: "dependencies explained",
    remedy: "add or remove the row in docs/decisions/0003-dependencies.md: what for, licence, what was turned down",
    run: |workspace| Ok(explained::complaints(&workspace.metadata, &workspace.read(explained::DECISION)?)),
};

const FILE_SIZE: Step = Step {
    name: "file size",
    remedy: "split the file by what it knows; tests may go to a sibling tests.rs",
    run: file_sizes,
};

const ROOT_ENTRIES: Step = Step {
    name: "root entries",
    remedy: "move it into crates/, probes/, reports/ or docs/, or under .github/",
    run: |workspace| Ok(root_entries::complaints(workspace.files.iter().map(String::as_str))),
};

const READMES: Step = Step {
    name: "a README in each folder",
    remedy: "write a README.md: what lives there, what does not, how to add to it",
    run: |workspace| Ok(readmes::complaints(&workspace.metadata, &workspace.files)),
};

const LINKS: Step = Step {
    name: "links in Markdown",
    remedy: "correct the path or the heading the link points to",
    run: |workspace| Ok(links::complaints(&workspace.read_all(".md")?, &workspace.files)),
};

const GIVEN_PACKAGES: Step = Step {
    name: "given packages",
    remedy: "make it a direct dependency of the crate that needs it, and use it there",
    run: uses_of_given_packages,
};

fn file_sizes(workspace: &Workspace) -> Result<Vec<String>> {
    let sizes: Vec<(String, usize)> =
        workspace.read_all(".rs")?.into_iter().map(|(file, text)| (file, text.lines().count())).collect();
    println!("      {}", file_size::summary(&sizes));
    Ok(file_size::complaints(&sizes))
}

fn uses_of_given_packages(workspace: &Workspace) -> Result<Vec<String>> {
    let sources = workspace.read_all(".rs")?;
    Ok(given_packages::complaints(&workspace.metadata, &sources))
}
