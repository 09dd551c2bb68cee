//! OpenSSH's client configuration: read once, looked up per host, as `ssh_config(5)` says. It knows what a file says and
//! nothing of how that is used; what is not followed it names.

mod directive;
mod include;
mod jump;
mod keywords;
mod settings;
mod tokens;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub use directive::Directive;
pub use jump::JumpSpec;
pub use settings::{HostSettings, Route, Sourced};

pub(crate) use jump::MAX_JUMPS;
pub(crate) use tokens::Tokens;

use crate::pattern;
use crate::source::NotHonoured;
use crate::surroundings::Surroundings;
use include::{Item, MAX_FILES, Reader};

/// Which files are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ConfigChoice {
    /// `~/.ssh/config`, then the system's.
    #[default]
    Usual,
    /// One file and no other (`ssh -F FILE`).
    Only(PathBuf),
    /// None (`ssh -F none`, and every vantage that is not this user's).
    None,
}

/// The configuration files of this user, in the order in which they count.
#[derive(Debug, Clone, Default)]
pub struct SshConfig {
    files: Vec<Vec<Item>>,
}

impl SshConfig {
    /// Reads the files. One that does not exist says nothing; what cannot be read is named by [`SshConfig::lookup`].
    pub fn read(surroundings: &Surroundings, choice: &ConfigChoice) -> Self {
        let dot_ssh = surroundings.dot_ssh();
        let system = surroundings.system_ssh.clone();
        let wanted: Vec<(PathBuf, PathBuf)> = match choice {
            ConfigChoice::None => Vec::new(),
            ConfigChoice::Only(path) => vec![(surroundings.absolute(path), dot_ssh.unwrap_or(system))],
            ConfigChoice::Usual => {
                let own = dot_ssh.map(|dot_ssh| (dot_ssh.join("config"), dot_ssh));
                own.into_iter().chain([(system.join("ssh_config"), system)]).collect()
            }
        };
        let read = |(path, base): &(PathBuf, PathBuf)| {
            let must_exist = matches!(choice, ConfigChoice::Only(_));
            let mut reader = Reader { base, home: surroundings.ssh_home.as_deref(), files_left: MAX_FILES };
            (must_exist || path.exists()).then(|| reader.read(path, 0))
        };
        Self { files: wanted.iter().filter_map(read).collect() }
    }

    /// Reads a text as if it stood in a file of that name. Relative includes start at the directory of the file.
    pub fn parse(text: &str, path: &Path) -> Self {
        let base = path.parent().unwrap_or(Path::new("/"));
        let mut reader = Reader { base, home: None, files_left: MAX_FILES };
        Self { files: vec![reader.parse(text, path, 0)] }
    }

    /// What applies to a host, named as on ssh's command line. `before` are directives that come before every file: the
    /// options of the command line.
    pub fn lookup(&self, host: &str, before: &[Directive]) -> HostSettings {
        let mut settings = HostSettings::default();
        for directive in before {
            settings.take(directive);
        }
        for items in &self.files {
            apply(items, true, host, &mut settings);
        }
        settings
    }
}

/// Walks one file. `outer` says whether the place that includes it applies to the host.
fn apply(items: &[Item], outer: bool, host: &str, settings: &mut HostSettings) {
    let mut active = outer;
    for item in items {
        match item {
            Item::Host(patterns) => {
                active = outer && pattern::list_matches(patterns.iter().map(String::as_str), host);
            }
            Item::Match { all, source } => {
                active = outer && *all;
                if outer && !all {
                    // The criteria stay out of sight: `exec` holds a command.
                    let why =
                        "its conditions are not evaluated; what follows it, up to the next Host or Match, is skipped";
                    settings.not_honoured.push(NotHonoured::new("Match", source.clone(), why));
                }
            }
            Item::Set(directive) if active => settings.take(directive),
            Item::Included(items) => apply(items, active, host, settings),
            Item::Unread(named) if active => settings.not_honoured.push(named.clone()),
            Item::Set(_) | Item::Unread(_) => {}
        }
    }
}
