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
    assert_eq!(shut.objections, [Objection::PassphraseMissing]);
    let wrong = Mounted::with(&[("identity", &pem), ("known_hosts", KNOWN), ("password", "open barley")]).ssh();
    assert_eq!((wrong.keys.len(), wrong.objections.as_slice()), (0, [Objection::PassphraseWrong].as_slice()));
    assert!(!format!("{:?}", wrong.objections).contains("barley"));
}

fn missing(key: &str) -> Objection {
    Objection::KeyMissing { secret: SecretUse::Login, key: key.to_owned() }
}

#[test]
fn what_flux_would_not_accept_is_said_and_measured_all_the_same() {
    let absent = Objection::SecretAbsent { secret: SecretUse::Login };
    // That the keys are missing too need not be said.
    assert_eq!(Mounted::with(&[]).ssh().objections, std::slice::from_ref(&absent));
    assert_eq!(Mounted::with(&[]).http().objections, [absent]);
    assert_eq!(Mounted::with(&[("known_hosts", KNOWN)]).ssh().objections, [missing("identity")]);
    let of_http = [("username", "me"), ("password", "p")];
    assert_eq!(Mounted::with(&of_http).ssh().objections, [missing("identity"), missing("known_hosts")]);
    let password = Mounted::with(&[("password", "p")]).http();
    assert!(password.access.way.credential.is_none());
    assert_eq!(password.objections, [Objection::UsernameMissing]);
    let app = Mounted::with(&[("githubAppID", "1")]).http();
    assert!(matches!(app.objections.as_slice(), [Objection::BeyondNetprobe { .. }]));
    let half_a_certificate = Mounted::with(&[("tls.crt", "x")]).http();
    assert!(half_a_certificate.objections.is_empty(), "Flux takes no notice of it");
}

/// What Flux's own client does not take for a private key, though russh may.
#[test]
fn what_is_no_private_key_to_go_is_none_here() {
    let armoured = |armour: &str| format!("-----BEGIN {armour}-----\nAAAA\n-----END {armour}-----\n");
    for (identity, armour) in [
        ("rubbish".to_owned(), None),
        (KNOWN.split_once(' ').unwrap().1.to_owned(), None),
        ("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n".to_owned(), None),
        (armoured("PUBLIC KEY"), Some("PUBLIC KEY")),
        (armoured("ENCRYPTED PRIVATE KEY"), Some("ENCRYPTED PRIVATE KEY")),
    ] {
        let found = Mounted::with(&[("identity", &identity), ("known_hosts", KNOWN), ("password", "p")]).ssh();
        let expected = Objection::NoPrivateKey { armour: armour.map(Into::into) };
        assert_eq!((found.keys.len(), found.objections.as_slice()), (0, [expected].as_slice()), "{identity}");
    }
    let damaged = armoured("OPENSSH PRIVATE KEY");
    let found = Mounted::with(&[("identity", &damaged), ("known_hosts", KNOWN)]).ssh();
    assert!(matches!(found.objections.as_slice(), [Objection::KeyDamaged { .. }]), "{:?}", found.objections);
    let sealed = "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-EDE3-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n";
    let found = Mounted::with(&[("identity", sealed), ("known_hosts", KNOWN)]).ssh();
    assert_eq!(found.objections, [Objection::PassphraseMissing]);
    let found = Mounted::with(&[("identity", sealed), ("known_hosts", KNOWN), ("password", "p")]).ssh();
    assert!(matches!(found.objections.as_slice(), [Objection::BeyondNetprobe { .. }]), "{:?}", found.objections);
}

#[test]
fn a_line_that_flux_does_not_read_is_named_and_the_others_are_used() {
    let Some(pem) = key("") else { return };
    let text = format!("{KNOWN}git.example.org ssh-ed25519 AAAA\n");
    let found = Mounted::with(&[("identity", &pem), ("known_hosts", &text)]).ssh();
    assert!(matches!(found.objections.as_slice(), [Objection::KnownHostsBroken { line: 2, .. }]));
    assert_eq!(found.access.way.destination.known_hosts.key_types(), ["ssh-ed25519"]);
}

#[test]
fn a_proxy_that_is_named_and_not_there_comes_first() {
    let nothing = tempfile::tempdir().unwrap();
    let of = |folder: &tempfile::TempDir| FluxSecrets {
        secret: Some(nothing.path().to_path_buf()),
        proxy: Some(folder.path().to_path_buf()),
    };
    let objections = |secrets: FluxSecrets| {
        secrets.for_ssh(&Environment::default(), "git.example.org", None, None).unwrap().objections
    };
    let absent = |secret: SecretUse| Objection::SecretAbsent { secret };
    assert_eq!(objections(of(&nothing)), [absent(SecretUse::Proxy), absent(SecretUse::Login)]);
    let half = Mounted::with(&[("username", "me")]);
    let no_address = Objection::KeyMissing { secret: SecretUse::Proxy, key: "address".to_owned() };
    assert_eq!(objections(of(&half.folder)), [no_address, absent(SecretUse::Login)]);
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
    let strange = |key: &str| vec![Objection::ControlCharacters { key: key.to_owned() }];
    let broken = Mounted::with(&[("bearerToken", "t\n")]).http();
    assert_eq!((broken.access.way.credential.is_none(), broken.objections), (true, strange("bearerToken")));
    // Go sends this one, and so it is sent here.
    let basic = [("username", "me"), ("password", "p\n")];
    assert_eq!(header(&basic), "Basic bWU6cAo=");
    assert_eq!(Mounted::with(&basic).http().objections, strange("password"));
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
fn without_secrets_that_is_all_there_is_to_say() {
    let found = FluxSecrets::default().for_ssh(&Environment::default(), "host", Some(2222), None).unwrap();
    assert_eq!((found.objections.as_slice(), found.keys.len()), ([Objection::SecretNotNamed].as_slice(), 0));
    assert_eq!((found.access.way.destination.port, found.access.way.destination.user.as_str()), (2222, "git"));
    let url = Url::parse("https://git.example.org/r.git").unwrap();
    let found = FluxSecrets::default().for_http(&Environment::default(), url).unwrap().0;
    assert!(found.objections.is_empty() && found.access.way.credential.is_none());
}
