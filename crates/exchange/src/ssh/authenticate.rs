//! Authentication as Go's client does it: `none` first, then public keys, from files or an agent. Nothing is offered to
//! a server whose host key is not trusted.

use std::time::Duration;

use access::identity::Identity;
use measure::Timeline;
use model::{Failure, FailureKind, RemoteText, Stage, Step};
use russh::client::AuthResult;
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::AgentClient;
use russh::keys::{Algorithm, HashAlg, PrivateKeyWithHashAlg, PublicKey};

use super::Session;
use crate::Halt;

/// What happened, for the record.
#[derive(Default)]
struct Attempts {
    attempted: Vec<String>,
    offered: Vec<RemoteText>,
    remark: Option<String>,
}

impl Session {
    /// Logs in with `keys`, those of them that are meant for this host, and with the agent's.
    pub async fn authenticate(&mut self, timeline: &Timeline, keys: &[Identity]) -> Result<(), Halt> {
        timeline.enter(Stage::Authenticate);
        let mut attempts = Attempts::default();
        let logged_in = timeline.watch(self.log_in(keys, &mut attempts)).await.and_then(std::convert::identity);
        if let Some(remark) = attempts.remark.take() {
            timeline.context().recorder.remark(remark);
        }
        let step = Step::Authenticate {
            user: self.hop.user.clone(),
            attempted: attempts.attempted,
            offered: attempts.offered,
        };
        match logged_in {
            Ok(()) => {
                timeline.end(step);
                Ok(())
            }
            Err(problem) => {
                timeline.fail(step, problem);
                Err(Halt)
            }
        }
    }

    /// Logs in where nobody keeps a record: to a jump host.
    pub(super) async fn log_in_quietly(&mut self, keys: &[Identity]) -> Result<(), Failure> {
        self.log_in(keys, &mut Attempts::default()).await
    }

    async fn log_in(&mut self, keys: &[Identity], attempts: &mut Attempts) -> Result<(), Failure> {
        let user = self.hop.user.clone();
        attempts.attempted.push("none".to_owned());
        let answer = self.handle.authenticate_none(user.as_str()).await;
        if attempts.note(self.answered(answer)?) {
            return Ok(());
        }
        if !self.trusted {
            return Err(none_to_offer("the host key is not trusted, so no key was offered to this server"));
        }
        let mine = self.hop.identities.iter().filter_map(|source| keys.iter().find(|key| key.path == source.path));
        let mine: Vec<Identity> = mine.take(MAX_KEYS).cloned().collect();
        for identity in &mine {
            if self.try_key(identity, attempts).await? {
                return Ok(());
            }
        }
        if self.try_agent(&mine, attempts).await? {
            return Ok(());
        }
        if attempts.attempted.len() == 1 {
            return Err(none_to_offer("no private key was found, and no agent has one"));
        }
        Err(Failure::new(FailureKind::AuthenticationRefused, OPERATION)
            .saying("the server takes none of the keys offered"))
    }

    async fn try_key(&mut self, identity: &Identity, attempts: &mut Attempts) -> Result<bool, Failure> {
        let key_type = identity.key.algorithm();
        let hash = self.hash_for(&key_type).await?;
        attempts.attempted.push(format!("publickey {key_type} {}", identity.path.display()));
        let key = PrivateKeyWithHashAlg::new(std::sync::Arc::new(identity.key.clone()), hash);
        let answer = self.handle.authenticate_publickey(self.hop.user.as_str(), key).await;
        Ok(attempts.note(self.answered(answer)?))
    }

    /// russh takes the end of a session for a refusal that names no other way to log in.
    fn answered(&self, answer: Result<AuthResult, russh::Error>) -> Result<AuthResult, Failure> {
        match answer {
            Err(error) => Err(self.witness.failure(&error, OPERATION)),
            Ok(AuthResult::Failure { remaining_methods, partial_success }) if remaining_methods.is_empty() => {
                let refused = AuthResult::Failure { remaining_methods, partial_success };
                self.witness.ended(OPERATION).map_or(Ok(refused), Err)
            }
            Ok(answer) => Ok(answer),
        }
    }

    async fn try_agent(&mut self, tried: &[Identity], attempts: &mut Attempts) -> Result<bool, Failure> {
        let Some(socket) = self.hop.agent.clone().filter(|_| !self.hop.identities_only) else { return Ok(false) };
        let listing = async {
            let mut agent = AgentClient::connect_uds(&socket).await?;
            let found = agent.request_identities().await?;
            Ok::<_, russh::keys::Error>((agent, found))
        };
        let (mut agent, found) = match tokio::time::timeout(AGENT, listing).await {
            Ok(Ok(listed)) => listed,
            Ok(Err(error)) => {
                attempts.remark = Some(format!("the ssh agent at {} does not answer: {error}", socket.display()));
                return Ok(false);
            }
            Err(_) => {
                attempts.remark = Some(format!("the ssh agent at {} gives no answer", socket.display()));
                return Ok(false);
            }
        };
        let untried = |key: &PublicKey| tried.iter().all(|known| known.key.public_key().key_data() != key.key_data());
        let keys = found.into_iter().filter_map(|identity| match identity {
            AgentIdentity::PublicKey { key, .. } => Some(key),
            AgentIdentity::Certificate { .. } => None,
        });
        for key in keys.filter(untried).take(MAX_KEYS.saturating_sub(tried.len())) {
            let hash = self.hash_for(&key.algorithm()).await?;
            attempts.attempted.push(format!("publickey {} from the agent", key.algorithm()));
            let user = self.hop.user.clone();
            let signing = self.handle.authenticate_publickey_with(user, key, hash, &mut agent);
            match tokio::time::timeout(AGENT, signing).await {
                Ok(Ok(answer)) => {
                    if attempts.note(self.answered(Ok(answer))?) {
                        return Ok(true);
                    }
                }
                Ok(Err(error)) => attempts.remark = Some(format!("the ssh agent did not sign: {error}")),
                Err(_) => {
                    attempts.remark = Some("the ssh agent did not sign in time: does it wait for somebody?".to_owned());
                    return Ok(false);
                }
            }
        }
        Ok(false)
    }

    /// RSA keys sign with SHA-2 where the server says that it can check it (RFC 8308 §3.1); other keys have no choice.
    /// Of a server that says nothing, Go expects only the old signature.
    async fn hash_for(&self, key_type: &Algorithm) -> Result<Option<HashAlg>, Failure> {
        if !matches!(key_type, Algorithm::Rsa { .. }) {
            return Ok(None);
        }
        // What the server has to say came before its answer to `none`; russh would wait a second for it.
        match tokio::time::timeout(AT_HAND, self.handle.best_supported_rsa_hash()).await {
            Ok(best) => Ok(best.map_err(|error| self.witness.failure(&error, OPERATION))?.flatten()),
            Err(_) => Ok(None),
        }
    }
}

impl Attempts {
    /// Writes down what the server would have taken instead; true where it is satisfied.
    fn note(&mut self, answer: AuthResult) -> bool {
        match answer {
            AuthResult::Success => true,
            AuthResult::Failure { remaining_methods, .. } => {
                self.offered = remaining_methods.iter().map(|method| RemoteText::clean(<&str>::from(method))).collect();
                false
            }
        }
    }
}

fn none_to_offer(why: &str) -> Failure {
    Failure::new(FailureKind::NoCredential, OPERATION).saying(why)
}

/// An agent may ask its user, who may be elsewhere. Shorter than the silence that counts as the network's.
const AGENT: Duration = Duration::from_secs(4);

/// For what has arrived already.
const AT_HAND: Duration = Duration::from_millis(20);

const OPERATION: &str = "authenticate";

/// sshd hangs up after six attempts by default (`MaxAuthTries` in `sshd_config(5)`), `none` among them.
const MAX_KEYS: usize = 5;
