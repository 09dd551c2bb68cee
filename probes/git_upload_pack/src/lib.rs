//! The git upload-pack exchange, timed stage by stage: at which stage does a fetch stall, and after how many bytes?
//!
//! The request is Flux's own, or git's; the pack is counted and checksummed and never kept.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod advertise;
mod over_http;
mod over_ssh;
mod respond;
mod talk;

use exchange::tls::Trust;
use measure::{Card, Context, Probe, ProbeFuture, Timeline, Way};
use model::{Ended, Parameters, Transport, UploadPackParameters};

/// The probe.
#[derive(Debug, Clone, Copy)]
pub struct GitUploadPack;

impl Probe for GitUploadPack {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn run(&self, parameters: &Parameters, context: Context) -> Option<ProbeFuture> {
        let parameters = parameters.upload_pack()?;
        let trust = trust(&context);
        Some(Box::pin(exchange(parameters.clone(), context, trust)))
    }
}

async fn exchange(parameters: UploadPackParameters, context: Context, trust: Trust) -> Ended {
    let way = context.way.clone();
    let timeline = Timeline::start(context, parameters.patience_us);
    let outcome = match &*way {
        Way::Ssh { access, keys } => Box::pin(over_ssh::fetch(&timeline, &parameters, access, keys)).await,
        Way::Http { access, surroundings } => {
            Box::pin(over_http::fetch(&timeline, &parameters, access, surroundings, &trust)).await
        }
    };
    outcome.unwrap_or(Ended::Failed)
}

/// Whom to trust over TLS; made ready here, before the run's clock starts, where TLS is sure to be spoken.
fn trust(context: &Context) -> Trust {
    let files = match &*context.way {
        Way::Http { access, .. } => access.way.ca_files.iter().map(|file| file.path.clone()).collect(),
        Way::Ssh { .. } => Vec::new(),
    };
    let trust = Trust::new(files);
    if context.target.transport == Transport::Https {
        trust.prepare();
    }
    trust
}

const CARD: Card = Card {
    name: "git_upload_pack",
    question: "At which stage does a git fetch stall, after how many bytes, and what did TCP look like then?",
    method: "The fetch of a fresh clone, over SSH or smart HTTP, protocol v0 as Flux speaks it or v2 as git does \
             (gitprotocol-pack(5), gitprotocol-v2(5)), each stage timed, TCP_INFO at each boundary and every 100 ms of \
             a transfer.",
    cost: "One connection; the pack, cut at 18 MiB or 8.5 s unless it is asked for whole.",
    privileges: "None.",
    blind_to: "What the server does behind its silence, and what the client does with the pack afterwards.",
};
