//! Host keys against `known_hosts`, in the words of Go's x/crypto (flux-git.md §2.4, §3).

use model::Stage;

use crate::entry::{Cause, Entry, Place, Step, text};

const REACHED: &[&str] = &[
    "name, port, firewall: the server's key arrived",
    "large packets from the server, mostly: the key exchange with ML-KEM carries some 1.3 KB",
];
const LOOK: Step = Step::Say(
    "The run compares every type of host key with known_hosts: give it the secret's with --known-hosts FILE.",
);
const SECRET: Step =
    Step::Shell("kubectl -n {namespace} get secret SECRET -o jsonpath='{.data.known_hosts}' | base64 -d");

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        id: "host-key-changed",
        place: Place::at(Stage::KeyExchange),
        patterns: &[text("knownhosts: key mismatch")],
        means: "The server showed a host key that is not the one in known_hosts for it.",
        rules_out: REACHED,
        causes: &[
            Cause::new(
                "the server's key was rotated",
                "the hoster publishes the new fingerprint; it is the same from every place",
            ),
            Cause::new(
                "known_hosts has several types, and the server chose one whose entry belongs to another host; Flux offers them in random order",
                "it comes and goes; one type for each host, or all types of this host, cures it",
            ),
            Cause::new(
                "the name leads to another machine here, or somebody is in between",
                "address and key differ between places",
            ),
        ],
        next: &[SECRET, Step::Run("--thorough"), LOOK],
        ..Entry::FLUX
    },
    Entry {
        id: "host-key-unknown",
        place: Place::at(Stage::KeyExchange),
        patterns: &[text("knownhosts: key is unknown")],
        means: "known_hosts has no line for this host and port.",
        rules_out: REACHED,
        causes: &[
            Cause::new("a port other than 22 needs `[host]:port` in known_hosts", "spec.url names a port"),
            Cause::new(
                "known_hosts was made for another name (ssh.github.com on port 443 is its own)",
                "the names in the secret",
            ),
        ],
        next: &[SECRET, Step::Run("--thorough"), LOOK],
        ..Entry::FLUX
    },
    Entry {
        id: "host-key-revoked",
        place: Place::at(Stage::KeyExchange),
        patterns: &[text("knownhosts: key is revoked")],
        means: "known_hosts says @revoked of the very key that the server showed.",
        rules_out: REACHED,
        causes: &[Cause::new("the server still has a key that was withdrawn", "its fingerprint in the run")],
        next: &[SECRET, Step::Run("--thorough")],
        ..Entry::FLUX
    },
];
