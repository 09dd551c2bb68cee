//! From the text of a key file to a key: tells the formats apart before it decodes, so that what stands in the way has a
//! name. OpenSSH, PKCS#8, PKCS#1, SEC1 and `PuTTY`'s format; passphrases where the format has them.

use std::path::Path;

use russh::keys::{Algorithm, Error, PrivateKey, decode_secret_key, ssh_key};

use super::error::IdentityError;
use crate::secret::Secret;

/// Decodes a private key. `path` is what errors name it by.
///
/// # Errors
/// [`IdentityError`], all but those of reading a file.
pub fn decode(text: &str, path: &Path, passphrase: Option<&Secret>) -> Result<PrivateKey, IdentityError> {
    let path = || path.to_path_buf();
    // russh wants the armour lines exact; editors leave blanks behind.
    let text = Secret::new(text.lines().map(str::trim).collect::<Vec<_>>().join("\n"));
    let text = text.expose().trim_start();
    let sealed = sealing(text).ok_or_else(|| {
        if is_public(text) {
            IdentityError::PublicKey { path: path() }
        } else {
            IdentityError::NotAKey { path: path() }
        }
    })?;
    let passphrase = match (sealed, passphrase) {
        (Sealing::Legacy(cipher), _) => {
            let why = format!("it is encrypted in the old way ({cipher}); write it anew with: ssh-keygen -p -f FILE");
            return Err(IdentityError::Unsupported { path: path(), why });
        }
        (Sealing::Open, _) => None,
        (Sealing::Encrypted, None) => return Err(IdentityError::Encrypted { path: path() }),
        (Sealing::Encrypted | Sealing::SaidInside, passphrase) => passphrase.map(Secret::expose),
    };
    let key = decode_secret_key(text, passphrase).map_err(|error| match (&error, passphrase) {
        (Error::KeyIsEncrypted, _) => IdentityError::Encrypted { path: path() },
        (
            Error::SshKey(ssh_key::Error::AlgorithmUnknown | ssh_key::Error::AlgorithmUnsupported { .. })
            | Error::UnsupportedKeyType { .. }
            | Error::UnknownAlgorithm(_),
            _,
        ) => {
            let why = "its type is not supported; use an Ed25519, ECDSA or RSA key".to_owned();
            IdentityError::Unsupported { path: path(), why }
        }
        // With the wrong passphrase each format fails in its own way; a key that opens without one never comes here.
        (_, Some(_)) if matches!(sealed, Sealing::Encrypted) || is_crypto(&error) => {
            IdentityError::WrongPassphrase { path: path() }
        }
        _ => IdentityError::Broken { path: path(), why: error.to_string() },
    })?;
    if matches!(key.algorithm(), Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256) {
        let why = "it lives on a hardware token; load it into ssh-agent".to_owned();
        return Err(IdentityError::Unsupported { path: path(), why });
    }
    Ok(key)
}

/// Whether a key is encrypted, as far as its head tells.
#[derive(Debug, Clone, Copy)]
enum Sealing<'a> {
    Open,
    Encrypted,
    /// OpenSSH's own format says it inside.
    SaidInside,
    /// With a cipher that is not decoded here.
    Legacy(&'a str),
}

/// Nothing for a text that is no private key.
fn sealing(text: &str) -> Option<Sealing<'_>> {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let armour = text.lines().find_map(|line| line.strip_prefix("-----BEGIN ")?.strip_suffix(" PRIVATE KEY-----"));
    match (armour, field("DEK-Info:")) {
        (Some("RSA"), Some(cipher)) if cipher.starts_with("AES-128-CBC,") => Some(Sealing::Encrypted),
        (Some("RSA" | "EC"), Some(cipher)) => Some(Sealing::Legacy(cipher.split(',').next().unwrap_or(cipher))),
        (Some("OPENSSH"), _) => Some(Sealing::SaidInside),
        (Some("ENCRYPTED"), _) => Some(Sealing::Encrypted),
        (Some("RSA" | "EC"), None) => Some(Sealing::Open),
        (None, _) if text.starts_with("PuTTY-User-Key-File-") => match field("Encryption:") {
            Some("none") => Some(Sealing::Open),
            _ => Some(Sealing::Encrypted),
        },
        (None, _) if text.contains("-----BEGIN PRIVATE KEY-----") => Some(Sealing::Open),
        _ => None,
    }
}

fn is_public(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    ["ssh-", "ecdsa-sha2-", "sk-"].iter().any(|prefix| first.starts_with(prefix))
        || ["-----BEGIN PUBLIC KEY-----", "-----BEGIN RSA PUBLIC KEY-----", "---- BEGIN SSH2 PUBLIC KEY ----"]
            .iter()
            .any(|armour| text.starts_with(armour))
}

fn is_crypto(error: &Error) -> bool {
    matches!(error, Error::SshKey(ssh_key::Error::Crypto))
}
