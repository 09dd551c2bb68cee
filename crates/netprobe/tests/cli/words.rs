//! The commands that measure nothing, and the demo that needs nothing.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::bed::{Home, Said};

fn said(arguments: &[&str]) -> Said {
    let said = Said::by(&mut Home::new().netprobe(arguments));
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{arguments:?}: {said:?}");
    said
}

#[test]
fn help_is_on_stdout_and_names_every_command() {
    let help = said(&["--help"]).stdout;
    for command in
        ["run", "demo", "serve", "diagnose", "compare", "explain", "image", "probes", "schema", "completion", "man"]
    {
        assert!(help.contains(&format!("\n  {command} ")), "{command}: {help}");
        assert!(said(&[command, "--help"]).stdout.contains("Usage: netprobe"), "{command}");
        assert!(said(&["man", command]).stdout.contains(&format!("netprobe\\-{command}")), "{command}");
    }
    assert!(said(&["--version"]).stdout.starts_with("netprobe "));
}

#[test]
fn every_probe_has_its_card() {
    let page = said(&["probes"]).stdout;
    for word in ["git_upload_pack", "question", "method", "cost", "rights", "blind to"] {
        assert!(page.contains(word), "{word}: {page}");
    }
    for probe in ["git_upload_pack", "host", "dns", "tcp_connect", "tls_handshake", "ssh_handshake"] {
        let card = said(&["probes", probe]).stdout;
        assert!(card.starts_with(&format!("{probe}\n")) && page.contains(&card), "{probe}: {page}");
    }
}

#[test]
fn schemas_are_listed_and_printed() {
    for name in said(&["schema"]).stdout.lines() {
        let schema = said(&["schema", name]);
        assert_eq!(schema.json()["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert_eq!(said(&["schema", &format!("{name}-v1.json")]).stdout, schema.stdout);
    }
}

#[test]
fn shells_are_told_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        assert!(said(&["completion", shell]).stdout.contains("diagnose"), "{shell}");
    }
}

#[test]
fn the_demo_needs_nothing_and_leaves_nothing() {
    let home = Home::new();
    let demo = Said::by(home.netprobe(&["demo"]).env("PATH", "/nowhere").env("TMPDIR", home.path("")));
    assert_eq!(demo.code, Some(0), "{demo:?}");
    assert_eq!(demo.stdout.matches("works from here").count(), 2, "over SSH and over HTTPS: {demo:?}");
    assert_eq!(std::fs::read_dir(home.path("")).unwrap().count(), 0, "a file was left");
    let cut = Said::by(&mut home.netprobe(&["demo", "--quiet", "--fault", "cut", "--transport", "https"]));
    assert_eq!((cut.code, cut.stderr.as_str()), (Some(1), ""), "{cut:?}");
}

#[test]
fn colour_and_characters_are_as_wanted() {
    let demo = |more: &[&str]| said(&[&["demo", "--quiet", "--transport", "ssh"], more].concat()).stdout;
    assert!(demo(&["--color", "always"]).contains("\x1b[1;32m"));
    let plain = demo(&["--ascii", "--color", "never"]);
    assert!(plain.is_ascii() && !plain.contains('\x1b'), "{plain}");
    let legacy = Said::by(Home::new().netprobe(&["demo", "-q", "--transport", "ssh"]).env("LC_ALL", "POSIX"));
    assert!(legacy.stdout.is_ascii(), "{legacy:?}");
    let wide = Said::by(Home::new().netprobe(&["demo", "-q", "--transport", "ssh"]).env("COLUMNS", "120"));
    let columns = wide.stdout.lines().map(|line| line.chars().count()).max();
    assert_eq!(columns, Some(120), "{wide:?}");
}

#[test]
fn the_demo_that_freezes_says_what_flux_would() {
    let said = Said::by(&mut Home::new().netprobe(&["demo", "--fault", "freeze", "--format", "json"]));
    assert_eq!(said.code, Some(1), "{said:?}");
    let message = said.json()["diagnosis"]["flux"]["message"].to_string();
    assert!(message.contains("error decoding upload-pack response: context deadline exceeded"), "{message}");
}

#[test]
fn the_demo_that_is_slow_says_so() {
    let said = Said::by(&mut Home::new().netprobe(&["demo", "--fault", "slow", "--format", "json"]));
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!(said.json()["diagnosis"]["findings"][0]["rule"], "server-computing");
}

#[test]
fn a_served_repository_can_be_measured_as_its_words_say() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    let mut serve = home.netprobe(&["serve", "--write-access", "access", "--pack-size", "200kB"]);
    let mut child = serve.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let commands: Vec<String> = lines.by_ref().skip_while(|line| !line.starts_with("run")).take(2).collect();
    assert_eq!(commands.len(), 2);
    for command in commands {
        let words = command.trim_start_matches("run").trim().strip_prefix("netprobe ").unwrap().to_owned();
        let run = Said::by(&mut home.netprobe(&words.split(' ').collect::<Vec<_>>()));
        assert_eq!(run.code, Some(0), "{run:?}");
    }
    let mode = std::fs::metadata(home.path("access/identity")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
