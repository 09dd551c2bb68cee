//! What a web server is shown: a token or a name with its password, from the environment, a file or the URL; and, only when
//! asked for, from git's credential helpers.

mod helper;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use percent_encoding::percent_decode_str;
use url::Url;

pub(crate) use helper::ask_git;

use crate::secret::Secret;
use crate::source::Source;
use crate::surroundings::{Surroundings, read_text};

/// A credential for HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpCredential {
    /// `Authorization: Basic`. What Flux makes of `username` and `password`, and what personal access tokens want.
    Basic {
        /// The user. Some hosters take the token here, so it is secret too.
        user: Secret,
        /// The password or token.
        password: Secret,
    },
    /// `Authorization: Bearer`. What Flux makes of `bearerToken`.
    Bearer {
        /// The token.
        token: Secret,
    },
}

impl HttpCredential {
    /// The value of the `Authorization` header.
    pub fn authorization_header(&self) -> Secret {
        match self {
            Self::Basic { user, password } => {
                let pair = Secret::new(format!("{}:{}", user.expose(), password.expose()));
                Secret::new(format!("Basic {}", BASE64.encode(pair.expose())))
            }
            Self::Bearer { token } => Secret::new(format!("Bearer {}", token.expose())),
        }
    }
}

/// A credential and who gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundCredential {
    /// The credential.
    pub credential: HttpCredential,
    /// Who gave it.
    pub source: Source,
}

/// The user-info of a URL, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserInfo {
    /// The user; some hosters take the token here.
    pub user: Secret,
    /// The password, if one is written.
    pub password: Option<Secret>,
}

impl UserInfo {
    /// Takes the user-info out of a URL, so that what is left may be shown.
    pub fn take_from(url: &mut Url) -> Option<Self> {
        let decoded = |text: &str| Secret::new(percent_decode_str(text).decode_utf8_lossy().into_owned());
        let found = Self { user: decoded(url.username()), password: url.password().map(decoded) };
        // Both fail only for URLs that cannot have user-info, and then there is none.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        (!found.user.is_empty() || found.password.is_some()).then_some(found)
    }
}

/// Why a credential that was given cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// The file of the token cannot be read.
    #[error("the token file {} cannot be read ({why})", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// The first line of the file is empty.
    #[error("the token file {} is empty; its first line should be the token", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// It could not stand in a header.
    #[error("the credential from {source_of_it} has control characters in it; it may be more than one line")]
    ControlCharacters {
        /// Who gave it.
        source_of_it: Source,
    },
    /// A password without a name.
    #[error("{PASSWORD} is set and {USERNAME} is not; set both, or {TOKEN} alone")]
    NoUser,
}

/// The credential that was given, the first of: the token file, `NETPROBE_TOKEN`, `NETPROBE_USERNAME` with
/// `NETPROBE_PASSWORD`, name and password in the URL.
///
/// A token goes with `NETPROBE_USERNAME`, or the user in the URL, as `Basic`; alone it goes as `Bearer`, as Flux's
/// `bearerToken` does. GitHub, GitLab and Bitbucket want their tokens as `Basic`, with any name.
///
/// # Errors
/// [`CredentialError`]: something was given and cannot be used.
pub fn given(
    surroundings: &Surroundings,
    token_file: Option<&Path>,
    in_url: Option<&UserInfo>,
) -> Result<Option<FoundCredential>, CredentialError> {
    let environment = &surroundings.environment;
    let user = environment.filled(USERNAME).map(Secret::from);
    let token = match token_file {
        Some(path) => Some(token_from(&surroundings.absolute(path))?),
        None => environment.filled(TOKEN).map(|token| (Secret::from(token.trim()), Source::Environment(TOKEN))),
    };
    let found = match (token, environment.filled(PASSWORD), in_url) {
        (Some((token, source)), ..) => match user.or_else(|| in_url.map(|info| info.user.clone())) {
            Some(user) => Some((HttpCredential::Basic { user, password: token }, source)),
            None => Some((HttpCredential::Bearer { token }, source)),
        },
        (None, Some(password), _) => {
            let user = user.ok_or(CredentialError::NoUser)?;
            Some((HttpCredential::Basic { user, password: password.into() }, Source::Environment(PASSWORD)))
        }
        (None, None, Some(UserInfo { user, password: Some(password) })) => {
            Some((HttpCredential::Basic { user: user.clone(), password: password.clone() }, Source::Url))
        }
        _ => None,
    };
    let Some((credential, source)) = found else { return Ok(None) };
    let texts: [&Secret; 2] = match &credential {
        HttpCredential::Basic { user, password } => [user, password],
        HttpCredential::Bearer { token } => [token, token],
    };
    if texts.iter().any(|text| text.expose().contains(char::is_control)) {
        return Err(CredentialError::ControlCharacters { source_of_it: source });
    }
    Ok(Some(FoundCredential { credential, source }))
}

fn token_from(path: &Path) -> Result<(Secret, Source), CredentialError> {
    let text = read_text(path, MAX_TOKEN_BYTES).map(Secret::new);
    let text = text.map_err(|error| CredentialError::Unreadable { path: path.into(), why: error.to_string() })?;
    let line = text.expose().lines().next().map(str::trim).filter(|line| !line.is_empty());
    let token = line.map(Secret::from).ok_or_else(|| CredentialError::Empty { path: path.into() })?;
    Ok((token, Source::file(path)))
}

/// A token alone, or a password with `NETPROBE_USERNAME`.
pub const TOKEN: &str = "NETPROBE_TOKEN";

/// The user's name.
pub const USERNAME: &str = "NETPROBE_USERNAME";

/// The password that goes with the name.
pub const PASSWORD: &str = "NETPROBE_PASSWORD";

/// Tokens are short; the longest JWTs are some kilobytes.
const MAX_TOKEN_BYTES: u64 = 64 << 10;
