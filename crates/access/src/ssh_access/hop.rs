//! One host on the way: its settings looked up, their tokens replaced, its `known_hosts` read.

use std::io;
use std::path::PathBuf;

use crate::access::AccessError;
use crate::client::Client;
use crate::identity::{IdentitySource, default_identities};
use crate::known_hosts::{HostQuery, KnownHosts};
use crate::source::{NotHonoured, Source};
use crate::ssh_config::{Directive, HostSettings, Route, Sourced, SshConfig, Tokens};
use crate::surroundings::Surroundings;

/// A host that is connected to by SSH.
#[derive(Debug, Clone)]
pub struct Hop {
    /// The host as it was named.
    pub named: String,
    /// The name or address that is connected to.
    pub host_name: String,
    /// The port.
    pub port: u16,
    /// The user there.
    pub user: String,
    /// The keys to try, in order.
    pub identities: Vec<IdentitySource>,
    /// Whether the agent may offer only keys that `identities` name.
    pub identities_only: bool,
    /// The socket of the agent, if one is to be asked.
    pub agent: Option<PathBuf>,
    /// The name that stands for host and port in `known_hosts`.
    pub host_key_alias: Option<String>,
    /// The host keys that are known.
    pub known_hosts: KnownHosts,
    /// Whether they were given for this purpose, as with `--known-hosts` or by a Flux secret: not the lines of all hosts that
    /// somebody ever went to.
    pub known_hosts_given: bool,
    /// `StrictHostKeyChecking` as configured. netprobe is always strict; this tells what ssh would have done.
    pub strict_host_key_checking: Option<String>,
}

impl Hop {
    /// The query for this host's key.
    pub fn host_query(&self, client: Client) -> HostQuery<'_> {
        HostQuery { host: &self.host_name, port: self.port, alias: self.host_key_alias.as_deref(), client }
    }
}

/// Resolves the hosts of one wish, and gathers what is said on the way.
pub(super) struct Resolver<'a> {
    pub(super) surroundings: &'a Surroundings,
    pub(super) config: SshConfig,
    /// Those that were given in place of the usual files.
    pub(super) known_hosts: Option<KnownHosts>,
    pub(super) client: Client,
    pub(super) not_honoured: Vec<NotHonoured>,
    pub(super) notes: Vec<String>,
}

impl Resolver<'_> {
    /// One host, and how its first connection is made if anything is said about that.
    pub(super) fn hop(
        &mut self,
        named: &str,
        before: &[Directive],
        identity: Option<PathBuf>,
    ) -> Result<(Hop, Option<(Route, Source)>), AccessError> {
        let mut settings = self.config.lookup(named, before);
        for left in std::mem::take(&mut settings.not_honoured) {
            if !self.not_honoured.contains(&left) {
                self.not_honoured.push(left);
            }
        }
        let host_only = Tokens { host_name: Some(named), named: Some(named), ..Tokens::default() };
        let host_name = settings.host_name.as_ref().and_then(|value| self.expand(value, "HostName", host_only));
        let host_name = host_name.unwrap_or_else(|| named.to_owned());
        let host_name = match self.client {
            Client::Git => host_name.to_ascii_lowercase(),
            // Go keeps the case, and known_hosts is case-sensitive to it.
            Client::Flux => host_name,
        };
        let port = settings.port.as_ref().map_or(22, |port| port.value);
        let user = settings.user.take().map(|user| user.value).or_else(|| match self.client {
            Client::Git => self.surroundings.user_name.clone(),
            // fluxcd/pkg: the user of the URL, else git.
            Client::Flux => Some("git".to_owned()),
        });
        let user = user.ok_or_else(|| AccessError::NoUser { host: named.to_owned() })?;
        let alias = settings.host_key_alias.take().map(|alias| alias.value);
        let tokens = Tokens {
            home: self.surroundings.ssh_home.as_deref(),
            host_name: Some(&host_name),
            named: Some(named),
            key_alias: Some(alias.as_deref().unwrap_or(named)),
            port: Some(port),
            remote_user: Some(&user),
            local_user: self.surroundings.user_name.as_deref(),
            environment: Some(&self.surroundings.environment),
        };
        let identities = self.identities(&settings, tokens, identity);
        let agent = self.agent(settings.identity_agent.as_ref(), tokens);
        let known_hosts = self.known_hosts_of(&settings, tokens);
        let hop = Hop {
            named: named.to_owned(),
            identities,
            identities_only: settings.identities_only.is_some_and(|only| only.value),
            agent,
            known_hosts,
            known_hosts_given: self.known_hosts.is_some(),
            strict_host_key_checking: settings.strict_host_key_checking.map(|strict| strict.value),
            host_name: host_name.clone(),
            port,
            user: user.clone(),
            host_key_alias: alias.clone(),
        };
        Ok((hop, settings.route.map(|route| (route.value, route.source))))
    }

    fn identities(
        &mut self,
        settings: &HostSettings,
        tokens: Tokens<'_>,
        given: Option<PathBuf>,
    ) -> Vec<IdentitySource> {
        let given = given.map(|path| IdentitySource { path, source: Source::Option("--identity") });
        let files = &settings.identity_files;
        let none = files.iter().any(|file| file.value.eq_ignore_ascii_case("none"));
        let mut found: Vec<IdentitySource> = given.into_iter().collect();
        if found.is_empty() && files.is_empty() {
            found = self.surroundings.dot_ssh().map(|dot_ssh| default_identities(&dot_ssh)).unwrap_or_default();
        } else if !none {
            for file in files {
                if let Some(path) = self.expand(file, "IdentityFile", tokens) {
                    let path = self.surroundings.working_directory.join(path);
                    if found.iter().all(|known| known.path != path) {
                        found.push(IdentitySource { path, source: file.source.clone() });
                    }
                }
            }
        }
        for identity in &found {
            let mut certificate = identity.path.clone().into_os_string();
            certificate.push("-cert.pub");
            let certificate = PathBuf::from(certificate);
            if certificate.exists() {
                let why = "ssh would log in with this certificate; netprobe offers the bare key";
                let left = NotHonoured::new("CertificateFile", Source::file(&certificate), why);
                if !self.not_honoured.contains(&left) {
                    self.not_honoured.push(left);
                }
            }
        }
        found
    }

    fn agent(&mut self, setting: Option<&Sourced<String>>, tokens: Tokens<'_>) -> Option<PathBuf> {
        let environment = &self.surroundings.environment;
        let variable = |name: &str| environment.filled(name).map(PathBuf::from);
        match setting {
            None => variable("SSH_AUTH_SOCK"),
            Some(setting) => match setting.value.as_str() {
                "none" => None,
                "SSH_AUTH_SOCK" => variable("SSH_AUTH_SOCK"),
                value => match value.strip_prefix('$').filter(|name| !name.starts_with('{')) {
                    Some(name) => variable(name),
                    None => self.expand(setting, "IdentityAgent", tokens).map(PathBuf::from),
                },
            },
        }
    }

    fn known_hosts_of(&mut self, settings: &HostSettings, tokens: Tokens<'_>) -> KnownHosts {
        if let Some(given) = &self.known_hosts {
            return given.clone();
        }
        let default = |directory: Option<PathBuf>, names: [&str; 2]| -> Vec<PathBuf> {
            directory.map(|directory| names.map(|name| directory.join(name)).into()).unwrap_or_default()
        };
        let user = match &settings.user_known_hosts {
            Some(files) => self.files(files, "UserKnownHostsFile", tokens),
            None => default(self.surroundings.dot_ssh(), ["known_hosts", "known_hosts2"]),
        };
        let system = match &settings.global_known_hosts {
            Some(files) => self.files(files, "GlobalKnownHostsFile", tokens),
            None => default(Some(self.surroundings.system_ssh.clone()), ["ssh_known_hosts", "ssh_known_hosts2"]),
        };
        let mut known = KnownHosts::default();
        for path in user.into_iter().chain(system) {
            match KnownHosts::read(&path) {
                Ok(more) => known.extend(more),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    let note = format!("known hosts in {} cannot be read: {error}", path.display());
                    if !self.notes.contains(&note) {
                        self.notes.push(note);
                    }
                }
            }
        }
        known
    }

    fn files(&mut self, setting: &Sourced<Vec<String>>, keyword: &str, tokens: Tokens<'_>) -> Vec<PathBuf> {
        let mut paths = Vec::new();
        for value in setting.value.iter().filter(|value| !value.eq_ignore_ascii_case("none")) {
            let file = Sourced { value: value.clone(), source: setting.source.clone() };
            paths
                .extend(self.expand(&file, keyword, tokens).map(|path| self.surroundings.working_directory.join(path)));
        }
        paths
    }

    /// The value with its tokens replaced; one that cannot be is named and left out.
    fn expand(&mut self, setting: &Sourced<String>, keyword: &str, tokens: Tokens<'_>) -> Option<String> {
        match tokens.expand(&setting.value) {
            Ok(expanded) => Some(expanded),
            Err(why) => {
                let left = NotHonoured::new(keyword, setting.source.clone(), why).with_value(&setting.value);
                if !self.not_honoured.contains(&left) {
                    self.not_honoured.push(left);
                }
                None
            }
        }
    }
}
