//! Precedence from literals; helpers with the real git.

use std::fs;
use std::time::Duration;

use super::helper::ask_within;
use super::*;
use crate::testing::{program, surroundings};

fn header(found: Option<FoundCredential>) -> Option<String> {
    found.map(|found| found.credential.authorization_header().expose().to_owned())
}

#[test]
fn headers() {
    let basic = HttpCredential::Basic { user: "Aladdin".into(), password: "open sesame".into() };
    // The example of RFC 7617 §2.
    assert_eq!(basic.authorization_header().expose(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    let bearer = HttpCredential::Bearer { token: "mF_9.B5f-4.1JqM".into() };
    assert_eq!(bearer.authorization_header().expose(), "Bearer mF_9.B5f-4.1JqM");
    assert!(!format!("{basic:?} {bearer:?}").contains("sesame"));
}

#[test]
fn user_info_leaves_the_url() {
    let mut url: Url = "https://ad%40a:p%2Fw@h/a".parse().unwrap();
    let info = UserInfo::take_from(&mut url).unwrap();
    assert_eq!((info.user.expose(), info.password.as_ref().unwrap().expose()), ("ad@a", "p/w"));
    assert_eq!(url.as_str(), "https://h/a");
    assert_eq!(UserInfo::take_from(&mut url), None);
}

#[test]
fn the_first_that_was_given_wins() {
    let dir = tempfile::tempdir().unwrap();
    let mut here = surroundings(dir.path());
    fs::write(dir.path().join("token"), " from-file \nsecond line\n").unwrap();
    let in_url = UserInfo { user: "u".into(), password: Some("p".into()) };
    let user_only = UserInfo { user: "u".into(), password: None };
    let file = Some(Path::new("token"));

    assert_eq!(given(&here, None, None), Ok(None));
    assert_eq!(given(&here, None, Some(&user_only)), Ok(None));
    assert_eq!(header(given(&here, None, Some(&in_url)).unwrap()).as_deref(), Some("Basic dTpw"));
    here.environment.set(PASSWORD, "w");
    assert_eq!(given(&here, None, None), Err(CredentialError::NoUser));
    here.environment.set(USERNAME, "n");
    assert_eq!(header(given(&here, None, Some(&in_url)).unwrap()).as_deref(), Some("Basic bjp3"));
    here.environment.set(TOKEN, "t\n");
    assert_eq!(header(given(&here, None, None).unwrap()).as_deref(), Some("Basic bjp0"));
    here.environment.set(USERNAME, "");
    assert_eq!(header(given(&here, None, None).unwrap()).as_deref(), Some("Bearer t"));
    assert_eq!(header(given(&here, file, None).unwrap()).as_deref(), Some("Bearer from-file"));
    assert_eq!(header(given(&here, file, Some(&user_only)).unwrap()).as_deref(), Some("Basic dTpmcm9tLWZpbGU="));
}

#[test]
fn what_cannot_be_used_is_an_error_without_the_secret() {
    let dir = tempfile::tempdir().unwrap();
    let mut here = surroundings(dir.path());
    fs::write(dir.path().join("empty"), "\n\n").unwrap();
    assert!(matches!(given(&here, Some(Path::new("empty")), None), Err(CredentialError::Empty { .. })));
    assert!(matches!(given(&here, Some(Path::new("absent")), None), Err(CredentialError::Unreadable { .. })));
    here.environment.set(TOKEN, "hunter2\r\nX-Evil: 1");
    let error = given(&here, None, None).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

const PLENTY: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_helper_answers_and_nobody_is_asked() {
    if program("git").is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut here = surroundings(dir.path());
    let asked = dir.path().join("somebody-was-asked");
    let ask = dir.path().join("ask");
    fs::write(&ask, format!("#!/bin/sh\ntouch {}\necho x\n", asked.display())).unwrap();
    fs::set_permissions(&ask, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    here.environment.set("GIT_ASKPASS", ask.to_str().unwrap());
    here.environment.set("SSH_ASKPASS", ask.to_str().unwrap());
    let configure = |text: String| fs::write(dir.path().join(".gitconfig"), text).unwrap();
    let url: Url = "https://git.example.com/a".parse().unwrap();

    configure(format!("[core]\naskPass = {}\n", ask.display()));
    assert_eq!(ask_within(&here, &url, None, PLENTY).await, Ok(None));
    assert!(!asked.exists(), "a program that asks was run");

    configure(
        "[credential \"https://git.example.com\"]\nhelper = \"!f() { echo username=ada; echo password=tok; }; f\"\n"
            .into(),
    );
    let found = ask_within(&here, &url, None, PLENTY).await.unwrap();
    assert_eq!(header(found).as_deref(), Some("Basic YWRhOnRvaw=="));
    let elsewhere = "https://elsewhere.example.com/".parse().unwrap();
    assert_eq!(ask_within(&here, &elsewhere, None, PLENTY).await, Ok(None));
}

#[tokio::test]
async fn a_helper_that_hangs_is_ended() {
    if program("git").is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let here = surroundings(dir.path());
    fs::write(dir.path().join(".gitconfig"), "[credential]\nhelper = \"!sleep 60; echo\"\n").unwrap();
    let url = "https://git.example.com/a".parse().unwrap();
    let problem = ask_within(&here, &url, None, Duration::from_millis(500)).await.unwrap_err();
    assert!(problem.contains("gave no answer"), "{problem}");
}
