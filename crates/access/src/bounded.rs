//! Runs a program of this machine with a bound on its time and on its output. Whatever happens, its whole process group is
//! gone afterwards if it did not end by itself.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use crate::secret::Secret;
use crate::surroundings::Environment;

/// What to run. The environment is given whole: nothing is inherited.
pub(crate) struct Bounded<'a> {
    pub(crate) program: &'a Path,
    pub(crate) arguments: &'a [&'a str],
    pub(crate) environment: &'a Environment,
    pub(crate) directory: &'a Path,
    /// Written to its standard input.
    pub(crate) input: Secret,
    pub(crate) max_bytes: u64,
    pub(crate) max_time: Duration,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BoundedError {
    #[error("it is not installed")]
    Absent,
    #[error("it cannot be run: {0}")]
    NotRun(String),
    #[error("it gave no answer within {} s and was ended", .0.as_secs())]
    TimedOut(Duration),
    #[error("its answer is longer than {0} bytes")]
    TooLong(u64),
    #[error("it ended with {0}")]
    Failed(std::process::ExitStatus),
}

impl Bounded<'_> {
    /// Its standard output, if it succeeds. What it says on standard error is dropped: it may quote secrets.
    pub(crate) async fn output(self) -> Result<Vec<u8>, BoundedError> {
        let mut child = Command::new(self.program)
            .args(self.arguments)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (OsStr::new(name), OsStr::new(value))))
            .current_dir(self.directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound if self.directory.is_dir() => BoundedError::Absent,
                _ => BoundedError::NotRun(error.to_string()),
            })?;
        let mut group = Group(child.id().and_then(|id| Pid::from_raw(id.cast_signed())));
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let work = async {
            let feed = async {
                if let Some(mut stdin) = stdin {
                    // A program that does not read its input breaks the pipe; its answer is what counts.
                    let _ = stdin.write_all(self.input.expose().as_bytes()).await;
                }
            };
            let drain = async {
                let mut bytes = Vec::new();
                if let Some(stdout) = stdout {
                    stdout.take(self.max_bytes + 1).read_to_end(&mut bytes).await?;
                }
                Ok::<_, std::io::Error>(bytes)
            };
            let ((), bytes) = tokio::join!(feed, drain);
            let bytes = bytes.map_err(|error| BoundedError::NotRun(error.to_string()))?;
            if bytes.len() as u64 > self.max_bytes {
                return Err(BoundedError::TooLong(self.max_bytes));
            }
            let status = child.wait().await.map_err(|error| BoundedError::NotRun(error.to_string()))?;
            if status.success() { Ok(bytes) } else { Err(BoundedError::Failed(status)) }
        };
        let outcome = match tokio::time::timeout(self.max_time, work).await {
            Ok(outcome) => outcome,
            Err(_) => Err(BoundedError::TimedOut(self.max_time)),
        };
        if matches!(outcome, Ok(_) | Err(BoundedError::Failed(_))) {
            group.0 = None;
        }
        outcome
    }
}

/// Ends a process group on drop: git's credential helpers are its grandchildren.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // It may have ended by itself in between; then there is nothing left to do.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::surroundings;

    async fn shell(script: &str, max_time: Duration) -> Result<Vec<u8>, BoundedError> {
        let dir = tempfile::tempdir().unwrap();
        let here = surroundings(dir.path());
        let bounded = Bounded {
            program: Path::new("/bin/sh"),
            arguments: &["-c", script],
            environment: &here.environment,
            directory: dir.path(),
            input: Secret::new("line\n"),
            max_bytes: 1000,
            max_time,
        };
        bounded.output().await
    }

    const PLENTY: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn answers_within_the_bounds() {
        assert_eq!(shell("cat", PLENTY).await, Ok(b"line\n".to_vec()));
        assert_eq!(shell("exec <&-; echo deaf", PLENTY).await, Ok(b"deaf\n".to_vec()));
        assert_eq!(shell("yes", PLENTY).await, Err(BoundedError::TooLong(1000)));
        assert!(matches!(shell("exit 3", PLENTY).await, Err(BoundedError::Failed(_))));
    }

    /// The grandchild holds the pipe open; were it not ended, reading the pipe to its end would outlast the test.
    #[tokio::test]
    async fn a_silent_program_is_ended_with_its_children() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let opened = tokio::task::spawn_blocking({
            let pipe = pipe.clone();
            move || std::fs::read(pipe)
        });
        let script = format!("sleep 60 > {} & wait", pipe.display());
        let limit = Duration::from_millis(300);
        assert_eq!(shell(&script, limit).await, Err(BoundedError::TimedOut(limit)));
        let read = tokio::time::timeout(Duration::from_secs(20), opened).await;
        assert_eq!(read.expect("the grandchild is still there").unwrap().unwrap(), b"");
    }

    #[tokio::test]
    async fn a_missing_program_is_told_from_a_broken_one() {
        let dir = tempfile::tempdir().unwrap();
        let here = surroundings(dir.path());
        let missing = Bounded {
            program: Path::new("netprobe-no-such-program"),
            arguments: &[],
            environment: &here.environment,
            directory: dir.path(),
            input: Secret::default(),
            max_bytes: 1,
            max_time: PLENTY,
        };
        assert_eq!(missing.output().await, Err(BoundedError::Absent));
    }
}
