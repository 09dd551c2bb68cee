//! Lookups from literals, and against `ssh -G`, the reference.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::*;
use crate::source::Source;
use crate::testing::{program, surroundings};

const TEXT: &str = "\
# before any Host: for everyone
IdentityFile ~/.ssh/everyone

Host git.example.com !bad.example.com
    HostName %h.internal
    Port 2222
    User first
    User second
    IdentityFile ~/.ssh/mine
    ProxyCommand secret-tool --token hunter2
    ProxyJump never
    Compression yes
    Compression no

Match host git.example.com exec \"check hunter2\"
    Port 9

Match all
    ServerAliveInterval 15
    Ciphers aes128-ctr
    ForwardAgent yes
    ControlMaster no
    NoSuchThing hunter2

Host *
    Port 3333
    User nobody
    ProxyJump ada@bastion:2200,second
";

fn lookup(text: &str, host: &str) -> HostSettings {
    SshConfig::parse(text, Path::new("/c")).lookup(host, &[])
}

fn named(settings: &HostSettings) -> Vec<String> {
    settings.not_honoured.iter().map(std::string::ToString::to_string).collect()
}

#[test]
fn the_first_value_wins_and_identities_add_up() {
    let found = lookup(TEXT, "git.example.com");
    assert_eq!(found.host_name.unwrap().value, "%h.internal");
    assert_eq!(found.port, Some(Sourced { value: 2222, source: Source::line(Path::new("/c"), 6) }));
    assert_eq!(found.user.unwrap().value, "first");
    let identities: Vec<_> = found.identity_files.iter().map(|file| file.value.as_str()).collect();
    assert_eq!(identities, ["~/.ssh/everyone", "~/.ssh/mine"]);
    assert_eq!(found.route.unwrap().value, Route::Command);
}

#[test]
fn another_host_gets_the_rest() {
    let found = lookup(TEXT, "other");
    assert_eq!(found.port.unwrap().value, 3333);
    let Some(Route::Jumps(jumps)) = found.route.map(|route| route.value) else { panic!("no jumps") };
    assert_eq!(jumps.iter().map(|jump| jump.host.as_str()).collect::<Vec<_>>(), ["bastion", "second"]);
}

#[test]
fn what_is_not_followed_is_named_without_secrets() {
    let named = named(&lookup(TEXT, "git.example.com"));
    let shown: Vec<_> = named.iter().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(
        shown,
        [
            "ProxyCommand (/c",
            "Compression yes (/c",
            "Match (/c",
            "ServerAliveInterval 15 (/c",
            "Ciphers aes128-ctr (/c",
            "NoSuchThing (/c"
        ]
    );
    assert!(!named.join(" ").contains("hunter2"), "{named:?}");
}

#[test]
fn the_command_line_comes_before_every_file() {
    let before = [Directive::new("Port", ["7".to_owned()], Source::Option("--port"))];
    let found = SshConfig::parse(TEXT, Path::new("/c")).lookup("git.example.com", &before);
    assert_eq!(found.port.unwrap().value, 7);
}

#[test]
fn values_that_ssh_refuses_are_named_and_skipped() {
    let found = lookup("Port 0\nPort x\nIdentitiesOnly maybe\nUser \"a\nProxyJump -x\nPort 22\n", "h");
    assert_eq!(found.port.as_ref().unwrap().value, 22);
    assert_eq!(found.route, None);
    assert_eq!(named(&found).len(), 5);
}

#[test]
fn lax_host_key_checking_is_named() {
    let found = lookup("StrictHostKeyChecking no\nStrictHostKeyChecking yes\n", "h");
    assert_eq!(found.strict_host_key_checking.as_ref().unwrap().value, "no");
    assert_eq!(named(&found).len(), 1);
    assert!(named(&lookup("StrictHostKeyChecking ask\n", "h")).is_empty());
}

#[test]
fn includes_are_found_by_wildcard_and_keep_the_condition_of_their_place() {
    let dir = tempfile::tempdir().unwrap();
    let here = surroundings(dir.path());
    let dot_ssh = dir.path().join(".ssh");
    fs::create_dir_all(dot_ssh.join("conf.d")).unwrap();
    let write = |name: &str, text: &str| fs::write(dot_ssh.join(name), text).unwrap();
    write("config", "Host inside\n  Include conf.d/*.conf\nPort 1\nHost *\n  Include ~/.ssh/last absent/*\n");
    write("conf.d/10-a.conf", "User a\nHost elsewhere\n  User wrong\n");
    write("conf.d/20-b.conf", "User b\nHostName from-b\n");
    write("conf.d/.hidden.conf", "HostName hidden\n");
    write("last", "Port 2\n");
    let config = SshConfig::read(&here, &ConfigChoice::Usual);

    let inside = config.lookup("inside", &[]);
    assert_eq!(inside.user.unwrap().value, "a");
    assert_eq!(inside.host_name.unwrap().value, "from-b", "the second file starts with the condition of the Include");
    assert_eq!(inside.port.unwrap().value, 1, "the Host in an included file ends with it");

    let elsewhere = config.lookup("elsewhere", &[]);
    assert_eq!(elsewhere.user, None, "a Host in a file that is included for another host does not apply");
    assert_eq!(elsewhere.port.unwrap().value, 2);
}

#[test]
fn a_file_that_includes_itself_ends() {
    let dir = tempfile::tempdir().unwrap();
    let here = surroundings(dir.path());
    fs::create_dir(dir.path().join(".ssh")).unwrap();
    fs::write(dir.path().join(".ssh/config"), "Port 5\nInclude conf*\nInclude conf*\n").unwrap();
    let found = SshConfig::read(&here, &ConfigChoice::Usual).lookup("h", &[]);
    assert_eq!(found.port.as_ref().unwrap().value, 5);
    assert!(!found.not_honoured.is_empty());
}

#[test]
fn the_choice_of_files() {
    let dir = tempfile::tempdir().unwrap();
    let here = surroundings(dir.path());
    fs::create_dir_all(dir.path().join(".ssh")).unwrap();
    fs::create_dir_all(&here.system_ssh).unwrap();
    fs::write(dir.path().join(".ssh/config"), "Port 1\n").unwrap();
    fs::write(here.system_ssh.join("ssh_config"), "Port 2\nUser system\n").unwrap();
    fs::write(dir.path().join("mine"), "Port 3\n").unwrap();
    let lookup = |choice| SshConfig::read(&here, &choice).lookup("h", &[]);

    let usual = lookup(ConfigChoice::Usual);
    assert_eq!((usual.port.unwrap().value, usual.user.unwrap().value), (1, "system".into()));
    let only = lookup(ConfigChoice::Only("mine".into()));
    assert_eq!((only.port.unwrap().value, only.user), (3, None));
    assert!(lookup(ConfigChoice::None).port.is_none());
    assert_eq!(named(&lookup(ConfigChoice::Only("absent".into()))).len(), 1, "a file asked for by name must be there");
}

/// The oracle: what real ssh makes of the same file, for hosts that differ in which blocks fit.
#[test]
fn agrees_with_ssh() {
    let Some(ssh) = program("ssh") else { return };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config");
    let text = "\
Host *.corp !secret.corp
  User=corp
  Port = 2022
Host secret.corp ALL?x
  User \"the secret\"
  HostKeyAlias alias
Match all
  IdentitiesOnly yes
Host 10.0.?.*
  UserKnownHostsFile /a \"/b c\"
Host *
  User default
  StrictHostKeyChecking accept-new
";
    fs::write(&path, text).unwrap();
    let config = SshConfig::parse(text, &path);
    for host in ["www.corp", "secret.corp", "ALL1x", "all1x", "10.0.1.2", "plain"] {
        let output = Command::new(&ssh).arg("-G").arg("-F").arg(&path).arg(host).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let theirs = |keyword: &str| {
            said.lines().find_map(|line| line.strip_prefix(keyword)?.strip_prefix(' ')).map(str::to_owned)
        };
        let ours = config.lookup(host, &[]);
        assert_eq!(theirs("user"), ours.user.map(|user| user.value), "{host}");
        assert_eq!(theirs("port"), Some(ours.port.map_or(22, |port| port.value).to_string()), "{host}");
        assert_eq!(theirs("hostkeyalias"), ours.host_key_alias.map(|alias| alias.value), "{host}");
        let only = if ours.identities_only.is_some_and(|only| only.value) { "yes" } else { "no" };
        assert_eq!(theirs("identitiesonly").as_deref(), Some(only), "{host}");
        if let Some(files) = ours.user_known_hosts {
            assert_eq!(theirs("userknownhostsfile"), Some(files.value.join(" ")), "{host}");
        }
        assert_eq!(theirs("stricthostkeychecking"), ours.strict_host_key_checking.map(|s| s.value), "{host}");
    }
}
