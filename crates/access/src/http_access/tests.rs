//! Whole resolutions from literals.

use std::fs;

use super::*;
use crate::testing::{git_settings, surroundings};

fn wish(url: &str) -> HttpWish {
    HttpWish { url: url.parse().unwrap(), token_file: None, ca_file: None, proxy: None, client: Client::Git }
}

fn named(access: &Access<HttpAccess>) -> Vec<String> {
    access.not_honoured.iter().map(|left| left.setting.clone()).collect()
}

#[test]
fn user_info_becomes_a_credential_and_leaves_the_url() {
    let dir = tempfile::tempdir().unwrap();
    let here = surroundings(dir.path());
    let access = Access::for_http(&here, &GitConfig::default(), &wish("https://ada:hunter2@h/a.git")).unwrap();
    assert_eq!(access.way.url.as_str(), "https://h/a.git");
    assert_eq!(access.way.credential.as_ref().unwrap().source, Source::Url);
    assert!(!format!("{access:?}").contains("hunter2"));
    let access = Access::for_http(&here, &GitConfig::default(), &wish("https://hunter2@h/a.git")).unwrap();
    assert_eq!((access.way.credential.clone(), access.notes.len()), (None, 1));
    assert!(!format!("{access:?} {:?}", wish("https://hunter2@h/a.git")).contains("hunter2"), "{access:?}");
}

#[test]
fn headers_go_to_their_url_alone() {
    let dir = tempfile::tempdir().unwrap();
    let here = surroundings(dir.path());
    let git = git_settings(&[
        ("http.extraheader", "X-Old: 1"),
        ("http.extraheader", ""),
        ("http.https://h/.extraheader", "AUTHORIZATION: basic hunter2"),
        ("http.https://h/.extraheader", "Host: evil"),
        ("http.https://h/.extraheader", "not a header"),
        ("http.https://other/.extraheader", "X-Other: 1"),
    ]);
    let access = Access::for_http(&here, &git, &wish("https://h/a")).unwrap();
    let headers: Vec<_> =
        access.way.extra_headers.iter().map(|header| (header.name.as_str(), header.value.expose())).collect();
    assert_eq!(headers, [("AUTHORIZATION", "basic hunter2")]);
    assert_eq!(named(&access), ["http.extraHeader", "http.extraHeader"]);
    assert!(!format!("{access:?}").contains("hunter2"));
}

#[test]
fn verification_is_never_switched_off() {
    let dir = tempfile::tempdir().unwrap();
    let mut here = surroundings(dir.path());
    let off = git_settings(&[
        ("http.https://h/.sslverify", "false"),
        ("http.sslversion", "tlsv1.2"),
        ("http.sslkey", "/secret"),
    ]);
    here.environment.set("GIT_SSL_NO_VERIFY", "1");
    let access = Access::for_http(&here, &off, &wish("https://h/a")).unwrap();
    assert_eq!(named(&access), ["http.sslVerify", "http.sslVersion", "http.sslKey", "GIT_SSL_NO_VERIFY"]);
    assert_eq!(access.not_honoured[0].value.as_deref(), Some("false"));
    here.environment = crate::Environment::default();
    let on = git_settings(&[("http.sslverify", "false"), ("http.https://h/.sslverify", "true")]);
    let access = Access::for_http(&here, &on, &wish("https://h/a")).unwrap();
    assert_eq!(named(&access), [""; 0]);
}

#[test]
fn authorities_of_git_replace_and_those_given_add() {
    let dir = tempfile::tempdir().unwrap();
    let mut here = surroundings(dir.path());
    fs::write(dir.path().join("mine.pem"), "").unwrap();
    let config = git_settings(&[("http.sslcainfo", "~/corp.pem")]);
    let asked = HttpWish { ca_file: Some("mine.pem".into()), ..wish("https://h/a") };
    let files = |here: &Surroundings| -> Vec<_> {
        let access = Access::for_http(here, &config, &asked).unwrap();
        access.way.ca_files.into_iter().map(|file| (file.path, file.replaces_system)).collect()
    };
    assert_eq!(files(&here), [(dir.path().join("corp.pem"), true), (dir.path().join("mine.pem"), false)]);
    here.environment.set("GIT_SSL_CAINFO", "/env.pem");
    assert_eq!(files(&here)[0].0, PathBuf::from("/env.pem"));
    let absent = HttpWish { ca_file: Some("absent.pem".into()), ..wish("https://h/a") };
    assert!(matches!(Access::for_http(&here, &config, &absent), Err(AccessError::CaFile { .. })));
}

#[test]
fn proxies_by_the_rules_of_the_client() {
    let dir = tempfile::tempdir().unwrap();
    let mut here = surroundings(dir.path());
    here.environment.set("HTTPS_PROXY", "http://environment:1");
    let config = git_settings(&[("http.proxy", "http://configured:1")]);
    let proxy = |wish: &HttpWish| Access::for_http(&here, &config, wish).unwrap().proxy.unwrap().host;
    assert_eq!(proxy(&wish("https://h/")), "configured");
    let flux = HttpWish { client: Client::Flux, ..wish("https://h/") };
    assert_eq!(proxy(&flux), "environment");
    assert_eq!(named(&Access::for_http(&here, &config, &flux).unwrap()), ["http.proxy"]);
    assert_eq!(proxy(&HttpWish { proxy: Some("http://given:1".into()), ..flux }), "given");
}

#[test]
fn a_bare_token_comes_with_advice() {
    let dir = tempfile::tempdir().unwrap();
    let mut here = surroundings(dir.path());
    here.environment.set(credentials::TOKEN, "hunter2");
    let access = Access::for_http(&here, &GitConfig::default(), &wish("https://h/")).unwrap();
    assert_eq!(access.notes.len(), 1);
    assert!(access.notes[0].contains("NETPROBE_USERNAME") && !access.notes[0].contains("hunter2"));
    here.environment.set(credentials::TOKEN, "two\nlines");
    assert!(matches!(
        Access::for_http(&here, &GitConfig::default(), &wish("https://h/")),
        Err(AccessError::Credential(_))
    ));
}

#[tokio::test]
async fn helpers_are_asked_only_where_git_has_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut here = surroundings(dir.path());
    here.git_program = dir.path().join("no-git");
    let ask =
        async |git: &GitConfig| Access::for_http(&here, git, &wish("https://h/")).unwrap().way.ask_git(&here).await;
    assert_eq!(ask(&GitConfig::default()).await, Ok(None), "git is not run for nothing");
    assert!(ask(&git_settings(&[("credential.helper", "store")])).await.is_err());
}
