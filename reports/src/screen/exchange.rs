//! What an exchange was to be and how it ended, in words: for the titles of runs and the answers of follow-ups.

use std::net::IpAddr;

use model::{
    Cap, Depth, Ended, FailureKind, Measurement, Plan, Protocol, Stage, Step, StopCause, Transport,
    UploadPackParameters,
};

use crate::style::{Ink, Mark};
use crate::{failure, number};

/// How the exchange was made: `git over SSH · protocol v0 · depth as Flux`.
pub(super) fn manner(plan: &Plan, asked: &UploadPackParameters) -> String {
    let transport = match plan.target.transport {
        Transport::Ssh => "SSH",
        Transport::Https => "HTTPS",
        Transport::Http => "HTTP",
    };
    let mut words =
        vec![format!("git over {transport}"), protocol(asked.protocol).to_owned(), depth(asked.depth).to_owned()];
    words.extend(extras(asked));
    words.join(" · ")
}

/// What sets one exchange apart from another: `TCP_MAXSEG 1200`. Empty where nothing does.
///
/// An address that was asked for is no difference where the other one had come to it by itself.
pub(super) fn differences(this: &Measurement, that: &Measurement) -> Vec<String> {
    let (Some(this), Some(that_asked)) = (this.run.parameters.upload_pack(), that.run.parameters.upload_pack()) else {
        return Vec::new();
    };
    let that = &UploadPackParameters { address: that_asked.address.or_else(|| connected(that)), ..that_asked.clone() };
    let mut words = Vec::new();
    if this.protocol != that.protocol {
        words.push(protocol(this.protocol).to_owned());
    }
    if this.depth != that.depth {
        words.push(depth(this.depth).to_owned());
    }
    if this.progress != that.progress {
        words.push(if this.progress { "progress text" } else { "no progress text" }.to_owned());
    }
    let before = extras(that);
    words.extend(extras(this).into_iter().filter(|extra| !before.contains(extra)));
    words
}

/// How the run ended, for the right edge of its title.
pub(super) fn ending(measurement: &Measurement) -> (String, Ink, Mark) {
    let took = number::duration(measurement.took_us);
    match &measurement.ended {
        Ended::Complete => (format!("complete in {took}"), Ink::Good, Mark::GOOD),
        Ended::Cut { cap: Cap::Bytes } => (format!("cut at byte cap after {took}"), Ink::Good, Mark::GOOD),
        Ended::Cut { cap: Cap::Time } => (format!("cut at time cap after {took}"), Ink::Good, Mark::GOOD),
        Ended::Failed => failed(measurement, &took),
        Ended::Stopped { cause } => {
            let by = match cause {
                StopCause::Budget => "the budget",
                StopCause::Interrupt => "Ctrl-C",
                StopCause::Terminate => "SIGTERM",
            };
            (format!("stopped by {by} after {took}"), Ink::Caution, Mark::CAUTION)
        }
        Ended::Skipped { reason } => (format!("not made: {reason}"), Ink::Quiet, Mark::OPEN),
        Ended::Crashed { message } => (format!("the probe broke: {message}"), Ink::Bad, Mark::BAD),
        Ended::Lost => ("the report breaks off here".to_owned(), Ink::Caution, Mark::OPEN),
    }
}

fn failed(measurement: &Measurement, took: &str) -> (String, Ink, Mark) {
    match measurement.failed_stage().and_then(|stage| stage.problem.as_ref()) {
        Some(problem) if matches!(problem.kind, FailureKind::Stalled { .. }) => {
            (format!("stalled, given up after {took}"), Ink::Bad, Mark::BAD)
        }
        Some(problem) if problem.kind == FailureKind::OutOfTime => {
            (format!("out of time after {took}"), Ink::Caution, Mark::CAUTION)
        }
        Some(problem) if failure::is_ours(problem) => {
            (format!("ended early after {took}"), Ink::Caution, Mark::CAUTION)
        }
        _ => (format!("failed after {took}"), Ink::Bad, Mark::BAD),
    }
}

/// The address that a run really went to.
fn connected(measurement: &Measurement) -> Option<IpAddr> {
    measurement.stage(Stage::Connect).and_then(|seen| match &seen.step {
        Step::Connect { peer, .. } => Some(peer.ip()),
        _ => None,
    })
}

fn extras(parameters: &UploadPackParameters) -> Vec<String> {
    let mut words = Vec::new();
    if let Some(filter) = parameters.filter {
        words.push(format!("filter {}", filter.spec()));
    }
    if let Some(mss) = parameters.mss_clamp_bytes {
        words.push(format!("TCP_MAXSEG {mss}"));
    }
    if let Some(address) = parameters.address {
        words.push(format!("address {address}"));
    }
    words
}

const fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::V0 => "protocol v0",
        Protocol::V2 => "protocol v2",
    }
}

const fn depth(depth: Depth) -> &'static str {
    match depth {
        Depth::AsFlux => "depth as Flux",
        Depth::One => "depth 1",
        Depth::Full => "whole history",
    }
}
