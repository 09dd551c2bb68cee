//! From a kubeconfig to the client's configuration. kube's own loader is passed by for one reason: it reads the proxy
//! variables on the way, and fails on a `NO_PROXY` that every other program accepts.

use std::path::Path;

use kube::config::{Cluster, Context, ExecAuthCluster, Kubeconfig, KubeconfigError};
use kube::{Config, config::AuthInfo};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use url::Url;

use super::{ContactWish, proxy};
use crate::error::{ClusterError, chain};

/// What a kubeconfig comes to.
pub(super) struct Loaded {
    pub(super) config: Config,
    /// Name of the context; none inside a pod.
    pub(super) context: Option<String>,
    /// The proxy on the way, without its password.
    pub(super) proxy: Option<String>,
}

/// The kubeconfig that kubectl would take; inside a pod without one, the pod's own account.
pub(super) fn load(wish: &ContactWish) -> Result<Loaded, ClusterError> {
    let tried = match (&wish.kubeconfig, std::env::var("KUBECONFIG")) {
        (Some(path), _) => format!("Reading the kubeconfig {}", path.display()),
        (None, Ok(list)) if !list.is_empty() => format!("Reading the kubeconfig {list} (KUBECONFIG)"),
        (None, _) => "Reading the kubeconfig ~/.kube/config".to_owned(),
    };
    let unread = |error: &KubeconfigError| ClusterError::config(&tried, chain(error), NAME_ONE);
    let kubeconfig = match read(wish.kubeconfig.as_deref()) {
        Ok(kubeconfig) => kubeconfig,
        Err(error) => {
            let nothing_named = wish.kubeconfig.is_none() && wish.context.is_none();
            let in_pod = nothing_named.then(|| Config::incluster_env().ok()).flatten();
            let config = in_pod.ok_or_else(|| unread(&error))?;
            return Ok(Loaded { config, context: None, proxy: None });
        }
    };
    let (name, context) = context(&kubeconfig, wish.context.as_deref(), &tried)?;
    let cluster = kubeconfig.clusters.iter().find(|entry| entry.name == context.cluster);
    let Some(cluster) = cluster.and_then(|entry| entry.cluster.clone()) else {
        let why = format!("context {name} names the cluster {}, and there is no such entry", context.cluster);
        return Err(ClusterError::config(tried, why, NAME_ONE));
    };
    let users = kubeconfig.auth_infos.iter();
    let user = context.user.as_ref().and_then(|user| users.into_iter().find(|entry| entry.name == *user));
    let user = user.and_then(|entry| entry.auth_info.clone()).unwrap_or_default();
    let server = cluster.server.clone().unwrap_or_default();
    let Ok(url) = Url::parse(&server) else {
        let why = format!("the cluster {} has no `server` that is a URL: `{server}`", context.cluster);
        return Err(ClusterError::config(tried, why, NAME_ONE));
    };
    let mut config = config(&cluster, user, &server).map_err(|error| unread(&error))?;
    config.default_namespace = context.namespace.unwrap_or_else(|| "default".to_owned());
    let chosen = proxy::choose(&url, cluster.proxy_url.as_deref(), |name| std::env::var(name).ok());
    proxy::set(&mut config, chosen.as_deref())
        .map_err(|why| ClusterError::config(tried, why, "Put HTTPS_PROXY, or `proxy-url` in the kubeconfig, right."))?;
    Ok(Loaded { config, context: Some(name), proxy: chosen.as_deref().map(proxy::bare) })
}

fn read(named: Option<&Path>) -> Result<Kubeconfig, KubeconfigError> {
    named.map_or_else(Kubeconfig::read, Kubeconfig::read_from)
}

fn context(kubeconfig: &Kubeconfig, wanted: Option<&str>, tried: &str) -> Result<(String, Context), ClusterError> {
    let known = || kubeconfig.contexts.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>().join(", ");
    let Some(name) = wanted.or(kubeconfig.current_context.as_deref()).filter(|name| !name.is_empty()) else {
        let why = format!("no context is current; it has {}", known());
        return Err(ClusterError::config(tried, why, "Choose one with --context."));
    };
    let entry = kubeconfig.contexts.iter().find(|entry| entry.name == name);
    let Some(context) = entry.and_then(|entry| entry.context.clone()) else {
        let why = format!("there is no context {name}; it has {}", known());
        return Err(ClusterError::config(tried, why, "Choose one of these with --context."));
    };
    Ok((name.to_owned(), context))
}

fn config(cluster: &Cluster, mut user: AuthInfo, server: &str) -> Result<Config, KubeconfigError> {
    let for_login = ExecAuthCluster::try_from(cluster)?;
    let mut config = Config::new(server.parse().map_err(KubeconfigError::ParseClusterUrl)?);
    config.root_cert = for_login.certificate_authority_data.as_deref().map(|pem| {
        let certificates = CertificateDer::pem_slice_iter(pem).flatten();
        certificates.map(|certificate| certificate.to_vec()).collect()
    });
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or(false);
    config.tls_server_name.clone_from(&cluster.tls_server_name);
    if let Some(login) = user.exec.as_mut().filter(|login| login.provide_cluster_info) {
        login.cluster = Some(for_login);
    }
    config.auth_info = user;
    Ok(config)
}

const NAME_ONE: &str = "Name one with --kubeconfig or KUBECONFIG; `kubectl config view` shows what kubectl takes.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_that_is_not_there_is_named_with_those_that_are() {
        let text = "contexts: [{name: a, context: {cluster: c}}, {name: b, context: {cluster: c}}]\n";
        let kubeconfig = Kubeconfig::from_yaml(text).unwrap();
        let error = context(&kubeconfig, Some("z"), "Reading x").unwrap_err().to_string();
        assert!(error.contains("there is no context z; it has a, b"), "{error}");
        assert!(context(&kubeconfig, None, "Reading x").unwrap_err().to_string().contains("no context is current"));
        assert_eq!(context(&kubeconfig, Some("b"), "Reading x").unwrap().0, "b");
    }
}
