//! `ProxyJump`: one or more hosts to go through, as `[user@]host[:port]` or `ssh://` URIs.

/// A host to go through, as it was named. Its own configuration applies to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JumpSpec {
    /// The host as it was named.
    pub host: String,
    /// The port, if one was given.
    pub port: Option<u16>,
    /// The user, if one was given.
    pub user: Option<String>,
}

/// Reads the comma-separated list, first hop first.
///
/// # Errors
/// A sentence about the part that is not a host.
pub(super) fn parse_jumps(list: &str) -> Result<Vec<JumpSpec>, String> {
    let jumps: Vec<JumpSpec> = list.split(',').map(parse_jump).collect::<Result<_, _>>()?;
    if jumps.len() > MAX_JUMPS {
        return Err(format!("more than {MAX_JUMPS} hosts to go through"));
    }
    Ok(jumps)
}

fn parse_jump(text: &str) -> Result<JumpSpec, String> {
    let bad = || "expected [user@]host[:port], several separated by commas".to_owned();
    let text = text.trim();
    let text = text.strip_prefix("ssh://").map_or(text, |uri| uri.trim_end_matches('/'));
    let (user, place) = match text.rsplit_once('@') {
        Some((user, place)) => (Some(user.to_owned()), place),
        None => (None, text),
    };
    let (host, port) = if let Some(bracketed) = place.strip_prefix('[') {
        let (host, rest) = bracketed.split_once(']').ok_or_else(bad)?;
        (host, rest.strip_prefix(':'))
    } else {
        match place.split_once(':') {
            // Two colons without brackets: an IPv6 address, and no port.
            Some((_, rest)) if rest.contains(':') => (place, None),
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        }
    };
    let port = port.map(|port| port.parse().ok().filter(|port| *port != 0).ok_or_else(bad)).transpose()?;
    let option_like = |text: &str| text.is_empty() || text.starts_with('-') || text.contains(char::is_whitespace);
    if option_like(host) || user.as_deref().is_some_and(option_like) {
        return Err(bad());
    }
    Ok(JumpSpec { host: host.to_owned(), port, user })
}

/// More hops than anyone has: what stops configurations that point at each other.
pub(crate) const MAX_JUMPS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(host: &str, port: Option<u16>, user: Option<&str>) -> JumpSpec {
        JumpSpec { host: host.into(), port, user: user.map(String::from) }
    }

    #[test]
    fn every_form() {
        for (text, expected) in [
            ("bastion", vec![spec("bastion", None, None)]),
            ("ada@bastion:2222", vec![spec("bastion", Some(2222), Some("ada"))]),
            ("a, b@c:1", vec![spec("a", None, None), spec("c", Some(1), Some("b"))]),
            ("[fd00::1]:22", vec![spec("fd00::1", Some(22), None)]),
            ("fd00::1", vec![spec("fd00::1", None, None)]),
            ("ssh://ada@bastion:22/", vec![spec("bastion", Some(22), Some("ada"))]),
        ] {
            assert_eq!(parse_jumps(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_host() {
        for text in ["", "a,", "-oProxyCommand=x", "@host", "host:", "host:0", "host:70000", "[::1", "a b"] {
            assert!(parse_jumps(text).is_err(), "{text}");
        }
    }
}
