//! git's and ssh's configuration: followed, or named as not followed.

use std::process::{Command, Stdio};

use lab::programs::{GIT, SSH_KEYGEN, ready};

use crate::bed::{Bed, Said};

fn git(bed: &Bed, arguments: &[&str]) {
    let status = Command::new("git")
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .current_dir(bed.home.path(""))
        .status()
        .unwrap();
    assert!(status.success(), "git {arguments:?}");
}

/// A setting of git's by the environment (git-config(1), `GIT_CONFIG_COUNT`).
fn set<'a>(command: &'a mut Command, key: &str, value: &str) -> &'a mut Command {
    command.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", key).env("GIT_CONFIG_VALUE_0", value)
}

#[test]
fn without_a_target_it_is_origin() {
    if !ready(&[GIT]).unwrap() {
        return;
    }
    let bed = Bed::healthy();
    git(&bed, &["init", "-q"]);
    git(&bed, &["remote", "add", "origin", &bed.ssh()]);
    let said = Said::by(&mut bed.run());
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.stdout.contains(&bed.ssh()) && said.stdout.contains("origin of this checkout"), "{said:?}");
}

#[test]
fn instead_of_is_applied() {
    if !ready(&[GIT]).unwrap() {
        return;
    }
    let bed = Bed::healthy();
    let base = bed.https().replace("demo.git", "");
    let said = Said::by(set(&mut bed.run(), &format!("url.{base}.insteadOf"), "ours:").arg("ours:demo.git"));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.stdout.contains("git over HTTPS") && said.stdout.contains("insteadof"), "{said:?}");
}

#[test]
fn the_ssh_command_of_git_leads_to_the_host() {
    if !ready(&[GIT]).unwrap() {
        return;
    }
    let bed = Bed::healthy();
    let address = bed.endpoint.ssh_address().unwrap();
    let file = |name: &str| bed.home.path(name).display().to_string();
    let (identity, known_hosts) = (file("identity"), file("known_hosts"));
    let config = format!(
        "Host forge\n HostName {}\n Port {}\n User git\n IdentityFile {identity}\n UserKnownHostsFile {known_hosts}\n \
         ProxyCommand nothing\n GSSAPIAuthentication yes\n",
        address.ip(),
        address.port(),
    );
    bed.home.write("ssh_config", &config);
    let command = format!("ssh -F {}", file("ssh_config"));
    let mut run = bed.home.netprobe(&["run", "--format", "json", "ssh://forge/demo.git"]);
    let said = Said::by(set(&mut run, "core.sshCommand", &command));
    assert_eq!(said.code, Some(0), "{said:?}");
    let notes = said.json()["report"]["notes"].to_string();
    assert!(notes.contains("not followed: ProxyCommand") && notes.contains("GSSAPIAuthentication"), "{notes}");
}

#[test]
fn an_encrypted_key_opens_with_its_passphrase() {
    if !ready(&[SSH_KEYGEN]).unwrap() {
        return;
    }
    let bed = Bed::healthy();
    let keygen = Command::new("ssh-keygen")
        .args(["-q", "-p", "-P", "", "-N", "open sesame", "-f"])
        .arg(bed.home.path("identity"))
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(keygen.success());
    let said = Said::by(bed.run().env("NETPROBE_PASSPHRASE", "open sesame").arg(bed.ssh()));
    assert_eq!(said.code, Some(0), "{said:?}");
    let file = bed.home.write("passphrase", "open sesame\n");
    let said = Said::by(bed.run().arg("--passphrase-file").arg(file).arg(bed.ssh()));
    assert_eq!(said.code, Some(0), "{said:?}");
}

#[test]
fn options_for_the_other_transport_are_named() {
    let bed = Bed::healthy();
    let said = Said::by(bed.run().args(["--format", "json", &bed.https()]));
    let notes = said.json()["report"]["notes"].to_string();
    assert!(notes.contains("--identity is for SSH") && notes.contains("--known-hosts is for SSH"), "{notes}");
}
