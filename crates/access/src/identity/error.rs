//! What stands in the way of a private key: one sentence each, with what to do.

use std::path::PathBuf;

/// Why a private key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// There is no such file.
    #[error("the key {} does not exist; name an existing private key", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file is there and cannot be read.
    #[error("the key {} cannot be read ({why}); make it readable for this user: chmod 600", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// The file holds a public key.
    #[error("{} is a public key; name the private key that belongs to it, usually the same name without .pub", path.display())]
    PublicKey {
        /// The file.
        path: PathBuf,
    },
    /// The file holds something else.
    #[error("{} holds no private key; expected a file that begins with -----BEGIN OPENSSH PRIVATE KEY----- or another PEM private key", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
    /// The key is encrypted and no passphrase was given.
    #[error("the key {} is encrypted and no passphrase was given; put it into a file or the environment, or load the key into ssh-agent", path.display())]
    Encrypted {
        /// The file.
        path: PathBuf,
    },
    /// The passphrase does not open the key.
    #[error("the passphrase does not open the key {}; check it with: ssh-keygen -y -f {}", path.display(), path.display())]
    WrongPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// The key is of a kind that cannot be used from a file.
    #[error("the key {} cannot be used: {why}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// Why, and what to do.
        why: String,
    },
    /// The key is damaged.
    #[error("the key {} is damaged ({why}); compare it with a copy, or make a new one", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What the decoder says; never a part of the key.
        why: String,
    },
}

/// Why a passphrase cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseError {
    /// The variable is not set or empty.
    #[error("the environment variable {name} should hold the key's passphrase and is not set; export it")]
    NotSet {
        /// Its name.
        name: String,
    },
    /// The file cannot be read.
    #[error("the passphrase file {} cannot be read ({why})", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// The first line of the file is empty.
    #[error("the passphrase file {} is empty; its first line should be the passphrase", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}
