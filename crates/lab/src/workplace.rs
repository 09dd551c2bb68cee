//! Temporary folders that are removed by whoever comes next, should their owner be killed.
//!
//! Knows which folders of this computer belong to a laboratory that lives, and which to one that is dead: the living
//! hold a lock (flock(2)) on theirs, and the kernel lets go of it for the dead. Refuses to touch anything else.

use std::env;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use anyhow::{Context as _, Result};
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
        let root = Arc::new(Self::create(&env::temp_dir())?);
        *in_use = Arc::downgrade(&root);
        Ok(root)
    }

    fn create(parent: &Path) -> Result<Self> {
        let _alone = alone(parent)?;
        sweep_folders(parent)?;
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
        // What is in it decides who may read it; programs without rights have to find their own.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o711))?;
        let alive = File::open(folder.path())?;
        alive.lock()?;
        Ok(Self { folder, _alive: alive })
    }
}

/// Removes what killed laboratories left on this computer; says on stderr what that was.
pub fn sweep() -> Result<()> {
    let parent = env::temp_dir();
    let _alone = alone(&parent)?;
    sweep_folders(&parent)
}

/// As long as the result lives, no other laboratory on this computer makes or removes what is shared.
pub(crate) fn alone(parent: &Path) -> Result<File> {
    let lock = File::open(parent).with_context(|| format!("cannot open {}", parent.display()))?;
    lock.lock().with_context(|| format!("cannot lock {}", parent.display()))?;
    Ok(lock)
}

fn sweep_folders(parent: &Path) -> Result<()> {
    for entry in fs::read_dir(parent)?.filter_map(Result::ok) {
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        // It may belong to another user, who then sweeps it.
        let Ok(folder) = File::open(entry.path()) else { continue };
        if folder.try_lock().is_ok() {
            crate::programs::announce(&format!("removing {}: its laboratory is dead", entry.path().display()));
            fs::remove_dir_all(entry.path())
                .with_context(|| format!("cannot remove {}; remove it by hand", entry.path().display()))?;
        }
    }
    Ok(())
}

const PREFIX: &str = "netprobe-laboratory-";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_the_dead_go_and_those_of_the_living_stay() {
        let parent = tempfile::tempdir().unwrap();
        let living = Root::create(parent.path()).unwrap();
        let dead = parent.path().join(format!("{PREFIX}dead"));
        let stranger = parent.path().join("something-else");
        fs::create_dir_all(dead.join("full/of/things")).unwrap();
        fs::create_dir(&stranger).unwrap();

        let next = Root::create(parent.path()).unwrap();
        assert!(!dead.exists() && stranger.exists());
        assert!(living.folder.path().exists() && next.folder.path().exists());
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
