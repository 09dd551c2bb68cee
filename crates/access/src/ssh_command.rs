//! The ssh that git would run: `GIT_SSH_COMMAND`, `core.sshCommand`, `GIT_SSH`. Its options become directives that come
//! before every file; what cannot be followed is named.

use std::path::{Path, PathBuf};

use crate::git_config::GitConfig;
use crate::source::{NotHonoured, Source};
use crate::ssh_config::{ConfigChoice, Directive};
use crate::surroundings::{Environment, Surroundings};

/// What the command line of ssh says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SshCommand {
    /// Its options, as the lines of a configuration that they stand for.
    pub directives: Vec<Directive>,
    /// `-F`.
    pub config: ConfigChoice,
    /// What is not followed.
    pub not_honoured: Vec<NotHonoured>,
}

impl SshCommand {
    /// The command that git would run, in git's order of precedence. Nothing configured means plain `ssh`.
    pub fn of(surroundings: &Surroundings, git: &GitConfig) -> Self {
        let environment = &surroundings.environment;
        if let Some(command) = environment.filled("GIT_SSH_COMMAND") {
            return Self::parse(command, environment, &Source::Environment("GIT_SSH_COMMAND"));
        }
        if let Some(setting) = git.last("core", "sshcommand") {
            return Self::parse(setting.text(), environment, &setting.source());
        }
        match environment.filled("GIT_SSH") {
            // The whole value is the path of a program, without arguments.
            Some(program) if !is_ssh(program) => Self::refused(&Source::Environment("GIT_SSH"), OTHER_PROGRAM),
            _ => Self::default(),
        }
    }

    /// Reads a command as a shell would.
    pub fn parse(command: &str, environment: &Environment, source: &Source) -> Self {
        if command.contains(['`', '|', ';', '&', '<', '>', '(', ')', '\n']) {
            return Self::refused(source, "it needs a shell to be understood");
        }
        let Ok(words) = shell_words::split(command) else {
            return Self::refused(source, "a quote in it is not closed");
        };
        let Some(words) = words.iter().map(|word| with_variables(word, command, environment)).collect() else {
            return Self::refused(source, "it names variables that cannot be resolved here");
        };
        let words: Vec<String> = words;
        let assignments = words.iter().take_while(|word| is_assignment(word)).count();
        let mut found = Self::default();
        if assignments > 0 {
            let why = "it sets environment variables for ssh";
            found.not_honoured.push(NotHonoured::new("the ssh command of git", source.clone(), why));
        }
        let mut words = words.into_iter().skip(assignments);
        match words.next() {
            Some(program) if is_ssh(&program) => found.options(words, source),
            _ => return Self::refused(source, OTHER_PROGRAM),
        }
        found
    }

    fn refused(source: &Source, why: &str) -> Self {
        let named = NotHonoured::new("the ssh command of git", source.clone(), why);
        Self { not_honoured: vec![named], ..Self::default() }
    }

    /// Options as getopt(3) reads them: flags may stand together, a value may stand in the same word or the next.
    fn options(&mut self, words: impl Iterator<Item = String>, source: &Source) {
        let mut words = words;
        while let Some(word) = words.next() {
            let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty() && *letters != "-") else {
                self.leave(&word, source, "git adds the host itself; a host or command here would be taken for it");
                return;
            };
            for (at, letter) in letters.char_indices() {
                if !WITH_VALUE.contains(letter) {
                    self.flag(letter, source);
                    continue;
                }
                let rest = letters.get(at + letter.len_utf8()..).filter(|rest| !rest.is_empty()).map(str::to_owned);
                match rest.or_else(|| words.next()) {
                    Some(value) => self.option(letter, &value, source),
                    None => self.leave(&format!("-{letter}"), source, "it has no value"),
                }
                break;
            }
        }
    }

    fn option(&mut self, letter: char, value: &str, source: &Source) {
        let keyword = match letter {
            'i' => "IdentityFile",
            'p' => "Port",
            'l' => "User",
            'J' => "ProxyJump",
            'b' => "BindAddress",
            'B' => "BindInterface",
            'c' => "Ciphers",
            'm' => "MACs",
            'I' => "PKCS11Provider",
            'S' => "ControlPath",
            'F' if value == "none" => return self.config = ConfigChoice::None,
            'F' => return self.config = ConfigChoice::Only(PathBuf::from(value)),
            'o' => {
                match Directive::parse(value, source.clone()) {
                    Ok(Some(directive)) => self.directives.push(directive),
                    Ok(None) | Err(_) => self.leave("-o", source, "its value is no line of ssh_config"),
                }
                return;
            }
            // Escapes, logs and forwardings change nothing for git.
            'e' | 'E' | 'D' | 'L' | 'R' | 'w' | 'P' => return,
            _ => return self.leave(&format!("-{letter}"), source, "ssh would do something else than git asks for"),
        };
        self.directives.push(Directive::new(keyword, [value.to_owned()], source.clone()));
    }

    fn flag(&mut self, letter: char, source: &Source) {
        let (keyword, value) = match letter {
            '4' => ("AddressFamily", "inet"),
            '6' => ("AddressFamily", "inet6"),
            'C' => ("Compression", "yes"),
            'M' => ("ControlMaster", "yes"),
            'K' => ("GSSAPIAuthentication", "yes"),
            // Talk, terminals, agents and forwardings change nothing for git.
            'A' | 'a' | 'g' | 'k' | 'n' | 'q' | 'T' | 't' | 'v' | 'X' | 'x' | 'Y' | 'y' => return,
            _ => return self.leave(&format!("-{letter}"), source, "ssh would do something else than git asks for"),
        };
        self.directives.push(Directive::new(keyword, [value.to_owned()], source.clone()));
    }

    fn leave(&mut self, word: &str, source: &Source, why: &str) {
        // A whole word may be anything; of an option only its letter is shown.
        let setting = if word.len() == 2 { format!("ssh {word}") } else { "a word of the ssh command".to_owned() };
        self.not_honoured.push(NotHonoured::new(setting, source.clone(), why));
    }
}

fn is_ssh(program: &str) -> bool {
    Path::new(program).file_name().is_some_and(|name| name == "ssh")
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.starts_with(|c: char| c.is_ascii_digit())
            && !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// Replaces `$NAME` and `${NAME}`. Nothing if a variable is not set, or if quotes may have taken the meaning from a `$`.
fn with_variables(word: &str, command: &str, environment: &Environment) -> Option<String> {
    if !word.contains('$') {
        return Some(word.to_owned());
    }
    if command.contains(['\'', '\\']) {
        return None;
    }
    let mut parts = word.split('$');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let (name, rest) = if let Some(braced) = part.strip_prefix('{') {
            braced.split_once('}')?
        } else {
            let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(part.len());
            part.split_at(end)
        };
        out.push_str(environment.get(name)?);
        out.push_str(rest);
    }
    Some(out)
}

const OTHER_PROGRAM: &str = "git would run another program than ssh; netprobe speaks SSH itself";

/// The options of ssh(1) that take a value.
const WITH_VALUE: &str = "BbcDEeFIiJLlmOoPpQRSWw";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::surroundings;

    fn parse(command: &str) -> SshCommand {
        let environment = [("HOME".to_owned(), "/home/ada".to_owned())].into_iter().collect();
        SshCommand::parse(command, &environment, &Source::Environment("GIT_SSH_COMMAND"))
    }

    fn directives(command: &SshCommand) -> Vec<String> {
        command.directives.iter().map(|d| format!("{} {}", d.keyword, d.arguments.join(" "))).collect()
    }

    #[test]
    fn options_become_directives_in_their_order() {
        let found =
            parse("/usr/bin/ssh -i '/my keys/id' -p2222 -Tqv -l ada -o StrictHostKeyChecking=no -oUser=x -J b,c -F /f");
        assert_eq!(
            directives(&found),
            [
                "IdentityFile /my keys/id",
                "Port 2222",
                "User ada",
                "StrictHostKeyChecking no",
                "User x",
                "ProxyJump b,c"
            ]
        );
        assert_eq!(found.config, ConfigChoice::Only("/f".into()));
        assert_eq!(found.not_honoured, []);
        assert_eq!(parse("ssh -F none").config, ConfigChoice::None);
        assert_eq!(directives(&parse("ssh -4C")), ["AddressFamily inet", "Compression yes"]);
    }

    #[test]
    fn variables_are_resolved_as_far_as_quotes_allow() {
        for (command, file) in
            [("ssh -i $HOME/id", "/home/ada/id"), ("ssh -i \"${HOME}/id\"", "/home/ada/id"), ("ssh -i ~/id", "~/id")]
        {
            assert_eq!(directives(&parse(command)), [format!("IdentityFile {file}")], "{command}");
        }
        for command in ["ssh -i '$HOME/id'", "ssh -i $UNSET/id", "ssh -i ${HOME"] {
            let found = parse(command);
            assert_eq!((found.directives.len(), found.not_honoured.len()), (0, 1), "{command}");
        }
    }

    #[test]
    fn what_is_not_ssh_or_needs_a_shell_is_named_and_not_shown() {
        for command in
            ["plink -pw hunter2", "sshpass -p hunter2 ssh", "ssh -i $(hunter2)", "ssh; hunter2", "ssh 'hunter2", ""]
        {
            let found = parse(command);
            assert_eq!((found.directives.len(), found.not_honoured.len()), (0, 1), "{command}");
            assert!(!format!("{found:?}").contains("hunter2"), "{command}");
        }
        for command in ["ssh -W hunter2:22", "ssh hunter2", "ssh -o", "ssh -Z", "PASS=hunter2 ssh", "ssh -- hunter2"] {
            let found = parse(command);
            assert_eq!(found.not_honoured.len(), 1, "{command}");
            assert!(!format!("{found:?}").contains("hunter2"), "{command}");
        }
    }

    #[test]
    fn a_command_inside_an_option_is_not_shown() {
        let found = parse("ssh -o 'ProxyCommand=tool hunter2'");
        assert_eq!(found.directives.len(), 1);
        assert!(!format!("{found:?}").contains("hunter2"));
    }

    #[test]
    fn precedence_is_that_of_git() {
        let dir = tempfile::tempdir().unwrap();
        let mut here = surroundings(dir.path());
        let git = GitConfig::parse(b"file:/g\0core.sshcommand\nssh -p 2\0");
        here.environment.set("GIT_SSH", "/opt/plink");
        assert_eq!(SshCommand::of(&here, &GitConfig::default()).not_honoured.len(), 1);
        assert_eq!(directives(&SshCommand::of(&here, &git)), ["Port 2"]);
        here.environment.set("GIT_SSH_COMMAND", "ssh -p 1");
        assert_eq!(directives(&SshCommand::of(&here, &git)), ["Port 1"]);
        here.environment.set("GIT_SSH_COMMAND", "");
        here.environment.set("GIT_SSH", "/opt/bin/ssh");
        assert_eq!(SshCommand::of(&here, &GitConfig::default()), SshCommand::default());
    }
}
