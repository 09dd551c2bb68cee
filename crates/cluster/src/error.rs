//! Why the cluster could not be asked, or did not give what was asked for: what was tried, on what, what was expected, and
//! what to do. Words only; what a pod came to is the business of [`crate::state`].

use kube::core::Status;

/// Why there is no answer to work with. Every message is meant to be read by a person as it is.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// Something about the command, the kubeconfig, a manifest or the cluster's contents has to be put right first.
    #[error("{tried}: {why}\n{remedy}")]
    Config {
        /// What was tried, and on what.
        tried: String,
        /// What was found instead of what was expected.
        why: String,
        /// What to do.
        remedy: String,
    },
    /// The API server refuses it to this user.
    #[error("{tried}: {why}\n{remedy}")]
    Forbidden {
        /// What was tried, and on what.
        tried: String,
        /// What is not granted.
        why: String,
        /// What to do.
        remedy: String,
    },
    /// The API server did not answer, or not as one does. Nothing is known about the cluster.
    #[error("{tried}: {why}\n{remedy}")]
    Unreachable {
        /// What was tried, and on what.
        tried: String,
        /// How far it came.
        why: String,
        /// What to do.
        remedy: String,
    },
}

impl ClusterError {
    /// True where trying again later may help without anything being put right (exit code 3); false where it will not (2).
    pub const fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }

    /// What was tried and why it failed, one sentence.
    pub(crate) fn statement(&self) -> String {
        let (tried, why, _) = self.parts();
        format!("{tried}: {why}")
    }

    pub(crate) fn why(&self) -> &str {
        self.parts().1
    }

    pub(crate) fn remedy(&self) -> &str {
        self.parts().2
    }

    fn parts(&self) -> (&str, &str, &str) {
        let (Self::Config { tried, why, remedy }
        | Self::Forbidden { tried, why, remedy }
        | Self::Unreachable { tried, why, remedy }) = self;
        (tried, why, remedy)
    }

    pub(crate) fn config(tried: impl Into<String>, why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Config { tried: tried.into(), why: why.into(), remedy: remedy.into() }
    }

    pub(crate) fn unreachable(tried: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Unreachable { tried: tried.into(), why: why.into(), remedy: REACH_IT.to_owned() }
    }

    /// Sorts what the client library says.
    pub(crate) fn from_kube(tried: String, error: &kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => Self::from_status(tried, status),
            kube::Error::Auth(_) | kube::Error::InferConfig(_) | kube::Error::InferKubeconfig(_) => {
                Self::config(tried, chain(error), "Put the user's entry in the kubeconfig right, or log in again.")
            }
            kube::Error::SerdeError(_) | kube::Error::FromUtf8(_) => Self::unreachable(
                tried,
                format!("what answered does not speak as a Kubernetes API server does ({})", chain(error)),
            ),
            other => Self::unreachable(tried, on_the_way(other)),
        }
    }

    fn from_status(tried: String, status: &Status) -> Self {
        let why = told(status);
        match status.code {
            401 => {
                Self::config(tried, why, "The API server does not know these credentials: log in to the cluster again.")
            }
            _ if status.is_forbidden() => {
                Self::Forbidden { tried, why, remedy: "Ask for the right, or use another --context.".to_owned() }
            }
            429 | 500.. => Self::unreachable(tried, why),
            _ => Self::config(tried, why, "Check the name and the namespace."),
        }
    }
}

/// What a refusal says, made harmless.
pub(crate) fn told(status: &Status) -> String {
    let message = if status.message.is_empty() { status.reason.as_str() } else { status.message.as_str() };
    let message = model::RemoteText::clean(message);
    if message.is_empty() {
        format!("the API server answered with status {}", status.code)
    } else {
        message.to_string()
    }
}

/// What went wrong between here and the API server, without the client library's own names for it.
pub(crate) fn on_the_way(error: &kube::Error) -> String {
    match error {
        kube::Error::Service(error) => chain(error.as_ref()),
        kube::Error::HyperError(error) => chain(error),
        other => chain(other),
    }
}

/// An error with everything below it, each thing said once.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(cause) = below {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        below = cause.source();
    }
    model::RemoteText::clean(&text).to_string()
}

const REACH_IT: &str = "This is about the way from this machine to the API server: try `kubectl version`, and look at VPN, proxy and --context.";

#[cfg(test)]
mod tests {
    use super::*;

    fn of_code(code: u16, reason: &str) -> ClusterError {
        let status = Status { code, ..Status::failure("no\x1b[2J", reason) };
        ClusterError::from_kube("GET x".to_owned(), &kube::Error::Api(status.boxed()))
    }

    #[test]
    fn answers_are_sorted_by_what_can_be_done() {
        assert!(matches!(of_code(401, "Unauthorized"), ClusterError::Config { .. }));
        assert!(matches!(of_code(403, "Forbidden"), ClusterError::Forbidden { .. }));
        assert!(matches!(of_code(404, "NotFound"), ClusterError::Config { .. }));
        assert!(
            of_code(503, "ServiceUnavailable").is_unreachable() && of_code(429, "TooManyRequests").is_unreachable()
        );
    }

    #[test]
    fn a_refusal_is_quoted_without_its_escapes() {
        assert_eq!(of_code(403, "Forbidden").to_string(), "GET x: no[2J\nAsk for the right, or use another --context.");
    }
}
