//! What russh tells us while it works: the server's key, the names agreed on, the channel's window. It accepts every
//! key, so that an unknown server can be measured, and writes down whether the key is trusted; credentials depend on that.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::{Failure, FailureKind, SshAlgorithms};
use russh::client::{ChannelOpenHandle, DisconnectReason, Handler, Msg, RemoteDisconnectInfo, Session};
use russh::keys::{Certificate, PublicKey, PublicKeyOrCertificate};
use russh::{Channel, ChannelId, Error, Names};

use super::failure::{from_session, from_ssh};

/// Gathers what the session shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Witness(Arc<Mutex<Shown>>);

/// What was shown so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shown {
    pub(crate) key: Option<PublicKey>,
    /// What vouches for it, where it came in one.
    pub(crate) certificate: Option<Certificate>,
    pub(crate) algorithms: Option<SshAlgorithms>,
    pub(crate) server_window_bytes: Option<u64>,
    /// How the session ended, once it has: russh tells whoever waits for an answer only that none came.
    pub(crate) ended: Option<Failure>,
}

impl Witness {
    pub(crate) fn shown(&self) -> Shown {
        self.lock().clone()
    }

    /// What says most of an `operation` that failed so: how the session ended, or the error itself.
    pub(crate) fn failure(&self, error: &Error, operation: &str) -> Failure {
        self.ended(operation).unwrap_or_else(|| from_ssh(error, operation))
    }

    /// How the session ended while it was to do this, if it did.
    pub(crate) fn ended(&self, operation: &str) -> Option<Failure> {
        let ended = self.lock().ended.clone()?;
        Some(Failure { operation: operation.to_owned(), ..ended })
    }

    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Handler for Witness {
    type Error = Error;

    async fn check_server_key(&mut self, server_key: &PublicKeyOrCertificate) -> Result<bool, Error> {
        let (key, certificate) = match server_key {
            PublicKeyOrCertificate::PublicKey { key, .. } => (key.clone(), None),
            PublicKeyOrCertificate::Certificate(certificate) => {
                (PublicKey::from(certificate.public_key().clone()), Some(certificate.clone()))
            }
        };
        let mut shown = self.lock();
        (shown.key, shown.certificate) = (Some(key), certificate);
        Ok(true)
    }

    async fn kex_done(&mut self, _secret: Option<&[u8]>, names: &Names, _session: &mut Session) -> Result<(), Error> {
        let algorithms = SshAlgorithms {
            kex: names.kex.as_ref().to_owned(),
            host_key: names.key.to_string(),
            cipher: names.cipher.as_ref().to_owned(),
            mac: names.client_mac.as_ref().to_owned(),
        };
        // Only the first exchange belongs to the handshake; a later one would report the same names again.
        self.lock().algorithms.get_or_insert(algorithms);
        Ok(())
    }

    async fn channel_open_confirmation(
        &mut self,
        _id: ChannelId,
        _max_packet_size: u32,
        window_size: u32,
        _session: &mut Session,
    ) -> Result<(), Error> {
        self.lock().server_window_bytes = Some(u64::from(window_size));
        Ok(())
    }

    async fn disconnected(&mut self, reason: DisconnectReason<Error>) -> Result<(), Error> {
        match reason {
            DisconnectReason::ReceivedDisconnect(told) => {
                self.lock().ended = Some(farewell(&told));
                Ok(())
            }
            DisconnectReason::Error(error) => {
                self.lock().ended = Some(from_session(&error, "go on with the session"));
                Err(error)
            }
        }
    }

    // Nothing was forwarded to here, so a server has no channel to open (RFC 4254 §6.1, §7.2). russh would accept each,
    // and keep it; dropping the handle refuses it.

    async fn server_channel_open_session(
        &mut self,
        _channel: Channel<Msg>,
        _refused: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_agent_forward(
        &mut self,
        _channel: Channel<Msg>,
        _refused: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_x11(
        &mut self,
        _channel: Channel<Msg>,
        _originator_address: &str,
        _originator_port: u32,
        _refused: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_forwarded_tcpip(
        &mut self,
        _channel: Channel<Msg>,
        _connected_address: &str,
        _connected_port: u32,
        _originator_address: &str,
        _originator_port: u32,
        _refused: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_forwarded_streamlocal(
        &mut self,
        _channel: Channel<Msg>,
        _socket_path: &str,
        _refused: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_direct_tcpip(
        &mut self,
        _channel: Channel<Msg>,
        _host_to_connect: &str,
        _port_to_connect: u32,
        _originator_address: &str,
        _originator_port: u32,
        _refused: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        Ok(())
    }

    async fn server_channel_open_direct_streamlocal(
        &mut self,
        _channel: Channel<Msg>,
        _socket_path: &str,
        _refused: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        Ok(())
    }
}

/// The server's own last words (RFC 4253 §11.1).
fn farewell(told: &RemoteDisconnectInfo) -> Failure {
    let kind = if told.message.trim().is_empty() { FailureKind::Closed } else { FailureKind::RemoteError };
    Failure::new(kind, "go on with the session").saying(told.message.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn how_a_session_ended_is_kept_for_whoever_waited() {
        let ended = |reason| async {
            let mut witness = Witness::default();
            let _ = witness.disconnected(reason).await;
            let failure = witness.failure(&Error::RecvError, "log in");
            (failure.kind, failure.operation, failure.text.as_str().to_owned())
        };
        let told = |message: &str| {
            DisconnectReason::ReceivedDisconnect(RemoteDisconnectInfo {
                reason_code: russh::Disconnect::ProtocolError,
                message: message.to_owned(),
                lang_tag: String::new(),
            })
        };
        let words = ended(told("Too many authentication failures\x1b[2J")).await;
        let expected =
            (FailureKind::RemoteError, "log in".to_owned(), "Too many authentication failures[2J".to_owned());
        assert_eq!(words, expected);
        assert_eq!(ended(told(" ")).await.0, FailureKind::Closed);
        assert_eq!(ended(DisconnectReason::Error(Error::PacketAuth)).await.0, FailureKind::Malformed);
        assert_eq!(Witness::default().failure(&Error::RecvError, "log in").kind, FailureKind::Closed);
    }
}
