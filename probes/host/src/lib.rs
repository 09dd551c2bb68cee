//! What does this machine itself say of its network, its limits and its clock? Nothing is sent.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod proxies;
mod settings;

use std::net::IpAddr;
use std::time::Duration;

use measure::{Card, Cgroup, Context, Probe, ProbeFuture, netlink};
use model::{Ended, Host, Parameters, Route, Seen, StopCause};

/// The probe.
#[derive(Debug, Clone, Copy)]
pub struct ThisMachine;

impl Probe for ThisMachine {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn run(&self, parameters: &Parameters, context: Context) -> Option<ProbeFuture> {
        matches!(parameters, Parameters::Host).then(|| Box::pin(look_around(context)) as ProbeFuture)
    }
}

async fn look_around(context: Context) -> Ended {
    context.recorder.write(Seen::Host(host(&context)));
    let addresses = if let Some(known) = context.looked_up.clone() {
        known
    } else {
        tokio::select! {
            found = look_up(&context) => found,
            () = context.stop.asked() => return Ended::Stopped { cause: StopCause::Interrupt },
        }
    };
    for address in addresses {
        context.recorder.write(Seen::Route(route(address)));
    }
    Ended::Complete
}

async fn look_up(context: &Context) -> Vec<IpAddr> {
    let entrance = context.way.entrance();
    let unknown = |why: &str| {
        context.recorder.remark(format!("the route to {} is not known: {why}", entrance.host));
        Vec::new()
    };
    match tokio::time::timeout(LOOK_UP, exchange::look_up(&entrance.host, entrance.port)).await {
        Ok(Ok(addresses)) => addresses,
        Ok(Err(failure)) => unknown(failure.text.as_str()),
        Err(_) => unknown("its name was not found within a second"),
    }
}

/// Everything of the machine itself: some twenty small files and two questions to the kernel.
fn host(context: &Context) -> Host {
    Host {
        links: netlink::links().into(),
        settings: settings::read(),
        cpu: Cgroup::of_this_process("cpu").and_then(|group| group.cpu()).into(),
        memory: Cgroup::of_this_process("memory").and_then(|group| group.memory()).into(),
        container_signs: measure::container_signs(),
        proxies: proxies::named(&access::Environment::of_this_process(), context.client()),
        clock: measure::wall_clock().into(),
    }
}

fn route(to: IpAddr) -> Route {
    Route { to, found: netlink::route_to(to).into(), path_mtu_bytes: measure::path_mtu(to).into() }
}

/// Where no run has looked the name up yet. A resolver that is well answers sooner.
const LOOK_UP: Duration = Duration::from_secs(1);

const CARD: Card = Card {
    name: "host",
    question: "What does this machine itself say of its network, its limits and its clock?",
    method: "rtnetlink(7) for interfaces and the route to each address of the server or the proxy before it, IP_MTU of a \
             socket that never sends, ethtool's flags, TCP's settings in /proc/sys, the control group's quota and \
             memory, adjtimex(2), variables that name a proxy.",
    cost: "No packet of its own.",
    privileges: "None.",
    blind_to: "What lies behind the first hop, and limits of other containers of the same pod, Flux's among them.",
};
