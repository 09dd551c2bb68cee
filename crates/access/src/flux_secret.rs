//! What a GitRepository's Secrets say, mounted as folders into a pod: source-controller's rules for their keys
//! (fluxcd/pkg `git` 0.52, `AuthOptions`). Which Secret it is and how it got here is not known here.

use std::io;
use std::path::{Path, PathBuf};

use url::Url;

use crate::access::{Access, AccessError};
use crate::client::Client;
use crate::credentials::{FoundCredential, HttpCredential};
use crate::git_config::GitConfig;
use crate::http_access::{HttpAccess, HttpWish};
use crate::identity::{Identity, decode};
use crate::known_hosts::KnownHosts;
use crate::secret::Secret;
use crate::source::Source;
use crate::ssh_access::{KnownHostsWish, SshAccess, SshWish};
use crate::surroundings::{Environment, Surroundings, read_text};

/// The folders that Secrets are mounted at. A key that is not in them is a file that is not there.
#[derive(Debug, Clone, Default)]
pub struct FluxSecrets {
    /// Of `spec.secretRef`.
    pub secret: Option<PathBuf>,
    /// Of `spec.proxySecretRef`.
    pub proxy: Option<PathBuf>,
}

/// How a repository is reached with them, and what Flux would object to.
#[derive(Debug)]
pub struct FluxAccess<W> {
    /// As far as it can be made out.
    pub access: Access<W>,
    /// The key to log in with, over SSH.
    pub keys: Vec<Identity>,
    /// One sentence for each thing that Flux would not accept. The measurement goes on without it.
    pub objections: Vec<String>,
}

impl FluxSecrets {
    /// Over SSH. `environment` is that of the pod, where proxies may be named.
    ///
    /// # Errors
    /// [`AccessError`]: the proxy that the Secret names is no proxy.
    pub fn for_ssh(
        &self,
        environment: &Environment,
        host: &str,
        port: Option<u16>,
        user: Option<&str>,
    ) -> Result<FluxAccess<SshAccess>, AccessError> {
        let mut objections = self.absent();
        let known_hosts = self.value(KNOWN_HOSTS, &mut objections);
        if known_hosts.is_none() && self.secret.is_some() {
            objections.push(required(KNOWN_HOSTS));
        }
        let lines = known_hosts.map(|text| KnownHosts::parse(text.expose(), Path::new(KNOWN_HOSTS)));
        let keys = self.key(&mut objections);
        let wish = SshWish {
            host: host.to_owned(),
            port,
            user: user.map(str::to_owned),
            // The way to the server names its keys by their files; this one is called as it is in the Secret.
            identity: (!keys.is_empty()).then(|| PathBuf::from(IDENTITY)),
            known_hosts: Some(KnownHostsWish::Lines(lines.unwrap_or_default())),
            proxy: self.proxy(&mut objections),
            client: Client::Flux,
            configuration: false,
        };
        let mut access = Access::<SshAccess>::for_ssh(&bare(environment.clone()), &GitConfig::default(), &wish)?;
        self.own(&mut access);
        Ok(FluxAccess { access, keys, objections })
    }

    /// Over HTTP.
    ///
    /// # Errors
    /// [`AccessError`]: a credential, an authority or the proxy that the Secret names cannot be used.
    pub fn for_http(
        &self,
        environment: &Environment,
        url: Url,
    ) -> Result<(FluxAccess<HttpAccess>, Surroundings), AccessError> {
        let mut objections = self.absent();
        let credential = self.credential(&mut objections);
        if self.has("tls.crt") || self.has("tls.key") {
            objections.push(
                "the Secret has a client certificate (`tls.crt`), which Flux shows and netprobe does not".to_owned(),
            );
        }
        if self.has("githubAppID") {
            objections.push("the Secret is a GitHub App's: Flux makes a token of it, and netprobe does not".to_owned());
        }
        let ca_file = ["ca.crt", "caFile"].into_iter().find(|key| self.has(key)).and_then(|key| self.path(key));
        let surroundings = bare(environment.clone());
        let proxy = self.proxy(&mut objections);
        let wish = HttpWish { url, token_file: None, ca_file, proxy, client: Client::Flux };
        let mut access = Access::<HttpAccess>::for_http(&surroundings, &GitConfig::default(), &wish)?;
        access.way.credential = credential.map(|credential| FoundCredential { credential, source: Source::FluxSecret });
        self.own(&mut access);
        Ok((FluxAccess { access, keys: Vec::new(), objections }, surroundings))
    }

    /// A proxy that was given comes from the Secret.
    fn own<W>(&self, access: &mut Access<W>) {
        if let (Some(_), Some(proxy)) = (&self.proxy, &mut access.proxy) {
            proxy.source = Source::FluxSecret;
        }
    }

    /// What the server is shown over HTTP: a bearer token wins over name and password.
    fn credential(&self, objections: &mut Vec<String>) -> Option<HttpCredential> {
        let bearer = self.value("bearerToken", objections);
        let (user, password) = (self.value("username", objections), self.value("password", objections));
        let credential = match (bearer, user, password) {
            (Some(token), ..) => HttpCredential::Bearer { token },
            (None, Some(user), password) => HttpCredential::Basic { user, password: password.unwrap_or_default() },
            (None, None, Some(_)) => {
                objections.push("the Secret has `password` and no `username`: Flux wants both".to_owned());
                return None;
            }
            (None, None, None) => return None,
        };
        let texts: [&Secret; 2] = match &credential {
            HttpCredential::Basic { user, password } => [user, password],
            HttpCredential::Bearer { token } => [token, token],
        };
        if texts.iter().any(|text| text.expose().contains(char::is_control)) {
            let why = "the Secret's credential has control characters in it, such as a line feed at its end; Flux would send them";
            objections.push(why.to_owned());
            return None;
        }
        Some(credential)
    }

    /// The private key; none where there is none that can be used.
    fn key(&self, objections: &mut Vec<String>) -> Vec<Identity> {
        let Some(pem) = self.value(IDENTITY, objections) else {
            objections.extend(self.secret.is_some().then(|| required(IDENTITY)));
            return Vec::new();
        };
        let passphrase = self.value("password", objections);
        match decode(pem.expose(), Path::new(IDENTITY), passphrase.as_ref()) {
            Ok(key) => vec![Identity { key, path: PathBuf::from(IDENTITY), warning: None }],
            Err(error) => {
                objections.push(format!("the Secret's private key cannot be used: {error}"));
                Vec::new()
            }
        }
    }

    /// `address`, with `username` and `password` in it.
    fn proxy(&self, objections: &mut Vec<String>) -> Option<Secret> {
        let folder = self.proxy.as_deref()?;
        let of = |key: &str| read(&folder.join(key)).ok().flatten();
        let Some(address) = of("address") else {
            objections.push("the proxy's Secret is not there, or has no `address`: Flux does not go on".to_owned());
            return None;
        };
        let Ok(mut url) = Url::parse(address.expose().trim()) else { return Some(address) };
        if let Some(user) = of("username") {
            // Both fail only for addresses that cannot have user-info, which are refused as proxies anyway.
            let _ = url.set_username(user.expose());
            let _ = url.set_password(of("password").as_ref().map(Secret::expose));
        }
        Some(Secret::from(String::from(url)))
    }

    /// Nothing is mounted although something is named: no such Secret, since mounts are optional.
    fn absent(&self) -> Vec<String> {
        let empty = |folder: &PathBuf| {
            // The kubelet keeps its own links in it, whose names begin with two dots.
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            !entries.map(|entry| entry.file_name()).any(|name| !name.to_string_lossy().starts_with(".."))
        };
        let gone = self.secret.as_ref().is_some_and(empty);
        gone.then(|| {
            "the Secret that the GitRepository names is not there, or is empty: Flux does not go on".to_owned()
        })
        .into_iter()
        .collect()
    }

    fn path(&self, key: &str) -> Option<PathBuf> {
        Some(self.secret.as_deref()?.join(key))
    }

    fn has(&self, key: &str) -> bool {
        self.path(key).is_some_and(|path| path.is_file())
    }

    fn value(&self, key: &str, objections: &mut Vec<String>) -> Option<Secret> {
        read(&self.path(key)?).unwrap_or_else(|error| {
            objections.push(format!("the Secret's `{key}` cannot be read: {error}"));
            None
        })
    }
}

/// A key's value; none where it is not there or empty.
fn read(path: &Path) -> io::Result<Option<Secret>> {
    match read_text(path, MAX_VALUE_BYTES).map(Secret::new) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn bare(environment: Environment) -> Surroundings {
    Surroundings { environment, ..Surroundings::bare(Path::new("")) }
}

/// In source-controller's words.
fn required(key: &str) -> String {
    format!("the Secret has no `{key}`; Flux says: invalid 'ssh' auth option: '{key}' is required")
}

const IDENTITY: &str = "identity";
const KNOWN_HOSTS: &str = "known_hosts";

/// The API server takes no Secret larger than this (Kubernetes, "Secrets").
const MAX_VALUE_BYTES: u64 = 1 << 20;

#[cfg(test)]
mod tests;
