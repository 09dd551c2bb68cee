//! What netprobe is asked in a trial: the same for the matrix, which reads the answer, and for a person in a shell, who asks
//! again.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::git::Access;
use crate::scenario::Client;

/// One question: the scenario's client, what lets it in, and where the repository is.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    pub(crate) client: &'a Client,
    pub(crate) access: Access,
    pub(crate) url: String,
}

impl Question<'_> {
    /// Behind `netprobe run`, the scenario's own options last.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let Self { client, access, url } = self;
        let mut words = ["--flux-version", ORACLE_VERSION].map(str::to_owned).to_vec();
        words.extend(["--ref".to_owned(), format!("branch={}", client.branch)]);
        words.extend(["--timeout".to_owned(), format!("{}ms", client.timeout.duration().as_millis())]);
        let files = [
            ("--identity", &access.identity),
            ("--known-hosts", &access.known_hosts),
            ("--ca-file", &access.authority),
        ];
        let given =
            |(flag, file): (&str, &Option<PathBuf>)| Some([flag.to_owned(), file.as_ref()?.display().to_string()]);
        words.extend(files.into_iter().filter_map(given).flatten());
        words.extend(client.options.iter().cloned());
        words.push(url.clone());
        words
    }

    /// The whole command, as a shell takes it (POSIX shell, 2.2.2).
    pub(crate) fn command_line(&self) -> String {
        let mut line = String::new();
        for (name, value) in &self.client.environment {
            let _ = write!(line, "{name}={} ", quoted(value));
        }
        line.push_str("netprobe run");
        for word in self.arguments() {
            line.push(' ');
            line.push_str(&quoted(&word));
        }
        line
    }
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// The release of Flux that the oracle is (its README).
const ORACLE_VERSION: &str = "2.9";

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::process::{self, QUICK};

    #[test]
    fn a_shell_reads_the_question_as_it_is_asked() {
        let client = Client {
            timeout: Duration::from_millis(8_500).into(),
            branch: "it's $HOME".to_owned(),
            options: vec!["--budget".to_owned(), "18s".to_owned(), "--thorough".to_owned()],
            environment: [("ALL_PROXY".to_owned(), "socks5://a b:1".to_owned())].into(),
            ..Client::default()
        };
        let access = Access { identity: Some("/a key".into()), known_hosts: None, authority: None };
        let question = Question { client: &client, access, url: "ssh://git@git.lab.test/r.git".to_owned() };
        let script = format!("netprobe() {{ printf '%s\\n' \"$ALL_PROXY\" \"$@\"; }}\n{}", question.command_line());
        let said = process::run(std::process::Command::new("sh").args(["-c", &script]), QUICK).unwrap().stdout;
        let read: Vec<&str> = said.lines().collect();
        let wanted = [vec!["socks5://a b:1".to_owned(), "run".to_owned()], question.arguments()].concat();
        assert_eq!(read, wanted);
        for pair in
            [["--timeout", "8500ms"], ["--budget", "18s"], ["--identity", "/a key"], ["--ref", "branch=it's $HOME"]]
        {
            assert!(read.windows(2).any(|words| words == pair), "{pair:?}: {said}");
        }
        assert_eq!(read.last(), Some(&"ssh://git@git.lab.test/r.git"));
    }
}
