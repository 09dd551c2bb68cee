//! Whole resolutions in a world under a temporary directory, and against `ssh -G`.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::*;
use crate::testing::{program, surroundings};

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

fn wish(host: &str) -> SshWish {
    SshWish {
        host: host.to_owned(),
        port: None,
        user: None,
        identity: None,
        known_hosts: None,
        proxy: None,
        client: Client::Git,
        configuration: true,
    }
}

/// A world with this `~/.ssh/config`.
fn world(root: &Path, config: &str) -> Surroundings {
    fs::create_dir_all(root.join(".ssh")).unwrap();
    fs::write(root.join(".ssh/config"), config).unwrap();
    surroundings(root)
}

fn resolve(here: &Surroundings, wish: &SshWish) -> Access<SshAccess> {
    Access::for_ssh(here, &GitConfig::default(), wish).unwrap()
}

fn places(hops: &[Hop]) -> Vec<String> {
    hops.iter().map(|hop| format!("{}@{}:{}", hop.user, hop.host_name, hop.port)).collect()
}

#[test]
fn everything_that_configuration_says_about_a_host() {
    let dir = tempfile::tempdir().unwrap();
    let mut here = world(
        dir.path(),
        "Host git\n HostName %h.example.com\n Port 2222\n User them\n IdentityFile ~/keys/%n-%h-%p-%r-%u\n IdentityFile %C\n \
         IdentitiesOnly yes\n IdentityAgent $MY_AGENT\n UserKnownHostsFile ~/known none\n HostKeyAlias alias\n",
    );
    here.environment.set("MY_AGENT", "/run/agent");
    fs::write(dir.path().join("known"), format!("alias {KEY}\n")).unwrap();
    let access = resolve(&here, &wish("git"));
    let hop = &access.way.destination;
    assert_eq!(places(std::slice::from_ref(hop)), ["them@git.example.com:2222"]);
    let paths: Vec<_> = hop.identities.iter().map(|identity| identity.path.clone()).collect();
    assert_eq!(paths, [dir.path().join("keys/git-git.example.com-2222-them-ada")]);
    assert!(hop.identities_only);
    assert_eq!(hop.agent, Some("/run/agent".into()));
    assert!(hop.known_hosts.check(&hop.host_query(Client::Git), &KEY.parse().unwrap()).is_trusted());
    let left: Vec<_> = access.not_honoured.iter().map(|left| left.setting.as_str()).collect();
    assert_eq!(left, ["IdentityFile"], "%C is not resolved and is named");
}

#[test]
fn nothing_configured_means_the_defaults() {
    let dir = tempfile::tempdir().unwrap();
    let mut here = world(dir.path(), "");
    here.environment.set("SSH_AUTH_SOCK", "/run/agent");
    fs::create_dir_all(&here.system_ssh).unwrap();
    fs::write(dir.path().join(".ssh/id_ed25519"), "").unwrap();
    fs::write(dir.path().join(".ssh/known_hosts"), format!("a {KEY}\n")).unwrap();
    fs::write(here.system_ssh.join("ssh_known_hosts"), format!("b {KEY}\nbroken\n")).unwrap();
    let access = resolve(&here, &wish("host"));
    let hop = access.way.destination;
    assert_eq!((hop.user.as_str(), hop.port, hop.agent), ("ada", 22, Some("/run/agent".into())));
    assert_eq!(hop.identities.len(), 1);
    assert!(hop.identities[0].is_default());
    assert_eq!(hop.known_hosts.broken().len(), 1);
    for host in ["a", "b"] {
        let query = crate::known_hosts::HostQuery { host, port: 22, alias: None, client: Client::Git };
        assert!(hop.known_hosts.check(&query, &KEY.parse().unwrap()).is_trusted(), "{host}");
    }
    assert!(access.not_honoured.is_empty() && access.notes.is_empty());
}

#[test]
fn the_user_is_git_for_flux_and_must_be_known_for_ssh() {
    let dir = tempfile::tempdir().unwrap();
    let mut here = world(dir.path(), "");
    here.user_name = None;
    let flux = SshWish { client: Client::Flux, ..wish("host") };
    assert_eq!(resolve(&here, &flux).way.destination.user, "git");
    let error = Access::for_ssh(&here, &GitConfig::default(), &wish("host")).unwrap_err();
    assert_eq!(error, AccessError::NoUser { host: "host".into() });
}

#[test]
fn what_was_given_comes_first() {
    let dir = tempfile::tempdir().unwrap();
    let mut here = world(dir.path(), "Port 1\nUser config\nIdentityFile /config\n");
    here.environment.set("GIT_SSH_COMMAND", "ssh -i /command -p 2");
    let given = SshWish { port: Some(3), user: Some("url".into()), identity: Some("mine%h".into()), ..wish("host") };
    let hop = resolve(&here, &given).way.destination;
    assert_eq!((hop.user.as_str(), hop.port), ("url", 2), "ssh takes the first -p, and git's own comes last");
    let paths: Vec<_> = hop.identities.iter().map(|identity| identity.path.clone()).collect();
    assert_eq!(paths, [dir.path().join("mine%h"), "/command".into(), "/config".into()]);

    let hop = resolve(&here, &SshWish { configuration: false, ..given }).way.destination;
    assert_eq!((hop.user.as_str(), hop.port, hop.identities.len()), ("url", 3, 1), "nothing of this user's counts");
}

#[test]
fn known_hosts_that_were_given_replace_the_usual_files() {
    let dir = tempfile::tempdir().unwrap();
    let here = world(dir.path(), "ProxyJump bastion\n");
    fs::write(dir.path().join(".ssh/known_hosts"), format!("host {KEY}\n")).unwrap();
    fs::write(dir.path().join("mine"), "# nothing\n").unwrap();
    let given = SshWish { known_hosts: Some(KnownHostsWish::File("mine".into())), ..wish("host") };
    let way = resolve(&here, &given).way;
    assert!(way.destination.known_hosts.is_empty() && way.jumps[0].known_hosts.is_empty());
    let lines = KnownHosts::parse(&format!("host {KEY}\n"), Path::new("secret"));
    let given = SshWish { known_hosts: Some(KnownHostsWish::Lines(lines)), ..wish("host") };
    assert!(!resolve(&here, &given).way.destination.known_hosts.is_empty());
    let absent = SshWish { known_hosts: Some(KnownHostsWish::File("absent".into())), ..wish("host") };
    let error = Access::for_ssh(&here, &GitConfig::default(), &absent).unwrap_err();
    assert!(matches!(error, AccessError::KnownHosts { .. }));
}

#[test]
fn jumps_have_their_own_configuration() {
    let dir = tempfile::tempdir().unwrap();
    let config = "Host inner\n ProxyJump ada@one:2201,two\nHost one\n HostName one.example.com\n User wrong\n ProxyJump zero\n\
         Host two\n User second\n ProxyJump never\nHost zero\n Port 2200\n";
    let access = resolve(&world(dir.path(), config), &wish("inner"));
    assert_eq!(places(&access.way.jumps), ["ada@zero:2200", "ada@one.example.com:2201", "second@two:22"]);
    assert!(access.not_honoured.is_empty(), "{:?}", access.not_honoured);
}

#[test]
fn jumps_that_lead_to_themselves_end() {
    let dir = tempfile::tempdir().unwrap();
    let access = resolve(&world(dir.path(), "Host *\n ProxyJump bastion\n"), &wish("host"));
    assert_eq!(places(&access.way.jumps), ["ada@bastion:22"]);
    let circle = "Host a\n ProxyJump b\nHost b\n ProxyJump a\n";
    let access = resolve(&world(dir.path(), circle), &wish("a"));
    assert_eq!(access.not_honoured.len(), 1);
    assert!(access.way.jumps.len() <= MAX_JUMPS);
}

#[test]
fn a_proxy_stands_before_the_first_host() {
    let dir = tempfile::tempdir().unwrap();
    let mut here = world(dir.path(), "");
    here.environment.set("ALL_PROXY", "socks5://proxy:1080");
    let flux = SshWish { client: Client::Flux, ..wish("host") };
    assert_eq!(resolve(&here, &flux).proxy.unwrap().host, "proxy");
    assert_eq!(resolve(&here, &wish("host")).proxy, None);
    let given = SshWish { proxy: Some("socks5://other".into()), ..wish("host") };
    assert_eq!(resolve(&here, &given).proxy.unwrap().host, "other");
    let wrong = SshWish { proxy: Some("gopher://hunter2@x".into()), ..wish("host") };
    let error = Access::for_ssh(&here, &GitConfig::default(), &wrong).unwrap_err();
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn certificates_beside_keys_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let here = world(dir.path(), "");
    fs::write(dir.path().join(".ssh/id_rsa"), "").unwrap();
    fs::write(dir.path().join(".ssh/id_rsa-cert.pub"), "").unwrap();
    let access = resolve(&here, &wish("host"));
    assert_eq!(access.not_honoured[0].setting, "CertificateFile");
}

/// The oracle: the options that git passes, in git's order, resolved by real ssh.
#[test]
fn agrees_with_ssh_about_names_ports_users_and_jumps() {
    let Some(ssh) = program("ssh") else { return };
    let dir = tempfile::tempdir().unwrap();
    let config = "Host work\n HostName %h.corp.example\n Port 2022\n User w\nHost via\n ProxyJump ada@hop:2200,last\nHost direct\n \
         ProxyJump none\n ProxyJump x\nHost UP\n User upper\n";
    let here = world(dir.path(), config);
    for (host, port, user) in [
        ("work", None, None),
        ("work", Some(7), Some("u")),
        ("via", None, None),
        ("direct", None, None),
        ("UP", None, None),
    ] {
        let mut command = Command::new(&ssh);
        command.arg("-G").arg("-F").arg(dir.path().join(".ssh/config"));
        if let Some(port) = port {
            command.args(["-p", &format!("{port}")]);
        }
        command.arg(user.map_or_else(|| host.to_owned(), |user: &str| format!("{user}@{host}")));
        let said = String::from_utf8(command.output().unwrap().stdout).unwrap();
        let theirs = |keyword: &str| said.lines().find_map(|line| line.strip_prefix(keyword)?.strip_prefix(' '));
        let access = resolve(&here, &SshWish { port, user: user.map(str::to_owned), ..wish(host) });
        let hop = &access.way.destination;
        assert_eq!(theirs("hostname"), Some(hop.host_name.as_str()), "{host}");
        assert_eq!(theirs("port"), Some(hop.port.to_string().as_str()), "{host}");
        if let Some(expected) = theirs("user").filter(|_| user.is_some() || host != "via" && host != "direct") {
            assert_eq!(expected, hop.user, "{host}");
        }
        let jumps = places(&access.way.jumps).join(",");
        match theirs("proxyjump") {
            Some(jump) => {
                assert_eq!((jump, jumps.as_str()), ("ada@hop:2200,last", "ada@hop:2200,ada@last:22"), "{host}");
            }
            None => assert_eq!(jumps, "", "{host}"),
        }
    }
}
