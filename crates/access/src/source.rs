//! Where a setting came from, and the settings that netprobe saw and did not follow.

use std::fmt;
use std::path::{Path, PathBuf};

/// The place that a setting was read from, printed as a person would look it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Built in: nothing was configured.
    Default,
    /// Given to netprobe itself, by the name of the option.
    Option(&'static str),
    /// An environment variable, by name.
    Environment(&'static str),
    /// The URL of the target.
    Url,
    /// A file, and its line counted from 1 where the reader knows it.
    File {
        /// Its path.
        path: PathBuf,
        /// The line, counted from 1.
        line: Option<usize>,
    },
    /// A setting of git: its key, and the origin as git names it (`file:/home/a/.gitconfig`, `command line:`).
    Git {
        /// The key, in git's spelling. Of a key with a URL inside, user-info is left out.
        key: String,
        /// The origin as `git config --show-origin` prints it.
        origin: String,
    },
    /// Answered by `git credential fill`.
    GitCredential,
    /// A Secret that a GitRepository names, mounted into the pod.
    FluxSecret,
}

impl Source {
    /// A whole file.
    pub fn file(path: &Path) -> Self {
        Self::File { path: path.to_path_buf(), line: None }
    }

    /// One line of a file, counted from 1.
    pub fn line(path: &Path, line: usize) -> Self {
        Self::File { path: path.to_path_buf(), line: Some(line) }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Option(name) => write!(f, "option {name}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Url => f.write_str("the target's URL"),
            Self::File { path, line: Some(line) } => write!(f, "{}:{line}", path.display()),
            Self::File { path, line: None } => write!(f, "{}", path.display()),
            Self::Git { key, origin } => write!(f, "git's {key} ({origin})"),
            Self::FluxSecret => f.write_str("the Secret of the GitRepository"),
            Self::GitCredential => f.write_str("git credential fill"),
        }
    }
}

/// A setting that changes how ssh or git would connect and that netprobe does not follow. Such settings are named, so
/// that nobody compares a run of netprobe with a `git clone` that went another way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotHonoured {
    /// The setting in its owner's spelling: `ProxyCommand`, `http.sslVerify`.
    pub setting: String,
    /// Its value, left out wherever a secret could stand.
    pub value: Option<String>,
    /// Where it was found.
    pub source: Source,
    /// What it would have done, or why it was left alone.
    pub why: String,
}

impl NotHonoured {
    /// One whose value could hold a secret or says nothing.
    pub fn new(setting: impl Into<String>, source: Source, why: impl Into<String>) -> Self {
        Self { setting: setting.into(), value: None, source, why: why.into() }
    }

    /// The same with a value that is safe to show.
    #[must_use]
    pub fn with_value(mut self, value: impl Into<String>) -> Self {
        self.value = Some(value.into());
        self
    }
}

impl fmt::Display for NotHonoured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.setting)?;
        if let Some(value) = &self.value {
            write!(f, " {value}")?;
        }
        write!(f, " ({}): {}", self.source, self.why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_one_line_to_look_up() {
        let source = Source::line(Path::new("/home/a/.ssh/config"), 3);
        let plain = NotHonoured::new("ProxyCommand", source.clone(), "runs a program in place of a connection");
        assert_eq!(plain.to_string(), "ProxyCommand (/home/a/.ssh/config:3): runs a program in place of a connection");
        let valued = NotHonoured::new("AddressFamily", source, "why").with_value("inet6");
        assert_eq!(valued.to_string(), "AddressFamily inet6 (/home/a/.ssh/config:3): why");
    }
}
