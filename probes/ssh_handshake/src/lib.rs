//! One SSH handshake with the server, and nothing behind it but, if asked for, a login, a long silence and one small
//! question.
//!
//! A host key that is not trusted is written down and no credential is shown to its owner.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

use std::time::Duration;

use access::identity::Identity;
use access::{Access, SshAccess};
use exchange::ssh::{KEEPALIVE, KeyExchange, Session, Wanted, begin_sntrup, handshake, listen, reach, speak_neutrally};
use exchange::{Halt, hold};
use measure::{Card, Context, Probe, ProbeFuture, Timeline, Way};
use model::{Ended, Parameters, SshHandshakeParameters, SshKeyExchange, SshOpening, StopCause};

/// The probe.
#[derive(Debug, Clone, Copy)]
pub struct SshHandshake;

impl Probe for SshHandshake {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn run(&self, parameters: &Parameters, context: Context) -> Option<ProbeFuture> {
        let Parameters::SshHandshake(parameters) = parameters else { return None };
        Some(Box::pin(one(parameters.clone(), context)))
    }
}

async fn one(parameters: SshHandshakeParameters, context: Context) -> Ended {
    let way = context.way.clone();
    let Way::Ssh { access, keys } = &*way else {
        return Ended::Skipped { reason: "the target is not reached over SSH".to_owned() };
    };
    if let Some(delay) = parameters.delay_us {
        let delay = delay.min(context.deadline_us.since(context.clock.now()));
        tokio::select! {
            () = tokio::time::sleep(delay.into()) => {}
            // Which signal it was, the engine knows.
            () = context.stop.asked() => return Ended::Stopped { cause: StopCause::Interrupt },
        }
    }
    let timeline = Timeline::start(context, parameters.patience_us);
    match Box::pin(converse(&timeline, &parameters, access, keys)).await {
        Ok(()) => Ended::Complete,
        Err(Halt) => Ended::Failed,
    }
}

async fn converse(
    timeline: &Timeline,
    parameters: &SshHandshakeParameters,
    access: &Access<SshAccess>,
    keys: &[Identity],
) -> Result<(), Halt> {
    let stream = reach(timeline, access, keys, parameters.address, parameters.mss_clamp_bytes).await?;
    match (parameters.opening, parameters.key_exchange) {
        (SshOpening::Silent, _) => return listen(timeline, stream).await,
        (SshOpening::Neutral, _) => return speak_neutrally(timeline, stream).await,
        (SshOpening::Identification, SshKeyExchange::Sntrup761) => return begin_sntrup(timeline, stream).await,
        (SshOpening::Identification, _) => {}
    }
    let key_exchange = match parameters.key_exchange {
        SshKeyExchange::AsProfile | SshKeyExchange::Sntrup761 => None,
        SshKeyExchange::Classic => Some(KeyExchange::Classic),
        SshKeyExchange::MlKem => Some(KeyExchange::MlKem),
    };
    let wanted = Wanted { key_exchange, host_key_type: parameters.host_key_type.clone() };
    let mut session = Box::pin(handshake(timeline, stream, &access.way.destination, &wanted)).await?;
    let done = behind(timeline, parameters, keys, &mut session).await;
    // Goodbye is a courtesy: a peer that has gone silent must not cost the time that is left.
    let _ = tokio::time::timeout(GOODBYE, session.close()).await;
    done
}

/// What is asked for behind the key exchange.
async fn behind(
    timeline: &Timeline,
    parameters: &SshHandshakeParameters,
    keys: &[Identity],
    session: &mut Session,
) -> Result<(), Halt> {
    if parameters.authenticate {
        session.authenticate(timeline, keys).await?;
    }
    match parameters.hold_us {
        Some(idle_us) => hold(timeline, idle_us, parameters.patience_us, KEEPALIVE, session.ask_for_life()).await,
        None => Ok(()),
    }
}

const CARD: Card = Card {
    name: "ssh_handshake",
    question: "Does an SSH handshake get through, with which key exchange, and what does the server show for itself?",
    method: "One connection and one handshake (RFC 4253), as large as the imitated client's, with its key exchange or with \
             one alone, for any host key or one type; the key compared with known_hosts, the server's lists kept. Or first \
             words that are no client's, or a connection that is left idle and then asked for an answer.",
    cost: "One connection, 3 to 6 kB; none in a plain run that goes well, five with --thorough.",
    privileges: "None.",
    blind_to: "Whether git works behind the login; with sntrup761, everything behind the server's share.",
};

const GOODBYE: Duration = Duration::from_millis(50);
