//! The disk and the memory of the machine that fetches (flux-git.md §2.6, §3, §7 R26).

use model::Stage;

use crate::entry::{Cause, Client, Entry, Place, Step, text};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        id: "no-working-directory",
        place: Place::Storage,
        patterns: &[text("failed to create temporary working directory"), text("read-only file system")],
        means: "source-controller cannot make its working directory; it has not spoken to the server yet.",
        rules_out: &["the network and the git server"],
        causes: &[
            Cause::new("/tmp is full, read-only or not mounted", "`df` and the mounts of the pod"),
            Cause::new("a security context that does not let the user write (fsGroup)", "the pod's securityContext"),
        ],
        next: &[Step::Shell("kubectl -n flux-system exec deploy/source-controller -- df -h /tmp /data")],
        ..Entry::FLUX
    },
    Entry {
        id: "disk-full",
        place: Place::Storage,
        patterns: &[text("no space left on device"), text("No space left on device"), text("disk quota exceeded")],
        means: "The pack arrived, at least in part, and could not be written: the disk is full.",
        worked_before: Some(Stage::PackTransfer),
        rules_out: &["the network: pack data was being written"],
        causes: &[
            Cause::new(
                "the emptyDir or node disk under /tmp is full; each fetch that timed out can leave a tmp_pack",
                "`df` in the pod",
            ),
            Cause::new("a limit of ephemeral storage smaller than the repository", "the Deployment's limits"),
        ],
        next: &[Step::Shell("kubectl -n flux-system exec deploy/source-controller -- df -h /tmp /data")],
        ..Entry::FLUX
    },
    Entry {
        id: "out-of-memory",
        client: Client::Kubernetes,
        place: Place::Storage,
        patterns: &[text("OOMKilled"), text("cannot allocate memory"), text("out of memory")],
        means: "A process ran out of memory and was killed: on the client while it unpacks, or the server's pack-objects if the server says so.",
        rules_out: &["a deadline: it was killed before"],
        causes: &[
            Cause::new(
                "a large repository: go-git's memory grows with the pack",
                "the pod's last state, and the size of the pack in the run",
            ),
            Cause::new("many clones at a time (--concurrent)", "the limits of the Deployment"),
        ],
        next: &[
            Step::Shell("kubectl -n flux-system describe pod -l app=source-controller"),
            Step::Run("--full --budget 5m"),
        ],
        ..Entry::KUBERNETES
    },
];
