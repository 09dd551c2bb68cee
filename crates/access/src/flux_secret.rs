//! What a GitRepository's Secrets say, mounted as folders into a pod: source-controller's rules for their keys
//! (fluxcd/pkg `git` 0.52, `AuthOptions`). Which Secret it is and how it got here is not known here.

use std::io;
use std::path::{Path, PathBuf};

use model::{Objection, SecretUse};
use url::Url;

use crate::access::{Access, AccessError};
use crate::client::Client;
use crate::credentials::{FoundCredential, HttpCredential};
use crate::git_config::GitConfig;
use crate::http_access::{HttpAccess, HttpWish};
use crate::identity::{Identity, IdentityError, decode};
use crate::known_hosts::{KnownHosts, refused_by_flux};
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
    /// What Flux would not accept, in the order in which it would come upon it, and what netprobe cannot follow. The
    /// measurement goes on without it.
    pub objections: Vec<Objection>,
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
        let mut objections = Vec::new();
        let proxy = self.proxy(&mut objections);
        self.absent(&mut objections);
        objections.extend(self.secret.is_none().then_some(Objection::SecretNotNamed));
        let identity = self.required(IDENTITY, &mut objections);
        let known_hosts = self.required(KNOWN_HOSTS, &mut objections);
        let keys = identity.map(|pem| self.key(&pem, &mut objections)).unwrap_or_default();
        let refused = known_hosts.as_ref().and_then(|text| refused_by_flux(text.expose()));
        objections.extend(refused.map(|(line, why)| Objection::KnownHostsBroken { line, why: why.into() }));
        let lines = known_hosts.map(|text| KnownHosts::parse(text.expose(), Path::new(KNOWN_HOSTS)));
        let wish = SshWish {
            host: host.to_owned(),
            port,
            user: user.map(str::to_owned),
            // The way to the server names its keys by their files; this one is called as it is in the Secret.
            identity: (!keys.is_empty()).then(|| PathBuf::from(IDENTITY)),
            known_hosts: Some(KnownHostsWish::Lines(lines.unwrap_or_default())),
            proxy,
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
    /// [`AccessError`]: an authority or the proxy that the Secret names cannot be used.
    pub fn for_http(
        &self,
        environment: &Environment,
        url: Url,
    ) -> Result<(FluxAccess<HttpAccess>, Surroundings), AccessError> {
        let mut objections = Vec::new();
        let proxy = self.proxy(&mut objections);
        self.absent(&mut objections);
        let credential = self.credential(url.username(), &mut objections);
        if self.has("tls.crt") && self.has("tls.key") {
            objections.push(beyond(
                "the Secret has a client certificate (`tls.crt`), which Flux shows and netprobe does not",
            ));
        }
        if self.has("githubAppID") {
            objections.push(beyond("the Secret is a GitHub App's: Flux makes a token of it, and netprobe does not"));
        }
        let ca_file = ["ca.crt", "caFile"].into_iter().find(|key| self.has(key)).and_then(|key| self.path(key));
        let surroundings = bare(environment.clone());
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

    /// What the server is shown over HTTP: a bearer token wins over name and password, and the address has a name where
    /// the Secret has none.
    fn credential(&self, user_of_address: &str, objections: &mut Vec<Objection>) -> Option<HttpCredential> {
        let bearer = self.value("bearerToken", objections);
        let (user, password) = (self.value("username", objections), self.value("password", objections));
        let user = user.or_else(|| Some(Secret::from(user_of_address)).filter(|user| !user.is_empty()));
        if let Some(token) = bearer {
            // Go does not send such a header at all (net/http, `ValidHeaderFieldValue`).
            if token.expose().contains(|c: char| c.is_ascii_control() && c != '\t') {
                objections.push(Objection::ControlCharacters { key: "bearerToken".to_owned() });
                return None;
            }
            return Some(HttpCredential::Bearer { token });
        }
        let Some(user) = user else {
            objections.extend(password.map(|_| Objection::UsernameMissing));
            return None;
        };
        let password = password.unwrap_or_default();
        // These are sent as they are: base64 takes everything.
        for (key, text) in [("username", &user), ("password", &password)] {
            if text.expose().contains(char::is_control) {
                objections.push(Objection::ControlCharacters { key: key.to_owned() });
            }
        }
        Some(HttpCredential::Basic { user, password })
    }

    /// The private key, as Go would decode it (x/crypto 0.53 ssh, `ParseRawPrivateKey`); none where there is none that can
    /// be used.
    fn key(&self, pem: &Secret, objections: &mut Vec<Objection>) -> Vec<Identity> {
        let armour = armour(pem.expose());
        if !armour.is_some_and(|armour| GO_READS.contains(&armour)) {
            objections.push(Objection::NoPrivateKey { armour: armour.map(Into::into) });
            return Vec::new();
        }
        let passphrase = self.value("password", objections);
        let objection = match decode(pem.expose(), Path::new(IDENTITY), passphrase.as_ref()) {
            Ok(key) => return vec![Identity { key, path: PathBuf::from(IDENTITY), warning: None }],
            Err(IdentityError::Encrypted { .. }) => Objection::PassphraseMissing,
            Err(IdentityError::WrongPassphrase { .. }) => Objection::PassphraseWrong,
            Err(IdentityError::Broken { why, .. }) => Objection::KeyDamaged { why: why.into() },
            Err(_) if is_sealed(pem.expose()) && passphrase.is_none() => Objection::PassphraseMissing,
            Err(IdentityError::Unsupported { why, .. }) => {
                beyond(&format!("the Secret's `identity` is of a kind that netprobe cannot use: {why}"))
            }
            Err(_) => beyond("the Secret's `identity` is of a kind that netprobe cannot use"),
        };
        objections.push(objection);
        Vec::new()
    }

    /// `address`, with `username` and `password` in it.
    fn proxy(&self, objections: &mut Vec<Objection>) -> Option<Secret> {
        let folder = self.proxy.as_deref()?;
        let of = |key: &str| read(&folder.join(key)).ok().flatten();
        let Some(address) = of("address") else {
            let secret = SecretUse::Proxy;
            objections.push(if is_empty(folder) {
                Objection::SecretAbsent { secret }
            } else {
                Objection::KeyMissing { secret, key: "address".to_owned() }
            });
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

    fn absent(&self, objections: &mut Vec<Objection>) {
        let gone = self.secret.as_deref().is_some_and(is_empty);
        objections.extend(gone.then_some(Objection::SecretAbsent { secret: SecretUse::Login }));
    }

    fn path(&self, key: &str) -> Option<PathBuf> {
        Some(self.secret.as_deref()?.join(key))
    }

    fn has(&self, key: &str) -> bool {
        self.path(key).is_some_and(|path| path.is_file())
    }

    /// The value of a key that has to be there. That a whole Secret is not there is said once.
    fn required(&self, key: &str, objections: &mut Vec<Objection>) -> Option<Secret> {
        let folder = self.secret.as_deref()?;
        let known = objections.len();
        let value = self.value(key, objections);
        if value.is_none() && objections.len() == known && !is_empty(folder) {
            objections.push(Objection::KeyMissing { secret: SecretUse::Login, key: key.to_owned() });
        }
        value
    }

    fn value(&self, key: &str, objections: &mut Vec<Objection>) -> Option<Secret> {
        read(&self.path(key)?).unwrap_or_else(|error| {
            objections.push(beyond(&format!("the Secret's `{key}` cannot be read here: {error}")));
            None
        })
    }
}

/// Nothing is mounted: no such Secret, since mounts are optional, or one without keys.
fn is_empty(folder: &Path) -> bool {
    // The kubelet keeps its own links in it, whose names begin with two dots.
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    !entries.map(|entry| entry.file_name()).any(|name| !name.to_string_lossy().starts_with(".."))
}

fn beyond(what: &str) -> Objection {
    Objection::BeyondNetprobe { what: what.into() }
}

/// What the first PEM block is called.
fn armour(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.trim().strip_prefix("-----BEGIN ")?.strip_suffix("-----"))
}

/// Encrypted in the old way (RFC 1421): Go decrypts more ciphers than netprobe.
fn is_sealed(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("Proc-Type:") && line.contains("ENCRYPTED"))
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

/// What Go takes for a private key; PKCS#8 only where it is not encrypted.
const GO_READS: [&str; 5] =
    ["OPENSSH PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY", "DSA PRIVATE KEY"];

const IDENTITY: &str = "identity";
const KNOWN_HOSTS: &str = "known_hosts";

/// The API server takes no Secret larger than this (Kubernetes, "Secrets").
const MAX_VALUE_BYTES: u64 = 1 << 20;

#[cfg(test)]
mod tests;
