//! The rules as tables; each row was read off the source named in the module it tests.

use super::bypass::{by_curl, by_go_dialer, by_go_http};
use super::*;
use crate::git_config::GitConfig;
use crate::surroundings::Environment;
use crate::testing::{program, surroundings};

fn environment(variables: &[(&str, &str)]) -> Environment {
    variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn parse(text: &str, client: Client) -> Result<Proxy, String> {
    Proxy::parse(text, client, Source::Default)
}

#[test]
fn addresses_and_their_default_ports() {
    use ProxyKind::{HttpConnect, HttpsConnect, Socks5, Socks5h};
    for (text, client, kind, host, port) in [
        ("http://proxy:3128", Client::Git, HttpConnect, "proxy", 3128),
        ("http://proxy:80", Client::Git, HttpConnect, "proxy", 80),
        ("http://proxy/", Client::Git, HttpConnect, "proxy", 1080),
        ("http://proxy", Client::Flux, HttpConnect, "proxy", 80),
        ("https://Proxy", Client::Git, HttpsConnect, "proxy", 443),
        ("proxy:3128", Client::Flux, HttpConnect, "proxy", 3128),
        ("10.0.0.1:3128", Client::Git, HttpConnect, "10.0.0.1", 3128),
        ("http://[fd00::1]:8080", Client::Git, HttpConnect, "fd00::1", 8080),
        ("socks5://proxy", Client::Git, Socks5, "proxy", 1080),
        ("socks5h://proxy", Client::Git, Socks5h, "proxy", 1080),
        ("SOCKS5://proxy:9", Client::Flux, Socks5h, "proxy", 9),
    ] {
        let found = parse(text, client).unwrap();
        assert_eq!((found.kind, found.host.as_str(), found.port), (kind, host, port), "{text}");
        assert_eq!(found.credential, None);
    }
    for text in ["", "http://", "socks4://proxy", "ftp://proxy", "http://proxy:99999", "http://a b"] {
        assert!(parse(text, Client::Git).is_err(), "{text}");
    }
}

#[test]
fn credentials_are_decoded_and_never_shown() {
    let found = parse("http://ad%40a:p%3Ass%2Fhunter2@proxy:1", Client::Git).unwrap();
    let credential = found.credential.as_ref().unwrap();
    assert_eq!((credential.user.expose(), credential.password.expose()), ("ad@a", "p:ss/hunter2"));
    assert!(!format!("{found:?}").contains("hunter2"));
    let refused = parse("gopher://user:hunter2@proxy", Client::Git).unwrap_err();
    assert!(!refused.contains("hunter2"));
}

#[test]
fn no_proxy_as_curl_reads_it() {
    for (list, host, expected) in [
        ("*", "anything", true),
        ("a,*", "b", false),
        ("example.com", "example.com", true),
        ("example.com", "git.EXAMPLE.com", true),
        ("example.com", "notexample.com", false),
        (".example.com", "example.com", true),
        (".example.com.", "git.example.com.", true),
        ("example.com:443", "example.com", false),
        ("a, example.com", "example.com", true),
        ("a example.com", "example.com", false),
        ("10.0.0.0/8", "10.1.2.3", true),
        ("10.0.0.0/8", "11.1.2.3", false),
        ("10.1.2.3", "10.1.2.3", true),
        ("fd00::/8", "fd12::1", true),
        ("localhost", "127.0.0.1", false),
        ("", "localhost", false),
    ] {
        assert_eq!(by_curl(list, host), expected, "{list} for {host}");
    }
}

#[test]
fn no_proxy_as_go_reads_it_for_http() {
    for (list, host, port, expected) in [
        ("", "localhost", 443, true),
        ("", "127.0.0.2", 443, true),
        ("", "::1", 443, true),
        ("a, *", "b", 443, true),
        ("example.com", "example.com", 443, true),
        ("example.com", "git.example.com", 443, true),
        ("example.com", "notexample.com", 443, false),
        (".example.com", "example.com", 443, false),
        (".example.com", "git.example.com", 443, true),
        ("*.example.com", "git.example.com", 443, true),
        ("*.example.com", "example.com", 443, false),
        ("example.com:443", "example.com", 443, true),
        ("example.com:443", "example.com", 8443, false),
        ("10.0.0.0/8", "10.1.2.3", 443, true),
        ("0.0.0.0/0", "10.1.2.3", 443, true),
        ("10.1.2.3:80", "10.1.2.3", 443, false),
        ("[fd00::1]:443", "fd00::1", 443, true),
        ("fd00::1", "fd00::1", 443, true),
    ] {
        assert_eq!(by_go_http(list, host, port), expected, "{list} for {host}:{port}");
    }
}

#[test]
fn no_proxy_as_go_reads_it_for_ssh() {
    for (list, host, expected) in [
        ("", "localhost", false),
        ("*", "example.com", false),
        ("example.com", "example.com", true),
        ("example.com", "git.example.com", false),
        (".example.com", "git.example.com", false),
        ("*.example.com", "git.example.com", true),
        ("*.example.com", "example.com", true),
        ("*.example.com", "notexample.com", false),
        ("10.0.0.0/8, 1.2.3.4", "1.2.3.4", true),
        ("10.0.0.0/8", "10.9.9.9", true),
        ("10.0.0.0/8", "11.9.9.9", false),
    ] {
        assert_eq!(by_go_dialer(list, host), expected, "{list} for {host}");
    }
}

/// The host of the proxy that is chosen, or `-`.
fn chosen(client: Client, variables: &[(&str, &str)], git: &[u8], url: &str) -> String {
    let choice = for_http(&environment(variables), &GitConfig::parse(git), &url.parse().unwrap(), client);
    choice.proxy.map_or_else(|| "-".to_owned(), |proxy| proxy.host)
}

#[test]
fn precedence_as_in_git() {
    let none: &[u8] = b"";
    let configured: &[u8] = b"file:/g\0http.proxy\nhttp://config:1\0";
    let both = [("https_proxy", "lower:1"), ("HTTPS_PROXY", "upper:1"), ("ALL_PROXY", "all:1")];
    let https = "https://example.com/a";
    let http = "http://example.com/a";
    for (variables, git, url, expected) in [
        (&both[..], configured, https, "config"),
        (&both[..], none, https, "lower"),
        (&both[1..], none, https, "upper"),
        (&both[2..], none, https, "all"),
        (&[("HTTP_PROXY", "upper:1")], none, http, "-"),
        (&[("http_proxy", "lower:1")], none, http, "lower"),
        (&[("https_proxy", ""), ("HTTPS_PROXY", "upper:1")], none, https, "-"),
        (&both[..], b"file:/g\0http.proxy\n\0", https, "-"),
        (&both[..], b"file:/g\0http.https://example.com.proxy\nsocks5://special\0", https, "special"),
        (&[("https_proxy", "lower:1"), ("no_proxy", "example.com")], none, https, "-"),
        (&[("no_proxy", "example.com")], configured, https, "-"),
        (&[("no_proxy", ""), ("NO_PROXY", "example.com")], configured, https, "config"),
        (&[("https_proxy", "lower:1")], none, "https://localhost/", "lower"),
    ] {
        assert_eq!(chosen(Client::Git, variables, git, url), expected, "{variables:?} {url}");
    }
}

#[test]
fn precedence_as_in_flux() {
    let git: &[u8] = b"file:/g\0http.proxy\nhttp://config:1\0";
    let https = "https://example.com/a";
    for (variables, url, expected) in [
        (&[("HTTPS_PROXY", "upper:1"), ("https_proxy", "lower:1")][..], https, "upper"),
        (&[("HTTPS_PROXY", ""), ("https_proxy", "lower:1")], https, "lower"),
        (&[("ALL_PROXY", "all:1")], https, "-"),
        (&[("HTTP_PROXY", "upper:1")], "http://example.com/", "upper"),
        (&[("HTTPS_PROXY", "upper:1"), ("NO_PROXY", ".com")], https, "-"),
        (&[("HTTPS_PROXY", "upper:1")], "https://localhost/", "-"),
        (&[("HTTPS_PROXY", "upper:1")], "https://[::1]/", "-"),
    ] {
        assert_eq!(chosen(Client::Flux, variables, git, url), expected, "{variables:?} {url}");
    }
}

#[test]
fn ssh_takes_socks_from_all_proxy_in_flux_and_nothing_in_git() {
    let choice = |client, variables: &[(&str, &str)]| for_ssh(&environment(variables), "git.example.com", client);
    let socks = [("ALL_PROXY", "socks5://user:hunter2@proxy:1080"), ("NO_PROXY", "*.example.org")];
    let found = choice(Client::Flux, &socks).proxy.unwrap();
    assert_eq!((found.kind, found.host.as_str(), found.port), (ProxyKind::Socks5h, "proxy", 1080));
    for (client, variables) in [
        (Client::Git, &socks[..]),
        (Client::Flux, &[("ALL_PROXY", "http://proxy:1")]),
        (Client::Flux, &[("HTTPS_PROXY", "http://proxy:1")]),
        (Client::Flux, &[("ALL_PROXY", "socks5://proxy"), ("NO_PROXY", "git.example.com")]),
    ] {
        let found = choice(client, variables);
        assert_eq!((found.proxy, found.notes.len()), (None, 1), "{variables:?}");
    }
    assert_eq!(choice(Client::Flux, &[]), ProxyChoice::default());
}

#[test]
fn a_proxy_that_cannot_be_used_is_named_without_its_address() {
    let git = GitConfig::parse(b"file:/g\0http.proxy\nsocks4://user:hunter2@proxy\0");
    let found = for_http(&Environment::default(), &git, &"https://example.com".parse().unwrap(), Client::Git);
    assert_eq!(found.not_honoured.len(), 1);
    assert!(!format!("{found:?}").contains("hunter2"));
}

/// The oracle: real git, a server and a proxy that only accept. Which of the two does git call?
#[tokio::test]
async fn git_calls_whom_we_say_it_calls() {
    let Some(git) = program("git") else { return };
    let bind = || tokio::net::TcpListener::bind("127.0.0.1:0");
    let (server, proxy) = (bind().await.unwrap(), bind().await.unwrap());
    let (server_port, proxy_port) = (server.local_addr().unwrap().port(), proxy.local_addr().unwrap().port());
    let proxy_url = format!("http://127.0.0.1:{proxy_port}");
    let proxy_url = proxy_url.as_str();
    let home = tempfile::tempdir().unwrap();
    for (variables, configured, host) in [
        (&[("http_proxy", proxy_url)][..], None, "localhost"),
        (&[("HTTP_PROXY", proxy_url)], None, "localhost"),
        (&[("ALL_PROXY", proxy_url)], None, "localhost"),
        (&[("http_proxy", ""), ("ALL_PROXY", proxy_url)], None, "localhost"),
        (&[("http_proxy", proxy_url)], Some(""), "localhost"),
        (&[], Some(proxy_url), "127.0.0.1"),
        (&[("no_proxy", "127.0.0.0/8")], Some(proxy_url), "127.0.0.1"),
        (&[("no_proxy", "10.0.0.0/8, 127.0.0.1")], Some(proxy_url), "127.0.0.1"),
        (&[("no_proxy", "10.0.0.0/8")], Some(proxy_url), "127.0.0.1"),
        (&[("no_proxy", ""), ("NO_PROXY", "*")], Some(proxy_url), "127.0.0.1"),
        (&[("NO_PROXY", "*")], Some(proxy_url), "127.0.0.1"),
        (&[("no_proxy", "localhost")], Some(proxy_url), "localhost"),
        (&[("no_proxy", "host")], Some(proxy_url), "localhost"),
    ] {
        let mut here = surroundings(home.path());
        for (name, value) in variables {
            here.environment.set(*name, *value);
        }
        let text = configured.map_or(String::new(), |address| format!("[http]\nproxy = \"{address}\"\n"));
        std::fs::write(home.path().join(".gitconfig"), text).unwrap();
        let url = format!("http://{host}:{server_port}/a");
        let config = GitConfig::read(&here).await;
        let ours = for_http(&here.environment, &config, &url.parse().unwrap(), Client::Git);

        let mut child = tokio::process::Command::new(&git)
            .args(["ls-remote", &url])
            .env_clear()
            .envs(here.environment.iter())
            .current_dir(home.path())
            .stderr(std::process::Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let through_proxy = tokio::select! {
            _ = server.accept() => false,
            _ = proxy.accept() => true,
            status = child.wait() => panic!("git called nobody: {status:?} {variables:?} {configured:?} {host}"),
        };
        // The connection was dropped, so git gives up by itself and leaves none behind for the next case.
        child.wait().await.unwrap();
        assert_eq!(ours.proxy.is_some(), through_proxy, "{variables:?} {configured:?} {host}: {ours:?}");
    }
}
