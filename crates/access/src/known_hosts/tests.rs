//! Lookups from literals, and against `ssh-keygen -F`, `-H` and `-s`, the reference.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use russh::keys::{Certificate, PublicKey};

use super::*;
use crate::client::Client;
use crate::testing::program;

const ED_A: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
const ED_B: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK2pr+Bfus1hvPof4Wb/plZCzSbqadHH0u+/f4ODtKnE";
const ECDSA: &str = "ecdsa-sha2-nistp256 \
    AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt5YRrYMjNuG5N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg=";

fn known(text: &str) -> KnownHosts {
    KnownHosts::parse(text, Path::new("/k"))
}

fn key(text: &str) -> PublicKey {
    text.parse().unwrap()
}

fn line(number: usize) -> Source {
    Source::line(Path::new("/k"), number)
}

fn query(host: &str, port: u16, client: Client) -> HostQuery<'_> {
    HostQuery { host, port, alias: None, client }
}

fn trusted(known: &KnownHosts, host: &str, port: u16, client: Client) -> bool {
    known.check(&query(host, port, client), &key(ED_A)).is_trusted()
}

#[test]
fn patterns_by_the_rules_of_each() {
    // (hosts of the line, host, port, OpenSSH says, Flux says)
    for (hosts, host, port, openssh, flux) in [
        ("git.example.com", "git.example.com", 22, true, true),
        ("git.example.com", "other.example.com", 22, false, false),
        ("git.example.com,10.0.0.1", "10.0.0.1", 22, true, true),
        ("Git.Example.com", "git.example.com", 22, true, false),
        ("git.example.com", "GIT.example.com", 22, true, false),
        ("*.example.com", "git.example.com", 22, true, true),
        ("*.example.com,!git.example.com", "git.example.com", 22, false, false),
        ("!git.example.com,*.example.com", "git.example.com", 22, false, false),
        ("git?.example.com", "git1.example.com", 22, true, true),
        ("git*", "git", 22, true, false),
        ("[git.example.com]:2222", "git.example.com", 2222, true, true),
        ("[git.example.com]:2222", "git.example.com", 22, false, false),
        ("[*.example.com]:2222", "git.example.com", 2222, true, true),
        ("git.example.com:2222", "git.example.com", 2222, false, true),
        // OpenSSH takes a line without a port for any port, Flux for port 22 alone.
        ("git.example.com", "git.example.com", 2222, true, false),
        ("[git.example.com]:22", "git.example.com", 22, false, true),
        ("::1", "::1", 22, true, true),
        ("[::1]:2222", "::1", 2222, true, true),
        ("*", "git.example.com", 2222, true, false),
        ("*", "git.example.com", 22, true, true),
    ] {
        let known = known(&format!("{hosts} {ED_A} comment\n"));
        assert_eq!(trusted(&known, host, port, Client::Git), openssh, "OpenSSH: {hosts} for {host}:{port}");
        assert_eq!(trusted(&known, host, port, Client::Flux), flux, "Flux: {hosts} for {host}:{port}");
    }
}

#[test]
fn each_verdict() {
    use HostKeyVerdict::{Changed, OnlyOtherTypes, Revoked, Trusted, Unknown};
    let text = format!("h {ECDSA}\nh {ED_B}\nonly {ECDSA}\n@revoked gone {ED_A}\nmine {ED_A}\n");
    let (known, shown) = (known(&text), key(ED_A));
    let both = vec!["ecdsa-sha2-nistp256".to_owned(), "ssh-ed25519".to_owned()];
    for client in [Client::Git, Client::Flux] {
        let check = |host, key: &PublicKey| known.check(&query(host, 22, client), key);
        assert_eq!(check("h", &key(ED_B)), Trusted { at: line(2) });
        assert_eq!(check("gone", &shown), Revoked { at: line(4) });
        assert_eq!(check("only", &key(ED_B)), OnlyOtherTypes { at: vec![line(3)], types: vec![both[0].clone()] });
        assert_eq!(check("nowhere", &key(ED_B)), Unknown);
    }
    let check = |host, client| known.check(&query(host, 22, client), &shown);
    assert_eq!(check("h", Client::Git), Changed { at: vec![line(2)], types: both });
    assert_eq!(check("mine", Client::Git), Trusted { at: line(5) });
    assert_eq!(check("mine", Client::Flux), Revoked { at: line(4) }, "to Flux a revoked key is revoked everywhere");
}

#[test]
fn to_flux_only_the_first_key_of_a_type_counts() {
    let known = known(&format!("h {ED_B}\nh {ED_A}\n"));
    assert!(trusted(&known, "h", 22, Client::Git));
    assert!(!trusted(&known, "h", 22, Client::Flux));
}

#[test]
fn an_authority_is_no_host_key_to_openssh() {
    let known = known(&format!("@cert-authority *.example.com {ED_A}\n"));
    let asked = query("git.example.com", 22, Client::Git);
    assert_eq!(known.check(&asked, &key(ED_A)), HostKeyVerdict::Unknown);
    assert!(known.has_authority_for(&asked));
    assert!(known.key_types_for(&asked).is_empty());
}

#[test]
fn an_alias_stands_for_host_and_port() {
    let known = known(&format!("alias {ED_A}\n"));
    let asked = HostQuery { alias: Some("ALIAS"), ..query("h", 2222, Client::Git) };
    assert!(known.check(&asked, &key(ED_A)).is_trusted());
    let asked = HostQuery { alias: Some("alias"), ..query("h", 22, Client::Flux) };
    assert_eq!(known.check(&asked, &key(ED_A)), HostKeyVerdict::Unknown);
}

#[test]
fn types_of_all_lines_and_of_one_host() {
    let known = known(&format!("a {ED_A}\nb {ECDSA}\nb {ED_B}\n@revoked * ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQE=\n"));
    assert_eq!(known.key_types(), ["ecdsa-sha2-nistp256", "ssh-ed25519"]);
    assert_eq!(known.key_types_for(&query("b", 22, Client::Flux)), ["ecdsa-sha2-nistp256", "ssh-ed25519"]);
    assert_eq!(known.key_types_for(&query("a", 22, Client::Git)), ["ssh-ed25519"]);
}

#[test]
fn broken_lines_are_named_and_stop_nothing() {
    let cut = &ED_A[..40];
    let text = format!(
        "# comment\n\n  # another\nh\nh ssh-ed25519\nh {cut}\nh ssh-rsa {}\n@odd h {ED_A}\n|1|x {ED_A}\n|2|YQ==|YQ== {ED_A}\n! {ED_A}\n\th\t{}\t\r\n",
        ED_A.split(' ').nth(1).unwrap(),
        ED_A.replace(' ', "\t"),
    );
    let known = known(&text);
    let lines: Vec<_> = known.broken().iter().map(|broken| broken.at.clone()).collect();
    assert_eq!(lines, (4..=11).map(line).collect::<Vec<_>>());
    assert_eq!(known.broken()[3].why, "the line says ssh-rsa and its key is ssh-ed25519");
    assert!(trusted(&known, "h", 22, Client::Git), "tabs and a carriage return are blanks");
}

#[test]
fn hashed_hosts_as_ssh_keygen_hashes_them() {
    let Some(keygen) = program("ssh-keygen") else { return };
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("known_hosts");
    fs::write(
        &file,
        format!("git.example.com,10.1.2.3 {ED_A}\n[git.example.com]:2222 {ED_B}\n[fd00::1]:2222 {ED_A}\n"),
    )
    .unwrap();
    let output = Command::new(&keygen).args(["-H", "-f"]).arg(&file).output().unwrap();
    assert!(output.status.success());
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.lines().all(|line| line.starts_with("|1|")), "{text}");
    let hashed = KnownHosts::read(&file).unwrap();
    assert!(hashed.broken().is_empty());
    for client in [Client::Git, Client::Flux] {
        assert!(trusted(&hashed, "git.example.com", 22, client));
        assert!(trusted(&hashed, "10.1.2.3", 22, client));
        assert!(trusted(&hashed, "fd00::1", 2222, client));
        assert!(!trusted(&hashed, "git.example.org", 22, client));
        assert!(hashed.check(&query("git.example.com", 2222, client), &key(ED_B)).is_trusted());
    }
}

/// The oracle: which lines real ssh-keygen finds for a name.
#[test]
fn finds_the_lines_that_ssh_keygen_finds() {
    let Some(keygen) = program("ssh-keygen") else { return };
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("known_hosts");
    let hosts = [
        "git.example.com",
        "*.example.com",
        "!git.example.com,*.example.com",
        "git.example.com,!*.com",
        "[git.example.com]:2222",
        "[*]:2222",
        "GIT.EXAMPLE.COM",
        "g?t.example.com",
        "*",
        "git.example.com:2222",
    ];
    let text = hosts.map(|hosts| format!("{hosts} {ED_A}\n")).concat();
    fs::write(&file, &text).unwrap();
    let known = KnownHosts::read(&file).unwrap();
    for (name, host, port) in [
        ("git.example.com", "git.example.com", 22),
        ("[git.example.com]:2222", "git.example.com", 2222),
        ("www.example.com", "www.example.com", 22),
    ] {
        let output = Command::new(&keygen).args(["-F", name, "-f"]).arg(&file).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let theirs: Vec<usize> =
            said.lines().filter_map(|line| line.rsplit_once("line ")?.1.trim().parse().ok()).collect();
        let asked = query(host, port, Client::Git);
        let ours: Vec<usize> =
            (1..).zip(&known.lines).filter(|(_, l)| l.hosts.fit(&asked, name)).map(|(n, _)| n).collect();
        assert_eq!(ours, theirs, "{name}: {said}");
    }
}

#[test]
fn certificates_made_by_ssh_keygen() {
    let Some(keygen) = program("ssh-keygen") else { return };
    let dir = tempfile::tempdir().unwrap();
    let make = |name: &str| -> (PathBuf, String) {
        let path = dir.path().join(name);
        let made = Command::new(&keygen).args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&path).status().unwrap();
        assert!(made.success());
        (path.clone(), fs::read_to_string(path.with_extension("pub")).unwrap())
    };
    let (ca, ca_text) = make("ca");
    let (_, host_text) = make("host");
    let sign = |extra: &[&str]| -> Certificate {
        let signed = Command::new(&keygen)
            .args(["-q", "-s"])
            .arg(&ca)
            .args(["-I", "the-key-id"])
            .args(extra)
            .arg(dir.path().join("host.pub"))
            .status()
            .unwrap();
        assert!(signed.success());
        Certificate::from_openssh(&fs::read_to_string(dir.path().join("host-cert.pub")).unwrap()).unwrap()
    };
    let good = sign(&["-h", "-n", "*.example.com", "-V", "20200101:20300101"]);
    let in_time = 1_750_000_000;
    let asked = query("git.example.com", 2222, Client::Git);
    let authority = known(&format!("@cert-authority [*.example.com]:2222 {ca_text}"));
    let check = |certificate: &Certificate, now| authority.check_certificate(&asked, certificate, now);
    let refused = |verdict| match verdict {
        HostKeyVerdict::CertificateRefused { why, .. } => why,
        other => panic!("{other:?}"),
    };

    assert_eq!(check(&good, in_time), HostKeyVerdict::TrustedByAuthority { at: line(1) });
    assert_eq!(refused(check(&good, 1_500_000_000)), "it is not valid yet; compare the clocks");
    assert_eq!(refused(check(&good, 1_950_000_000)), "it has expired");
    assert!(refused(check(&sign(&["-n", "git.example.com"]), in_time)).contains("for users"));
    assert!(refused(check(&sign(&["-h", "-n", "other"]), in_time)).contains("other names"));
    let as_flux = HostQuery { client: Client::Flux, ..asked };
    assert!(
        refused(authority.check_certificate(&as_flux, &good, in_time)).contains("other names"),
        "Go takes no wildcard"
    );

    // Without the authority the certificate is worth its bare key.
    assert_eq!(known("").check_certificate(&asked, &good, in_time), HostKeyVerdict::Unknown);
    let bare = known(&format!("[git.example.com]:2222 {host_text}"));
    assert_eq!(bare.check_certificate(&asked, &good, in_time), HostKeyVerdict::Trusted { at: line(1) });
    let revoked = known(&format!("@cert-authority * {ca_text}@revoked * {host_text}"));
    assert_eq!(revoked.check_certificate(&asked, &good, in_time), HostKeyVerdict::Revoked { at: line(2) });

    // A certificate whose content was touched after it was signed.
    let mut forged = good.to_bytes().unwrap();
    let at = forged.windows(10).position(|bytes| bytes == b"the-key-id").unwrap();
    forged[at] = b'T';
    let forged = Certificate::from_bytes(&forged).unwrap();
    assert_eq!(refused(check(&forged, in_time)), "the authority's signature on it is wrong");
}

#[test]
fn dev_null_is_no_known_hosts_at_all() {
    assert!(KnownHosts::read(Path::new("/dev/null")).unwrap().is_empty());
}

/// Each line as Flux's own client takes it (fluxcd/pkg git 0.52).
#[test]
fn one_line_that_flux_does_not_read_is_enough() {
    let cut = &ED_A[..40];
    let blob = ED_A.split(' ').nth(1).unwrap();
    for read in [
        String::new(),
        "# comment".to_owned(),
        format!("h {ED_A}"),
        format!("h  {ED_A}  comment\r"),
        format!("h ssh-rsa {blob}"),
        format!("::1 {ED_A}"),
        format!("@cert-authority *.h {ED_A}"),
        format!("[h]:2222,!x {ED_A}"),
    ] {
        assert_eq!(as_flux::refused(&format!("{read}\nh {ED_B}\n")), None, "{read}");
    }
    for refused in [
        "h".to_owned(),
        "h ssh-ed25519".to_owned(),
        format!("h {cut}"),
        "h ssh-ed25519 not*base64".to_owned(),
        "h ssh-foo AAAAB3NzaC1mb28AAAAEAAAAAA==".to_owned(),
        format!("h {ED_A}AAAA"),
        format!("@odd h {ED_A}"),
        format!("[h {ED_A}"),
        format!("! {ED_A}"),
        format!("|1|x|y {ED_A}"),
    ] {
        let text = format!("h {ED_B}\n\n{refused}\n");
        assert_eq!(as_flux::refused(&text).map(|(line, _)| line), Some(3), "{refused}");
    }
}
