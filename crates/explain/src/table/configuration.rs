//! What source-controller was given to work with does not fit: no packet went out (flux-git.md §3, §4).

use crate::entry::{Cause, Entry, Place, Step, text};

const NO_PACKET: &[&str] = &["the network and the git server: no packet went out"];
const SECRET_SHAPE: &[Step] = &[
    Step::Shell("kubectl -n {namespace} get gitrepository {name} -o jsonpath='{.spec.secretRef.name}'"),
    Step::Shell("kubectl -n {namespace} get secret SECRET -o json | jq '.data | keys'"),
];

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        id: "secret-key-encrypted",
        place: Place::Configuration,
        patterns: &[text("SSH identity key is encrypted but no 'password'")],
        means: "The private key in the secret has a passphrase, and the secret has no `password` beside it.",
        rules_out: NO_PACKET,
        causes: &[Cause::new("`password` (the passphrase) is missing in the secret", "its keys")],
        next: SECRET_SHAPE,
        ..Entry::FLUX
    },
    Entry {
        id: "secret-incomplete",
        place: Place::Configuration,
        patterns: &[
            text("'identity' is required"),
            text("'known_hosts' is required"),
            text("invalid 'ssh' auth option"),
            text("invalid 'https' auth option"),
            text("invalid '* auth option"),
        ],
        means: "The secret lacks a key that this kind of URL needs: `identity` and `known_hosts` for SSH, `username` with `password` for \
                HTTPS.",
        rules_out: NO_PACKET,
        causes: &[
            Cause::new("a secret for HTTPS with an ssh:// URL, or the other way round", "its keys against spec.url"),
            Cause::new("another spelling: `ssh-privatekey`, `id_rsa`, `knownHosts`", "its keys"),
        ],
        next: SECRET_SHAPE,
        ..Entry::FLUX
    },
    Entry {
        id: "secret-unreadable",
        place: Place::Configuration,
        patterns: &[
            text("unable to construct auth method with options"),
            text("ssh: no key found"),
            text("knownhosts: missing"),
        ],
        means: "The key or known_hosts in the secret cannot be read.",
        rules_out: NO_PACKET,
        causes: &[
            Cause::new("encoded twice, or with broken line ends", "the decoded text begins with `-----BEGIN`"),
            Cause::new("a wrong passphrase in `password`", "`ssh-keygen -y` asks for it"),
            Cause::new("a line in known_hosts that is none", "`ssh-keygen -lf` on it"),
        ],
        next: SECRET_SHAPE,
        ..Entry::FLUX
    },
    Entry {
        id: "secret-absent",
        place: Place::Configuration,
        patterns: &[
            text("failed to get secret"),
            text("failed to configure authentication options"),
            text("failed to get authentication"),
            text("app data but provider is not set to github"),
        ],
        means: "The secret with the credentials is missing, may not be read, or could not be turned into a login (AuthenticationFailed).",
        rules_out: NO_PACKET,
        causes: &[
            Cause::new("spec.secretRef names a secret that is not in this namespace", "the second command"),
            Cause::new(
                "the provider's token could not be had (workload identity, GitHub App): that call goes over the network, outside spec.timeout",
                "the words at the end of the message",
            ),
        ],
        next: SECRET_SHAPE,
        ..Entry::FLUX
    },
    Entry {
        id: "proxy-secret-unusable",
        place: Place::Configuration,
        patterns: &[text("failed to configure proxy options")],
        means: "The proxy that spec.proxySecretRef names could not be set up.",
        rules_out: NO_PACKET,
        causes: &[
            Cause::new("the secret is missing, or has no `address`", "its keys"),
            Cause::new("an http:// proxy for an ssh:// URL", "the scheme in `address`"),
        ],
        next: &[Step::Shell(
            "kubectl -n {namespace} get gitrepository {name} -o jsonpath='{.spec.proxySecretRef.name}'",
        )],
        ..Entry::FLUX
    },
];
