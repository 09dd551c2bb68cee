//! The world that configuration is read from: home, environment, working directory. A value, so that tests and pods
//! bring their own. Files are read here with a bound; nothing is written and nothing is connected to.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Where this user's configuration is looked for.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The home that git means: `$HOME`.
    pub home: Option<PathBuf>,
    /// The home that ssh means: the one in the password database, which can differ from `$HOME` (sudo, containers).
    pub ssh_home: Option<PathBuf>,
    /// The local user's name, which ssh takes as the remote one when nothing else is said.
    pub user_name: Option<String>,
    /// Environment variables.
    pub environment: Environment,
    /// The directory whose checkout `origin` is read from.
    pub working_directory: PathBuf,
    /// The system-wide ssh directory, `/etc/ssh` on every distribution.
    pub system_ssh: PathBuf,
    /// The program that is asked for git's own configuration and credentials.
    pub git_program: PathBuf,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_this_process() -> Self {
        let environment = Environment::of_this_process();
        let home = environment.get("HOME").map(PathBuf::from);
        let passwd = read_text(Path::new("/etc/passwd"), MAX_CONFIG_BYTES).unwrap_or_default();
        let account = account(&passwd, rustix::process::getuid().as_raw());
        let (user_name, ssh_home) = account.unzip();
        Self {
            ssh_home: ssh_home.or_else(|| home.clone()),
            user_name: user_name.or_else(|| environment.get("USER").map(str::to_owned)),
            home,
            environment,
            working_directory: std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
            system_ssh: PathBuf::from("/etc/ssh"),
            git_program: PathBuf::from("git"),
        }
    }

    /// A world with nothing configured, under one directory: for tests, and for pods, which bring everything in the plan.
    pub fn bare(root: &Path) -> Self {
        Self {
            home: Some(root.to_path_buf()),
            ssh_home: Some(root.to_path_buf()),
            user_name: None,
            environment: Environment::default(),
            working_directory: root.to_path_buf(),
            system_ssh: root.join("etc-ssh"),
            git_program: PathBuf::from("git"),
        }
    }

    /// `~/.ssh`, or nothing for a user without a home.
    pub(crate) fn dot_ssh(&self) -> Option<PathBuf> {
        self.ssh_home.as_ref().map(|home| home.join(".ssh"))
    }

    /// A path as the user typed it to netprobe: relative to the working directory.
    pub(crate) fn absolute(&self, path: &Path) -> PathBuf {
        self.working_directory.join(path)
    }
}

/// Environment variables. `Debug` shows names only: values are where tokens live.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Those of this process; variables that are not UTF-8 are left out.
    pub fn of_this_process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    /// A variable that is set, be it empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A variable that is set and not empty.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Sets a variable.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// Every variable in the order of names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The text of a file of at most `max_bytes`; bytes that are not UTF-8 become replacement characters, because a stray
/// Latin-1 comment must not hide a configuration. Anything but a file (a directory, a pipe) is refused before it is read.
pub(crate) fn read_text(path: &Path, max_bytes: u64) -> io::Result<String> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(max_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_bytes {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {max_bytes} bytes")));
    }
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// Name and home of a user number, from the text of passwd(5).
fn account(passwd: &str, uid: u32) -> Option<(String, PathBuf)> {
    passwd.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, number, _, _, home, ..] = fields[..] else { return None };
        (number.parse() == Ok(uid)).then(|| (name.to_owned(), PathBuf::from(home)))
    })
}

/// No configuration file of a person is larger; what is, is not one.
pub(crate) const MAX_CONFIG_BYTES: u64 = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_database_names_the_home_that_ssh_uses() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nbroken\nada:x:1000:1000:Ada,,,:/home/ada:/bin/bash\n";
        assert_eq!(account(passwd, 1000), Some(("ada".into(), PathBuf::from("/home/ada"))));
        assert_eq!(account(passwd, 7), None);
    }

    #[test]
    fn the_environment_shows_names_and_no_values() {
        let mut environment = Environment::default();
        environment.set("NETPROBE_TOKEN", "hunter2");
        assert_eq!(format!("{environment:?}"), r#"{"NETPROBE_TOKEN"}"#);
    }

    #[test]
    fn files_are_read_up_to_a_bound_and_only_files() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config");
        std::fs::write(&path, b"# caf\xe9\nHost a\n").unwrap();
        assert_eq!(read_text(&path, 64).unwrap(), "# caf\u{fffd}\nHost a\n");
        assert_eq!(read_text(&path, 4).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(read_text(dir.path(), 64).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}
