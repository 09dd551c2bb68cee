//! The way to the API server: which one, as whom, and with which patience. Knows nothing of what is asked there.
//!
//! kube 5.0 waits 30 s for a connection, for ever for an answer, and repeats any request up to 15 times, a POST included
//! (`Config::default_retry`). A person waits here, so all three are set.

mod kubeconfig;
mod proxy;

use std::path::PathBuf;
use std::time::Duration;

use kube::{Client, Config};
use tokio::time::timeout;

use crate::error::{ClusterError, chain};

/// Which cluster is meant. Nothing said: what kubectl would take.
#[derive(Debug, Clone, Default)]
pub struct ContactWish {
    /// The file; otherwise `KUBECONFIG`, `~/.kube/config`, or the account of the pod that this runs in.
    pub kubeconfig: Option<PathBuf>,
    /// The context in it; otherwise the current one.
    pub context: Option<String>,
}

/// An API server that has answered.
#[derive(Clone)]
pub struct Contact {
    client: Client,
    place: String,
    default_namespace: String,
    kubectl: String,
}

impl Contact {
    /// Reads the kubeconfig, logs in if it says how, and asks `GET /version`.
    ///
    /// # Errors
    /// `Config` for a kubeconfig that cannot be used, `Unreachable` where no API server answers within 5 s (a login program
    /// has 60 s more).
    pub async fn open(wish: &ContactWish) -> Result<Self, ClusterError> {
        let loaded = kubeconfig::load(wish)?;
        let mut place = match &loaded.context {
            Some(context) => format!("context {context}, {}", server(&loaded.config)),
            None => format!("this pod's own account, {}", server(&loaded.config)),
        };
        if let Some(proxy) = &loaded.proxy {
            place = format!("{place}, through the proxy {proxy}");
        }
        let default_namespace = loaded.config.default_namespace.clone();
        let client = log_in(loaded.config, &place).await?;
        let contact = Self { client, place, default_namespace, kubectl: kubectl(wish, loaded.context.as_deref()) };
        contact.greet().await?;
        Ok(contact)
    }

    /// Over a client that is there already; `place` is how messages call it.
    pub fn with_client(client: Client, place: &str) -> Self {
        let default_namespace = client.default_namespace().to_owned();
        Self { client, place: place.to_owned(), default_namespace, kubectl: "kubectl".to_owned() }
    }

    /// Asks `GET /version` and waits for at most 5 s.
    pub async fn greet(&self) -> Result<(), ClusterError> {
        let tried = self.tried("GET /version");
        match timeout(GREETING, self.client.apiserver_version()).await {
            // A server that keeps its version to itself is there all the same.
            Ok(Err(kube::Error::Api(status))) if status.is_forbidden() => Ok(()),
            Ok(Err(error)) => Err(ClusterError::from_kube(tried, &error)),
            Ok(Ok(_)) => Ok(()),
            Err(_) => Err(ClusterError::unreachable(tried, "no answer within 5 s")),
        }
    }

    /// Which API server this is, for people: "context X, https://…".
    pub fn place(&self) -> String {
        self.place.clone()
    }

    /// The namespace that the context names, `default` where it names none.
    pub fn default_namespace(&self) -> &str {
        &self.default_namespace
    }

    pub(crate) fn client(&self) -> Client {
        self.client.clone()
    }

    /// `kubectl` as it has to be called to mean this cluster.
    pub(crate) fn kubectl(&self) -> &str {
        &self.kubectl
    }

    /// What an error begins with.
    pub(crate) fn tried(&self, what: &str) -> String {
        format!("{what} ({})", self.place)
    }

    /// One request, within 10 s. `what` is how an error calls it.
    pub(crate) async fn ask<T>(
        &self,
        what: &str,
        request: impl Future<Output = Result<T, kube::Error>>,
    ) -> Result<T, ClusterError> {
        match timeout(ANSWER, request).await {
            Ok(answer) => answer.map_err(|error| ClusterError::from_kube(self.tried(what), &error)),
            Err(_) => Err(ClusterError::unreachable(self.tried(what), "no answer within 10 s")),
        }
    }
}

/// Building the client runs the kubeconfig's login program and waits for it, so a thread of its own does it: one that hangs
/// must neither hold up the runtime nor its end.
async fn log_in(mut config: Config, place: &str) -> Result<Client, ClusterError> {
    config.default_retry = false;
    config.connect_timeout = Some(CONNECT);
    config.read_timeout = None; // A log may be silent; every other answer has its own limit in `ask`.
    config.write_timeout = Some(ANSWER);
    let tried = format!("Logging in ({place})");
    let (done, login) = tokio::sync::oneshot::channel();
    let runtime = tokio::runtime::Handle::current();
    std::thread::spawn(move || {
        let _in_runtime = runtime.enter();
        // Nobody waits any more where the time was up.
        let _ = done.send(Client::try_from(config));
    });
    match timeout(LOGIN, login).await {
        Ok(Ok(Ok(client))) => Ok(client),
        Ok(Ok(Err(error))) => Err(ClusterError::config(tried, login_failure(&error), LOG_IN)),
        Ok(Err(_)) | Err(_) => Err(ClusterError::config(tried, "the login program did not end within 60 s", LOG_IN)),
    }
}

/// kube prints all that a login program wrote, and that may be a token: only its complaint is passed on.
fn login_failure(error: &kube::Error) -> String {
    match error {
        kube::Error::Auth(kube::client::AuthError::AuthExecRun { out, .. }) => {
            let complaint = model::RemoteText::from_bytes(&out.stderr);
            format!("the login program of the kubeconfig ended with {}: {complaint}", out.status)
        }
        other => chain(other),
    }
}

fn server(config: &Config) -> String {
    config.cluster_url.to_string().trim_end_matches('/').to_owned()
}

fn kubectl(wish: &ContactWish, context: Option<&str>) -> String {
    let mut command = "kubectl".to_owned();
    if let Some(path) = &wish.kubeconfig {
        command = format!("{command} --kubeconfig {}", path.display());
    }
    match context.filter(|_| wish.context.is_some()) {
        Some(context) => format!("{command} --context {context}"),
        None => command,
    }
}

/// For the TCP and the TLS handshake together.
const CONNECT: Duration = Duration::from_secs(5);
/// For one request, from its first byte to the answer's last.
const ANSWER: Duration = Duration::from_secs(10);
/// For the first question, which decides whether there is a cluster to talk to.
const GREETING: Duration = Duration::from_secs(5);
/// Login programs open browsers.
const LOGIN: Duration = Duration::from_mins(1);
const LOG_IN: &str = "Log in to the cluster again and check that `kubectl version` answers.";
