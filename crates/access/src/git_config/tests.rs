//! Lookups from literals, and against the real git in a world of its own.

use std::fs;
use std::process::Command;

use super::*;
use crate::testing::{git_settings, program, surroundings};

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

#[test]
fn the_longest_beginning_is_replaced() {
    let config = git_settings(&[
        ("url.git@github.com:.insteadof", "https://github.com/"),
        ("url.ssh://git@ssh.github.com:443/acme/.insteadof", "https://github.com/acme/"),
        ("url.https://elsewhere/.pushinsteadof", "https://github.com/acme/app"),
        ("url.https://token@example.com/.insteadof", "ex:"),
    ]);
    let rewritten = |url: &str| config.rewrite(url).map(|new| new.url.expose().to_owned());
    assert_eq!(rewritten("https://github.com/acme/app").as_deref(), Some("ssh://git@ssh.github.com:443/acme/app"));
    assert_eq!(rewritten("https://github.com/other/app").as_deref(), Some("git@github.com:other/app"));
    assert_eq!(rewritten("https://gitlab.com/a"), None);
    let new = config.rewrite("ex:a").unwrap();
    assert_eq!(new.url.expose(), "https://token@example.com/a");
    assert!(!format!("{new:?} {config:?} {}", new.source).contains("token"), "{new:?} {config:?}");
}

#[test]
fn keys_keep_dots_and_case_in_their_middle() {
    let config =
        GitConfig::parse(b"file:/a b\0http.https://Git.example.com/x.y/.sslverify\0command line:\0core.z\nv\nw\0");
    assert_eq!(config.settings.len(), 2);
    assert_eq!(config.settings[0].subsection.as_ref().unwrap().expose(), "https://Git.example.com/x.y/");
    assert_eq!(config.settings[0].name, "sslverify");
    assert!(config.settings[0].truth(), "a key that stands alone is true");
    assert_eq!(config.last("core", "z").unwrap().text(), "v\nw");
    assert_eq!(GitConfig::parse(b"").settings.len(), 0);
}

#[test]
fn truths() {
    for (value, expected) in [
        ("true", true),
        ("Yes", true),
        ("on", true),
        ("2", true),
        ("false", false),
        ("no", false),
        ("0", false),
        ("", false),
    ] {
        assert_eq!(
            git_settings(&[("http.sslverify", value)]).last("http", "sslverify").unwrap().truth(),
            expected,
            "{value}"
        );
    }
}

#[test]
fn helpers_can_be_taken_back() {
    assert!(git_settings(&[("credential.helper", "store")]).has_credential_helper());
    assert!(git_settings(&[("credential.https://a.helper", "store")]).has_credential_helper());
    assert!(!git_settings(&[("credential.helper", "store"), ("credential.helper", "")]).has_credential_helper());
    assert!(!git_settings(&[("core.editor", "vi")]).has_credential_helper());
}

const HTTP: &str = r#"
[http]
    proxy = http://general:1
[http "https://example.com"]
    proxy = http://host:1
[http "https://example.com/a/b"]
    proxy = http://deep:1
[http "https://example.com/a"]
    proxy = http://shallow:1
[http "https://*.example.com"]
    proxy = http://label:1
[http "https://ada@git.example.com"]
    proxy = http://ada:1
[http "https://example.com:8443/"]
    proxy = http://port:1
[http "http://plain.example.com"]
    proxy = http://plain:1
"#;

/// The oracle: `git config --get-urlmatch` on the same file.
#[tokio::test]
async fn settings_for_urls_agree_with_git() {
    let Some(git) = program("git") else { return };
    let dir = tempfile::tempdir().unwrap();
    let here = surroundings(dir.path());
    fs::write(dir.path().join(".gitconfig"), HTTP).unwrap();
    let config = GitConfig::read(&here).await;
    assert_eq!(config.problem, None);
    for asked in [
        "https://example.com/",
        "https://example.com/a",
        "https://example.com/a/b/c",
        "https://example.com/a/bc",
        "https://example.com/ab",
        "https://EXAMPLE.com:443/x",
        "https://example.com:8443/a/b",
        "https://git.example.com/a",
        "https://ada@git.example.com/a",
        "https://bob@git.example.com/a",
        "https://a.b.example.com/",
        "http://plain.example.com/",
        "http://example.com/a",
        "https://elsewhere.org/",
    ] {
        let output = Command::new(&git)
            .args(["config", "--get-urlmatch", "http.proxy", asked])
            .env_clear()
            .envs(here.environment.iter())
            .current_dir(dir.path())
            .output()
            .unwrap();
        let theirs = String::from_utf8(output.stdout).unwrap();
        let asked_url = url(asked);
        let ours = config.http(&asked_url, "proxy").last().map_or("", |setting| setting.text());
        assert_eq!(ours, theirs.trim(), "{asked}");
    }
}

#[tokio::test]
async fn git_says_where_a_setting_stands_and_what_origin_is() {
    let Some(git) = program("git") else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut here = surroundings(dir.path());
    here.working_directory = dir.path().join("checkout");
    fs::write(
        dir.path().join(".gitconfig"),
        "[include]\npath = more\n[url \"ssh://git@new/\"]\ninsteadOf = https://old/\n",
    )
    .unwrap();
    fs::write(dir.path().join("more"), "[core]\nsshCommand = ssh -v\n").unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(&git);
        command.env_clear().envs(here.environment.iter()).current_dir(dir.path()).args(arguments);
        assert!(command.status().unwrap().success());
    };
    run(&["init", "-q", "checkout"]);
    run(&["-C", "checkout", "remote", "add", "origin", "https://old/app.git"]);
    let config = GitConfig::read(&here).await;
    let (origin, source) = config.origin().unwrap();
    assert_eq!(origin.expose(), "https://old/app.git");
    assert!(source.to_string().starts_with("git's remote.origin.url (file:"), "{source}");
    assert_eq!(config.rewrite(origin.expose()).unwrap().url.expose(), "ssh://git@new/app.git");
    let command = config.last("core", "sshcommand").unwrap();
    assert_eq!(command.text(), "ssh -v");
    assert!(command.origin.ends_with("/more"), "{}", command.origin);
}

#[tokio::test]
async fn without_git_nothing_fails() {
    let dir = tempfile::tempdir().unwrap();
    let mut here = surroundings(dir.path());
    here.git_program = dir.path().join("no-git");
    let config = GitConfig::read(&here).await;
    assert_eq!(config.problem.as_deref(), Some("git is not installed, so none of its settings are known"));
    assert!(config.origin().is_none() && config.rewrite("https://a/").is_none());
}

#[test]
fn user_info_is_taken_out_of_what_is_shown() {
    for (url, shown) in [
        ("https://user:token@host/path@x", "https://host/path@x"),
        ("https://host/a@b", "https://host/a@b"),
        ("https://a@b@host", "https://host"),
        ("git@github.com:", "git@github.com:"),
    ] {
        assert_eq!(without_user_info(url), shown);
    }
}
