//! SSH over a connection of ours: greeting, key exchange, authentication and the start of a command, each a stage.
//!
//! A host key that is not trusted is written down as a problem and the session handed back all the same; no credential
//! is offered on it. russh lives here and nowhere else.

mod authenticate;
mod channel;
mod failure;
mod handler;
mod host_key;
mod jump;
mod kexinit;
mod offer;
mod opening;
pub mod preamble;
mod reach;
mod sntrup;

use std::sync::Arc;
use std::time::Duration;

use access::Hop;
use access::known_hosts::HostKeyVerdict as Known;
use measure::Timeline;
use model::{Bytes, Failure, FailureKind, FlightSize, KnownKeyTypes, RemoteText, Seen, Stage, Step, WireCount};
use russh::client::{self, Config, Handle};
use russh::{ChannelMsg, SshId};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::Halt;
use crate::tap::{First, Heard, Tap};
use channel::Early;
pub use channel::{Arrival, Pipe};
use failure::from_session;
use handler::{Shown, Witness};
pub use jump::Route;
use offer::Offer;
pub use opening::{listen, speak_neutrally};
use preamble::Preamble;
pub use reach::reach;
pub use russh::Error;
pub use sntrup::begin_sntrup;

/// An open SSH connection.
pub struct Session {
    handle: Handle<Witness>,
    witness: Witness,
    hop: Hop,
    trusted: bool,
}

/// What to offer where it is not what the imitated client offers.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The key exchange; none is the client's own.
    pub key_exchange: Option<KeyExchange>,
    /// The one host key algorithm; none offers the client's own.
    pub host_key_type: Option<String>,
}

/// A key exchange that can be asked for by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyExchange {
    /// Elliptic curves: shares of 32 bytes.
    Classic,
    /// `mlkem768x25519-sha256`: shares of 1.1 to 1.2 kB.
    MlKem,
}

/// Greets and exchanges keys with `hop` on `stream`.
pub async fn handshake<S>(timeline: &Timeline, stream: S, hop: &Hop, wanted: &Wanted) -> Result<Session, Halt>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    timeline.enter(Stage::Greeting);
    let before = timeline.wire();
    let client = timeline.context().client();
    let known = host_key::known_types(hop, client);
    let offer = Offer::new(timeline.context().profile, &known, wanted);
    let tap = Tap::new(stream, timeline.context().clock);
    let (heard, witness) = (tap.heard(), Witness::default());
    let connecting = client::connect_stream(Arc::new(config(&offer)), tap, witness.clone());
    let attempt = timeline.watch(naming_the_stage(timeline, &heard, connecting)).await;

    let known = KnownKeyTypes { as_flux: host_key::as_flux(hop, &witness.shown()), ..known };
    timeline.context().recorder.write(Seen::KnownKeyTypes(known));
    let first = heard.first();
    let server = Preamble::read(&first.received);
    let failed = |error: Error| match server.ident {
        None => witness.failure(&error, GREET),
        Some(_) => witness.ended(EXCHANGE).unwrap_or_else(|| from_session(&error, EXCHANGE)),
    };
    let handle = attempt.and_then(|done| done.map_err(failed));
    let greeting = Step::Greeting { client_ident: offer.ident.to_owned(), server_ident: server.ident.clone() };
    let Some(ident_came) = server.ident.is_some().then(|| first.arrival(server.ident_end - 1)).flatten() else {
        let problem = handle.err().unwrap_or_else(|| Failure::new(FailureKind::Malformed, GREET));
        let problem = preamble::in_place_of_ident(&first.received, problem);
        timeline.fail(greeting, Failure { operation: GREET.to_owned(), ..problem });
        return Err(Halt);
    };
    if !server.is_version_2() {
        let said = server.ident.unwrap_or_default();
        timeline.fail(greeting, Failure::new(FailureKind::Malformed, GREET).saying(said));
        return Err(Halt);
    }
    let greeted = WireCount {
        sent: before.sent + Bytes((offer.ident.len() + 2) as u64),
        received: before.received + Bytes(server.ident_end as u64),
    };
    timeline.end_at(greeting, ident_came, greeted);
    timeline.enter(Stage::KeyExchange);
    let shown = witness.shown();
    let verdict = host_key::judge(hop, client, &shown);
    let lists = first.received.get(server.ident_end..).and_then(kexinit::read);
    if let Some(lists) = lists {
        timeline.context().recorder.write(Seen::SshServerOffer(lists));
    }
    let step = key_exchange(&shown, &first, &server, &offer, verdict.as_ref());
    match handle {
        Err(problem) => {
            timeline.fail(step, problem);
            Err(Halt)
        }
        Ok(handle) => {
            let trusted = verdict.as_ref().is_some_and(Known::is_trusted);
            match verdict.and_then(|verdict| host_key::distrust(&verdict)) {
                None if trusted => timeline.end(step),
                problem => {
                    let unknown = || Failure::new(FailureKind::HostKeyUnknown, host_key::CHECK);
                    timeline.fail(step, problem.unwrap_or_else(unknown));
                }
            }
            Ok(Session { handle, witness, hop: hop.clone(), trusted })
        }
    }
}

impl Session {
    /// Starts `command`; over protocol v2 with `GIT_PROTOCOL` in its environment, as git does.
    pub async fn exec(&mut self, timeline: &Timeline, command: &str, v2: bool) -> Result<Pipe, Halt> {
        timeline.enter(Stage::Exec);
        let started = timeline.watch(self.start(command, v2)).await.and_then(std::convert::identity);
        let step = Step::Exec { server_window_bytes: self.witness.shown().server_window_bytes.map(Bytes) };
        match started {
            Ok(pipe) => {
                timeline.end(step);
                Ok(pipe)
            }
            Err(problem) => {
                timeline.fail(step, problem);
                Err(Halt)
            }
        }
    }

    /// Asks for the answer to a question that no server knows, and that therefore each answers with a no (RFC 4254 §4):
    /// what OpenSSH's client asks when `ServerAliveInterval` is set.
    ///
    /// # Errors
    /// How the session ended, where it has.
    pub async fn ask_for_life(&self) -> Result<(), Failure> {
        self.handle.send_ping().await.map_err(|error| self.witness.failure(&error, KEEPALIVE))?;
        // russh tells whoever waits only that the waiting is over.
        match self.witness.ended(KEEPALIVE) {
            Some(ended) => Err(ended),
            None if self.handle.is_closed() => Err(Failure::new(FailureKind::Closed, KEEPALIVE)),
            None => Ok(()),
        }
    }

    /// Says goodbye.
    pub async fn close(&mut self) {
        // The other side may be gone already, which is what is wanted.
        let _ = self.handle.disconnect(russh::Disconnect::ByApplication, "done", "en").await;
    }

    async fn start(&self, command: &str, v2: bool) -> Result<Pipe, Failure> {
        let failed = |error: russh::Error| self.witness.failure(&error, START);
        let mut channel = self.handle.channel_open_session().await.map_err(failed)?;
        if v2 {
            channel.set_env(false, "GIT_PROTOCOL", "version=2").await.map_err(failed)?;
        }
        channel.exec(true, command).await.map_err(failed)?;
        let (mut stderr, mut early) = (Vec::new(), Early::default());
        loop {
            let kind = match channel.wait().await {
                Some(ChannelMsg::Success) => return Ok(Pipe::new(channel, self.witness.clone(), stderr, early)),
                // A quick command may speak before the server says that it runs.
                Some(ChannelMsg::Data { data }) => {
                    early.push(data).map_err(|text| Failure::new(FailureKind::TooLarge, START).saying(text))?;
                    continue;
                }
                Some(ChannelMsg::ExtendedData { data, .. }) => {
                    channel::keep(&mut stderr, &data);
                    continue;
                }
                Some(ChannelMsg::Failure) => FailureKind::ExecRefused,
                Some(ChannelMsg::Close | ChannelMsg::Eof) | None => FailureKind::Closed,
                Some(_) => continue,
            };
            let refused = || Failure::new(kind, START).saying(RemoteText::from_bytes(&stderr));
            return Err(self.witness.ended(START).unwrap_or_else(refused));
        }
    }
}

fn config(offer: &Offer) -> Config {
    Config {
        client_id: SshId::Standard(offer.ident.into()),
        preferred: offer.preferred.clone(),
        // Go's and OpenSSH's own values: they set the most that can be on its way at once.
        window_size: WINDOW_BYTES,
        maximum_packet_size: 32 * 1024,
        ..Config::default()
    }
}

/// russh makes greeting and key exchange in one call. Onlookers should see which of the two is under way.
async fn naming_the_stage<T>(timeline: &Timeline, heard: &Heard, connecting: impl Future<Output = T>) -> T {
    let mut connecting = std::pin::pin!(connecting);
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    loop {
        tokio::select! {
            biased;
            done = &mut connecting => return done,
            _ = tick.tick() => {}
        }
        if Preamble::read(&heard.first().received).ident.is_some() {
            timeline.context().gauge.enter(Stage::KeyExchange);
            return connecting.await;
        }
    }
}

fn key_exchange(shown: &Shown, first: &First, server: &Preamble, offer: &Offer, verdict: Option<&Known>) -> Step {
    let ours = Preamble::read(&first.sent);
    let client = Bytes(offer.client_flight_bytes as u64);
    let client_flight = ours.flight_bytes().map(|sent| {
        let sent = Bytes(sent as u64);
        let why_different = (sent != client).then(|| "the SSH library cannot send a list of this length".to_owned());
        FlightSize { sent, client: Some(client), why_different }
    });
    Step::KeyExchange {
        algorithms: shown.algorithms.clone(),
        client_flight,
        server_kexinit_bytes: server.packet_bytes.map(|bytes| Bytes(bytes as u64)),
        host_key: host_key::record(shown, verdict),
    }
}

/// Of what a server may send before it is given room for more.
const WINDOW_BYTES: u32 = 2 * 1024 * 1024;

const EXCHANGE: &str = "exchange keys";
const GREET: &str = "read the server's greeting";
/// What [`Session::ask_for_life`] asks.
pub const KEEPALIVE: &str = "keepalive@openssh.com";
const START: &str = "start git on the server";
