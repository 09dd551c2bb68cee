//! Leave to choose cubic in a network namespace, which is a setting of the whole computer, and its return.
//!
//! A namespace may choose only among the algorithms that the computer allows to everybody
//! (`net.ipv4.tcp_allowed_congestion_control`; tcp(7)). Knows how several laboratories share that setting: each holds a
//! lock on the file that keeps the former value, and the last one puts it back. If all were killed, the next does. A
//! setting that is as wanted is not touched: in a container it can be read only.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use nix::unistd::geteuid;

use crate::programs::announce;
use crate::workplace;

/// As long as one of these lives, any host may use reno, cubic and whatever else the kernel has loaded.
#[derive(Debug)]
pub(crate) struct AllAllowed {
    setting: Setting,
    share: Option<File>,
}

/// The setting of the computer and the file that keeps what it was.
#[derive(Debug, Clone)]
struct Setting {
    value: PathBuf,
    available: PathBuf,
    record: PathBuf,
    lock: PathBuf,
}

impl AllAllowed {
    /// Allows all algorithms that the kernel has.
    pub(crate) fn acquire() -> Result<Self> {
        Self::of(Setting::of_this_computer())
    }

    fn of(setting: Setting) -> Result<Self> {
        let _alone = setting.alone()?;
        setting.sweep()?;
        let wanted = fs::read_to_string(&setting.available)?;
        if !setting.record.exists() {
            if sorted(&setting.read()?) == sorted(&wanted) {
                return Ok(Self { setting, share: None });
            }
            setting.keep()?;
        }
        let share = File::open(&setting.record)?;
        share.lock_shared()?;
        if let Err(error) = setting.write(wanted.trim()) {
            // Where nothing was changed, nothing must say that it was.
            drop(share);
            setting.sweep()?;
            return Err(error);
        }
        Ok(Self { setting, share: Some(share) })
    }
}

impl Drop for AllAllowed {
    fn drop(&mut self) {
        let Some(share) = self.share.take() else { return };
        let back = self.setting.alone().and_then(|_alone| {
            // Our own share would keep us from seeing whether there are others.
            drop(share);
            self.setting.sweep()
        });
        if let Err(error) = back {
            announce(&format!("{}: {error:#}", self.setting.value.display()));
        }
    }
}

/// Puts the former value back where no laboratory lives any more.
pub(crate) fn sweep() -> Result<()> {
    if !geteuid().is_root() {
        // Who cannot make hosts has not changed it.
        return Ok(());
    }
    let setting = Setting::of_this_computer();
    let _alone = setting.alone()?;
    setting.sweep()
}

impl Setting {
    fn of_this_computer() -> Self {
        Self { value: ALLOWED.into(), available: AVAILABLE.into(), record: RECORD.into(), lock: workplace::lock() }
    }

    fn alone(&self) -> Result<File> {
        workplace::alone(&self.lock)
    }

    /// Writes the record, which nobody else may lock.
    fn keep(&self) -> Result<()> {
        let former = self.read()?;
        let record = File::options().write(true).create_new(true).mode(0o600).open(&self.record);
        record
            .and_then(|mut record| record.write_all(former.as_bytes()))
            .with_context(|| format!("cannot keep the former value in {}", self.record.display()))
    }

    /// Puts the former value back if nobody holds a share any more.
    fn sweep(&self) -> Result<()> {
        let record = match File::open(&self.record) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            record => record?,
        };
        if record.try_lock().is_err() {
            return Ok(());
        }
        let former = fs::read_to_string(&self.record)?;
        // Empty where its writer did not come to write it, nor then the setting.
        if !former.trim().is_empty() {
            self.write(former.trim())?;
        }
        fs::remove_file(&self.record).context("cannot forget the former value")
    }

    fn read(&self) -> Result<String> {
        fs::read_to_string(&self.value).with_context(|| format!("cannot read {}", self.value.display()))
    }

    /// Leaves a setting alone that is so already.
    fn write(&self, value: &str) -> Result<()> {
        if sorted(&self.read()?) == sorted(value) {
            return Ok(());
        }
        fs::write(&self.value, value).with_context(|| format!("cannot set {} to `{value}`", self.value.display()))?;
        let now = self.read()?;
        ensure!(sorted(&now) == sorted(value), "{} was set to `{value}` and is `{now}`", self.value.display());
        Ok(())
    }
}

/// The kernel keeps the names in an order of its own.
fn sorted(names: &str) -> Vec<&str> {
    let mut names: Vec<&str> = names.split_ascii_whitespace().collect();
    names.sort_unstable();
    names
}

const ALLOWED: &str = "/proc/sys/net/ipv4/tcp_allowed_congestion_control";
const AVAILABLE: &str = "/proc/sys/net/ipv4/tcp_available_congestion_control";
/// Emptied at a restart of the computer, as the setting itself is.
const RECORD: &str = "/run/netprobe-lab-tcp_allowed_congestion_control";

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn setting(folder: &Path) -> Setting {
        let setting = Setting {
            value: folder.join("allowed"),
            available: folder.join("available"),
            record: folder.join("record"),
            lock: folder.join("lock"),
        };
        fs::write(&setting.value, "reno bbr\n").unwrap();
        fs::write(&setting.available, "cubic reno bbr\n").unwrap();
        setting
    }

    #[test]
    fn the_last_one_puts_the_former_value_back() {
        let folder = tempfile::tempdir().unwrap();
        let setting = setting(folder.path());
        let (one, other) = (AllAllowed::of(setting.clone()).unwrap(), AllAllowed::of(setting.clone()).unwrap());
        drop(one);
        assert_eq!(sorted(&setting.read().unwrap()), ["bbr", "cubic", "reno"]);
        drop(other);
        assert_eq!(sorted(&setting.read().unwrap()), ["bbr", "reno"]);
        assert!(!setting.record.exists());
    }

    #[test]
    fn what_a_killed_laboratory_left_is_put_back_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let setting = setting(folder.path());
        fs::write(&setting.record, "reno\n").unwrap();
        fs::write(&setting.value, "cubic reno bbr").unwrap();
        drop(AllAllowed::of(setting.clone()).unwrap());
        assert_eq!(setting.read().unwrap(), "reno");
    }

    #[test]
    fn what_may_only_be_read_is_enough_where_it_is_as_wanted_and_leaves_no_record_where_not() {
        let folder = tempfile::tempdir().unwrap();
        // `Linux`, which root cannot write either.
        let setting = Setting { value: "/proc/sys/kernel/ostype".into(), ..setting(folder.path()) };
        fs::write(&setting.available, "Linux\n").unwrap();
        drop(AllAllowed::of(setting.clone()).unwrap());
        fs::write(&setting.available, "cubic Linux\n").unwrap();
        let error = AllAllowed::of(setting.clone()).unwrap_err().to_string();
        assert!(error.contains("ostype to `cubic Linux`"), "{error}");
        assert!(!setting.record.exists());
        // A record of what has not been changed keeps nobody from anything.
        for left in ["Linux\n", ""] {
            fs::write(&setting.record, left).unwrap();
            setting.sweep().unwrap();
            assert!(!setting.record.exists());
        }
    }
}
