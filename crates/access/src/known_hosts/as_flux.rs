//! What Flux does not read in `known_hosts`, where OpenSSH goes on with the next line (fluxcd/pkg `ssh/knownhosts`,
//! `parseLine`; x/crypto 0.53 `ssh.ParsePublicKey`). Played to Flux's own client.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::hosts::Hosts;
use super::line::{key_type, string};

/// The first line that Flux stops at, by its number from 1, and why.
pub(crate) fn refused(text: &str) -> Option<(u64, String)> {
    let lines = (1..).zip(text.lines().map(str::trim));
    let mut told = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    told.find_map(|(number, line)| Some((number, parse(line).err()?)))
}

fn parse(line: &str) -> Result<(), String> {
    let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty()).peekable();
    let marker = words.next_if(|first| ["@cert-authority", "@revoked"].contains(first));
    // The written type is not looked at: the key says it itself.
    let (Some(hosts), Some(_), Some(key)) = (words.next(), words.next(), words.next()) else {
        return Err("it should be hosts, key type and key, separated by blanks".to_owned());
    };
    let key = BASE64.decode(key).map_err(|_| "the key is not base64; it may be cut off")?;
    let (name, _) = string(&key).ok_or(NO_KEY)?;
    if !name.ends_with(CERTIFICATE) {
        let name = key_type(&key).ok_or(NO_KEY)?;
        if !KEY_TYPES.contains(&name) {
            return Err("Flux does not know the type of its key".to_owned());
        }
    }
    // What a revoked key is for does not matter.
    if marker == Some("@revoked") { Ok(()) } else { names(hosts) }
}

fn names(hosts: &str) -> Result<(), String> {
    let without_port = |name: &str| {
        let name = name.strip_prefix('!').unwrap_or(name);
        name.starts_with('[') && !name.contains("]:")
    };
    if !hosts.starts_with('|') && hosts.split(',').any(without_port) {
        return Err("a host in brackets has no port behind it".to_owned());
    }
    Hosts::parse(hosts).map(drop)
}

const NO_KEY: &str = "the key is not in SSH's format; it may be cut off";
const CERTIFICATE: &[u8] = b"-cert-v01@openssh.com";

/// Keys that Go reads (x/crypto 0.53 ssh, `parsePubKey`).
const KEY_TYPES: [&str; 8] = [
    "ssh-rsa",
    "ssh-dss",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
];
