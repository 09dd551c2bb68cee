//! Every GitRepository of a cluster.

use kube::Api;
use kube::api::{ApiResource, DynamicObject, ListParams};

use super::GitRepository;
use crate::contact::Contact;
use crate::error::ClusterError;

/// Flux's own namespace: `FLUX_SYSTEM_NAMESPACE`, as the flux program has it, else `flux-system`.
pub fn flux_namespace() -> String {
    std::env::var("FLUX_SYSTEM_NAMESPACE")
        .ok()
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "flux-system".to_owned())
}

/// Every GitRepository of one namespace; of all namespaces where none is given, and of Flux's own where that is not
/// allowed. Empty as well where the cluster does not know the kind.
///
/// # Errors
/// `Forbidden`, `Unreachable`; `Config` for an object that cannot be understood.
pub async fn git_repositories(contact: &Contact, namespace: Option<&str>) -> Result<Vec<GitRepository>, ClusterError> {
    let objects = match (of_place(contact, namespace).await, namespace) {
        (Err(ClusterError::Forbidden { .. }), None) => of_place(contact, Some(&flux_namespace())).await?,
        (answer, _) => answer?,
    };
    objects.iter().map(GitRepository::from_value).collect()
}

/// The newest version that the API server has.
async fn of_place(contact: &Contact, namespace: Option<&str>) -> Result<Vec<serde_json::Value>, ClusterError> {
    for version in VERSIONS {
        let kind = ApiResource {
            group: "source.toolkit.fluxcd.io".to_owned(),
            version: version.to_owned(),
            api_version: format!("source.toolkit.fluxcd.io/{version}"),
            kind: "GitRepository".to_owned(),
            plural: "gitrepositories".to_owned(),
        };
        let api: Api<DynamicObject> = match namespace {
            Some(namespace) => Api::namespaced_with(contact.client(), namespace, &kind),
            None => Api::all_with(contact.client(), &kind),
        };
        if let Some(objects) = pages(contact, &api, namespace).await? {
            return Ok(objects);
        }
    }
    Ok(Vec::new())
}

/// All pages, up to a bound; none where there is no such kind.
async fn pages(
    contact: &Contact,
    api: &Api<DynamicObject>,
    namespace: Option<&str>,
) -> Result<Option<Vec<serde_json::Value>>, ClusterError> {
    let place = namespace.map_or_else(|| "all namespaces".to_owned(), |namespace| format!("namespace {namespace}"));
    let what = format!("Listing the GitRepositories of {place}");
    let mut wish = ListParams::default().limit(PAGE);
    let mut objects = Vec::new();
    for _ in 0..MAX_PAGES {
        // Which version is missing is no error: the next one is asked for.
        let request = async {
            match api.list(&wish).await {
                Err(kube::Error::Api(status)) if status.is_not_found() => Ok(None),
                answer => answer.map(Some),
            }
        };
        let Some(page) = contact.ask(&what, request).await? else { return Ok(None) };
        objects.extend(page.items.iter().filter_map(|object| serde_json::to_value(object).ok()));
        match page.metadata.continue_.filter(|more| !more.is_empty()) {
            Some(more) => wish = wish.continue_token(&more),
            None => break,
        }
    }
    Ok(Some(objects))
}

/// Newest first.
const VERSIONS: [&str; 3] = ["v1", "v1beta2", "v1beta1"];
const PAGE: u32 = 500;
const MAX_PAGES: usize = 10;
