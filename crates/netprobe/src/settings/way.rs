//! How the repository is reached: keys, host keys, tokens, proxies. Keys are read here, before any clock runs.

use access::identity::{Identity, PassphraseSource};
use access::{
    Access, Client, HttpAccess, HttpWish, KnownHostsWish, Secret, Source, SshAccess, SshWish, Surroundings,
    git_config::GitConfig,
};
use anyhow::Context as _;
use engine::Wish;
use measure::Way;
use model::{Profile, Transport};
use url::Url;

use super::address::Address;
use super::notes::Notes;
use crate::args::run::AccessArgs;

/// Settles it for the transport of the target.
pub(super) fn resolve(
    surroundings: Surroundings,
    git: &GitConfig,
    args: &AccessArgs,
    wish: &Wish,
    address: &Address,
    notes: &mut Notes,
) -> anyhow::Result<Way> {
    let client = match wish.profile {
        Profile::Flux => Client::Flux,
        Profile::Openssh | Profile::Git => Client::Git,
    };
    // An empty variable means none.
    let proxy = args.proxy.as_ref().map(|given| given.0.clone()).filter(|proxy| !proxy.is_empty());
    if wish.target.transport == Transport::Ssh {
        unused(notes, "HTTP", &[("--token-file", args.token_file.is_some()), ("--ca-file", args.ca_file.is_some())]);
        let target = &wish.target;
        let wish = SshWish {
            host: target.host.clone(),
            port: target.port,
            user: target.user.clone(),
            identity: args.identity.clone(),
            known_hosts: args.known_hosts.clone().map(KnownHostsWish::File),
            proxy,
            client,
            configuration: true,
        };
        return over_ssh(&surroundings, git, args, &wish, notes);
    }
    let ssh_only = [
        ("--identity", args.identity.is_some()),
        ("--passphrase-file", args.passphrase_file.is_some()),
        ("--known-hosts", args.known_hosts.is_some()),
    ];
    unused(notes, "SSH", &ssh_only);
    let url = Url::parse(address.text.expose().trim()).context("the address is no URL")?;
    let wish = HttpWish { url, token_file: args.token_file.clone(), ca_file: args.ca_file.clone(), proxy, client };
    let access = Access::<HttpAccess>::for_http(&surroundings, git, &wish)?;
    told(notes, &access);
    Ok(Way::Http { access, surroundings })
}

fn over_ssh(
    surroundings: &Surroundings,
    git: &GitConfig,
    args: &AccessArgs,
    wish: &SshWish,
    notes: &mut Notes,
) -> anyhow::Result<Way> {
    let access = Access::<SshAccess>::for_ssh(surroundings, git, wish)?;
    told(notes, &access);
    let passphrase = passphrase(surroundings, args)?;
    let keys = keys(&access.way, passphrase.as_ref(), notes)?;
    Ok(Way::Ssh { access, keys })
}

/// The keys of every host on the way, each once. One that was asked for has to be readable; of the others it is only said.
fn keys(way: &SshAccess, passphrase: Option<&Secret>, notes: &mut Notes) -> anyhow::Result<Vec<Identity>> {
    let mut keys: Vec<Identity> = Vec::new();
    let mut seen = Vec::new();
    for source in way.jumps.iter().chain([&way.destination]).flat_map(|hop| &hop.identities) {
        if seen.contains(&&source.path) {
            continue;
        }
        seen.push(&source.path);
        match source.load(passphrase) {
            Ok(key) => {
                notes_of(&key, notes);
                keys.push(key);
            }
            Err(error) if matches!(source.source, Source::Option(_)) => return Err(error.into()),
            Err(error) => notes.add(format!("a key was left out ({}): {error}", source.source)),
        }
    }
    Ok(keys)
}

fn notes_of(key: &Identity, notes: &mut Notes) {
    if let Some(warning) = &key.warning {
        notes.add(warning.clone());
    }
}

fn passphrase(surroundings: &Surroundings, args: &AccessArgs) -> anyhow::Result<Option<Secret>> {
    let source = match &args.passphrase_file {
        Some(path) => PassphraseSource::File(path.clone()),
        None if surroundings.environment.filled(PASSPHRASE).is_some() => {
            PassphraseSource::Environment(PASSPHRASE.into())
        }
        None => return Ok(None),
    };
    Ok(Some(source.read(surroundings)?))
}

fn told<W>(notes: &mut Notes, access: &Access<W>) {
    notes.not_honoured(&access.not_honoured);
    for note in &access.notes {
        notes.add(note.clone());
    }
    if let Some(proxy) = &access.proxy {
        notes.add(format!("the way goes through the proxy {}:{} ({})", proxy.host, proxy.port, proxy.source));
    }
}

fn unused(notes: &mut Notes, meant_for: &str, options: &[(&str, bool)]) {
    for (option, _) in options.iter().filter(|(_, given)| *given) {
        notes.add(format!("{option} is for {meant_for} and was not used"));
    }
}

/// The passphrase of private keys.
const PASSPHRASE: &str = "NETPROBE_PASSPHRASE";
