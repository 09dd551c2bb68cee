//! Each address by itself, to the SYN-ACK and no further: which ones answer, in how long, and what do the others say?

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod address;
mod histogram;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use measure::{Card, Context, Probe, ProbeFuture, Timeline};
use model::{
    Door, Ended, Endpoint, Failure, FailureKind, Micros, Parameters, Stage, Step, StopCause, TcpConnectParameters,
};
use tokio::task::JoinSet;

use crate::address::{Address, Halt};

/// The probe.
#[derive(Debug, Clone, Copy)]
pub struct TcpConnect;

impl Probe for TcpConnect {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn run(&self, parameters: &Parameters, context: Context) -> Option<ProbeFuture> {
        let Parameters::TcpConnect(parameters) = parameters else { return None };
        Some(Box::pin(probe(parameters.clone(), context)))
    }
}

async fn probe(parameters: TcpConnectParameters, context: Context) -> Ended {
    let entrance = context.way.entrance();
    let addresses = if parameters.connects == 0 {
        Vec::new()
    } else if !parameters.addresses.is_empty() {
        parameters.addresses.clone()
    } else if let Some(known) = &context.looked_up {
        if known.is_empty() {
            return Ended::Skipped { reason: format!("{} has no address from here", entrance.host) };
        }
        known.clone()
    } else {
        match entrance_addresses(&context, &entrance, parameters.patience_us).await {
            Some(addresses) => addresses,
            None => return Ended::Failed,
        }
    };
    let context = Arc::new(context);
    let mut under_way = JoinSet::new();
    for address in addresses.into_iter().take(MOST_ADDRESSES) {
        let address = Address {
            context: context.clone(),
            at: (entrance.host.clone(), address, entrance.port),
            door: Door::Entrance,
            connects: parameters.connects,
            patience_us: parameters.patience_us,
        };
        under_way.spawn(address.dial());
    }
    for door in parameters.also {
        under_way.spawn(other_door(context.clone(), door, parameters.patience_us));
    }
    let mut halted = None;
    while let Some(done) = under_way.join_next().await {
        match done {
            Ok(outcome) => halted = halted.or(outcome.err()),
            // A bug of ours is the engine's to tell.
            Err(broken) => match broken.try_into_panic() {
                Ok(payload) => std::panic::resume_unwind(payload),
                Err(_) => halted = Some(Halt::OutOfTime),
            },
        }
    }
    match halted {
        None => Ended::Complete,
        Some(Halt::OutOfTime) => Ended::Stopped { cause: StopCause::Budget },
        // Which signal it was, the engine knows.
        Some(Halt::Cancelled) => Ended::Stopped { cause: StopCause::Interrupt },
    }
}

/// Where the exchange begins. A slow look-up is another probe's business and is not waited for.
async fn entrance_addresses(context: &Context, entrance: &Endpoint, patience_us: Micros) -> Option<Vec<IpAddr>> {
    let timeline = Timeline::start(context.clone(), patience_us);
    timeline.enter(Stage::Resolve);
    let asking = timeline.watch(exchange::look_up(&entrance.host, entrance.port));
    let answer = match tokio::time::timeout(Duration::from(patience_us), asking).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(problem)) => Err(problem),
        Err(_) => Err(Failure::new(FailureKind::Stalled { silent_us: patience_us }, "look the name up")),
    };
    let step = |addresses| Step::Resolve { host: entrance.host.clone(), addresses };
    match answer {
        Ok(addresses) => {
            timeline.end(step(addresses.clone()));
            Some(addresses)
        }
        Err(problem) => {
            timeline.fail(step(Vec::new()), problem);
            None
        }
    }
}

/// Another door: each of its addresses once. That its name leads nowhere says nothing about this one.
async fn other_door(context: Arc<Context>, door: Endpoint, patience_us: Micros) -> Result<(), Halt> {
    let asking = exchange::look_up(&door.host, door.port);
    let Ok(Ok(addresses)) = tokio::time::timeout(Duration::from(patience_us), asking).await else {
        context.recorder.remark(format!("The address of {} could not be looked up.", door.host));
        return Ok(());
    };
    let mut under_way = JoinSet::new();
    for address in addresses.into_iter().take(MOST_ADDRESSES) {
        let at = (door.host.clone(), address, door.port);
        let address = Address { context: context.clone(), at, door: Door::Other, connects: 1, patience_us };
        under_way.spawn(address.dial());
    }
    let outcomes = under_way.join_all().await;
    outcomes.into_iter().collect()
}

/// Addresses of one name that are tried; names of large services have a handful.
const MOST_ADDRESSES: usize = 8;

const CARD: Card = Card {
    name: "tcp_connect",
    question: "Which addresses of the server answer, in how long, and what do the others say?",
    method: "Each address of the name gets connections of its own, all addresses at once, repeats one after the other, \
             without fall-back or race. SYNs are counted by TCP_INFO (RFC 6298), RST, ICMP errors and silence told apart \
             by errno; nothing is said on a connection, and it is closed with FIN.",
    cost: "One connection to each address, 8 at most, no payload; 20 of them, two a second, with --thorough.",
    privileges: "None.",
    blind_to: "Who sent a reset, the server or a firewall in its name, and all that lies behind a handshake. Behind a \
               proxy the addresses are the proxy's.",
};
