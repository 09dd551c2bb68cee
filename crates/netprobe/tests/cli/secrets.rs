//! Whatever is secret goes to the one who has to have it, and appears in no output and no file.

use base64_free::encoded;
use endpoint::{EndpointConfig, HttpAccess};

use crate::bed::{Bed, Said};

/// A bed whose web server wants this password from `me`.
fn guarded() -> Bed {
    let http_access = HttpAccess::Basic { user: "me".to_owned(), password: CANARY.to_owned() };
    Bed::of(EndpointConfig { http_access, ..EndpointConfig::default() })
}

/// Makes a run in every format and looks everywhere for the canary; returns the exit codes.
fn leaks_nothing(bed: &Bed, url: &str, dress: impl Fn(&mut std::process::Command)) -> Vec<Option<i32>> {
    let mut codes = Vec::new();
    for format in ["human", "json", "jsonl"] {
        let mut command = bed.run();
        command.args(["--format", format, url]);
        dress(&mut command);
        let said = Said::by(&mut command);
        let mut everything = vec![said.stdout.clone(), said.stderr.clone()];
        everything.extend(bed.home.reports().iter().map(|path| std::fs::read_to_string(path).unwrap()));
        for text in everything {
            for canary in [CANARY.to_owned(), encoded(&format!("me:{CANARY}"))] {
                assert!(!text.contains(&canary), "{format}: {text}");
            }
        }
        codes.push(said.code);
    }
    codes
}

#[test]
fn a_password_in_the_address() {
    let bed = guarded();
    let url = bed.https().replace("https://", &format!("https://me:{CANARY}@"));
    assert_eq!(leaks_nothing(&bed, &url, |_| {}), [Some(0); 3], "the password was used");
}

#[test]
fn a_token_in_place_of_the_user() {
    let bed = guarded();
    let url = bed.https().replace("https://", &format!("https://{CANARY}@"));
    leaks_nothing(&bed, &url, |_| {});
    let url = bed.ssh().replace("git@", &format!("git:{CANARY}@"));
    assert_eq!(leaks_nothing(&bed, &url, |_| {}), [Some(0); 3]);
}

#[test]
fn a_token_from_the_environment_or_a_file() {
    let bed = guarded();
    let codes = leaks_nothing(&bed, &bed.https(), |command| {
        command.env("NETPROBE_USERNAME", "me").env("NETPROBE_PASSWORD", CANARY);
    });
    assert_eq!(codes, [Some(0); 3]);
    let file = bed.home.write("token", CANARY);
    let codes = leaks_nothing(&bed, &bed.https(), |command| {
        command.env("NETPROBE_USERNAME", "me").arg("--token-file").arg(&file);
    });
    assert_eq!(codes, [Some(0); 3]);
}

#[test]
fn what_git_is_configured_with() {
    if !lab::programs::ready(&[lab::programs::GIT]).unwrap() {
        return;
    }
    let bed = guarded();
    let helper = format!("!f() {{ echo username=me; echo password={CANARY}; }}; f");
    for (key, value, code) in [
        ("credential.helper", helper.clone(), Some(0)),
        ("http.extraHeader", format!("Authorization: Basic {}", encoded(&format!("me:{CANARY}"))), Some(0)),
        ("http.proxy", format!("http://me:{CANARY}@127.0.0.1:1"), Some(1)),
        (&format!("url.{}.insteadOf", bed.https().replace("//", &format!("//me:{CANARY}@"))), bed.https(), Some(0)),
    ] {
        let codes = leaks_nothing(&bed, &bed.https(), |command| {
            command.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", key).env("GIT_CONFIG_VALUE_0", &value);
            command.args(["--profile", "git"]);
        });
        assert_eq!(codes, [code; 3], "{key}");
    }
}

#[test]
fn a_proxy_and_a_passphrase() {
    let bed = Bed::healthy();
    for proxy in [format!("http://me:{CANARY}@127.0.0.1:1"), format!("gopher://me:{CANARY}@x")] {
        leaks_nothing(&bed, &bed.ssh(), |command| {
            command.env("NETPROBE_PROXY", &proxy).env("NETPROBE_PASSPHRASE", CANARY);
        });
        leaks_nothing(&bed, &bed.https(), |command| {
            command.args(["--proxy", &proxy]);
        });
    }
}

const CANARY: &str = "canary-7f3a";

/// Base64 (RFC 4648 §4), which is how Basic authentication hides nothing.
mod base64_free {
    pub(super) fn encoded(text: &str) -> String {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = String::new();
        for chunk in text.as_bytes().chunks(3) {
            let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
            for index in 0..4 {
                let digit = (bits >> (18 - 6 * index)) as usize & 63;
                out.push(if index <= chunk.len() { ALPHABET[digit] as char } else { '=' });
            }
        }
        out
    }
}
