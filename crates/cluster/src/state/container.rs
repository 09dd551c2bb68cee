//! The container itself: how it ended, or why it could not be started.

use k8s_openapi::api::core::v1::{ContainerStateTerminated, Pod};

use super::{FaultKind, PodFault, Sight, State, words};

/// Of a container that is over.
pub(super) fn ended(sight: &Sight<'_>, pod: &Pod, ended: &ContainerStateTerminated) -> State {
    let said = ended.message.as_deref();
    let reason = ended.reason.as_deref().unwrap_or_default();
    if reason == "OOMKilled" {
        return State::Failed(out_of_memory(pod));
    }
    if is_foreign_program(sight, ended) {
        return State::Failed(foreign_program(sight, pod, said));
    }
    if matches!(reason, "StartError" | "ContainerCannotRun") {
        return State::Failed(not_started(sight, pod, said));
    }
    State::Ended { exit_code: ended.exit_code, message: said.unwrap_or_default().to_owned() }
}

/// The runtime could not begin the program.
pub(super) fn not_started(sight: &Sight<'_>, pod: &Pod, said: Option<&str>) -> PodFault {
    let text = said.unwrap_or_default();
    if text.contains(FOREIGN) {
        return foreign_program(sight, pod, said);
    }
    let remedy = if text.contains("no such file or directory") || text.contains("executable file not found") {
        "This image is not netprobe's: it has no /netprobe. Make one with `netprobe image`, and name it with --image."
    } else {
        "Put right what it names, or name another node with --from-node=NODE."
    };
    let statement = format!("{} cannot start the container", words::the_node(pod));
    PodFault::new(FaultKind::Start, words::saying(&statement, "the runtime", said), remedy)
}

fn foreign_program(sight: &Sight<'_>, pod: &Pod, said: Option<&str>) -> PodFault {
    let has = architecture(sight).map_or_else(String::new, |it| format!(" ({it})"));
    let statement = format!("the image holds a program for other processors than {} has{has}", words::the_node(pod));
    let wanted = architecture(sight).unwrap_or("the node's processors");
    let remedy = format!(
        "Build netprobe for {wanted}, make an image of it (`netprobe image --binary FILE`), and name it with --image."
    );
    PodFault::new(FaultKind::Architecture, words::saying(&statement, "the runtime", said), remedy)
}

/// The node's processors, in Kubernetes' words.
pub(super) fn architecture<'a>(sight: &Sight<'a>) -> Option<&'a str> {
    let info = sight.node?.status.as_ref()?.node_info.as_ref()?;
    // Words of the cluster's: only those that are known are repeated.
    KNOWN.iter().copied().find(|known| *known == info.architecture)
}

/// True where the kernel refused to run the program: the words of runc's last breath, or an exit with nothing said on a node
/// of another kind than this machine, whose own program the image most likely holds.
fn is_foreign_program(sight: &Sight<'_>, ended: &ContainerStateTerminated) -> bool {
    let said = ended.message.as_deref().unwrap_or_default();
    let here = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let elsewhere = architecture(sight).is_some_and(|there| there != here);
    let failed = matches!(ended.exit_code, 1 | 255);
    failed && (said.contains(FOREIGN) || said.trim().is_empty() && elsewhere)
}

fn out_of_memory(pod: &Pod) -> PodFault {
    let limit = pod.spec.as_ref().and_then(|spec| {
        let limits = spec.containers.first()?.resources.as_ref()?.limits.as_ref()?;
        limits.get("memory").map(|limit| model::RemoteText::clean(&limit.0))
    });
    let limit = limit.map_or_else(String::new, |limit| format!(" of {limit}"));
    PodFault::new(
        FaultKind::Memory,
        format!("netprobe used more memory than its limit{limit}{} and was killed (OOMKilled)", words::on_node(pod)),
        "The limit is source-controller's: a sync of this repository may meet it too. Raise it there (resources.limits.memory), and run it again.",
    )
}

/// `strerror(ENOEXEC)`.
const FOREIGN: &str = "exec format error";
/// Values of `GOARCH` for Linux.
const KNOWN: [&str; 7] = ["amd64", "arm64", "arm", "386", "ppc64le", "s390x", "riscv64"];
