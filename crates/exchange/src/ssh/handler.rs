//! What russh tells us while it works: the server's key, the names agreed on, the channel's window. It accepts every
//! key, so that an unknown server can be measured, and writes down whether the key is trusted; credentials depend on that.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::SshAlgorithms;
use russh::client::{Handler, Session};
use russh::keys::{PublicKey, PublicKeyOrCertificate};
use russh::{ChannelId, Error, Names};

/// Gathers what the session shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Witness(Arc<Mutex<Shown>>);

/// What was shown so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shown {
    pub(crate) key: Option<PublicKey>,
    pub(crate) algorithms: Option<SshAlgorithms>,
    pub(crate) server_window_bytes: Option<u64>,
}

impl Witness {
    pub(crate) fn shown(&self) -> Shown {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Handler for Witness {
    type Error = Error;

    async fn check_server_key(&mut self, server_key: &PublicKeyOrCertificate) -> Result<bool, Error> {
        let key = match server_key {
            PublicKeyOrCertificate::PublicKey { key, .. } => key.clone(),
            PublicKeyOrCertificate::Certificate(certificate) => PublicKey::from(certificate.public_key().clone()),
        };
        self.lock().key = Some(key);
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
}
