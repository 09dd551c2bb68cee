//! All that a probe may touch. Whatever is not in here, a probe cannot reach.

use std::net::IpAddr;
use std::sync::Arc;

use access::identity::Identity;
use access::{Access, HttpAccess, SshAccess, Surroundings};
use model::{Endpoint, GitRef, Micros, Profile, Target};

use crate::{Clock, Gauge, Recorder, Stop};

/// Handed to each run.
#[derive(Debug, Clone)]
pub struct Context {
    /// The repository.
    pub target: Target,
    /// The revision.
    pub git_ref: GitRef,
    /// Whose client is imitated.
    pub profile: Profile,
    /// How this user reaches it.
    pub way: Arc<Way>,
    /// What an earlier run of this report found behind the name of [`Way::entrance`], in the resolver's order: empty where
    /// the look-up failed, none where nobody has looked yet. Who needs an address need not wait for the name again.
    pub looked_up: Option<Vec<IpAddr>>,
    /// The report's clock.
    pub clock: Clock,
    /// Where observations go.
    pub recorder: Recorder,
    /// What is going on, for onlookers.
    pub gauge: Gauge,
    /// When this run must have ended, since the report's zero.
    pub deadline_us: Micros,
    /// A wish from outside to end now.
    pub stop: Stop,
}

/// How this user reaches the repository: keys, known hosts, proxies. Holds secrets.
#[derive(Debug)]
pub enum Way {
    /// Over SSH.
    Ssh {
        /// Hosts on the way, their keys and users.
        access: Access<SshAccess>,
        /// Private keys, read and decrypted before anything is timed.
        keys: Vec<Identity>,
    },
    /// Over HTTP.
    Http {
        /// Proxies, authorities and credentials.
        access: Access<HttpAccess>,
        /// Where git's credential helpers live, should they be asked.
        surroundings: Surroundings,
    },
}

impl Way {
    /// Whom the first connection goes to, by name and port: the proxy where there is one, else the first jump host, else the
    /// server itself.
    pub fn entrance(&self) -> Endpoint {
        let (proxy, host, port) = match self {
            Self::Ssh { access, .. } => {
                let first = access.way.jumps.first().unwrap_or(&access.way.destination);
                (&access.proxy, first.host_name.clone(), first.port)
            }
            Self::Http { access, .. } => {
                let url = &access.way.url;
                let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
                (&access.proxy, host, url.port_or_known_default().unwrap_or(0))
            }
        };
        match proxy {
            Some(proxy) => Endpoint { host: proxy.host.clone(), port: proxy.port },
            None => Endpoint { host, port },
        }
    }
}

impl Context {
    /// Whose rules apply to known hosts and proxies.
    pub fn client(&self) -> access::Client {
        match self.profile {
            Profile::Flux => access::Client::Flux,
            Profile::Openssh | Profile::Git => access::Client::Git,
        }
    }
}
