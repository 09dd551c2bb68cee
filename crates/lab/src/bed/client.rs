//! The files of a client, for a user without any rights: netprobe has to do without, and so it is run.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::git::Access;
use crate::workplace::Folder;

/// Copies of what lets a client in, and room for what it makes.
#[derive(Debug)]
pub(super) struct ClientFiles {
    folder: Folder,
    access: Access,
}

impl ClientFiles {
    /// Copies the files that `access` names.
    pub(super) fn create(access: &Access) -> Result<Self> {
        let folder = Folder::new("client")?;
        fs::set_permissions(folder.path(), Permissions::from_mode(0o777))?;
        let copy = |file: &Option<PathBuf>, name: &str| -> Result<Option<PathBuf>> {
            let Some(file) = file else { return Ok(None) };
            let own = folder.path().join(name);
            fs::copy(file, &own).with_context(|| format!("cannot copy {}", file.display()))?;
            fs::set_permissions(&own, Permissions::from_mode(0o600))?;
            chown(&own, Some(NOBODY), Some(NOBODY))?;
            Ok(Some(own))
        };
        let access = Access {
            identity: copy(&access.identity, "identity")?,
            known_hosts: copy(&access.known_hosts, "known_hosts")?,
            authority: copy(&access.authority, "authority.pem")?,
        };
        Ok(Self { folder, access })
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn access(&self) -> Access {
        self.access.clone()
    }
}

/// `nobody` of every Linux system.
pub(crate) const NOBODY: u32 = 65_534;
