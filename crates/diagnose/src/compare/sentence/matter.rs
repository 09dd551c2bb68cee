//! What kind of thing a fault is about, and therefore what two runs can clear and what remains. Rules are known here by
//! name, because what a witness is worth depends on them: who got through with another key clears no key.

use model::Stage;

use super::super::comparison::FaultPlace;
use super::super::place::Witnesses;
use super::have_pod_network;

/// What a fault is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Matter {
    /// Packets on their way.
    Network,
    /// The name, before a packet goes to the server.
    Names,
    /// Keys and authorities that are known there, or somebody who answers in the server's place.
    Trust,
    /// The server said no.
    Answer,
    /// The server took its time: perhaps only for the first who asked.
    Server,
}

impl Matter {
    /// Of the fault that these columns have.
    pub(super) fn of(witnesses: &Witnesses<'_, '_>) -> Self {
        let rules = || witnesses.faulty.iter().filter_map(|view| Some(view.fault()?.rule.as_str()));
        let any = |list: &[&str]| rules().any(|rule| list.contains(&rule));
        if witnesses.stage == Some(Stage::Resolve) || any(&NAMES) {
            Self::Names
        } else if any(&TRUST) {
            Self::Trust
        } else if any(&ANSWER) {
            Self::Answer
        } else if any(&SERVER) {
            Self::Server
        } else {
            Self::Network
        }
    }

    /// True where the server's address does not matter.
    pub(super) const fn is_before_the_server(self) -> bool {
        matches!(self, Self::Names)
    }

    /// What must be said before anything is concluded.
    pub(super) fn remark(self) -> Option<String> {
        let words = match self {
            Self::Network | Self::Names => return None,
            Self::Trust => "It is about what is known there of the server's key, or about who answers in its place.",
            Self::Answer => {
                "The server answers there and says no, so packets come through; it may say so to that login or to that address."
            }
            Self::Server => {
                "A server that computes for the first who asks, and has it at hand for the next, looks just the same: run it \
                 again before the place is blamed."
            }
        };
        Some(words.to_owned())
    }

    /// What is left when the witnesses are believed.
    pub(super) fn remains(self, place: &FaultPlace, witnesses: &Witnesses<'_, '_>) -> Vec<String> {
        let things: &[&str] = match (self, place) {
            (Self::Names, FaultPlace::OnlyFromHere { .. }) => {
                &["the name servers that are asked here", "the way to them"]
            }
            (Self::Names, FaultPlace::OnlyFromSome { .. }) => {
                &["the name servers that are asked there", "the way to them"]
            }
            (Self::Names, _) => &[
                "the name servers that the pod asks (the cluster's DNS, and whom that asks)",
                "its search list",
                "its namespace's policies",
                "the way to the name servers",
            ],
            (Self::Trust, FaultPlace::OnlyFromHere { .. } | FaultPlace::OnlyFromSome { .. }) => &[
                "the known hosts and authorities of that machine",
                "a proxy or firewall there that answers in the server's place",
            ],
            (Self::Trust, _) => &[
                "known_hosts or ca.crt in the Secret",
                "a proxy or firewall on the node's way out that answers in the server's place",
            ],
            (Self::Answer, FaultPlace::OnlyFromHere { .. } | FaultPlace::OnlyFromSome { .. }) => {
                &["the login of that place", "limits and rules of the server for its address", "a proxy there"]
            }
            (Self::Answer, _) => &[
                "the login in the Secret",
                "limits and rules of the server for the node's address",
                "a proxy on its way out",
            ],
            (Self::Network | Self::Server, FaultPlace::OnlyPodNetwork { .. }) => &[
                "the pod network (overlay, CNI, its MTU, its address translation)",
                "its namespace's policies",
                "limits on the pod",
            ],
            (Self::Network | Self::Server, FaultPlace::OnlyHostNetwork { .. }) => {
                &["what only the node's own traffic meets: its firewall, its interfaces and routes, its resolver"]
            }
            (Self::Network | Self::Server, FaultPlace::OnlyFromNode { .. }) if have_pod_network(&witnesses.faulty) => {
                &["the node", "its pod network", "its namespace's policies", "its way out", TREATED]
            }
            (Self::Network | Self::Server, FaultPlace::OnlyFromNode { .. }) => &["the node", "its way out", TREATED],
            (Self::Network | Self::Server, FaultPlace::OnlyFromHere { .. }) => {
                &["this machine", "its network", "its way out (VPN, proxy, firewall)"]
            }
            (Self::Network | Self::Server, _) => {
                &["what these places have and the others have not", "their way out", TREATED]
            }
        };
        things.iter().map(|thing| (*thing).to_owned()).collect()
    }
}

/// The server is cleared for one address and not for another: firewalls and limits go by addresses.
const TREATED: &str = "whatever treats its address otherwise at the server's end";
const NAMES: [&str; 6] = [
    "name-answers-differ",
    "address-record-lost",
    "name-server-silent",
    "name-answers-lost",
    "name-not-found",
    "name-server-failure",
];
const TRUST: [&str; 12] = [
    "flux-takes-no-host-certificate",
    "host-key-changed",
    "host-key-revoked",
    "host-key-unknown",
    "host-key-types-mixed",
    "no-common-algorithm",
    "tls-intercepted",
    "certificate-chain-incomplete",
    "certificate-untrusted",
    "certificate-expired",
    "certificate-wrong-name",
    "no-credential",
];
const ANSWER: [&str; 11] = [
    "authentication-refused",
    "server-connection-limit",
    "exec-refused",
    "rate-limited",
    "http-status",
    "repository-not-found",
    "repository-empty",
    "ref-not-found",
    "remote-error",
    "proxy-refused",
    "malformed",
];
const SERVER: [&str; 2] = ["server-computing", "advertisement-slow"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RULES;

    #[test]
    fn every_rule_that_is_named_is_one() {
        for name in NAMES.iter().chain(&TRUST).chain(&ANSWER).chain(&SERVER) {
            assert!(RULES.iter().any(|rule| rule.id == *name), "{name}");
        }
    }
}
