//! The proxy to the API server, as kubectl would choose it. kube 5.0 compares `NO_PROXY` with the proxy's own address
//! instead of the server's (`config/file_loader.rs`) and fails on entries that it cannot parse, so it is not asked.

use kube::Config;
use url::Url;

/// The proxy's address. `of_cluster` is the kubeconfig's `proxy-url`, which client-go uses whatever `NO_PROXY` says; the
/// environment's is subject to `NO_PROXY` by Go's rules.
pub(super) fn choose(
    server: &Url,
    of_cluster: Option<&str>,
    variable: impl Fn(&str) -> Option<String>,
) -> Option<String> {
    let filled = |names: [&str; 2]| names.into_iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
    if let Some(proxy) = of_cluster.filter(|proxy| !proxy.is_empty()) {
        return Some(with_scheme(proxy));
    }
    let names = if server.scheme() == "https" { ["HTTPS_PROXY", "https_proxy"] } else { ["HTTP_PROXY", "http_proxy"] };
    let proxy = filled(names)?;
    let host = server.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = server.port_or_known_default().unwrap_or_default();
    let excepted = filled(["NO_PROXY", "no_proxy"]).unwrap_or_default();
    (!access::proxy::by_go_http(&excepted, host, port)).then(|| with_scheme(&proxy))
}

/// Writes the choice into the client's configuration.
pub(super) fn set(config: &mut Config, proxy: Option<&str>) -> Result<(), String> {
    config.proxy_url = match proxy {
        Some(proxy) => Some(proxy.parse().map_err(|why| format!("`{}` is no address of a proxy: {why}", bare(proxy)))?),
        None => None,
    };
    Ok(())
}

/// The address without a password, for people.
pub(super) fn bare(proxy: &str) -> String {
    match (proxy.split_once("://"), proxy.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => proxy.to_owned(),
    }
}

/// Go takes an address without a scheme for HTTP, and resolves names at the proxy for both kinds of SOCKS 5.
fn with_scheme(proxy: &str) -> String {
    match proxy.split_once("://") {
        None => format!("http://{proxy}"),
        Some(("socks5h", rest)) => format!("socks5://{rest}"),
        Some(_) => proxy.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(server: &str, of_cluster: Option<&str>, variables: &[(&str, &str)]) -> Option<String> {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        choose(&server.parse().unwrap(), of_cluster, variable)
    }

    #[test]
    fn no_proxy_is_compared_with_the_server() {
        let set = |excepted| [("HTTPS_PROXY", "http://10.1.1.1:3128"), ("NO_PROXY", excepted)];
        for excepted in ["10.1.2.3", "10.0.0.0/8", "*", "x/y, ,10.1.2.3:6443"] {
            assert_eq!(chosen("https://10.1.2.3:6443", None, &set(excepted)), None, "{excepted}");
        }
        for excepted in ["", "10.1.1.1:3128", "192.168.0.0/16", "10.1.2.3:443"] {
            assert!(chosen("https://10.1.2.3:6443", None, &set(excepted)).is_some(), "{excepted}");
        }
        assert_eq!(chosen("https://127.0.0.1:6443", None, &set("")), None, "Go never asks a proxy for this machine");
        assert_eq!(chosen("https://[fd00::1]:6443", None, &set("fd00::/8")), None);
    }

    #[test]
    fn the_kubeconfigs_own_proxy_comes_first_and_is_never_excepted() {
        let variables = [("HTTPS_PROXY", "http://other:1"), ("NO_PROXY", "*")];
        assert_eq!(chosen("https://a:6443", Some("proxy:3128"), &variables).as_deref(), Some("http://proxy:3128"));
        assert_eq!(chosen("https://a:6443", Some("socks5h://p:1"), &[]).as_deref(), Some("socks5://p:1"));
    }

    #[test]
    fn the_variable_is_that_of_the_servers_scheme() {
        let variables = [("HTTPS_PROXY", "http://s:1"), ("http_proxy", "h:2")];
        assert_eq!(chosen("http://a:8080", None, &variables).as_deref(), Some("http://h:2"));
        assert_eq!(chosen("https://a", None, &variables).as_deref(), Some("http://s:1"));
    }

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(bare("http://me:secret@proxy:1"), "http://proxy:1");
        assert_eq!(bare("http://proxy:1"), "http://proxy:1");
    }
}
