//! Variables that name a proxy. A name and a password in them are left out, and so is a value that cannot be read: what it
//! holds is not known to be harmless.

use access::proxy::{Proxy, ProxyKind};
use access::{Client, Environment, Source};
use model::{ProxyVariable, RemoteText};

/// Those that are set, by name.
pub(crate) fn named(environment: &Environment, client: Client) -> Vec<ProxyVariable> {
    let address = |text: &str, name: &'static str| match Proxy::parse(text, client, Source::Environment(name)) {
        Ok(proxy) => shown(&proxy),
        Err(why) => format!("not followed: {why}"),
    };
    let proxies = PROXIES.iter().filter_map(|name| Some((*name, address(environment.filled(name)?, name))));
    let exceptions = EXCEPTIONS.iter().filter_map(|name| {
        let list = RemoteText::clean(environment.filled(name)?);
        // A list of hosts has no login in it; where there is one, somebody took this variable for another.
        Some((
            *name,
            if list.as_str().contains('@') { "not followed: it is no list of hosts".into() } else { list.to_string() },
        ))
    });
    proxies.chain(exceptions).map(|(name, value)| ProxyVariable { name: name.to_owned(), value }).collect()
}

fn shown(proxy: &Proxy) -> String {
    let scheme = match proxy.kind {
        ProxyKind::Socks5 => "socks5",
        ProxyKind::Socks5h => "socks5h",
        ProxyKind::HttpConnect => "http",
        ProxyKind::HttpsConnect => "https",
    };
    let host = RemoteText::clean(&proxy.host);
    if host.as_str().contains(':') {
        format!("{scheme}://[{host}]:{}", proxy.port)
    } else {
        format!("{scheme}://{host}:{}", proxy.port)
    }
}

const PROXIES: &[&str] = &["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "all_proxy", "http_proxy", "https_proxy"];
const EXCEPTIONS: &[&str] = &["NO_PROXY", "no_proxy"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_login_is_written_down() {
        let mut environment = Environment::default();
        environment.set("HTTPS_PROXY", "http://user:s3cret@proxy.example:3128");
        environment.set("ALL_PROXY", "socks5://[2001:db8::1]");
        environment.set("http_proxy", "ftp://s3cret@x");
        environment.set("https_proxy", "");
        environment.set("NO_PROXY", "localhost,.svc");
        environment.set("no_proxy", "s3cret@proxy.example");
        let found: Vec<String> = named(&environment, Client::Git)
            .into_iter()
            .map(|variable| format!("{}={}", variable.name, variable.value))
            .collect();
        assert_eq!(
            found,
            [
                "ALL_PROXY=socks5://[2001:db8::1]:1080",
                "HTTPS_PROXY=http://proxy.example:3128",
                "http_proxy=not followed: its scheme is none of http, https, socks5 and socks5h",
                "NO_PROXY=localhost,.svc",
                "no_proxy=not followed: it is no list of hosts",
            ]
        );
    }
}
