//! Each name server by itself: what does it answer, how fast, and for which names would a resolver ask it?
//!
//! No answer is believed and none is passed on; what the C library and Go would make of them is judged elsewhere.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod survey;

use std::io::Read as _;
use std::net::IpAddr;

use exchange::dns::{Files, resolver};
use measure::{Card, Context, Probe, ProbeFuture};
use model::{DnsParameters, Ended, Parameters, Resolver, Seen};

/// The probe.
#[derive(Debug, Clone, Copy)]
pub struct Dns;

impl Probe for Dns {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn run(&self, parameters: &Parameters, context: Context) -> Option<ProbeFuture> {
        let Parameters::Dns(parameters) = parameters else { return None };
        let host = context.way.entrance().host;
        let resolver = host.parse::<IpAddr>().is_err().then(|| by_the_files(&host));
        Some(Box::pin(ask(resolver, parameters.clone(), context)))
    }
}

async fn ask(resolver: Option<Resolver>, parameters: DnsParameters, context: Context) -> Ended {
    let Some(resolver) = resolver else {
        return Ended::Skipped { reason: "an address stands in place of a name".to_owned() };
    };
    context.recorder.write(Seen::Resolver(resolver.clone()));
    if !resolver.files_answer() {
        survey::survey(&resolver, &parameters, context.clock, &context.recorder, context.deadline_us).await;
    }
    Ended::Complete
}

/// A file that is not there says nothing.
fn by_the_files(host: &str) -> Resolver {
    let file = |path: &str| {
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path);
        let read = file.and_then(|file| file.take(LONGEST_FILE_BYTES).read_to_end(&mut bytes));
        if read.is_ok() { bytes } else { Vec::new() }
    };
    let (resolv_conf, nsswitch, hosts) = (file("/etc/resolv.conf"), file("/etc/nsswitch.conf"), file("/etc/hosts"));
    let host_name = String::from_utf8_lossy(&file("/proc/sys/kernel/hostname")).trim().to_owned();
    resolver(host, Files { resolv_conf: &resolv_conf, nsswitch: &nsswitch, hosts: &hosts, host_name: &host_name })
}

/// Lists of blocked names in hosts files have a few MiB.
const LONGEST_FILE_BYTES: u64 = 16 << 20;

const CARD: Card = Card {
    name: "dns",
    question: "What does each name server answer for the first host on the way, and for which names do resolvers ask?",
    method: "Each name that the search list gives, asked of each server by hand, A and AAAA apart over UDP; over TCP where \
             the answer is truncated or does not come (resolv.conf(5), RFC 1035, RFC 7766).",
    cost: "Two datagrams of some 60 bytes for each name and server, at once; up to four times as many where no answer \
           comes.",
    privileges: "None.",
    blind_to: "Other sources of names than the hosts file and DNS, and what lies behind a name server.",
};
