//! Secrets as Flux's CLI writes them, and as people get them wrong.

use std::fs;

use super::*;
use crate::testing::program;

struct Mounted {
    folder: tempfile::TempDir,
}

impl Mounted {
    fn with(values: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // As the kubelet lays a mount out.
        fs::create_dir(folder.path().join("..2026_11_24")).unwrap();
        for (key, value) in values {
            fs::write(folder.path().join(key), value).unwrap();
        }
        Self { folder }
    }

    fn secrets(&self) -> FluxSecrets {
        FluxSecrets { secret: Some(self.folder.path().to_path_buf()), proxy: None }
    }

    fn ssh(&self) -> FluxAccess<SshAccess> {
        self.secrets().for_ssh(&Environment::default(), "git.example.org", None, Some("git")).unwrap()
    }

    fn http(&self) -> FluxAccess<HttpAccess> {
        let url = Url::parse("https://git.example.org/r.git").unwrap();
        self.secrets().for_http(&Environment::default(), url).unwrap().0
    }
}

const KNOWN: &str =
    "git.example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n";

fn key(passphrase: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let made = std::process::Command::new(program("ssh-keygen")?)
        .args(["-q", "-t", "ed25519", "-N", passphrase, "-f"])
        .arg(&path)
        .status();
    assert!(made.unwrap().success());
    Some(fs::read_to_string(path).unwrap())
}

#[test]
fn an_ssh_secret_gives_the_key_and_the_host_keys() {
    let Some(pem) = key("") else { return };
    let found = Mounted::with(&[("identity", &pem), ("identity.pub", "x"), ("known_hosts", KNOWN)]).ssh();
    assert_eq!((found.keys.len(), found.objections.as_slice()), (1, [].as_slice()));
    let hop = &found.access.way.destination;
    assert_eq!((hop.user.as_str(), hop.known_hosts_given, hop.agent.is_none()), ("git", true, true));
    assert_eq!(hop.known_hosts.key_types(), ["ssh-ed25519"]);
    assert_eq!(hop.identities[0].path, found.keys[0].path);
}

#[test]
fn an_encrypted_key_wants_its_password() {
    let Some(pem) = key("open sesame") else { return };
    let opened = Mounted::with(&[("identity", &pem), ("known_hosts", KNOWN), ("password", "open sesame")]).ssh();
    assert_eq!((opened.keys.len(), opened.objections.len()), (1, 0));
    let shut = Mounted::with(&[("identity", &pem), ("known_hosts", KNOWN)]).ssh();
    assert_eq!(shut.keys.len(), 0);
    assert!(shut.objections[0].contains("private key cannot be used"), "{:?}", shut.objections);
}

#[test]
fn what_flux_would_not_accept_is_said_and_measured_all_the_same() {
    let empty = Mounted::with(&[]).ssh();
    assert!(empty.objections[0].contains("is not there, or is empty"), "{:?}", empty.objections);
    let half = Mounted::with(&[("known_hosts", KNOWN)]).ssh();
    assert_eq!(
        half.objections,
        ["the Secret has no `identity`; Flux says: invalid 'ssh' auth option: 'identity' is required"]
    );
    let password = Mounted::with(&[("password", "p")]).http();
    assert!(password.access.way.credential.is_none() && password.objections[0].contains("no `username`"));
    let app = Mounted::with(&[("githubAppID", "1")]).http();
    assert!(app.objections[0].contains("GitHub App"));
}

#[test]
fn an_http_secret_gives_the_credential_that_flux_would_send() {
    let header = |values: &[(&str, &str)]| {
        let found = Mounted::with(values).http().access.way.credential.unwrap();
        assert_eq!(found.source, Source::FluxSecret);
        found.credential.authorization_header().expose().to_owned()
    };
    assert_eq!(header(&[("username", "me"), ("password", "p")]), "Basic bWU6cA==");
    assert_eq!(header(&[("bearerToken", "t"), ("username", "me")]), "Bearer t");
    let broken = Mounted::with(&[("bearerToken", "t\n")]).http();
    assert!(broken.access.way.credential.is_none() && broken.objections[0].contains("control characters"));
}

#[test]
fn authorities_come_under_either_name() {
    let named = |key: &str| {
        let found = Mounted::with(&[(key, "x")]).http();
        found.access.way.ca_files.first().map(|file| file.path.file_name().unwrap().to_owned())
    };
    assert_eq!(named("ca.crt").as_deref(), Some("ca.crt".as_ref()));
    assert_eq!(named("caFile").as_deref(), Some("caFile".as_ref()));
    assert_eq!(named("other"), None);
}

#[test]
fn the_proxy_of_a_secret_is_used_and_its_password_is_not_shown() {
    let proxy = Mounted::with(&[("address", "socks5://proxy:1080"), ("username", "me"), ("password", "hunter2")]);
    let secrets = FluxSecrets { secret: None, proxy: Some(proxy.folder.path().to_path_buf()) };
    let found = secrets.for_ssh(&Environment::default(), "git.example.org", None, None).unwrap();
    let used = found.access.proxy.as_ref().unwrap();
    assert_eq!((used.host.as_str(), used.port, &used.source), ("proxy", 1080, &Source::FluxSecret));
    assert!(used.credential.is_some());
    assert!(!format!("{found:?}").contains("hunter2"));
}

#[test]
fn without_secrets_nothing_is_objected_to() {
    let found = FluxSecrets::default().for_ssh(&Environment::default(), "host", Some(2222), None).unwrap();
    assert!(found.objections.is_empty() && found.keys.is_empty());
    assert_eq!((found.access.way.destination.port, found.access.way.destination.user.as_str()), (2222, "git"));
}
