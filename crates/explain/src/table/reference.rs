//! The revision that was asked for is not there: the network is fine (flux-git.md §3, and git's own words).

use model::Stage;

use crate::entry::{Cause, Client, Entry, Place, Step, text};

const NETWORK_FINE: &[&str] = &[
    "the network: connect, handshake, login and the list of references worked",
    "an MTU black hole from server to client, if the list was longer than one packet",
];

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        id: "ref-not-found",
        place: Place::Reference,
        patterns: &[
            text("couldn't find remote ref"),
            text("unable to resolve ref '*' to a specific commit"),
            text("reference not found"),
            text("unable to resolve commit object"),
        ],
        means: "The server has no reference of that name, or not the commit that was asked for.",
        rules_out: NETWORK_FINE,
        causes: &[
            Cause::new(
                "a branch that was renamed or deleted; without spec.ref Flux takes `master`",
                "spec.ref against the server's branches",
            ),
            Cause::new(
                "a tag or commit that was never pushed, or is on another branch",
                "`git ls-remote` lists what there is",
            ),
            Cause::new("a token or key that does not see this reference", "`git ls-remote` with the same credential"),
        ],
        next: &[Step::Shell("git ls-remote {repository}")],
        ..Entry::FLUX
    },
    Entry {
        id: "semver-no-match",
        place: Place::Reference,
        worked_before: Some(Stage::End),
        patterns: &[text("no match found for semver")],
        means: "No tag is within the range of spec.ref.semver. Flux finds that out only after it has cloned every branch and tag.",
        rules_out: &["the network, the size and the timeout: the whole clone worked"],
        causes: &[
            Cause::new(
                "tags that are no versions, or pre-releases without `-0` in the range",
                "`git ls-remote --tags`",
            ),
            Cause::new("a range that excludes everything", "spec.ref.semver"),
        ],
        next: &[Step::Shell("git ls-remote --tags {repository}")],
        ..Entry::FLUX
    },
    Entry {
        id: "repository-empty",
        place: Place::Reference,
        patterns: &[
            text("remote repository is empty"),
            text("git repository is empty"),
            text("You appear to have cloned an empty repository"),
        ],
        means: "The repository is there and holds no commit.",
        rules_out: NETWORK_FINE,
        causes: &[
            Cause::new("nothing was pushed yet, or to another repository", "its page in a browser"),
            Cause::new("a credential that sees no branch", "`git ls-remote` with the same credential"),
        ],
        next: &[Step::Shell("git ls-remote {repository}")],
        ..Entry::FLUX
    },
    Entry {
        id: "git-branch-not-found",
        client: Client::Git,
        place: Place::Reference,
        patterns: &[text("Remote branch * not found in upstream"), text("not our ref"), text("unadvertised object")],
        means: "The server has no branch, tag or commit of that name, or does not give it out.",
        rules_out: NETWORK_FINE,
        causes: &[
            Cause::new("a mistyped or deleted branch", "`git ls-remote` lists what there is"),
            Cause::new("a commit that is on no branch any more", "the same"),
        ],
        next: &[Step::Shell("git ls-remote {repository}")],
        ..Entry::GIT
    },
];
