//! Temporary folders that are removed by whoever comes next, should their owner be killed.
//!
//! Knows which folders of this computer belong to a laboratory that lives, and which to one that is dead: the living
//! hold a lock (flock(2)) on theirs, and the kernel lets go of it for the dead. Refuses to touch what another user owns,
//! and to wait for a lock that another user can hold.

use std::env;
use std::fs::{self, DirEntry, File, Permissions};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak, mpsc};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use nix::unistd::geteuid;
use tempfile::TempDir;

/// A folder for one purpose, gone when it is dropped.
#[derive(Debug)]
pub struct Folder {
    // Before the root, which it is in.
    folder: TempDir,
    _root: Arc<Root>,
}

/// The folder that holds all others of this process, with the lock that says that it lives.
#[derive(Debug)]
struct Root {
    folder: TempDir,
    _alive: File,
}

impl Folder {
    /// Makes an empty folder whose name begins with `purpose`. Folders of the dead are removed first, once a process.
    pub fn new(purpose: &str) -> Result<Self> {
        let root = Root::shared()?;
        let folder = tempfile::Builder::new().prefix(&format!("{purpose}-")).tempdir_in(root.folder.path())?;
        Ok(Self { folder, _root: root })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Root {
    fn shared() -> Result<Arc<Self>> {
        static IN_USE: Mutex<Weak<Root>> = Mutex::new(Weak::new());
        let mut in_use = IN_USE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(root) = in_use.upgrade() {
            return Ok(root);
        }
        let root = Arc::new(Self::create(&parent(), &lock())?);
        *in_use = Arc::downgrade(&root);
        Ok(root)
    }

    fn create(parent: &Path, lock: &Path) -> Result<Self> {
        let _alone = alone(lock)?;
        sweep_folders(parent)?;
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
        // What is in it decides who may read it; programs without rights have to find their own.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o711))?;
        let alive = File::open(folder.path())?;
        alive.lock()?;
        Ok(Self { folder, _alive: alive })
    }
}

/// Removes what killed laboratories of this user left on this computer; says on stderr what that was.
pub fn sweep() -> Result<()> {
    let _alone = alone(&lock())?;
    sweep_folders(&parent())
}

/// Where the folders are. For root always the same place, which programs without rights get into and whose name leaves
/// room for that of a socket (108 bytes, unix(7)): neither need be so of its `TMPDIR`.
fn parent() -> PathBuf {
    if geteuid().is_root() { SHARED_BY_ALL.into() } else { env::temp_dir() }
}

/// The file that a laboratory of this user locks while it makes or removes what all of them share.
pub(crate) fn lock() -> PathBuf {
    if geteuid().is_root() {
        WRITTEN_BY_ROOT.into()
    } else {
        env::temp_dir().join(format!("netprobe-lab-{}.lock", geteuid()))
    }
}

/// As long as the result lives, no other laboratory that takes this lock makes or removes what is shared.
pub(crate) fn alone(lock: &Path) -> Result<File> {
    alone_within(PATIENCE, lock)
}

/// The file stays: who removes one that another waits for lets two in.
fn alone_within(bound: Duration, lock: &Path) -> Result<File> {
    let what = lock.display();
    let file = File::options().read(true).write(true).create(true).truncate(false).mode(0o600).open(lock);
    let file = file.with_context(|| format!("cannot open {what}, which laboratories lock"))?;
    ensure!(file.metadata()?.uid() == geteuid().as_raw(), "{what} belongs to another user: remove it");
    let (sender, receiver) = mpsc::channel();
    // flock(2) has no bound of its own. Whoever is given up on lets go of the lock as soon as it has it.
    thread::spawn(move || sender.send(file.lock().map(|()| file)));
    let locked = receiver.recv_timeout(bound).with_context(|| {
        format!("a process has held the lock on {what} for {bound:?}: `fuser {what}` says which, end it if it hangs")
    })?;
    locked.with_context(|| format!("cannot lock {what}"))
}

fn sweep_folders(parent: &Path) -> Result<()> {
    for entry in fs::read_dir(parent)?.filter_map(Result::ok) {
        if !is_ours(&entry) {
            continue;
        }
        // It may go at this moment, with its laboratory.
        let Ok(folder) = File::open(entry.path()) else { continue };
        if folder.try_lock().is_ok() {
            crate::programs::announce(&format!("removing {}: its laboratory is dead", entry.path().display()));
            fs::remove_dir_all(entry.path())
                .with_context(|| format!("cannot remove {}; remove it by hand", entry.path().display()))?;
        }
    }
    Ok(())
}

/// Whether this was made by a laboratory of this user. Others take another lock, so theirs may be about to be used.
fn is_ours(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with(PREFIX)
        && entry.metadata().is_ok_and(|data| data.is_dir() && data.uid() == geteuid().as_raw())
}

const SHARED_BY_ALL: &str = "/tmp";
const WRITTEN_BY_ROOT: &str = "/run/netprobe-lab.lock";
/// More than it takes to remove all that a killed laboratory can leave.
const PATIENCE: Duration = Duration::from_secs(10);
const PREFIX: &str = "netprobe-laboratory-";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_the_dead_go_and_those_of_the_living_stay() {
        let parent = tempfile::tempdir().unwrap();
        let lock = parent.path().join("lock");
        let living = Root::create(parent.path(), &lock).unwrap();
        let dead = parent.path().join(format!("{PREFIX}dead"));
        let stranger = parent.path().join("something-else");
        fs::create_dir_all(dead.join("full/of/things")).unwrap();
        fs::create_dir(&stranger).unwrap();
        // To open it would be to wait for who writes to it.
        let pipe = parent.path().join(format!("{PREFIX}pipe"));
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();

        let next = Root::create(parent.path(), &lock).unwrap();
        assert!(!dead.exists() && stranger.exists() && pipe.exists());
        assert!(living.folder.path().exists() && next.folder.path().exists());
    }

    #[test]
    fn another_users_folder_is_left_to_them() {
        if !crate::host::possible().unwrap() {
            return;
        }
        let parent = tempfile::tempdir().unwrap();
        let theirs = parent.path().join(format!("{PREFIX}theirs"));
        fs::create_dir(&theirs).unwrap();
        std::os::unix::fs::chown(&theirs, Some(65534), Some(65534)).unwrap();
        Root::create(parent.path(), &parent.path().join("lock")).unwrap();
        assert!(theirs.exists());
    }

    #[test]
    fn a_lock_that_is_never_let_go_of_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("lock");
        let held = alone(&lock).unwrap();
        assert_eq!(held.metadata().unwrap().mode() & 0o777, 0o600);
        let error = alone_within(Duration::from_millis(50), &lock).unwrap_err().to_string();
        assert!(error.contains(&format!("the lock on {}", lock.display())), "{error}");
        drop(held);
        alone(&lock).unwrap();
    }

    #[test]
    fn the_last_folder_takes_the_root_with_it() {
        let (one, other) = (Folder::new("one").unwrap(), Folder::new("other").unwrap());
        let root = one.path().parent().unwrap().to_owned();
        assert_eq!(other.path().parent(), Some(root.as_path()));
        drop(one);
        assert!(root.exists());
        // Other tests of this process may hold folders too, so only ours can be asserted.
        let ours = other.path().to_owned();
        drop(other);
        assert!(!ours.exists());
    }
}
