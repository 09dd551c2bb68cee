//! One TLS handshake with the server, and nothing behind it but, if asked for, a long silence and one small question.
//!
//! It shows no credential of the user's: what is learnt here must not depend on whom the server trusts.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

use access::{Access, HttpAccess};
use exchange::http::{Connection, KNOCK};
use exchange::tls::{self, Hello, Trust};
use exchange::{Halt, Route, hold};
use measure::{Card, Context, Probe, ProbeFuture, Timeline, Way};
use model::{Ended, Parameters, TlsHandshakeParameters, Transport};

/// The probe.
#[derive(Debug, Clone, Copy)]
pub struct TlsHandshake;

impl Probe for TlsHandshake {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn run(&self, parameters: &Parameters, context: Context) -> Option<ProbeFuture> {
        let Parameters::TlsHandshake(parameters) = parameters else { return None };
        if context.target.transport != Transport::Https {
            return Some(Box::pin(async {
                Ended::Skipped { reason: "the target is not reached over TLS".to_owned() }
            }));
        }
        let trust = trust(&context);
        trust.prepare();
        Some(Box::pin(handshake(parameters.clone(), context, trust)))
    }
}

fn trust(context: &Context) -> Trust {
    match &*context.way {
        Way::Http { access, .. } => Trust::new(access.way.ca_files.iter().map(|file| file.path.clone()).collect()),
        Way::Ssh { .. } => Trust::new(Vec::new()),
    }
}

async fn handshake(parameters: TlsHandshakeParameters, context: Context, trust: Trust) -> Ended {
    let way = context.way.clone();
    let timeline = Timeline::start(context, parameters.patience_us);
    let Way::Http { access, .. } = &*way else {
        return Ended::Skipped { reason: "the way to the target is not HTTP's".to_owned() };
    };
    match shake(&timeline, &parameters, access, &trust).await {
        Ok(()) => Ended::Complete,
        Err(Halt) => Ended::Failed,
    }
}

async fn shake(
    timeline: &Timeline,
    parameters: &TlsHandshakeParameters,
    access: &Access<HttpAccess>,
    trust: &Trust,
) -> Result<(), Halt> {
    let url = &access.way.url;
    let in_url = url.host_str().unwrap_or_default();
    let host = in_url.trim_matches(['[', ']']);
    let port = url.port_or_known_default().unwrap_or(HTTPS);
    let route = Route {
        host,
        port,
        proxy: access.proxy.as_ref(),
        tunnel: true,
        address: parameters.address,
        mss_clamp_bytes: parameters.mss_clamp_bytes,
    };
    let stream = route.open(timeline).await?;
    let hello = Hello { key_exchange: parameters.hello, server_name: parameters.server_name };
    let tls = tls::handshake(timeline, stream, host, trust, hello).await?;
    let Some(idle_us) = parameters.hold_us else { return Ok(()) };
    let authority = url.port().map_or_else(|| in_url.to_owned(), |port| format!("{in_url}:{port}"));
    let opened = Connection::open(tls.stream, tls.http2, authority).await;
    let knock = async {
        let mut connection = opened?;
        connection.knock().await.map(drop)
    };
    hold(timeline, idle_us, parameters.patience_us, KNOCK, knock).await
}

const CARD: Card = Card {
    name: "tls_handshake",
    question: "Does a TLS handshake get through, how large are its flights, and what does the server show for itself?",
    method: "One connection and one handshake (RFC 8446, RFC 5246), the hello as large as the imitated client's or small, \
             with the server's name or without; the chain verified against the authorities of this machine and against \
             the public ones.",
    cost: "One connection, some 6 kB; a connection that is held also sends `HEAD /`.",
    privileges: "None.",
    blind_to: "Whether a certificate was revoked, and who on the way answered in the server's place, but for what the \
               certificates say.",
};

/// RFC 9110 §4.2.2.
const HTTPS: u16 = 443;
