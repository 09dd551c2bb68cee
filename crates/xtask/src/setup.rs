//! Makes a fresh Debian machine ready for the tests, or says loudly what it lacks.
//!
//! Installs only as root and only on Debian and its descendants. Elsewhere tests that need what is missing skip, and
//! fail where the environment variable `CI` is set.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use lab::programs::{self, Program};
use nix::unistd::geteuid;

use crate::fuzz;

/// Installs the Debian packages of all programs that are missing.
pub(crate) fn install_missing() -> Result<()> {
    let needed = programs::ALL.iter().copied().chain([fuzz::COMPILER]);
    let missing: Vec<Program> = needed.filter(|program| program.find().is_none()).collect();
    let packages = by_package(&missing);
    if packages.is_empty() {
        println!("set-up: all programs that the tests need are here");
        return Ok(());
    }
    for (package, purposes) in &packages {
        println!("set-up: {package} is missing, needed for {}", purposes.join(", and for "));
    }
    let names: Vec<&str> = packages.keys().copied().collect();
    let advice = format!("apt-get install --no-install-recommends {}", names.join(" "));
    if !geteuid().is_root() || !Path::new("/etc/debian_version").exists() {
        println!(
            "set-up: NOT INSTALLED, as this is not root on Debian; the tests that need them are SKIPPED: {advice}"
        );
        return Ok(());
    }
    println!("set-up: {advice}");
    let _no_services = NoServices::declare()?;
    if install(&names).is_ok() {
        return Ok(());
    }
    // The list of packages of a fresh machine is empty or old.
    apt_get(&["update", "-qq"])?;
    install(&names)
}

fn by_package(missing: &[Program]) -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut packages: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for program in missing {
        packages.entry(program.package).or_default().push(program.purpose);
    }
    packages
}

fn install(packages: &[&str]) -> Result<()> {
    apt_get(&[&["install", "-qq", "--no-install-recommends"], packages].concat())
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let output = Command::new("apt-get")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .output()
        .context("cannot start apt-get")?;
    if !output.status.success() {
        bail!("apt-get {} failed: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

/// As long as this lives, installing a server does not also start it on its standard port: `policy-rc.d` is how Debian
/// asks the administrator (Debian policy, 9.3.3.1; status 101 forbids). A policy that is there already is respected.
struct NoServices {
    ours: bool,
}

impl NoServices {
    fn declare() -> Result<Self> {
        if Path::new(POLICY).exists() {
            return Ok(Self { ours: false });
        }
        fs::write(POLICY, "#!/bin/sh\nexit 101\n").with_context(|| format!("cannot write {POLICY}"))?;
        let declared = Self { ours: true };
        fs::set_permissions(POLICY, fs::Permissions::from_mode(0o755))?;
        Ok(declared)
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if self.ours && fs::remove_file(POLICY).is_err() {
            println!("set-up: could not remove {POLICY}; remove it by hand, or services will not start");
        }
    }
}

const POLICY: &str = "/usr/sbin/policy-rc.d";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_named_once_with_all_its_purposes() {
        let packages = by_package(&[programs::SSH, programs::SSH_KEYGEN, programs::NGINX]);
        assert_eq!(packages.keys().copied().collect::<Vec<_>>(), ["nginx-light", "openssh-client"]);
        assert_eq!(packages["openssh-client"], [programs::SSH.purpose, programs::SSH_KEYGEN.purpose]);
    }
}
