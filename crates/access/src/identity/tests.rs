//! Keys in every format, made by the real ssh-keygen, and everything that can be given in place of one.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use super::*;
use crate::testing::{program, surroundings};

fn source(path: &Path) -> IdentitySource {
    IdentitySource { path: path.to_path_buf(), source: Source::Option("--identity") }
}

fn load(path: &Path, passphrase: Option<&str>) -> Result<Identity, IdentityError> {
    source(path).load(passphrase.map(Secret::from).as_ref())
}

/// Every type in every format, plain and encrypted. The fingerprint must be that of the public key that ssh-keygen wrote.
#[test]
fn keys_as_ssh_keygen_writes_them() {
    let Some(keygen) = program("ssh-keygen") else { return };
    let dir = tempfile::tempdir().unwrap();
    for (kind, format) in [
        ("ed25519", "RFC4716"),
        ("ecdsa", "RFC4716"),
        ("rsa", "RFC4716"),
        ("rsa", "PEM"),
        ("ecdsa", "PEM"),
        ("rsa", "PKCS8"),
        ("ecdsa", "PKCS8"),
    ] {
        for passphrase in ["", "open sesame"] {
            let case = format!("{kind}-{format}-{}", passphrase.len());
            let path = dir.path().join(&case);
            let bits = if kind == "rsa" { "2048" } else { "256" };
            let made = Command::new(&keygen)
                .args(["-q", "-t", kind, "-b", bits, "-m", format, "-N", passphrase, "-f"])
                .arg(&path)
                .status()
                .unwrap();
            assert!(made.success(), "{case}");
            let right = load(&path, Some(passphrase).filter(|given| !given.is_empty()));
            if case == "ecdsa-PEM-11" {
                assert!(matches!(right, Err(IdentityError::Unsupported { .. })), "{case}: {right:?}");
                continue;
            }
            let right = right.unwrap_or_else(|error| panic!("{case}: {error}"));
            let public: russh::keys::PublicKey =
                fs::read_to_string(path.with_extension("pub")).unwrap().parse().unwrap();
            assert_eq!(right.key.public_key().key_data(), public.key_data(), "{case}");
            assert_eq!(right.warning, None);
            assert!(!format!("{right:?}").contains("PRIVATE"));

            if passphrase.is_empty() {
                assert!(load(&path, Some("not needed")).is_ok(), "{case}: a passphrase too many does no harm");
            } else {
                assert_eq!(load(&path, None).unwrap_err(), IdentityError::Encrypted { path: path.clone() }, "{case}");
                let wrong = load(&path, Some("wrong")).unwrap_err();
                assert_eq!(wrong, IdentityError::WrongPassphrase { path }, "{case}");
            }
        }
    }
}

#[test]
fn what_is_given_in_place_of_a_key() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key");
    let with = |text: &str| {
        fs::write(&path, text).unwrap();
        load(&path, None).unwrap_err()
    };
    let here = || path.clone();
    let public = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ ada\n";
    assert_eq!(with(public), IdentityError::PublicKey { path: here() });
    assert_eq!(with("-----BEGIN PUBLIC KEY-----\nAAAA\n"), IdentityError::PublicKey { path: here() });
    for nothing in ["", "hello", "-----BEGIN CERTIFICATE-----\n", "-----BEGIN DSA PRIVATE KEY-----\nAAAA\n"] {
        assert_eq!(with(nothing), IdentityError::NotAKey { path: here() }, "{nothing}");
    }
    let cut = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n-----END OPENSSH PRIVATE KEY-----\n";
    assert!(matches!(with(cut), IdentityError::Broken { .. }));
    assert!(matches!(
        with(
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-EDE3-CBC,0011\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"
        ),
        IdentityError::Unsupported { .. }
    ));
    assert_eq!(with(&"x".repeat(100_000)), IdentityError::NotAKey { path: here() });
    assert_eq!(load(dir.path(), None).unwrap_err(), IdentityError::NotAKey { path: dir.path().to_path_buf() });
    let absent = dir.path().join("absent");
    assert_eq!(load(&absent, None).unwrap_err(), IdentityError::Missing { path: absent });
}

/// A key in PKCS#8 from RFC 8410 §10.3, with blanks that an editor left behind.
const PKCS8: &str = "-----BEGIN PRIVATE KEY-----  \r\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC \r\n-----END PRIVATE KEY-----\r\n";

#[test]
fn a_key_that_others_can_read_is_used_and_warned_about() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key");
    fs::write(&path, PKCS8).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let warning = load(&path, None).unwrap().warning.unwrap();
    assert!(warning.contains("mode 0644") && warning.contains("chmod 600"), "{warning}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(load(&path, None).unwrap().warning, None);
}

#[test]
fn the_default_keys_are_those_that_exist() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("id_ed25519"), PKCS8).unwrap();
    fs::write(dir.path().join("id_rsa"), PKCS8).unwrap();
    fs::write(dir.path().join("id_other"), PKCS8).unwrap();
    let found: Vec<_> = default_identities(dir.path()).into_iter().map(|found| found.path).collect();
    assert_eq!(found, [dir.path().join("id_rsa"), dir.path().join("id_ed25519")]);
}

#[test]
fn passphrases_from_the_environment_or_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut here = surroundings(dir.path());
    here.environment.set("MY_PASSPHRASE", "open sesame");
    fs::write(dir.path().join("file"), "open sesame\nsecond line\n").unwrap();
    fs::write(dir.path().join("empty"), "\n").unwrap();
    let read = |source: PassphraseSource| source.read(&here).map(|secret| secret.expose().to_owned());
    assert_eq!(read(PassphraseSource::Environment("MY_PASSPHRASE".into())).unwrap(), "open sesame");
    assert_eq!(read(PassphraseSource::File("file".into())).unwrap(), "open sesame");
    assert!(matches!(read(PassphraseSource::Environment("UNSET".into())), Err(PassphraseError::NotSet { .. })));
    assert!(matches!(read(PassphraseSource::File("empty".into())), Err(PassphraseError::Empty { .. })));
    assert!(matches!(read(PassphraseSource::File("absent".into())), Err(PassphraseError::Unreadable { .. })));
}
