//! How a host is reached by SSH: through which hosts, as whom, with which keys, and by which host keys it is known.

mod hop;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub use hop::Hop;

use crate::access::{Access, AccessError};
use crate::client::Client;
use crate::git_config::GitConfig;
use crate::known_hosts::KnownHosts;
use crate::proxy::{self, Proxy, ProxyChoice};
use crate::secret::Secret;
use crate::source::{NotHonoured, Source};
use crate::ssh_command::SshCommand;
use crate::ssh_config::{ConfigChoice, Directive, JumpSpec, MAX_JUMPS, Route, SshConfig};
use crate::surroundings::Surroundings;
use hop::Resolver;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct SshWish {
    /// The host as it was named.
    pub host: String,
    /// The port of the URL, if one is written.
    pub port: Option<u16>,
    /// The user of the URL, if one is written.
    pub user: Option<String>,
    /// `--identity`: tried before every other key.
    pub identity: Option<PathBuf>,
    /// `--known-hosts`: in place of the usual files, for every host on the way.
    pub known_hosts: Option<KnownHostsWish>,
    /// A proxy that was given, such as Flux's `proxySecretRef`, in place of the environment's.
    pub proxy: Option<Secret>,
    /// Whose rules apply to proxies and to a missing user.
    pub client: Client,
    /// Whether the ssh configuration of this user counts. Not in a pod, where everything comes with the plan.
    pub configuration: bool,
}

/// `known_hosts` that were given.
#[derive(Debug, Clone)]
pub enum KnownHostsWish {
    /// A file.
    File(PathBuf),
    /// Lines that were read already, such as a Flux secret's.
    Lines(KnownHosts),
}

/// The hosts on the way and the one at its end.
#[derive(Debug, Clone)]
pub struct SshAccess {
    /// The git server.
    pub destination: Hop,
    /// The hosts to go through (`ProxyJump`), first one first.
    pub jumps: Vec<Hop>,
}

impl Access<SshAccess> {
    /// Resolves a wish. Reads configuration and `known_hosts`; keys are read by [`crate::identity::IdentitySource::load`].
    ///
    /// # Errors
    /// [`AccessError`]: a `known_hosts` file or a proxy that was named cannot be used, or no user is known.
    pub fn for_ssh(surroundings: &Surroundings, git: &GitConfig, wish: &SshWish) -> Result<Self, AccessError> {
        let command = if wish.configuration { SshCommand::of(surroundings, git) } else { SshCommand::default() };
        let choice = if wish.configuration { command.config.clone() } else { ConfigChoice::None };
        let given = match &wish.known_hosts {
            None => None,
            Some(KnownHostsWish::Lines(lines)) => Some(lines.clone()),
            Some(KnownHostsWish::File(path)) => {
                let path = surroundings.absolute(path);
                let read = KnownHosts::read(&path);
                Some(read.map_err(|error| AccessError::KnownHosts { path, why: error.to_string() })?)
            }
        };
        let mut resolver = Resolver {
            surroundings,
            config: SshConfig::read(surroundings, &choice),
            known_hosts: given,
            client: wish.client,
            not_honoured: command.not_honoured,
            notes: Vec::new(),
        };

        // As git calls ssh: the configured options, then the port and the user of the URL.
        let mut before = command.directives;
        before.extend(wish.port.map(|port| Directive::new("Port", [port.to_string()], Source::Url)));
        before.extend(wish.user.clone().map(|user| Directive::new("User", [user], Source::Url)));
        let identity = wish.identity.as_ref().map(|path| surroundings.absolute(path));
        let (destination, route) = resolver.hop(&wish.host, &before, identity)?;
        let jumps = jumps(&mut resolver, &destination, route)?;

        let first = jumps.first().unwrap_or(&destination);
        let choice = match &wish.proxy {
            None => proxy::for_ssh(&surroundings.environment, &first.host_name, wish.client),
            Some(given) => {
                let proxy = Proxy::parse(given.expose(), wish.client, Source::Option("proxy"));
                ProxyChoice { proxy: Some(proxy.map_err(AccessError::Proxy)?), ..ProxyChoice::default() }
            }
        };
        let mut access = Self::new(SshAccess { destination, jumps }, choice);
        access.not_honoured.extend(resolver.not_honoured);
        access.notes.extend(resolver.notes);
        if wish.configuration {
            access.notes.extend(git.problem.clone());
        }
        Ok(access)
    }
}

/// The hosts on the way to `destination`. The first one may have a way of its own in front of it; the others are reached
/// through their predecessor and no other way, as `ssh -J a,b` does it.
fn jumps(
    resolver: &mut Resolver<'_>,
    destination: &Hop,
    route: Option<(Route, Source)>,
) -> Result<Vec<Hop>, AccessError> {
    let mut hops: Vec<Hop> = Vec::new();
    let mut next = (destination.clone(), route);
    while let (from, Some((Route::Jumps(specs), source))) = next {
        let Some((first, rest)) = specs.split_first() else { break };
        let mut chain = Vec::new();
        let (first, first_route) = resolver.hop(&first.host, &options(first, &source), None)?;
        // ssh.c: a host that is told to go through itself is reached directly, so that `Host *` may hold a ProxyJump.
        if rest.is_empty() && first.host_name == from.host_name && first.port == from.port {
            break;
        }
        if hops.len() + specs.len() > MAX_JUMPS {
            let why = format!("more than {MAX_JUMPS} hosts to go through; they may point at each other");
            resolver.not_honoured.push(NotHonoured::new("ProxyJump", source, why));
            break;
        }
        chain.push(first.clone());
        for spec in rest {
            let mut before = options(spec, &source);
            before.push(Directive::new("ProxyJump", ["none".to_owned()], source.clone()));
            chain.push(resolver.hop(&spec.host, &before, None)?.0);
        }
        chain.append(&mut hops);
        hops = chain;
        next = (first, first_route);
    }
    Ok(hops)
}

fn options(spec: &JumpSpec, source: &Source) -> Vec<Directive> {
    let port = spec.port.map(|port| Directive::new("Port", [port.to_string()], source.clone()));
    let user = spec.user.clone().map(|user| Directive::new("User", [user], source.clone()));
    port.into_iter().chain(user).collect()
}
