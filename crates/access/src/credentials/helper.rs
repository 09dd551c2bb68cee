//! Asks git's credential helpers, without letting them ask anybody (gitcredentials(7), git-credential(1)).

use std::time::Duration;

use url::Url;

use super::{FoundCredential, HttpCredential};
use crate::bounded::{Bounded, BoundedError};
use crate::secret::Secret;
use crate::source::Source;
use crate::surroundings::Surroundings;

/// What `git credential fill` knows for a URL; nothing if no helper knows anything.
///
/// # Errors
/// A sentence: git is missing, or gave no answer in time.
pub(crate) async fn ask_git(
    surroundings: &Surroundings,
    url: &Url,
    user: Option<&Secret>,
) -> Result<Option<FoundCredential>, String> {
    ask_within(surroundings, url, user, MAX_TIME).await
}

pub(super) async fn ask_within(
    surroundings: &Surroundings,
    url: &Url,
    user: Option<&Secret>,
    max_time: Duration,
) -> Result<Option<FoundCredential>, String> {
    let mut environment = surroundings.environment.clone();
    for (name, value) in NO_QUESTIONS {
        environment.set(name, value);
    }
    let asked = Bounded {
        program: &surroundings.git_program,
        arguments: &["credential", "fill"],
        environment: &environment,
        directory: &surroundings.working_directory,
        input: question(url, user).ok_or("the URL cannot be put to git credential")?,
        max_bytes: MAX_ANSWER_BYTES,
        max_time,
    };
    match asked.output().await {
        Ok(answer) => Ok(read_answer(&String::from_utf8_lossy(&answer))),
        // Without an answer from a helper git would ask the terminal, which it must not: it fails.
        Err(BoundedError::Failed(_)) => Ok(None),
        Err(why) => Err(format!("git credential fill: {why}")),
    }
}

/// The description of the URL. Nothing if a value has a line break in it, which would add lines of its own.
fn question(url: &Url, user: Option<&Secret>) -> Option<Secret> {
    let mut host = url.host_str()?.to_owned();
    if let Some(port) = url.port() {
        host = format!("{host}:{port}");
    }
    let path = url.path().trim_start_matches('/');
    let user = user.map(|user| format!("username={}", user.expose()));
    let facts = [format!("protocol={}", url.scheme()), format!("host={host}"), format!("path={path}")];
    let facts: Vec<String> = facts.into_iter().chain(user).collect();
    let one_line_each = facts.iter().all(|fact| !fact.contains(char::is_control));
    one_line_each.then(|| Secret::new(facts.join("\n") + "\n\n"))
}

fn read_answer(answer: &str) -> Option<FoundCredential> {
    let value = |key: &str| answer.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    let (user, password) = (value("username")?, value("password")?);
    if [user, password].iter().any(|text| text.contains(char::is_control)) {
        return None;
    }
    let credential = HttpCredential::Basic { user: user.into(), password: password.into() };
    Some(FoundCredential { credential, source: Source::GitCredential })
}

/// Empty programs for asking end git's search for one (prompt.c); the last is for Git Credential Manager.
const NO_QUESTIONS: [(&str, &str); 4] =
    [("GIT_TERMINAL_PROMPT", "0"), ("GIT_ASKPASS", ""), ("SSH_ASKPASS", ""), ("GCM_INTERACTIVE", "never")];

const MAX_TIME: Duration = Duration::from_secs(5);

const MAX_ANSWER_BYTES: u64 = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_has_a_line_for_each_fact_and_no_more() {
        let ask = |url: &str, user: Option<&str>| {
            question(&url.parse().unwrap(), user.map(Secret::from).as_ref()).map(|text| text.expose().to_owned())
        };
        assert_eq!(
            ask("https://h.example:8443/a/b.git", Some("ada")).as_deref(),
            Some("protocol=https\nhost=h.example:8443\npath=a/b.git\nusername=ada\n\n")
        );
        assert_eq!(ask("https://h/", None).as_deref(), Some("protocol=https\nhost=h\npath=\n\n"));
        assert_eq!(ask("https://h/", Some("ada\nhost=evil")), None);
    }

    #[test]
    fn an_answer_needs_both_halves() {
        assert!(read_answer("protocol=https\nusername=a\npassword=b=c\n").is_some());
        assert!(read_answer("username=a\n").is_none());
        assert!(read_answer("username=a\npassword=b\u{1b}[2J\n").is_none());
    }
}
