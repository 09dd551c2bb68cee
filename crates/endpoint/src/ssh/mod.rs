//! One SSH connection: lets the client in, runs `git-upload-pack` conversations on its channels.
//!
//! The SSH server of russh is used here and nowhere else in this crate.

mod conversation;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use russh::keys::PublicKey;
use russh::server::{
    Auth, ChannelOpenHandle, Config, Handle, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, MethodKind, MethodSet, Preferred, SshId, cipher, compression};
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;

use crate::credentials::Credentials;
use crate::fault::Point;
use crate::git::{Behaviour, Version};
use crate::journal::EventKind;
use crate::wire::{Line, Wire};

use self::conversation::{ChannelOutlet, converse};

/// What all SSH connections of an endpoint share.
#[derive(Debug)]
pub(crate) struct SshServer {
    config: Arc<Config>,
    authorized: Vec<PublicKey>,
    anonymous: bool,
    path: &'static str,
    behaviour: Behaviour,
}

impl SshServer {
    pub(crate) fn new(credentials: &Credentials, anonymous: bool, path: &'static str, behaviour: Behaviour) -> Self {
        let methods: &[MethodKind] =
            if anonymous { &[MethodKind::None, MethodKind::PublicKey] } else { &[MethodKind::PublicKey] };
        let config = Config {
            server_id: SshId::Standard(Cow::Borrowed(IDENT)),
            methods: MethodSet::from(methods),
            // Nothing secret is guarded here, and a measured handshake must not contain a penalty.
            auth_rejection_time: Duration::ZERO,
            keys: credentials.host_keys.clone(),
            preferred: Preferred {
                cipher: Cow::Borrowed(CIPHERS),
                compression: Cow::Borrowed(&[compression::NONE]),
                ..Preferred::DEFAULT
            },
            ..Config::default()
        };
        Self { config: Arc::new(config), authorized: credentials.authorized.clone(), anonymous, path, behaviour }
    }

    /// Serves one connection until it ends.
    pub(crate) async fn serve(self: Arc<Self>, line: Arc<Line>) {
        let fault = &self.behaviour.fault;
        if let Some(ending) = fault.ending_at(&[Point::Connected]) {
            return line.strike(ending);
        }
        let mut wire = Wire(Arc::clone(&line));
        if let Some(ending) = fault.ending_at(&[Point::KeyExchange]) {
            line.strike_at_next_flush(ending);
            // Without a client there is nothing to strike.
            let _ = wire.write_all(format!("{IDENT}\r\n").as_bytes()).await;
            let _ = wire.flush().await;
            return;
        }
        let visitor = Visitor { server: Arc::clone(&self), line: Arc::clone(&line), conversations: HashMap::new() };
        let config = Arc::clone(&self.config);
        if let Ok(session) = russh::server::run_stream(config, wire, visitor).await {
            // Whatever broke the connection is the client's or the fault's doing; the journal has it.
            let _ = session.await;
        }
    }

    fn knows(&self, key: &PublicKey) -> bool {
        self.authorized.iter().any(|known| known.key_data() == key.key_data())
    }
}

/// The client of one connection.
struct Visitor {
    server: Arc<SshServer>,
    line: Arc<Line>,
    conversations: HashMap<ChannelId, Conversation>,
}

/// A channel before and after its exec request.
#[derive(Default)]
struct Conversation {
    git_protocol: String,
    input: Option<mpsc::UnboundedSender<Bytes>>,
    waiting_bytes: Arc<AtomicUsize>,
}

impl Visitor {
    fn check_authentication(&self) -> Result<(), russh::Error> {
        match self.server.behaviour.fault.ending_at(&[Point::Authentication]) {
            None => Ok(()),
            Some(ending) => {
                self.line.strike(ending);
                Err(russh::Error::Disconnect)
            }
        }
    }

    async fn admit(&self) -> Auth {
        self.line.sleep(self.server.behaviour.pace.authentication).await;
        self.line.note(EventKind::Authenticated);
        Auth::Accept
    }

    fn start(&mut self, id: ChannelId, handle: Handle) {
        let conversation = self.conversations.entry(id).or_default();
        let version = Version::parse(&conversation.git_protocol);
        self.line.note(EventKind::Requested { what: "git-upload-pack", protocol_version: version.number() });
        let (input, received) = mpsc::unbounded_channel();
        conversation.input = Some(input);
        let outlet = ChannelOutlet { handle, id, line: Arc::clone(&self.line) };
        let waiting_bytes = Arc::clone(&conversation.waiting_bytes);
        let behaviour = self.server.behaviour.clone();
        tokio::spawn(converse(behaviour, version, received, waiting_bytes, outlet));
    }
}

impl Handler for Visitor {
    type Error = russh::Error;

    async fn auth_none(&mut self, _user: &str) -> Result<Auth, Self::Error> {
        self.check_authentication()?;
        if self.server.anonymous {
            return Ok(self.admit().await);
        }
        Ok(Auth::reject())
    }

    async fn auth_publickey_offered(&mut self, _user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, Self::Error> {
        self.check_authentication()?;
        if self.server.knows(offer.public_key) {
            return Ok(Auth::Accept);
        }
        Ok(Auth::reject())
    }

    async fn auth_publickey(&mut self, _user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        if self.server.knows(key.public_key) {
            return Ok(self.admit().await);
        }
        Ok(Auth::reject())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        // Dropping the handle refuses the channel.
        if self.conversations.len() < CHANNELS_MAX {
            self.conversations.insert(channel.id(), Conversation::default());
            reply.accept().await;
        }
        Ok(())
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        value: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        match self.conversations.get_mut(&channel) {
            Some(conversation) if name == "GIT_PROTOCOL" => {
                value.clone_into(&mut conversation.git_protocol);
                session.channel_success(channel)
            }
            _ => session.channel_failure(channel),
        }
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        command: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let fault = &self.server.behaviour.fault;
        if let Some(ending) = fault.ending_at(&[Point::Exec]) {
            self.line.strike(ending);
            return Err(russh::Error::Disconnect);
        }
        let busy = self.conversations.get(&channel).is_none_or(|conversation| conversation.input.is_some());
        if busy {
            return session.channel_failure(channel);
        }
        session.channel_success(channel)?;
        if !is_upload_pack(command, self.server.path) {
            session.extended_data(channel, STDERR, REFUSAL)?;
            session.exit_status_request(channel, 128)?;
            return session.close(channel);
        }
        let silent = [Point::AdvertisementHeaders, Point::Advertisement { bytes: 0 }];
        if let Some(ending) = fault.ending_at(&silent) {
            // The answer to this request is still to be flushed; nothing may follow it.
            self.line.strike_at_next_flush(ending);
            return Ok(());
        }
        self.start(channel, session.handle());
        Ok(())
    }

    async fn data(&mut self, channel: ChannelId, data: &[u8], _session: &mut Session) -> Result<(), Self::Error> {
        let Some(conversation) = self.conversations.get_mut(&channel) else {
            return Ok(());
        };
        let waiting = conversation.waiting_bytes.fetch_add(data.len(), Ordering::Relaxed);
        if waiting > WAITING_BYTES_MAX {
            return Err(russh::Error::Disconnect);
        }
        if let Some(input) = &conversation.input {
            // A conversation that is over does not read on; what the client still says is dropped.
            let _ = input.send(Bytes::copy_from_slice(data));
        }
        Ok(())
    }

    async fn channel_eof(&mut self, channel: ChannelId, _session: &mut Session) -> Result<(), Self::Error> {
        // Dropping the sender is the end of the input.
        if let Some(conversation) = self.conversations.get_mut(&channel) {
            conversation.input = Some(mpsc::unbounded_channel().0);
        }
        Ok(())
    }

    async fn channel_close(&mut self, channel: ChannelId, _session: &mut Session) -> Result<(), Self::Error> {
        self.conversations.remove(&channel);
        Ok(())
    }
}

/// Recognises `git-upload-pack '/demo.git'` and `git upload-pack …`, as git and go-git quote it.
fn is_upload_pack(command: &[u8], path: &str) -> bool {
    let command = String::from_utf8_lossy(command);
    let argument = ["git-upload-pack ", "git upload-pack "].iter().find_map(|program| command.strip_prefix(program));
    argument.is_some_and(|argument| argument.trim().trim_matches(['\'', '"']) == path)
}

const IDENT: &str = "SSH-2.0-netprobe_endpoint";

/// All of them are AEADs with hardware or vector speed; CTR with HMAC would cost three times as much.
const CIPHERS: &[cipher::Name] = &[cipher::AES_128_GCM, cipher::AES_256_GCM, cipher::CHACHA20_POLY1305];

const REFUSAL: &[u8] = b"netprobe-endpoint: only git-upload-pack of /demo.git is served here\n";

/// `SSH_EXTENDED_DATA_STDERR` (RFC 4254 §5.2).
const STDERR: u32 = 1;

/// Channels of one connection that may be open at a time; OpenSSH's `MaxSessions` is 10.
const CHANNELS_MAX: usize = 10;

/// What a client may send ahead of what its conversation has read: twice the largest request.
const WAITING_BYTES_MAX: usize = 32 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_upload_pack_of_the_one_repository_is_served() {
        for good in ["git-upload-pack '/demo.git'", "git upload-pack '/demo.git'", "git-upload-pack /demo.git"] {
            assert!(is_upload_pack(good.as_bytes(), "/demo.git"), "{good}");
        }
        for bad in ["git-receive-pack '/demo.git'", "git-upload-pack '/other.git'", "sh"] {
            assert!(!is_upload_pack(bad.as_bytes(), "/demo.git"), "{bad}");
        }
    }
}
