//! What is wrong with the Secrets that a GitRepository names, as a pod found them in its mounts. It names keys and never
//! shows a value; what follows from it is judged elsewhere.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::RemoteText;

/// One thing about a Secret that is not as it has to be, or that netprobe cannot follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "objection", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Objection {
    /// No Secret is named, and over SSH Flux wants one.
    SecretNotNamed,
    /// The Secret is not there, or there is nothing in it: to a pod, the two look alike.
    SecretAbsent {
        /// Which one.
        secret: SecretUse,
    },
    /// A key that has to be in it is not, or is empty.
    KeyMissing {
        /// Which Secret.
        secret: SecretUse,
        /// The key's name.
        key: String,
    },
    /// `identity` holds no private key of a kind that Go knows (x/crypto 0.53 ssh, `ParseRawPrivateKey`).
    NoPrivateKey {
        /// What its PEM block says it is; none where there is no such block.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        armour: Option<RemoteText>,
    },
    /// `identity` is encrypted, and there is no `password` to open it.
    PassphraseMissing,
    /// `password` does not open `identity`.
    PassphraseWrong,
    /// `identity` looks like a private key and cannot be decoded.
    KeyDamaged {
        /// What the decoder says; never a part of the key.
        why: RemoteText,
    },
    /// A line of `known_hosts` that Flux does not read: it then takes none of them.
    KnownHostsBroken {
        /// Its number, from 1.
        line: u64,
        /// What is wrong with it.
        why: RemoteText,
    },
    /// Over HTTP there is `password`, and no user in `username` or the address.
    UsernameMissing,
    /// A part of the login over HTTP has control characters in it, such as a line feed at its end.
    ControlCharacters {
        /// The key's name.
        key: String,
    },
    /// netprobe cannot do with it what Flux does. It is no fault of the Secret's.
    BeyondNetprobe {
        /// What it is, a sentence without its full stop.
        what: RemoteText,
    },
    /// A kind that this version does not know; an old program read a newer report.
    #[serde(other)]
    Unknown,
}

/// A clause, without a full stop.
impl fmt::Display for Objection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecretNotNamed => formatter.write_str("no Secret is named, and over SSH Flux wants one"),
            Self::SecretAbsent { secret } => write!(formatter, "{} is not there, or is empty", secret.words()),
            Self::KeyMissing { secret, key } => write!(formatter, "{} has no `{key}`", secret.words()),
            Self::NoPrivateKey { armour: Some(armour) } => {
                write!(formatter, "the Secret's `identity` is no private key that Flux reads, but `{armour}`")
            }
            Self::NoPrivateKey { armour: None } => {
                formatter.write_str("the Secret's `identity` is no private key: no PEM block is in it")
            }
            Self::PassphraseMissing => {
                formatter.write_str("the Secret's `identity` is encrypted, and no `password` is there to open it")
            }
            Self::PassphraseWrong => formatter.write_str("the Secret's `password` does not open its `identity`"),
            Self::KeyDamaged { why } => write!(formatter, "the Secret's `identity` cannot be decoded ({why})"),
            Self::KnownHostsBroken { line, why } => {
                write!(formatter, "line {line} of the Secret's `known_hosts` cannot be read ({why})")
            }
            Self::UsernameMissing => formatter.write_str("the Secret has `password` and no `username`"),
            Self::ControlCharacters { key } => {
                write!(formatter, "the Secret's `{key}` has control characters in it, such as a line feed at its end")
            }
            Self::BeyondNetprobe { what } => write!(formatter, "{what}"),
            Self::Unknown => formatter.write_str("there is something about the Secret that a newer netprobe knows"),
        }
    }
}

/// What a GitRepository names a Secret for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecretUse {
    /// `spec.secretRef`: to log in, and to know the server by.
    Login,
    /// `spec.proxySecretRef`.
    Proxy,
}

impl SecretUse {
    const fn words(self) -> &'static str {
        match self {
            Self::Login => "the Secret that the GitRepository names",
            Self::Proxy => "the Secret that the GitRepository names for its proxy",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_newer_version_writes_can_be_read() {
        let read: Objection = serde_json::from_str(r#"{"objection":"made_of_cheese","of":"milk"}"#).unwrap();
        assert_eq!(read, Objection::Unknown);
        let missing = Objection::KeyMissing { secret: SecretUse::Login, key: "identity".to_owned() };
        let text = serde_json::to_string(&missing).unwrap();
        assert_eq!(text, r#"{"objection":"key_missing","secret":"login","key":"identity"}"#);
        assert_eq!(serde_json::from_str::<Objection>(&text).unwrap(), missing);
    }
}
