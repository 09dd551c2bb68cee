//! Whether the URL in `http.<url>.*` covers a URL, and how closely (git-config(1) under that name; git's urlmatch.c).

use url::Url;

/// How closely a pattern fits, compared in the order of the fields. The default is that of a setting for every URL.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fit {
    host: usize,
    path: usize,
    user: bool,
}

/// Compares scheme, user, host, port and path; nothing if one does not fit.
pub(super) fn fit(pattern: &str, url: &Url) -> Option<Fit> {
    let pattern = Url::parse(pattern).ok()?;
    if pattern.scheme() != url.scheme() || pattern.port_or_known_default() != url.port_or_known_default() {
        return None;
    }
    let user = !pattern.username().is_empty();
    if user && pattern.username() != url.username() {
        return None;
    }
    let (wanted, host) = (pattern.host_str()?, url.host_str()?);
    let (mut wanted_labels, mut labels) = (wanted.split('.'), host.split('.'));
    loop {
        match (wanted_labels.next(), labels.next()) {
            (None, None) => break,
            (Some(wanted), Some(label)) if wanted == "*" || wanted == label => {}
            _ => return None,
        }
    }
    let prefix = pattern.path().trim_end_matches('/');
    let rest = url.path().strip_prefix(prefix)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(Fit { host: wanted.len(), path: prefix.len() + 1, user })
}
