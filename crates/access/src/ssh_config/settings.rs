//! What configuration says about one host: the first value of each keyword wins, identity files add up.

use std::collections::BTreeSet;

use super::directive::Directive;
use super::jump::{JumpSpec, parse_jumps};
use super::keywords::{indifferent, unfollowed};
use crate::source::{NotHonoured, Source};

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub source: Source,
}

/// How the first connection is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// Said to be direct: `ProxyJump none` or `ProxyCommand none`.
    Direct,
    /// Through these hosts, in order.
    Jumps(Vec<JumpSpec>),
    /// By a program, which netprobe does not run.
    Command,
}

/// The settings for one host, unexpanded: tokens such as `%h` are still in them.
#[derive(Debug, Clone, Default)]
pub struct HostSettings {
    /// `HostName`.
    pub host_name: Option<Sourced<String>>,
    /// `Port`.
    pub port: Option<Sourced<u16>>,
    /// `User`.
    pub user: Option<Sourced<String>>,
    /// `IdentityFile`, every one of them.
    pub identity_files: Vec<Sourced<String>>,
    /// `IdentitiesOnly`.
    pub identities_only: Option<Sourced<bool>>,
    /// `IdentityAgent`.
    pub identity_agent: Option<Sourced<String>>,
    /// `UserKnownHostsFile`.
    pub user_known_hosts: Option<Sourced<Vec<String>>>,
    /// `GlobalKnownHostsFile`.
    pub global_known_hosts: Option<Sourced<Vec<String>>>,
    /// `HostKeyAlias`.
    pub host_key_alias: Option<Sourced<String>>,
    /// `StrictHostKeyChecking`, in lower case.
    pub strict_host_key_checking: Option<Sourced<String>>,
    /// `ProxyJump` or `ProxyCommand`, whichever came first.
    pub route: Option<Sourced<Route>>,
    /// What applies to this host and is not followed.
    pub not_honoured: Vec<NotHonoured>,
    named: BTreeSet<String>,
}

impl HostSettings {
    /// Takes a directive that applies to the host.
    pub(super) fn take(&mut self, directive: &Directive) {
        let keyword = directive.keyword.to_ascii_lowercase();
        let sourced = || Sourced { value: directive.value().to_owned(), source: directive.source.clone() };
        match keyword.as_str() {
            "hostname" => first(&mut self.host_name, sourced),
            "user" => first(&mut self.user, sourced),
            "identityfile" => {
                let file = sourced();
                if !self.identity_files.iter().any(|known| known.value == file.value) {
                    self.identity_files.push(file);
                }
            }
            "identityagent" => first(&mut self.identity_agent, sourced),
            "hostkeyalias" => first(&mut self.host_key_alias, sourced),
            "userknownhostsfile" => first(&mut self.user_known_hosts, || every(directive)),
            "globalknownhostsfile" => first(&mut self.global_known_hosts, || every(directive)),
            "port" if self.port.is_none() => match directive.value().parse() {
                Ok(port) if port != 0 => self.port = Some(Sourced { value: port, source: directive.source.clone() }),
                _ => self.refuse(directive, "a port is a number from 1 to 65535; ssh refuses the whole file"),
            },
            "identitiesonly" if self.identities_only.is_none() => match yes_or_no(directive.value()) {
                Some(value) => self.identities_only = Some(Sourced { value, source: directive.source.clone() }),
                None => self.refuse(directive, "expected yes or no; ssh refuses the whole file"),
            },
            "stricthostkeychecking" => self.strictness(directive),
            "proxyjump" | "proxycommand" if self.route.is_none() => self.route(directive, keyword == "proxyjump"),
            "port" | "identitiesonly" | "proxyjump" | "proxycommand" => {}
            _ => self.leave(directive, keyword),
        }
    }

    fn route(&mut self, directive: &Directive, jump: bool) {
        let source = directive.source.clone();
        let value = if directive.value().eq_ignore_ascii_case("none") {
            Route::Direct
        } else if jump {
            match parse_jumps(directive.value()) {
                Ok(jumps) => Route::Jumps(jumps),
                Err(why) => return self.refuse(directive, &why),
            }
        } else {
            let why =
                "a program would make the connection; netprobe connects by itself, so this run may take another way";
            self.not_honoured.push(NotHonoured::new("ProxyCommand", source.clone(), why));
            Route::Command
        };
        self.route = Some(Sourced { value, source });
    }

    /// netprobe never accepts an unknown key, so what is laxer than that is named.
    fn strictness(&mut self, directive: &Directive) {
        if self.strict_host_key_checking.is_some() {
            return;
        }
        let value = directive.value().to_ascii_lowercase();
        if matches!(value.as_str(), "no" | "off" | "false" | "accept-new") {
            self.refuse(directive, "an unknown or changed host key is a finding here and is never accepted");
        }
        self.strict_host_key_checking = Some(Sourced { value, source: directive.source.clone() });
    }

    /// Names a setting that is not followed; only its first value would have counted.
    fn leave(&mut self, directive: &Directive, keyword: String) {
        if indifferent(&keyword) || self.named.contains(&keyword) {
            return;
        }
        let value = directive.arguments.join(" ");
        if let Some(entry) = unfollowed(&keyword) {
            if !entry.harmless.contains(&value.to_ascii_lowercase().as_str()) {
                let named = NotHonoured::new(&directive.keyword, directive.source.clone(), entry.why);
                self.not_honoured.push(if entry.shown { named.with_value(value) } else { named });
            }
        } else {
            let why = "not a keyword that netprobe knows";
            self.not_honoured.push(NotHonoured::new(&directive.keyword, directive.source.clone(), why));
        }
        self.named.insert(keyword);
    }

    /// Names a value that is not followed, with the value.
    fn refuse(&mut self, directive: &Directive, why: &str) {
        let named = NotHonoured::new(&directive.keyword, directive.source.clone(), why);
        let named = named.with_value(directive.value());
        if !self.not_honoured.contains(&named) {
            self.not_honoured.push(named);
        }
    }
}

fn first<T>(slot: &mut Option<Sourced<T>>, value: impl FnOnce() -> Sourced<T>) {
    if slot.is_none() {
        *slot = Some(value());
    }
}

fn every(directive: &Directive) -> Sourced<Vec<String>> {
    Sourced { value: directive.arguments.clone(), source: directive.source.clone() }
}

fn yes_or_no(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "yes" | "true" => Some(true),
        "no" | "false" => Some(false),
        _ => None,
    }
}
