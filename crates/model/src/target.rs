//! The repository that is asked about, parsed once. What could be taken for an option, or could break a protocol line,
//! is refused here; a password in the address is handed out separately and is in no [`Target`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Where a repository is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// How it is reached.
    pub transport: Transport,
    /// User name in the address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user: Option<String>,
    /// Name or address, without brackets.
    pub host: String,
    /// Port in the address; none means the transport's own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub port: Option<u16>,
    /// As the server is to be asked for it.
    pub path: String,
}

/// How a repository is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// Git over SSH.
    Ssh,
    /// Git over HTTP with TLS.
    Https,
    /// Git over HTTP in the clear.
    Http,
}

impl Transport {
    /// Port where none is given.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Ssh => 22,
            Self::Https => 443,
            Self::Http => 80,
        }
    }

    /// The scheme of its addresses.
    pub const fn scheme(self) -> &'static str {
        match self {
            Self::Ssh => "ssh",
            Self::Https => "https",
            Self::Http => "http",
        }
    }
}

/// A password that stood in an address. It prints as nothing and is written nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct UrlPassword(String);

impl UrlPassword {
    /// Gives the password away, to whoever authenticates with it.
    pub fn into_exposed(self) -> String {
        self.0
    }
}

impl std::fmt::Debug for UrlPassword {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("[secret]")
    }
}

/// Why a text is no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Neither a URL nor `host:path`.
    #[error(
        "`{0}` is not a repository address; expected ssh://host/path, git@host:path, https://host/path or http://host/path"
    )]
    Form(String),
    /// A scheme that is not ours.
    #[error("netprobe does not speak `{0}://`; expected ssh, https or http")]
    Scheme(String),
    /// A host, user or path that an option parser could take for an option.
    #[error("the {0} `{1}` begins with a dash, and ssh would take it for an option; give the real {0}")]
    LooksLikeOption(&'static str, String),
    /// A part that is missing or holds what it must not.
    #[error("the address has no usable {0}: {1}")]
    Part(&'static str, &'static str),
}

impl Target {
    /// Reads an address as git does (git-clone(1), "GIT URLS").
    pub fn parse(text: &str) -> Result<(Self, Option<UrlPassword>), TargetError> {
        let text = text.trim();
        let (target, password) = if text.contains("://") { from_url(text)? } else { (from_scp(text)?, None) };
        target.check()?;
        Ok((target, password))
    }

    /// The port in force.
    pub fn effective_port(&self) -> u16 {
        self.port.unwrap_or(self.transport.default_port())
    }

    /// The address as a URL, the form in which Flux wants it. A path relative to the home directory (`host:repo`) shows
    /// as an absolute one, as the known hosters take either.
    pub fn url(&self) -> String {
        let user = self.user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        let slash = if self.path.starts_with('/') { "" } else { "/" };
        format!("{}://{user}{host}{port}{slash}{}", self.transport.scheme(), self.path)
    }

    /// User for SSH: the address's, else `git`, as Flux has it.
    pub fn ssh_user(&self) -> &str {
        self.user.as_deref().unwrap_or("git")
    }

    fn check(&self) -> Result<(), TargetError> {
        let control = |text: &str| text.chars().any(char::is_control);
        if self.host.is_empty() || control(&self.host) || self.host.contains(['/', '@', ' ', '%', '\\']) {
            return Err(TargetError::Part("host", "a name or an IP address was expected"));
        }
        if self.path.trim_matches('/').is_empty() || control(&self.path) {
            return Err(TargetError::Part("path", "the repository's path on the server was expected"));
        }
        if self.user.as_deref().is_some_and(|user| user.is_empty() || control(user)) {
            return Err(TargetError::Part("user", "a user name was expected before the @"));
        }
        for (what, text) in [("host", Some(&self.host)), ("user", self.user.as_ref()), ("path", Some(&self.path))] {
            if let Some(text) = text.filter(|text| text.starts_with('-')) {
                return Err(TargetError::LooksLikeOption(what, text.clone()));
            }
        }
        Ok(())
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.url())
    }
}

fn from_url(text: &str) -> Result<(Target, Option<UrlPassword>), TargetError> {
    let scheme = text.split("://").next().unwrap_or_default().to_ascii_lowercase();
    let transport = match scheme.as_str() {
        "ssh" | "git+ssh" | "ssh+git" => Transport::Ssh,
        "https" => Transport::Https,
        "http" => Transport::Http,
        _ => return Err(TargetError::Scheme(scheme.chars().filter(|c| !c.is_control()).take(40).collect())),
    };
    let authority = text.split_once("://").map_or("", |(_, rest)| rest).split('/').next().unwrap_or_default();
    let host_part = authority.rsplit('@').next().unwrap_or_default();
    if host_part.starts_with('-') {
        return Err(TargetError::LooksLikeOption("host", host_part.to_owned()));
    }
    // The text may hold a password: it must not come back in an error.
    let url = Url::parse(text).map_err(|_| TargetError::Part("host", "the part behind :// is not host[:port]/path"))?;
    let host = match url.host() {
        Some(Host::Domain(name)) => name.to_owned(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        None => return Err(TargetError::Part("host", "a name or an IP address was expected")),
    };
    let user = decoded(url.username(), "user")?;
    let password = url.password().map(|raw| decoded(raw, "password")).transpose()?.map(UrlPassword);
    // Over SSH the path goes to a command as it is; over HTTP it stays as it is in the URL.
    let path = match transport {
        Transport::Ssh => decoded(url.path(), "path")?,
        _ => url.path().to_owned(),
    };
    let path = match path.strip_prefix("/~") {
        Some(home) if transport == Transport::Ssh => format!("~{home}"),
        _ => path,
    };
    let user = Some(user).filter(|user| !user.is_empty());
    Ok((Target { transport, user, host, port: url.port(), path }, password))
}

/// `[user@]host:path`, where no slash stands before the first colon; brackets hold an IPv6 address.
fn from_scp(text: &str) -> Result<Target, TargetError> {
    let form = || TargetError::Form(text.chars().filter(|c| !c.is_control()).take(200).collect());
    let (user, rest) = match text.split_once('@') {
        Some((user, rest)) if !user.contains([':', '/']) => (Some(user.to_owned()), rest),
        _ => (None, text),
    };
    let (host, path) = match rest.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once("]:").ok_or_else(form)?,
        None => rest.split_once(':').ok_or_else(form)?,
    };
    if host.contains('/') || host.is_empty() || path.is_empty() {
        return Err(form());
    }
    Ok(Target { transport: Transport::Ssh, user, host: host.to_owned(), port: None, path: path.to_owned() })
}

fn decoded(raw: &str, what: &'static str) -> Result<String, TargetError> {
    percent_encoding::percent_decode_str(raw)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| TargetError::Part(what, "its %-escapes are not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Target {
        Target::parse(text).unwrap().0
    }

    #[test]
    fn the_forms_that_git_takes_are_read() {
        let cases = [
            ("ssh://git@github.com/org/repo.git", "ssh://git@github.com/org/repo.git", 22),
            ("ssh://git@host:2222/r", "ssh://git@host:2222/r", 2222),
            ("git@github.com:org/repo.git", "ssh://git@github.com/org/repo.git", 22),
            ("host:repo", "ssh://host/repo", 22),
            ("git@[2001:db8::1]:r", "ssh://git@[2001:db8::1]/r", 22),
            ("ssh://git@[2001:db8::1]:2222/r", "ssh://git@[2001:db8::1]:2222/r", 2222),
            ("https://example.org/a%20b.git", "https://example.org/a%20b.git", 443),
            ("http://127.0.0.1:8080/r", "http://127.0.0.1:8080/r", 8080),
            ("https://example.org:443/r", "https://example.org/r", 443),
        ];
        for (text, url, port) in cases {
            let target = target(text);
            assert_eq!((target.url().as_str(), target.effective_port()), (url, port), "{text}");
            assert_eq!(super::Target::parse(&target.url()).unwrap().0.url(), url, "round trip of {text}");
        }
        assert_eq!(target("git@host:org/r").path, "org/r", "scp paths are relative to the home directory");
        assert_eq!(target("ssh://host/~me/r").path, "~me/r");
    }

    #[test]
    fn a_password_is_handed_out_and_kept_nowhere() {
        let (target, password) = Target::parse("https://me:hunter%402@example.org/r.git").unwrap();
        assert_eq!(target.url(), "https://me@example.org/r.git");
        assert_eq!(format!("{target:?} {password:?}").matches("hunter").count(), 0);
        assert_eq!(password.unwrap().into_exposed(), "hunter@2");
        let error = Target::parse("https://me:hunter2@exa mple/r").unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn what_is_no_address_is_refused_with_a_sentence() {
        for text in [
            "",
            "repo",
            "/srv/repo.git",
            "./a:b",
            "file:///srv/r",
            "git://host/r",
            "ssh://",
            "ssh:///r",
            "https://host",
            "host:",
            "ssh://-oProxyCommand=x/r",
            "-oProxyCommand=x:r",
            "ssh://git@-host/r",
            "ssh://-l@host/r",
            "host:-r",
            "git@ho st:r",
            "ssh://host:99999/r",
            "ssh://host/a%0ab",
            "@host:r",
        ] {
            let error = Target::parse(text).expect_err(text).to_string();
            assert!(error.len() > 20, "{text}: {error}");
        }
    }
}
