//! Large packets vanish on the path, and nobody says so. What shows it from here: the same exchange hangs with packets
//! of any size and passes when they are kept small. How large a packet may be is for the path-MTU probe to find.

use std::net::IpAddr;

use model::Stage;

use crate::case::{Case, Clamp};
use crate::change::Change;
use crate::figures::{size, time};
use crate::fingerprint::Fingerprint;
use crate::healed::{self, Healed};
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::rules::{Rule, Weight};
use crate::trace::{Stall, Trace};
use crate::{Confidence, FluxOutcome, Severity};

pub(super) const RULE: Rule =
    Rule { id: "path-mtu-black-hole", title: "large packets vanish on the path", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, policy: &Policy) -> Option<Judgement> {
    stalled(case, policy).or_else(|| went_on(case, policy))
}

/// The hole that one side found a way around, after a while.
fn went_on(case: &Case<'_>, policy: &Policy) -> Option<Judgement> {
    let healed = healed::healed(case.subject, policy);
    let (first, others) = healed.split_first()?;
    let direction = match (healed.iter().any(|one| one.ours), healed.iter().any(|one| !one.ours)) {
        (true, true) => Direction::BothWays,
        (true, false) => Direction::TowardsServer,
        _ => Direction::TowardsUs,
    };
    // Small from the start, the same stage has to be a matter of less than half the time.
    let small = case.varied(Change::Clamp).and_then(|run| run.mark(first.mark.stage()));
    let cured = small
        .filter(|small| small.problem().is_none() && small.seen.took_us + small.seen.took_us < first.mark.seen.took_us);
    if small.is_some() && cured.is_none() {
        return None;
    }
    let (confidence, verb) =
        if cured.is_some() { (Confidence::Proven, "vanish") } else { (Confidence::Likely, "most likely vanish") };
    let severity = if case.flux.outcome == FluxOutcome::Fits { Severity::Warning } else { Severity::Fault };
    let stages: Vec<_> = healed.iter().map(|one| one.mark.stage().words()).collect();
    let statement = format!(
        "Large packets {verb} on the way {}{}. The clone goes on once smaller ones are sent; finding that out takes {} \
         in the {}.",
        direction.words(),
        over_family(case.subject),
        time(healed::took(&healed)),
        stages.join(" and the ")
    );
    let shows = |one: &Healed<'_>| {
        one.mark.shows(format!("the {} took {}; {}", one.mark.stage().words(), time(one.mark.seen.took_us), one.words))
    };
    let word = Judgement::new(severity, confidence, statement, shows(first))
        .and(others.iter().map(shows))
        .and(cured.map(|small| {
            let took = time(small.seen.took_us);
            small.shows(format!("with TCP_MAXSEG {} the {} took {took}", policy.clamp_mss_bytes, small.stage().words()))
        }))
        .rules_out(["a slow server: what was waited for had been sent, and was lost"])
        .explains(&["advertisement-slow", "over-timeout", "near-timeout", "flux-gives-up"])
        .remedy(remedies(case, packet_bytes(case.subject, policy), policy));
    Some(if cured.is_some() {
        word
    } else {
        word.possible(["a path that was cut for a moment, for packets of any size"])
    })
}

fn stalled(case: &Case<'_>, policy: &Policy) -> Option<Judgement> {
    let stall = case.stall()?;
    let Some(Clamp::Cured(clamped)) = case.clamp() else { return None };
    let print = Fingerprint::of(stall);
    let direction = Direction::of(print.as_ref());
    if direction == Direction::TowardsUs && case.subject.full_size_segment().is_some() {
        return None; // What is lost now came before: this is no matter of size.
    }
    let packet = packet_bytes(case.subject, policy);
    let stage = stall.stage();
    let passed = clamped.mark(stage).or_else(|| clamped.marks().last())?;
    let proven = print.as_ref().is_some_and(|print| !print.quiet());
    let (confidence, verb) =
        if proven { (Confidence::Proven, "vanish") } else { (Confidence::Likely, "most likely vanish") };
    let statement = format!(
        "Large packets {verb} on the way {}{}: the clone hangs in the {}, and passes there when no packet is larger than \
         {packet} bytes.",
        direction.words(),
        over_family(case.subject),
        stage.words()
    );
    let tcp = print.map_or_else(String::new, |print| format!("; {}", print.words));
    let word = Judgement::new(
        Severity::Fault,
        confidence,
        statement,
        stall.shows(format!(
            "after {} nothing came for {}{tcp}",
            size(stall.mark.seen.wire.received),
            time(stall.silent_us)
        )),
    )
    .at(stage)
    .and([passed.shows(format!(
        "with TCP_MAXSEG {} to the same address the {} took {}",
        policy.clamp_mss_bytes,
        passed.stage().words(),
        time(passed.seen.took_us)
    ))])
    .and(largest(case.subject, stall))
    .rules_out([
        "a slow or broken server: the same request is answered when packets are small",
        "a blocked port, the login and the repository: all the same in both runs",
    ])
    .explains(&["server-silent", "server-computing", "stalled", "advertisement-slow", "over-timeout", "near-timeout"])
    .remedy(remedies(case, packet, policy));
    Some(if proven {
        word
    } else {
        word.possible(["a fault that comes and goes, and was gone in the second run"])
            .next([crate::command::run_again(case.report, "")])
    })
}

/// Whose large packets are lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    TowardsUs,
    TowardsServer,
    BothWays,
}

impl Direction {
    /// Where all that we sent was acknowledged, what is missing is the server's.
    fn of(print: Option<&Fingerprint>) -> Self {
        match print {
            Some(print) if print.ours_unanswered && print.gap_towards_us => Self::BothWays,
            Some(print) if print.ours_unanswered => Self::TowardsServer,
            _ => Self::TowardsUs,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::TowardsUs => "from the server to here",
            Self::TowardsServer => "from here to the server",
            Self::BothWays => "in both directions",
        }
    }
}

/// Which family it was, where the name has both: the other one goes its own way and may be well.
fn over_family(run: Trace<'_>) -> &'static str {
    let both = |first: &IpAddr| run.addresses().iter().any(|other| other.is_ipv4() != first.is_ipv4());
    match run.address().filter(both) {
        Some(IpAddr::V6(_)) => " over IPv6",
        Some(IpAddr::V4(_)) => " over IPv4",
        None => "",
    }
}

/// TCP and IP headers without options: 40 bytes over IPv4, 60 over IPv6 (RFC 9293 §3.7.1).
fn packet_bytes(run: Trace<'_>, policy: &Policy) -> u16 {
    let headers = if run.address().is_some_and(|address| address.is_ipv6()) { 60 } else { 40 };
    policy.clamp_mss_bytes.saturating_add(headers)
}

/// The largest segment that did arrive, where the kernel's figure says anything.
fn largest(run: Trace<'_>, stall: Stall<'_>) -> Option<crate::Evidence> {
    let (mark, bytes) = run.largest_segment()?;
    let announced = stall.look()?.now?.advertised_mss_bytes;
    Some(
        mark.shows(format!(
            "the largest segment that arrived had {bytes} bytes; {announced} were announced as welcome"
        )),
    )
}

fn remedies(case: &Case<'_>, packet: u16, policy: &Policy) -> Vec<String> {
    let mss = policy.clamp_mss_bytes;
    let mut remedies = Vec::new();
    if let Some(address) = case.subject.address() {
        let ip = if address.is_ipv6() { "ip -6" } else { "ip" };
        remedies.push("Here, for this server only:".to_owned());
        remedies.push(format!(
            "sudo {ip} route replace {address} $({ip} route get {address} | grep -oE '(via [^ ]+ )?dev [^ ]+') \
             mtu {packet} advmss {mss}"
        ));
    }
    let tables = if packet > mss.saturating_add(40) { "ip6tables" } else { "iptables" };
    remedies.push("On the router or node, for every connection that it forwards:".to_owned());
    remedies
        .push(format!("sudo {tables} -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss {mss}"));
    if case.report.header.vantage.kind != model::VantageKind::Workstation {
        remedies.extend(pod_network(packet));
    }
    remedies.push(
        "At the cause: let ICMP \"fragmentation needed\" (type 3 code 4; ICMPv6 type 2) through every firewall on \
         the way."
            .to_owned(),
    );
    if case.stall().is_some_and(|stall| stall.stage() >= Stage::AdvertisementWait) {
        remedies
            .push("On the server, if it is yours; it then finds smaller sizes by itself, after seconds:".to_owned());
        remedies.push("sudo sysctl -w net.ipv4.tcp_mtu_probing=1".to_owned());
    }
    remedies
}

/// The MTU of a pod network, where it is set by the common ones.
fn pod_network(packet: u16) -> [String; 4] {
    let calico = format!(r#"{{"spec":{{"calicoNetwork":{{"mtu":{packet}}}}}}}"#);
    [
        format!(
            "In the cluster: lower the pod network's MTU to {packet} or to what the path really carries, then restart \
             the pods. With Flannel it is \"MTU\": {packet} in the Backend of net-conf.json; with Cilium:"
        ),
        format!("cilium config set mtu {packet}"),
        "With Calico:".to_owned(),
        format!("kubectl patch installation.operator.tigera.io default --type merge -p '{calico}'"),
    ]
}
