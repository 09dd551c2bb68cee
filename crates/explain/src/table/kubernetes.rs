//! What the objects and controllers around the fetch say (flux-git.md §1.5 last paragraph, §2.6, §3).

use model::Stage;

use crate::entry::{Cause, Entry, Nature, Place, Step, text};

const LOGS: Step = Step::Shell("kubectl -n flux-system logs deploy/source-controller --since=30m | netprobe explain");

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        id: "reconciliation-in-progress",
        nature: Nature::Sign,
        place: Place::between(Stage::Resolve, Stage::Exec),
        patterns: &[text("reconciliation in progress"), text("Reconciliation in progress")],
        means: "A fetch is under way. For a few seconds that is as it should be; for longer than spec.timeout it is the only sign of a \
                handshake that hangs: Flux's deadline does not cut one over SSH, nothing is logged, and Ready keeps the answer of last time.",
        worked_before: Some(Stage::Resolve),
        clock: "Compare the time since which Reconciling is True with spec.timeout. A hung handshake was seen to hide for 135 s (no answer to \
                SYNs) and 228 s (key exchange lost).",
        rules_out: &["when older than spec.timeout: a stall behind the login, which the deadline would have cut"],
        causes: &[
            Cause::new("a large or slow fetch that is still within its time", "it ends within spec.timeout"),
            Cause::new("packets to the port are dropped", "the connect of the run stays silent"),
            Cause::new(
                "the SSH key exchange or login hangs: MTU black hole, content filter, slow login",
                "the stage at which the run hangs",
            ),
            Cause::new(
                "other objects' hung handshakes hold both workers (--concurrent 2)",
                "several objects in progress at once",
            ),
        ],
        next: &[
            Step::Shell(
                "kubectl get gitrepositories -A -o jsonpath='{range .items[*]}{.metadata.name} {.status.conditions[?(@.type==\"Reconciling\")].lastTransitionTime}{\"\\n\"}{end}'",
            ),
            Step::Run(""),
        ],
        ..Entry::KUBERNETES
    },
    Entry {
        id: "source-not-ready",
        place: Place::Reconciliation,
        patterns: &[
            text("Source is not ready"),
            text("source is not ready"),
            text("Source artifact not found"),
            text("source not found"),
            text("artifact not found"),
            text("dependency '*' is not ready"),
        ],
        means: "This object waits for its source. The reason stands at the GitRepository, and not here.",
        rules_out: &["a fault of this object"],
        causes: &[Cause::new("the GitRepository could not be fetched", "its conditions and events")],
        next: &[Step::Shell("kubectl get gitrepositories -A -o yaml | netprobe explain"), LOGS],
        ..Entry::KUBERNETES
    },
    Entry {
        id: "checkout-failed",
        place: Place::Untold,
        patterns: &[
            text("failed to checkout and determine revision"),
            text("unable to clone"),
            text("unable to list remote for"),
            text("failed to clone repository"),
        ],
        means: "Flux's fetch failed; this table does not know the words of the reason, or they were cut off.",
        causes: &[Cause::new("what the end of the message names", "the stage at which a run from the same place ends")],
        next: &[Step::Run(""), LOGS],
        ..Entry::KUBERNETES
    },
    Entry {
        id: "fetch-succeeded",
        nature: Nature::Fine,
        place: Place::Reconciliation,
        patterns: &[
            text("stored artifact for "),
            text("stored artifact with revision"),
            text("no changes since last reconciliation"),
            text("artifact up-to-date with remote revision"),
            text("stored artifact "),
            text("Applied revision: "),
        ],
        means: "The fetch worked, and its revision is stored.",
        causes: &[],
        next: &[],
        ..Entry::KUBERNETES
    },
];
