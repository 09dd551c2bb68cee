//! Where requests go: scheme, host, port and the repository's path. A redirect moves it.

use url::Url;

/// A place on the web.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    url: Url,
}

impl Origin {
    /// Of a repository. User-info is taken off: it travels in a header, to this place only.
    pub(super) fn of(url: &Url) -> Self {
        let mut url = url.clone();
        // Only URLs without a host refuse this, and `http` has one always.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_query(None);
        url.set_fragment(None);
        Self { url }
    }

    pub(super) fn is_tls(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Name or address, without brackets.
    pub(super) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default().trim_matches(['[', ']'])
    }

    pub(super) fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(443)
    }

    /// For the `Host` header.
    pub(super) fn authority(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The repository's path with `suffix` behind it.
    pub(super) fn path(&self, suffix: &str) -> String {
        format!("{}{suffix}", self.url.path().trim_end_matches('/'))
    }

    /// Where its advertisement is asked for, for the report.
    pub(super) fn advertisement(&self) -> String {
        format!("{}{}", self.url.origin().ascii_serialization(), self.path("/info/refs?service=git-upload-pack"))
    }

    /// True where a credential for `self` may go to `other`: the same server, or the same host by TLS instead of in the
    /// clear.
    pub(super) fn trusts(&self, other: &Self) -> bool {
        let usual = |origin: &Self| origin.url.port().is_none();
        let upgraded = !self.is_tls() && other.is_tls() && usual(self) && usual(other) && self.host() == other.host();
        self.url.origin() == other.url.origin() || upgraded
    }

    /// Where a redirect of the advertisement leads; none if it leads to no repository, or from TLS into the clear.
    pub(super) fn redirected(&self, location: &str) -> Option<Self> {
        let base = self.url.join(&self.path("/info/refs")).ok()?;
        let mut next = base.join(location).ok()?;
        if !matches!(next.scheme(), "http" | "https") || (self.is_tls() && next.scheme() != "https") {
            return None;
        }
        let path = next.path().strip_suffix("/info/refs")?.to_owned();
        next.set_path(&path);
        Some(Self::of(&next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> Origin {
        Origin::of(&Url::parse(url).unwrap())
    }

    #[test]
    fn a_redirect_moves_the_repository() {
        let from = origin("https://me:secret@git.example/old.git/");
        assert_eq!(from.path("/info/refs"), "/old.git/info/refs");
        let to = from.redirected("https://other.example:8443/new.git/info/refs?service=git-upload-pack").unwrap();
        assert_eq!((to.host(), to.port(), to.authority().as_str()), ("other.example", 8443, "other.example:8443"));
        assert_eq!(to.path("/git-upload-pack"), "/new.git/git-upload-pack");
        assert!(!from.trusts(&to) && !from.advertisement().contains("secret"));
        assert!(from.trusts(&from.redirected("/new.git/info/refs").unwrap()));
    }

    #[test]
    fn a_credential_goes_to_its_own_server_only() {
        let home = origin("https://git.example/r.git");
        for other in ["https://git.example:8443/r.git", "https://evil.example/r.git", "http://git.example/r.git"] {
            assert!(!home.trusts(&origin(other)), "{other}");
        }
        assert!(origin("http://git.example/r.git").trusts(&origin("https://git.example/r.git")));
    }

    #[test]
    fn a_redirect_into_the_clear_or_to_a_page_is_not_followed() {
        let from = origin("https://git.example/r.git");
        for location in ["http://git.example/r.git/info/refs", "https://git.example/login", "file:///r/info/refs"] {
            assert_eq!(from.redirected(location), None, "{location}");
        }
    }
}
