//! What cannot be done as it was asked: one clear sentence on stderr, nothing on stdout, exit code 2.

use std::net::TcpListener;

use crate::bed::{Bed, Home, Said};

fn refused(home: &Home, arguments: &[&str], expected: &str) {
    let said = Said::by(&mut home.netprobe(arguments));
    assert_eq!((said.code, said.stdout.as_str()), (Some(2), ""), "{arguments:?}: {said:?}");
    let mut lines = said.stderr.lines();
    let sentence = lines.next().unwrap_or_default();
    assert!(lines.next().is_none(), "{arguments:?}: more than a sentence: {said:?}");
    assert!(sentence.starts_with("netprobe: ") && sentence.len() > 40, "{arguments:?}: {sentence}");
    assert!(sentence.contains(expected), "{arguments:?}: {sentence} does not say `{expected}`");
    assert!(home.reports().is_empty(), "{arguments:?}: a report was begun");
}

#[test]
fn targets_that_are_none() {
    let home = Home::new();
    for (target, expected) in [
        ("repo", "expected ssh://host/path"),
        ("", "expected ssh://host/path"),
        ("/srv/repo.git", "expected ssh://host/path"),
        ("file:///srv/repo.git", "does not speak `file://`"),
        ("git://host/repo.git", "does not speak `git://`"),
        ("ssh://", "host"),
        ("https://host", "path"),
        ("ssh://host:99999/r", "host[:port]"),
        ("ssh://-oProxyCommand=x/r", "begins with a dash"),
        ("ssh://-l@host/r", "begins with a dash"),
        ("host:-r", "begins with a dash"),
        ("ssh://host/a%0ab", "path"),
    ] {
        refused(&home, &["run", target], expected);
    }
    refused(&home, &["run", "--", "-oProxyCommand=x:r"], "begins with a dash");
    refused(&home, &["run"], "no target was given");
}

#[test]
fn options_that_are_none() {
    let home = Home::new();
    let ssh = "ssh://git@host/r";
    for (arguments, expected) in [
        (&["run", "--frobnicate", ssh][..], "--frobnicate"),
        (&["run", "--fulll", ssh], "'--full'"),
        (&["run", "--timeout", "soon", ssh], "90s"),
        (&["run", "--budget", "0", ssh], "90s"),
        (&["run", "--patience=-1s", ssh], "--patience"),
        (&["run", "--mss-clamp", "5", ssh], "88"),
        (&["run", "--ref", "branch=a b", ssh], "git forbids"),
        (&["run", "--ref", "color=red", ssh], "branch="),
        (&["run", "--protocol", "v1", ssh], "v0, v2"),
        (&["run", "--depth", "2", ssh], "flux, 1, full"),
        (&["run", "--format", "yaml", ssh], "human, json, jsonl"),
        (&["run", "--no-report", "-o", "x", ssh], "cannot be used with"),
        (&["run", ssh, ssh], "unexpected argument"),
        (&["fly"], "unrecognized subcommand"),
        (&["demo", "--fault", "melt"], "none, freeze, slow, cut"),
        (&["demo", "-o", "x"], "choose --transport"),
        (&["serve", "--fault", "melt"], "expected none, corrupt, slow"),
        (&["serve", "--pack-size", "large"], "50MiB"),
        (&["serve", "--branches", "0"], "branches"),
        (&["probes", "telepathy"], "git_upload_pack"),
        (&["schema", "everything"], "journal-record"),
        (&["man", "fly"], "demo"),
        (&["completion", "klingon"], "bash"),
        (&["diagnose"], "REPORT"),
        (&["explain"], "there is nothing to explain"),
        (&["explain", ""], "there is nothing to explain"),
        (&["explain", "-"], "there is nothing to explain"),
        (&["explain", "--file", "absent.log"], "absent.log cannot be read"),
        (&["explain", "a message", "--file", "x"], "cannot be used with"),
        (&["explain", "--format", "yaml", "x"], "human, json, markdown"),
    ] {
        refused(&home, arguments, expected);
    }
}

#[test]
fn files_that_are_not_what_they_should_be() {
    let home = Home::new();
    let ssh = "ssh://git@127.0.0.1:1/r";
    home.write("public", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8S me\n");
    home.write("letter", "Dear netprobe,\n");
    home.write("empty", "");
    home.write("encrypted", ENCRYPTED_KEY);
    home.write("passphrase", "wrong\n");
    for (arguments, expected) in [
        (&["run", "--identity", "absent", ssh][..], "does not exist"),
        (&["run", "--identity", "public", ssh], "public key"),
        (&["run", "--identity", "letter", ssh], "holds no private key"),
        (&["run", "--identity", ".", ssh], "holds no private key"),
        (&["run", "--identity", "encrypted", ssh], "encrypted"),
        (&["run", "--identity", "encrypted", "--passphrase-file", "passphrase", ssh], "does not open"),
        (&["run", "--identity", "encrypted", "--passphrase-file", "empty", ssh], "is empty"),
        (&["run", "--passphrase-file", "absent", ssh], "cannot be read"),
        (&["run", "--known-hosts", "absent", ssh], "known_hosts file"),
        (&["run", "--ca-file", "absent", "https://127.0.0.1:1/r"], "CA file"),
        (&["run", "--token-file", "absent", "https://127.0.0.1:1/r"], "token file"),
        (&["run", "--token-file", "empty", "https://127.0.0.1:1/r"], "is empty"),
        (&["run", "--proxy", "gopher://x", ssh], "proxy"),
        (&["run", "-o", "/dev/null/report.jsonl", ssh], "--output"),
    ] {
        refused(&home, arguments, expected);
    }
}

#[test]
fn reports_that_are_none() {
    let home = Home::new();
    home.write("empty", "");
    home.write("letter", "Dear netprobe,\n");
    home.write("headless.jsonl", "{\"record\":\"note\",\"text\":\"x\"}\n");
    home.write("json", "{\"format\":\"other-report\",\"version\":1}\n");
    home.write("future.jsonl", "{\"record\":\"header\",\"format\":\"netprobe-report\",\"version\":99,\"id\":\"x\"}\n");
    home.write("broken.jsonl", "{\"record\":\"header\",\"format\":\"netprobe-report\",\"version\":1}\n");
    for (report, expected) in [
        ("absent", "cannot be read"),
        (".", "cannot be read"),
        ("empty", "first line should be a header"),
        ("letter", "first line should be a header"),
        ("headless.jsonl", "first line should be a header"),
        ("json", "first line should be a header"),
        ("future.jsonl", "format version 99"),
        ("broken.jsonl", "header cannot be read"),
        ("-", "first line should be a header"),
    ] {
        refused(&home, &["diagnose", report], expected);
    }
}

#[test]
fn a_report_that_is_none_is_found_before_anything_is_printed() {
    let bed = Bed::healthy();
    let said = Said::by(bed.run().arg(bed.ssh()));
    assert_eq!(said.code, Some(0), "{said:?}");
    bed.home.write("letter", "Dear netprobe,\n");
    let report = bed.home.report();
    let said = Said::by(bed.home.netprobe(&["diagnose"]).arg(report).arg("letter"));
    assert_eq!((said.code, said.stdout.as_str()), (Some(2), ""), "{said:?}");
}

#[test]
fn a_port_that_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    refused(&Home::new(), &["serve", "--ssh-port", &port], "cannot listen for SSH");
}

#[test]
fn no_home_and_no_place_for_the_report() {
    let home = Home::new();
    let said = Said::by(home.netprobe(&["run", "ssh://git@host/r"]).env_remove("HOME").env_remove("XDG_STATE_HOME"));
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.stderr.contains("--no-report"), "{said:?}");
}

/// Made by `ssh-keygen -t ed25519 -N canary` for this test, and for nothing else.
const ENCRYPTED_KEY: &str = "\
-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABDL+eN57U
RVoNvc8XTERe1pAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIIeAdYytV8lVF5Bo
E2Q3HhBiJYNfqFz/5ahr7mQsdzC3AAAAkJpTGCvKFmBhN+KQuuzEXl6oW1KDMg0vWkhfNw
N6cK8VxcAo9D/9OhzHe2Rj4af0VSCBJ77WCynVY67bVWIYwZmxGkExXOSC3v0DlxhfPd0P
5u5GrzpqZ4pd3Xks7NRM6Y0uGhb9e8orWO8KoaRIchdL4lcSB+hVzjoo8tVNWAf6s6BxFl
UUH9c5BxGKjppSRg==
-----END OPENSSH PRIVATE KEY-----
";
