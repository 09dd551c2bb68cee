//! How a web server is reached: as whom, trusting which authorities, with which headers of the user's.

mod settings;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;

use url::Url;

use crate::access::{Access, AccessError};
use crate::client::Client;
use crate::credentials::{self, FoundCredential, UserInfo};
use crate::git_config::{GitConfig, without_user_info};
use crate::proxy::{self, Proxy, ProxyChoice};
use crate::secret::Secret;
use crate::source::{NotHonoured, Source};
use crate::surroundings::Surroundings;

/// What is asked for. `Debug` leaves out the user-info of the URL.
#[derive(Clone)]
pub struct HttpWish {
    /// The URL, `http` or `https`. User-info in it is taken out.
    pub url: Url,
    /// `--token-file`.
    pub token_file: Option<PathBuf>,
    /// `--ca-file`: a PEM file of authorities that are trusted in addition.
    pub ca_file: Option<PathBuf>,
    /// A proxy that was given, such as Flux's `proxySecretRef`, in place of the environment's.
    pub proxy: Option<Secret>,
    /// Whose rules apply to proxies.
    pub client: Client,
}

impl fmt::Debug for HttpWish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpWish")
            .field("url", &without_user_info(self.url.as_str()))
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

/// How one URL is reached.
#[derive(Debug, Clone)]
pub struct HttpAccess {
    /// The URL without user-info: safe to show.
    pub url: Url,
    /// The credential that was given. git's helpers are asked by [`HttpAccess::ask_git`].
    pub credential: Option<FoundCredential>,
    /// Whether git has a credential helper that could be asked.
    pub has_helper: bool,
    /// Files of authorities to trust, in PEM.
    pub ca_files: Vec<CaFile>,
    /// Headers that git would send to this URL. They hold tokens: they go to this host and to no other, so not along with
    /// a redirect.
    pub extra_headers: Vec<ExtraHeader>,
    user: Option<Secret>,
}

/// A file of authorities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaFile {
    /// The file, absolute.
    pub path: PathBuf,
    /// Who asked for it.
    pub source: Source,
    /// Whether it stands in place of the system's store, as git's `http.sslCAInfo` does. What is given to netprobe and
    /// Flux's `ca.crt` are trusted in addition.
    pub replaces_system: bool,
}

/// A header from `http.extraHeader`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraHeader {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Secret,
    /// The setting that says so.
    pub source: Source,
}

impl Access<HttpAccess> {
    /// Resolves a wish. Nothing is asked of credential helpers.
    ///
    /// # Errors
    /// [`AccessError`]: a token, a CA file or a proxy that was given cannot be used.
    pub fn for_http(surroundings: &Surroundings, git: &GitConfig, wish: &HttpWish) -> Result<Self, AccessError> {
        // git compares the user of the URL with that of `http.<url>`, so it is taken out of a copy.
        let mut url = wish.url.clone();
        let in_url = UserInfo::take_from(&mut url);
        let credential = credentials::given(surroundings, wish.token_file.as_deref(), in_url.as_ref())?;
        let choice = match &wish.proxy {
            None => proxy::for_http(&surroundings.environment, git, &wish.url, wish.client),
            Some(given) => {
                let proxy = Proxy::parse(given.expose(), wish.client, Source::Option("proxy"));
                ProxyChoice { proxy: Some(proxy.map_err(AccessError::Proxy)?), ..ProxyChoice::default() }
            }
        };
        let mut ca_files = settings::ca_files(surroundings, git, &wish.url);
        if let Some(path) = &wish.ca_file {
            let path = surroundings.absolute(path);
            let unreadable = |why: String| AccessError::CaFile { path: path.clone(), why };
            std::fs::File::open(&path).map_err(|error| unreadable(error.to_string()))?;
            ca_files.push(CaFile { path: path.clone(), source: Source::Option("--ca-file"), replaces_system: false });
        }
        let (extra_headers, refused) = settings::extra_headers(git, &wish.url);
        let way = HttpAccess {
            has_helper: git.has_credential_helper(),
            user: in_url.map(|info| info.user).filter(|user| !user.is_empty()),
            url,
            credential,
            ca_files,
            extra_headers,
        };
        let mut access = Self::new(way, choice);
        access.not_honoured.extend(refused);
        access.not_honoured.extend(settings::not_honoured(surroundings, git, &wish.url));
        access.remark(git, wish);
        Ok(access)
    }

    fn remark(&mut self, git: &GitConfig, wish: &HttpWish) {
        if wish.client == Client::Flux
            && let Some(setting) = git.http(&wish.url, "proxy").last()
        {
            let why = "Flux takes proxies from the environment alone, so this run does too";
            self.not_honoured.push(NotHonoured::new(setting.key(), setting.source(), why));
        }
        if let Some(found) = &self.way.credential
            && matches!(found.credential, credentials::HttpCredential::Bearer { .. })
        {
            let (source, username) = (&found.source, credentials::USERNAME);
            let note = format!(
                "the token from {source} goes as a bearer token; GitHub, GitLab and Bitbucket want it as a password: set {username} too"
            );
            self.notes.push(note);
        }
        if self.way.user.is_some() && self.way.credential.is_none() {
            self.notes.push("the URL holds a user and no password; nothing is sent without one".to_owned());
        }
        if let Some(problem) = &git.problem {
            self.notes.push(problem.clone());
        }
    }
}

impl HttpAccess {
    /// Asks git's credential helpers, which ask nobody: no terminal, no window. Takes up to 5 s; nothing if none is
    /// configured or none knows anything.
    ///
    /// # Errors
    /// A sentence: git is missing or gave no answer in time.
    pub async fn ask_git(&self, surroundings: &Surroundings) -> Result<Option<FoundCredential>, String> {
        if !self.has_helper {
            return Ok(None);
        }
        credentials::ask_git(surroundings, &self.url, self.user.as_ref()).await
    }
}
