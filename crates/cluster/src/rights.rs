//! Whether this user may do what a run does, asked before anything is made. All that is missing is told at once.

use k8s_openapi::api::authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec};
use kube::Api;
use kube::api::PostParams;
use tokio::task::JoinSet;

use crate::contact::Contact;
use crate::error::ClusterError;

/// One thing that has to be granted in the Job's namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Right {
    group: &'static str,
    resource: &'static str,
    verb: &'static str,
}

/// Asks for every right that a run needs in `namespace` (`SelfSubjectAccessReview`, which every user may make).
///
/// # Errors
/// `Forbidden` with all that is missing and the Role that grants it, as YAML; `Unreachable`.
pub async fn check_rights(contact: &Contact, namespace: &str) -> Result<(), ClusterError> {
    let mut questions = JoinSet::new();
    for (place, right) in NEEDED.iter().enumerate() {
        let (contact, namespace) = (contact.clone(), namespace.to_owned());
        questions.spawn(async move { (place, is_granted(&contact, &namespace, right).await) });
    }
    let mut missing = Vec::new();
    while let Some(answered) = questions.join_next().await {
        let Ok((place, granted)) = answered else { continue };
        if !granted? {
            missing.push(place);
        }
    }
    missing.sort_unstable();
    let missing: Vec<Right> = missing.into_iter().filter_map(|place| NEEDED.get(place).copied()).collect();
    if missing.is_empty() { Ok(()) } else { Err(refusal(contact, namespace, &missing)) }
}

/// Whether one right that is not needed by every run is granted; false also where nobody can tell.
pub(crate) async fn may_create_pods(contact: &Contact, namespace: &str) -> bool {
    let right = Right { group: "", resource: "pods", verb: "create" };
    is_granted(contact, namespace, &right).await.unwrap_or(false)
}

async fn is_granted(contact: &Contact, namespace: &str, right: &Right) -> Result<bool, ClusterError> {
    let (resource, subresource) = match right.resource.split_once('/') {
        Some((resource, below)) => (resource, Some(below.to_owned())),
        None => (right.resource, None),
    };
    let attributes = ResourceAttributes {
        group: Some(right.group.to_owned()),
        namespace: Some(namespace.to_owned()),
        resource: Some(resource.to_owned()),
        subresource,
        verb: Some(right.verb.to_owned()),
        ..ResourceAttributes::default()
    };
    let spec = SelfSubjectAccessReviewSpec { resource_attributes: Some(attributes), ..Default::default() };
    let review = SelfSubjectAccessReview { spec, ..Default::default() };
    let api: Api<SelfSubjectAccessReview> = Api::all(contact.client());
    let asked = contact.ask("Asking which rights are granted", api.create(&PostParams::default(), &review)).await;
    match asked {
        Ok(review) => Ok(review.status.is_some_and(|status| status.allowed)),
        // Who may not ask cannot be told beforehand; the request itself will say it.
        Err(ClusterError::Forbidden { .. }) => Ok(true),
        Err(error) => Err(error),
    }
}

fn refusal(contact: &Contact, namespace: &str, missing: &[Right]) -> ClusterError {
    let named: Vec<String> = missing.iter().map(|right| format!("{} {}", right.verb, right.resource)).collect();
    ClusterError::Forbidden {
        tried: contact.tried(&format!("Checking the rights that a run needs in namespace {namespace}")),
        why: format!("not granted: {}", named.join(", ")),
        remedy: format!("Have this applied, with the user's name in the last line:\n\n{}", role(namespace)),
    }
}

/// Everything that a run needs, as a Role and its binding.
fn role(namespace: &str) -> String {
    let mut resources: Vec<Right> = NEEDED.to_vec();
    resources.dedup_by_key(|right| right.resource);
    let rules: String = resources.iter().map(rule).collect();
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: netprobe\n  namespace: {namespace}\n\
         rules:\n{rules}---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata:\n  name: netprobe\n  \
         namespace: {namespace}\nroleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: Role\n  name: netprobe\n\
         subjects:\n  - apiGroup: rbac.authorization.k8s.io\n    kind: User\n    name: NAME\n"
    )
}

/// All verbs of one resource.
fn rule(of: &Right) -> String {
    let verbs: Vec<&str> =
        NEEDED.iter().filter(|right| right.resource == of.resource).map(|right| right.verb).collect();
    format!(
        "  - apiGroups: [\"{}\"]\n    resources: [\"{}\"]\n    verbs: [\"{}\"]\n",
        of.group,
        of.resource,
        verbs.join("\", \"")
    )
}

const fn right(group: &'static str, resource: &'static str, verb: &'static str) -> Right {
    Right { group, resource, verb }
}

/// No watch: what is waited for is asked for again. No Secret: the kubelet mounts it.
const NEEDED: [Right; 8] = [
    right("batch", "jobs", "create"),
    right("batch", "jobs", "get"),
    right("batch", "jobs", "list"),
    right("batch", "jobs", "delete"),
    right("", "pods", "get"),
    right("", "pods", "list"),
    right("", "pods/log", "get"),
    right("", "events", "list"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_grants_what_is_asked_for_and_nothing_else() {
        let role = role("flux-system");
        let documents: Vec<serde_json::Value> = serde_saphyr::from_multiple(&role).unwrap();
        let [role, binding] = documents.as_slice() else { panic!("a Role and its binding: {documents:?}") };
        let rules = role["rules"].as_array().unwrap();
        let granted: usize = rules.iter().map(|rule| rule["verbs"].as_array().unwrap().len()).sum();
        assert_eq!(granted, NEEDED.len());
        assert!(rules.iter().all(|rule| rule["resources"][0] != "secrets"));
        assert_eq!(binding["roleRef"]["name"], role["metadata"]["name"]);
        assert_eq!(role["metadata"]["namespace"], "flux-system");
    }
}
