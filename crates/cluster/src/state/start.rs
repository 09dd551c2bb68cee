//! Between the scheduler and the container's first instruction: volumes, the pod's network, the image. What is often over by
//! itself is named at its second time or after 15 s, what cannot be at once.

use k8s_openapi::api::core::v1::{ContainerStateWaiting, Pod};
use model::RemoteText;

use super::{FaultKind, PodFault, SETTLED, Sight, State, container, words};

/// Of a pod whose container waits; `waiting` is none before the kubelet has looked at it.
pub(super) fn state(sight: &Sight<'_>, pod: &Pod, waiting: Option<&ContainerStateWaiting>) -> State {
    let reason = waiting.and_then(|waiting| waiting.reason.as_deref()).unwrap_or_default();
    let said = waiting.and_then(|waiting| waiting.message.as_deref());
    let place = words::on_node(pod);
    match reason {
        "ErrImageNeverPull" | "InvalidImageName" => State::Failed(image(sight, pod, said)),
        "ErrImagePull"
        | "ImagePullBackOff"
        | "ImageInspectError"
        | "RegistryUnavailable"
        | "SignatureValidationFailed" => pulling(sight, pod, said),
        "CreateContainerConfigError" => State::Failed(configuration(pod, said)),
        "CreateContainerError" | "RunContainerError" => State::Failed(container::not_started(sight, pod, said)),
        _ => hindered(sight, pod).unwrap_or_else(|| State::Waiting(format!("the container is being made{place}"))),
    }
}

fn pulling(sight: &Sight<'_>, pod: &Pod, said: Option<&str>) -> State {
    let failed = words::events(sight, &["Failed"]).filter(|event| words::message(event).contains("pull image"));
    let tries: i32 = failed.map(words::times).fold(0, i32::saturating_add);
    if tries >= 2 || sight.waited >= SETTLED {
        State::Failed(image(sight, pod, said))
    } else {
        State::Waiting(format!("the image could not be pulled{}; it is tried once more", words::on_node(pod)))
    }
}

fn image(sight: &Sight<'_>, pod: &Pod, said: Option<&str>) -> PodFault {
    let containers = pod.spec.as_ref().map(|spec| spec.containers.as_slice()).unwrap_or_default();
    let name = containers.first().and_then(|container| container.image.as_deref()).unwrap_or_default();
    let name = RemoteText::clean(name);
    let node = words::the_node(pod);
    let architecture = container::architecture(sight).map_or_else(String::new, |it| format!(" ({it})"));
    // While it backs off, the kubelet repeats the image's name only; the registry's words stand in an event.
    let failed = words::events(sight, &["Failed"]).map(words::message).find(|said| said.contains("pull image"));
    let said = failed.or(said);
    let text = said.unwrap_or_default();
    let remedy = if text.contains("couldn't parse image name")
        || text.contains("InvalidImageName")
        || text.contains("invalid reference")
    {
        "Give a whole reference with --image, such as registry.example.org/netprobe:TAG.".to_owned()
    } else if text.contains("no match for platform") {
        format!(
            "Make the image for {} and name it with --image.",
            container::architecture(sight).unwrap_or("the node's processors")
        )
    } else if ["unauthorized", "authentication required", "denied", "forbidden", "401", "403"]
        .iter()
        .any(|mark| text.contains(mark))
    {
        let missing = words::events(sight, &["FailedToRetrieveImagePullSecret"]).next().is_some();
        let missing = if missing { " The one that was named is not in this namespace." } else { "" };
        format!(
            "The registry wants a login: name a Secret of type kubernetes.io/dockerconfigjson with --image-pull-secret.{missing}"
        )
    } else {
        format!(
            "Put it on {node} (`netprobe image -o netprobe.tar`, then `ctr -n k8s.io images import netprobe.tar` there), or name one that a registry has with --image."
        )
    };
    let statement = format!("{node}{architecture} does not have the image {name} and cannot pull it");
    PodFault::new(FaultKind::Image, words::saying(&statement, "the kubelet", said), remedy)
}

fn configuration(pod: &Pod, said: Option<&str>) -> PodFault {
    let text = said.unwrap_or_default();
    if text.contains("runAsNonRoot") || text.contains("run as root") || text.contains("non-numeric user") {
        let statement = words::saying("the image would run as root", "the kubelet", said);
        let remedy = "Use an image made by `netprobe image`: its user is 65532.";
        return PodFault::new(FaultKind::RootImage, statement, remedy);
    }
    if text.to_ascii_lowercase().contains("secret") {
        return secret(pod, said);
    }
    let statement = format!("the container cannot be made{}", words::on_node(pod));
    PodFault::new(
        FaultKind::Start,
        words::saying(&statement, "the kubelet", said),
        "Put right what it names, and run it again.",
    )
}

/// What the pod's events say while its container is being made.
fn hindered(sight: &Sight<'_>, pod: &Pod) -> Option<State> {
    let mut sandbox = words::events(sight, &["FailedCreatePodSandBox", "NetworkNotReady"]);
    if sandbox.clone().next().is_some() {
        let tries: i32 = sandbox.clone().map(words::times).fold(0, i32::saturating_add);
        let said = sandbox.next_back().map(words::message);
        return Some(if tries >= 2 || sight.waited >= SETTLED {
            State::Failed(no_network(pod, said))
        } else {
            State::Waiting(format!("{} could not give the pod a network; it is tried once more", words::the_node(pod)))
        });
    }
    let mut mounts = words::events(sight, &["FailedMount", "FailedAttachVolume"]);
    let said = mounts.next_back().map(words::message)?;
    // A cache that is not filled yet gives the same event, and is over by itself.
    Some(if said.contains("not found") || said.contains("non-existent") || sight.waited >= SETTLED {
        State::Failed(secret(pod, Some(said)))
    } else {
        State::Waiting(format!("the Secret could not be mounted{}; it is tried once more", words::on_node(pod)))
    })
}

fn no_network(pod: &Pod, said: Option<&str>) -> PodFault {
    let node = words::the_node(pod);
    PodFault::new(
        FaultKind::Sandbox,
        words::saying(
            &format!("{node} cannot give a pod a network: the node's own network plugin fails"),
            "the kubelet",
            said,
        ),
        format!(
            "This is a fault of {node}, which no pod can start on: look at its network plugin (CNI) there. `--network host` measures without it."
        ),
    )
}

fn secret(pod: &Pod, said: Option<&str>) -> PodFault {
    let spec = pod.spec.clone().unwrap_or_default();
    let names = spec.volumes.iter().flatten().filter_map(|volume| volume.secret.as_ref()?.secret_name.as_deref());
    let names: Vec<String> = names.map(|name| RemoteText::clean(name).to_string()).collect();
    let names = if names.is_empty() { "the Secret".to_owned() } else { format!("the Secret {}", names.join(" or ")) };
    let namespace = RemoteText::clean(pod.metadata.namespace.as_deref().unwrap_or_default());
    let statement = format!("{names} cannot be mounted{}", words::on_node(pod));
    let remedy =
        format!("See `kubectl get secret -n {namespace}`, and compare with spec.secretRef of the GitRepository.");
    PodFault::new(FaultKind::Secret, words::saying(&statement, "the kubelet", said), remedy)
}
