//! What may be wrong with git itself behind a server, whichever that is.
//!
//! Knows where git lets others in: the hook around `git pack-objects`, and whatever starts its server side. Refuses to
//! know how a server hands an environment on.

use std::fs;
use std::iter::once;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::units::{Delay, Rate};

/// The table `[git]` of a scenario.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GitFaults {
    /// How long git takes before its first words. Later requests of the same clone over HTTP are not delayed.
    pub refs_delay: Option<Delay>,
    /// How long git takes to prepare the pack. It sends keepalives every 5 s meanwhile (`uploadpack.keepAlive`), and says
    /// every second how far it is to who asks for progress.
    pub pack_delay: Option<Delay>,
    /// Whether git sends no keepalives, as servers that are not git's own.
    pub no_keepalives: bool,
    /// The most that comes out of the pack, in tenths of a second; programs that start take up to a tenth of it away.
    pub pack_rate: Option<Rate>,
    /// Whether git dies on the server while it prepares the pack.
    pub pack_fails: bool,
    /// Whether one byte of the pack arrives as another one, though every packet around it is sound.
    pub pack_damaged: bool,
    /// Whether there is nothing where the repository should be.
    pub missing: bool,
}

impl GitFaults {
    /// What goes into the environment of git's server side, as protected configuration (git-config(1), "SCOPES"), which
    /// the hook insists on. `folder` keeps what these variables name.
    pub(super) fn environment(&self, folder: &Path) -> Result<Vec<(String, String)>> {
        let mut settings = Vec::new();
        if let Some(script) = self.pack_objects() {
            let hook = folder.join("pack-objects");
            fs::write(&hook, script).with_context(|| format!("cannot write {}", hook.display()))?;
            settings.push(("uploadpack.packObjectsHook", format!("sh {}", hook.display())));
        }
        if self.no_keepalives {
            settings.push(("uploadpack.keepAlive", "0".to_owned()));
        }
        if settings.is_empty() {
            return Ok(Vec::new());
        }
        let mut variables = vec![("GIT_CONFIG_COUNT".to_owned(), settings.len().to_string())];
        for (index, (key, value)) in settings.into_iter().enumerate() {
            variables.push((format!("GIT_CONFIG_KEY_{index}"), key.to_owned()));
            variables.push((format!("GIT_CONFIG_VALUE_{index}"), value));
        }
        Ok(variables)
    }

    /// The shell command that runs before git says anything.
    pub(super) fn before_first_words(&self) -> Option<String> {
        self.refs_delay.map(|delay| sleep(delay.duration()))
    }

    /// The path under which clients ask for a repository.
    pub(super) fn asked_for(&self, repository: &Path) -> PathBuf {
        if self.missing { repository.with_file_name("missing.git") } else { repository.to_owned() }
    }

    /// The hook, called with `git pack-objects …` as its arguments; none where nothing is wrong with the pack.
    fn pack_objects(&self) -> Option<String> {
        let delay = self.pack_delay.map(|delay| busy(delay.duration()));
        if self.pack_fails {
            return Some(format!("{}\n{DIES}\n", delay.unwrap_or_default()));
        }
        let stations = [self.pack_damaged.then(|| DAMAGES.to_owned()), self.pack_rate.map(paced)];
        let pipeline: Vec<String> = once("\"$@\"".to_owned()).chain(stations.into_iter().flatten()).collect();
        if delay.is_none() && pipeline.len() == 1 {
            return None;
        }
        Some(format!("{}\nexec 3>&1\n{}\n", delay.unwrap_or_default(), pipeline.join(" | ")))
    }
}

/// A station of a pipeline that lets through so much in each tenth of a second, and hands it to descriptor 3.
fn paced(rate: Rate) -> String {
    let tenth_bytes = (rate.bits_per_second() / 8 / 10).max(1);
    // `dd` counts what it moved: nothing at the end of the pack, and nothing once nobody reads any more.
    format!("until dd bs={tenth_bytes} count=1 iflag=fullblock 2>&1 >&3 | grep -q '^0+0 records'; do sleep 0.1; done")
}

/// A shell command that takes as long, and says every second how far it is if git was asked to (`upload-pack.c` hands
/// `--progress` on).
fn busy(duration: Duration) -> String {
    let (seconds, rest) = (duration.as_secs(), Duration::from_nanos(duration.subsec_nanos().into()));
    let says = "case \" $* \" in *' --progress '*) printf 'Counting objects: %d\\r' \"$second\" >&2;; esac";
    format!(
        "{}\nsecond=0\nwhile [ $second -lt {seconds} ]; do sleep 1; second=$((second + 1)); {says}; done",
        sleep(rest)
    )
}

/// What a killed pack-objects leaves behind: git tells the client that it aborts. It reads what git asks of it first: git dies of
/// SIGPIPE, and tells nobody anything, where it is gone before (2 times in 150, git 2.39.5 `upload-pack.c`, `create_pack_file`).
const DIES: &str = "cat >/dev/null; echo 'Killed' >&2; exit 137";
/// Adds one to the byte behind the first 4,096: behind the header, and within an object of any pack worth the name.
const DAMAGES: &str = r"{ head -c 4096; head -c 1 | LC_ALL=C tr '\000-\377' '\001-\377\000'; cat; }";

/// A shell command that takes as long.
pub(super) fn sleep(duration: Duration) -> String {
    format!("sleep {:.3}", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::process;

    #[test]
    fn a_paced_pack_arrives_whole_and_not_before_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let faults = GitFaults { pack_rate: Some("800kbit".parse().unwrap()), ..GitFaults::default() };
        let environment = faults.environment(folder.path()).unwrap();
        // In the way in which git starts the hook.
        let hook = format!("{} \"$@\"", environment[2].1);
        let mut command = Command::new("sh");
        command.args(["-c", &hook, "sh", "sh", "-c", "head -c 50001 /dev/zero"]);
        let finished = process::run(&mut command, Duration::from_mins(1)).unwrap();
        assert_eq!((finished.stdout.len(), finished.stderr.as_str()), (50_001, ""));
        // Six pieces of a tenth of a second, the last of a single byte.
        assert!(finished.took >= Duration::from_millis(500), "{:?}", finished.took);
    }

    #[test]
    fn a_late_pack_says_how_far_it_is_to_who_asked() {
        let faults = GitFaults { pack_delay: Some("1200ms".parse().unwrap()), ..GitFaults::default() };
        let script = faults.pack_objects().unwrap();
        let run = |last: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", &script, "sh", "echo", "pack", last]);
            process::run(&mut command, Duration::from_mins(1)).unwrap()
        };
        let asked = run("--progress");
        assert_eq!((asked.stdout.trim(), asked.stderr.trim()), ("pack --progress", "Counting objects: 1"));
        assert!(asked.took >= Duration::from_millis(1_200), "{:?}", asked.took);
        assert_eq!(run("-q").stderr, "");
    }

    #[test]
    fn a_server_without_keepalives_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let faults = GitFaults { no_keepalives: true, ..GitFaults::default() };
        let environment = faults.environment(folder.path()).unwrap();
        let setting = |name: &str| environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        assert_eq!(setting("GIT_CONFIG_KEY_0"), Some("uploadpack.keepAlive"));
        assert_eq!((setting("GIT_CONFIG_VALUE_0"), setting("GIT_CONFIG_COUNT")), (Some("0"), Some("1")));
    }

    #[test]
    fn a_damaged_pack_is_as_long_and_differs_in_one_byte() {
        let sent: Vec<u8> = (0..9_000_u32).map(|at| u8::try_from(at % 251).unwrap_or_default()).collect();
        let folder = tempfile::tempdir().unwrap();
        let pack = folder.path().join("pack");
        fs::write(&pack, &sent).unwrap();
        let faults = GitFaults { pack_damaged: true, ..GitFaults::default() };
        let script = faults.pack_objects().unwrap();
        let got = Command::new("sh").args(["-c", &script, "sh", "cat"]).arg(&pack).output().unwrap().stdout;
        let differing: Vec<usize> = (0..sent.len()).filter(|at| got.get(*at) != sent.get(*at)).collect();
        assert_eq!((got.len(), differing), (sent.len(), vec![4_096]));
    }

    #[test]
    fn nothing_is_set_where_nothing_is_wrong() {
        let faults = GitFaults::default();
        assert_eq!(faults.environment(Path::new("/nonexistent")).unwrap(), []);
        assert_eq!(faults.before_first_words(), None);
        assert_eq!(faults.asked_for(Path::new("/a/b.git")), Path::new("/a/b.git"));
    }
}
