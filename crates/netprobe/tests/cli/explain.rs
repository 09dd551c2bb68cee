//! `netprobe explain` from outside: where it reads from, what it prints as it goes, and with which exit code.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use crate::bed::{Home, Said};

const INCIDENT: &str = "failed to checkout and determine revision: unable to clone 'ssh://git@github.com/org/repo': \
                        error decoding upload-pack response: context deadline exceeded";

fn log_line(url: &str, reason: &str) -> String {
    let error = format!("failed to checkout and determine revision: unable to clone '{url}': {reason}");
    serde_json::json!({
        "level": "error", "ts": "2026-03-01T10:00:02.551Z", "msg": "Reconciler error",
        "controllerKind": "GitRepository", "GitRepository": {"name": "fleet", "namespace": "flux-system"}, "error": error,
    })
    .to_string()
}

/// The program with `text` on its stdin.
fn piped(arguments: &[&str], text: &str) -> Said {
    let home = Home::new();
    let file = home.write("input", text);
    Said::by(home.netprobe(arguments).stdin(std::fs::File::open(file).unwrap()))
}

#[test]
fn the_incident_is_explained_however_it_is_given() {
    let whole = [
        "wait for the first pack packet",
        "name lookup",
        "SSH key exchange",
        "authentication",
        "ref advertisement",
        "shallow list",
        "NAK",
        "1 MTU black hole from server to client",
        "2 a gateway, NAT or firewall forgot the idle",
        "3 the server computes for long and sends no",
        "4 earlier stages ate the budget",
        "$ netprobe run ssh://git@github.com/org/repo",
    ];
    let said = |said: Said| {
        assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{said:?}");
        for words in whole {
            assert!(said.stdout.contains(words), "{words}: {}", said.stdout);
        }
        assert!(said.stdout.lines().all(|line| line.chars().count() <= 80 || line.contains("$ ")), "{}", said.stdout);
    };
    let home = Home::new();
    said(Said::by(&mut home.netprobe(&["explain", INCIDENT])));
    let words: Vec<&str> = ["explain"].into_iter().chain(INCIDENT.split(' ')).collect();
    said(Said::by(&mut home.netprobe(&words)));
    said(piped(&["explain"], INCIDENT));
    said(piped(
        &["explain", "-"],
        &log_line("ssh://git@github.com/org/repo", "error decoding upload-pack response: context deadline exceeded"),
    ));
    home.write("a.log", "nothing here\n");
    home.write("b.log", INCIDENT);
    said(Said::by(&mut home.netprobe(&["explain", "--file", "a.log", "b.log"])));
    let bare =
        Said::by(&mut home.netprobe(&["explain", "error decoding upload-pack response: context deadline exceeded"]));
    assert!(bare.stdout.contains("SSH or TLS handshake") && bare.stdout.contains("$ netprobe run URL"), "{bare:?}");
}

#[test]
fn a_log_that_goes_on_is_explained_as_it_comes() {
    let home = Home::new();
    let mut command = home.netprobe(&["explain"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut log = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let ssh = "ssh://git@github.com/org/repo";
    writeln!(log, "{}", log_line(ssh, "dial tcp 10.0.0.7:22: connect: connection refused")).unwrap();
    // It is read while the log is open: it would hang here if nothing came before the end.
    assert_eq!(lines.next().unwrap(), "✘ connect-refused · TCP connect");
    writeln!(log, "{}", log_line(ssh, "dial tcp 10.0.0.7:22: connect: connection refused")).unwrap();
    writeln!(log, "{}", log_line(ssh, "unexpected EOF")).unwrap();
    assert!(lines.by_ref().any(|line| line.starts_with("✘ transfer-cut")));
    drop(log);
    let rest: Vec<String> = lines.collect();
    assert!(
        rest.iter().any(|line| line.trim_start().starts_with("2 ×") && line.contains("connect-refused")),
        "{rest:?}"
    );
    assert_eq!(rest.iter().filter(|line| line.starts_with('✘')).count(), 0, "said twice: {rest:?}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn formats() {
    let json = piped(&["explain", "--format", "json"], &format!("{INCIDENT}\n{INCIDENT}\n"));
    let value = json.json();
    assert_eq!(value["format"], "netprobe-explanations");
    let one = &value["explanations"][0];
    assert_eq!((&one["id"], &one["stage"]), (&"first-pack-packet-missing".into(), &"first_packet".into()));
    assert_eq!((&one["connection"], &one["seen"]["times"]), (&"clone".into(), &2.into()));
    let markdown = piped(&["explain", "--format", "markdown"], INCIDENT).stdout;
    assert!(markdown.starts_with("## `first-pack-packet-missing`") && !markdown.contains('✘'), "{markdown}");
    let coloured = piped(&["explain", "--color", "always"], INCIDENT).stdout;
    assert!(coloured.contains("\x1b[1;31m"), "{coloured}");
    assert!(piped(&["explain", "--ascii"], INCIDENT).stdout.is_ascii());
}

#[test]
fn what_is_not_known_is_said_and_is_no_failure() {
    let said = piped(&["explain"], "what is this?\n");
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{said:?}");
    assert!(said.stdout.starts_with("? None of this is a message that netprobe knows."), "{said:?}");
    let home = Home::new();
    home.write("flux.log", INCIDENT);
    let said = Said::by(&mut home.netprobe(&["explain", "flux.log"]));
    assert!(said.stderr.contains("explain --file"), "{said:?}");
}

#[test]
fn no_terminal_is_steered_and_no_secret_repeated() {
    let text = format!(
        "\x1b[2J\x1b]0;owned\x07fatal: unable to access 'https://me:{CANARY}@h/r/': Could not resolve host: h\u{9b}31m\n"
    );
    for format in ["human", "json", "markdown"] {
        let said = piped(&["explain", "--format", format], &text);
        let everything = format!("{}{}", said.stdout, said.stderr);
        assert!(everything.contains("curl-name") && !everything.contains(CANARY), "{everything}");
        assert!(everything.chars().all(|c| c == '\n' || !c.is_control()), "{everything:?}");
    }
}

/// Every command of netprobe's own that an explanation gives is one that netprobe understands.
#[test]
fn the_runs_that_are_named_can_be_made() {
    let home = Home::new();
    let mut commands: Vec<String> = Vec::new();
    for entry in explain::entries() {
        let reason = entry.patterns[0].text.trim_matches(['^', '$']).replace('*', "X");
        let text = format!("unable to list remote for 'ssh://git@127.0.0.1:1/org/repo': {reason} X");
        let told = explain::explain(text.as_bytes());
        commands.extend(told.explanations.into_iter().flat_map(|one| one.next));
    }
    commands.retain(|command| command.starts_with("netprobe run"));
    commands.sort();
    commands.dedup();
    assert!(commands.len() > 5, "{commands:?}");
    for command in commands {
        let words = command.replacen("netprobe run", "", 1).replace("URL", "ssh://git@127.0.0.1:1/r");
        // A file that is absent ends it behind the arguments and before the network.
        let mut run: Command = home.netprobe(&["run", "--identity", "absent", "--no-report"]);
        let said = Said::by(run.args(words.split_whitespace()));
        assert!(said.code == Some(2) && said.stderr.contains("does not exist"), "{command}: {said:?}");
    }
}

const CANARY: &str = "canary-7f3a";
