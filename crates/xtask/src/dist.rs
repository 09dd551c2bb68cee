//! The program as one static file: what is shipped, and what an image of it holds.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use image::Program;

use crate::workspace::Workspace;

/// `cargo xtask dist`: builds it and says where it is.
pub(crate) fn run(workspace: &Workspace, profile: &str) -> Result<bool> {
    let program = static_program(workspace, profile)?;
    let size_bytes = fs::metadata(&program)?.len();
    println!("{}: {:.1} MB, static", program.display(), size_bytes as f64 / 1e6);
    Ok(true)
}

/// Builds netprobe statically and returns where it lies: `target/static/PROFILE/netprobe`, which nothing else writes to.
///
/// Only the last crate is compiled and linked again, as `cargo rustc` hands its flags to that one: the standard library and
/// all dependencies are the same with and without the C library in the program. That costs seconds, where `RUSTFLAGS`
/// would build everything anew. Cargo then leaves the static program at its usual place, `target/PROFILE/netprobe`, until
/// the next plain build puts the dynamic one back there without compiling (cargo keeps both in `deps`); hence the copy.
/// The C library is the system's: glibc 2.34 or later, whose static form has the readers of `/etc/hosts` and of name
/// servers built in. Earlier ones load them from files, which an empty image does not have.
pub(crate) fn static_program(workspace: &Workspace, profile: &str) -> Result<PathBuf> {
    let mut arguments = vec!["rustc", "--quiet", "--locked", "--profile", profile, "--package", "netprobe"];
    arguments.extend(["--bin", "netprobe", "--", "-C", "target-feature=+crt-static", "-C", "strip=symbols"]);
    let complaints = workspace.cargo_step(&arguments, &[])?;
    ensure!(complaints.is_empty(), "{}", complaints.join("; "));
    let target = Path::new(&workspace.metadata.target_directory);
    let built = target.join(folder(profile)).join("netprobe");
    let kept = target.join("static").join(profile).join("netprobe");
    replace(&built, &kept).with_context(|| format!("{} cannot be copied to {}", built.display(), kept.display()))?;
    // Somebody else's plain build may have come between the two.
    Program::read(File::open(&kept)?)
        .with_context(|| format!("{} is not what was built; is another cargo at work?", kept.display()))?;
    Ok(kept)
}

/// Copies a file so that whoever opens or runs the target sees the old one or the new one, never a half.
fn replace(source: &Path, target: &Path) -> Result<()> {
    let folder = target.parent().context("a file lies in a folder")?;
    fs::create_dir_all(folder)?;
    let unfinished = tempfile::NamedTempFile::new_in(folder)?;
    // Its mode comes along, so it can be run.
    fs::copy(source, unfinished.path())?;
    unfinished.persist(target)?;
    Ok(())
}

/// Where cargo puts what a profile makes (The Cargo Book, "Build cache").
fn folder(profile: &str) -> &str {
    if matches!(profile, "dev" | "test") { "debug" } else { profile }
}

/// The profile that is shipped (docs/decisions/0007).
pub(crate) const SHIPPED: &str = "dist";
