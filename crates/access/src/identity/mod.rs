//! Private keys: where they lie, what stands in the way of reading one, and the key itself. Nothing of a key is ever
//! printed but its fingerprint.

mod decode;
mod error;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use russh::keys::{HashAlg, PrivateKey};

pub use decode::decode;
pub use error::{IdentityError, PassphraseError};

use crate::secret::Secret;
use crate::source::Source;
use crate::surroundings::{Surroundings, read_text};

/// A private key that may be tried, by its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentitySource {
    /// Its path, absolute.
    pub path: PathBuf,
    /// Who asked for it.
    pub source: Source,
}

impl IdentitySource {
    /// Whether nobody asked for this key: then it need not exist.
    pub fn is_default(&self) -> bool {
        self.source == Source::Default
    }

    /// Reads the key. The passphrase is used if the key is encrypted, and only then.
    ///
    /// # Errors
    /// [`IdentityError`], one sentence each with what to do.
    pub fn load(&self, passphrase: Option<&Secret>) -> Result<Identity, IdentityError> {
        let path = self.path.clone();
        let text = read_text(&path, MAX_KEY_BYTES).map(Secret::new).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => IdentityError::Missing { path: path.clone() },
            io::ErrorKind::FileTooLarge | io::ErrorKind::InvalidInput => IdentityError::NotAKey { path: path.clone() },
            _ => IdentityError::Unreadable { path: path.clone(), why: error.to_string() },
        })?;
        let key = decode(text.expose(), &path, passphrase)?;
        Ok(Identity { warning: open_to_others(&path), key, path })
    }
}

/// A private key, read and decrypted. `Debug` shows its path and fingerprint.
#[derive(Clone)]
pub struct Identity {
    /// The key.
    pub key: PrivateKey,
    /// The file that it was read from.
    pub path: PathBuf,
    /// What ssh would object to, though netprobe goes on.
    pub warning: Option<String>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("path", &self.path)
            .field("fingerprint", &self.key.fingerprint(HashAlg::Sha256).to_string())
            .finish_non_exhaustive()
    }
}

/// Where the passphrase of a key comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PassphraseSource {
    /// The environment variable of that name.
    Environment(String),
    /// The first line of a file.
    File(PathBuf),
}

impl PassphraseSource {
    /// Reads it.
    ///
    /// # Errors
    /// [`PassphraseError`]: the variable is not set, or the file cannot be read or is empty.
    pub fn read(&self, surroundings: &Surroundings) -> Result<Secret, PassphraseError> {
        match self {
            Self::Environment(name) => {
                let value = surroundings.environment.filled(name);
                value.map(Secret::from).ok_or_else(|| PassphraseError::NotSet { name: name.clone() })
            }
            Self::File(path) => {
                let path = surroundings.absolute(path);
                let text = read_text(&path, MAX_KEY_BYTES)
                    .map_err(|error| PassphraseError::Unreadable { path: path.clone(), why: error.to_string() })?;
                let line = text.lines().next().filter(|line| !line.is_empty());
                line.map(Secret::from).ok_or(PassphraseError::Empty { path })
            }
        }
    }
}

/// The keys that ssh tries when none is configured, in its order, as far as they exist.
pub(crate) fn default_identities(dot_ssh: &Path) -> Vec<IdentitySource> {
    let paths = DEFAULT_NAMES.iter().map(|name| dot_ssh.join(name));
    paths.filter(|path| path.exists()).map(|path| IdentitySource { path, source: Source::Default }).collect()
}

fn open_to_others(path: &Path) -> Option<String> {
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then(|| {
        let shown = path.display();
        format!("{shown} can be read by others (mode {mode:04o}); ssh ignores such a key: chmod 600 {shown}")
    })
}

/// OpenSSH tries more (security keys); these are the types that netprobe can sign with.
const DEFAULT_NAMES: [&str; 3] = ["id_rsa", "id_ecdsa", "id_ed25519"];

/// An RSA key of 16384 bits takes 13 KiB.
const MAX_KEY_BYTES: u64 = 64 << 10;
