//! Some addresses of the name are dead and others work: who is kept waiting depends on the client and on the order.

use std::net::IpAddr;

use model::{Stage, Target, Transport};

use crate::case::Case;
use crate::command;
use crate::figures::{count, list, time};
use crate::judgement::Judgement;
use crate::policy::Policy;
use crate::reach::{Answer, Reach, Try};
use crate::rules::{Rule, Weight};
use crate::{Confidence, Evidence, Severity};

pub(super) const RULE: Rule =
    Rule { id: "address-family-broken", title: "some addresses of the server are dead", weight: Weight::Stands, judge };

fn judge(case: &Case<'_>, policy: &Policy) -> Option<Judgement> {
    let picture = Picture::of(case, policy);
    let (first, alive) = (picture.dead.first()?, picture.alive.first()?);
    let target = &case.report.header.plan.target;
    let name = picture.detour.unwrap_or(&target.host);
    let lead = match picture.dead_family() {
        Some(family) => format!("{} to {name} is dead", family.name()),
        None => format!("{} of {} addresses of {name} dead", picture.dead.len(), picture.tried),
    };
    let statement = format!(
        "{lead}: {}, and {} answers in {}; {}.",
        list(&picture.dead.iter().map(Dead::words).collect::<Vec<_>>()),
        alive.peer.ip(),
        time(alive.took_us),
        picture.who_waits(target.transport)
    );
    let proven = picture.dead.iter().all(|dead| match dead.answer {
        Answer::Silent { syns, .. } => syns >= policy.syns_that_prove,
        _ => true,
    });
    let confidence = if proven { Confidence::Proven } else { Confidence::Likely };
    let severity = if picture.keeps_waiting(target.transport) { Severity::Fault } else { Severity::Warning };
    let answered = |one: &Try<'_>| one.shows(format!("{} answered in {}", one.peer.ip(), time(one.took_us)));
    let word = Judgement::new(severity, confidence, statement, first.evidence());
    let died_there = case.subject.first_problem().is_some_and(|(mark, _)| mark.stage() == Stage::Connect);
    let word = if died_there { word.at(Stage::Connect) } else { word };
    Some(
        word.and(picture.dead.iter().skip(1).map(Dead::evidence))
            .and(picture.alive.iter().map(answered))
            .rules_out([
                format!(
                    "{} is down, or its port {} shut: it answers at {}",
                    picture.detour.unwrap_or("the server"),
                    alive.peer.port(),
                    alive.peer.ip()
                ),
                "packets too large for the path: only small ones were sent".to_owned(),
            ])
            .remedy(picture.remedies(target))
            .next((!proven).then(|| command::run_again(case.report, "")))
            .explains(&["connect-silent", "connect-refused", "connect-unreachable"]),
    )
}

/// Which addresses are dead, which are not, and which is tried first.
struct Picture<'a> {
    dead: Vec<Dead<'a>>,
    alive: Vec<Try<'a>>,
    /// How many addresses were tried.
    tried: usize,
    /// The one that a client without a race goes to first.
    first: Option<IpAddr>,
    /// Whose addresses they are, where not the server's: a proxy's, a jump host's.
    detour: Option<&'a str>,
}

struct Dead<'a> {
    address: IpAddr,
    answer: Answer<'a>,
    one: Try<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    V4,
    V6,
}

impl<'a> Picture<'a> {
    fn of(case: &Case<'a>, policy: &Policy) -> Self {
        let reach = Reach::of(case.report);
        let known: Vec<(IpAddr, Answer<'a>)> =
            reach.addresses().iter().filter_map(|address| Some((*address, reach.answer(*address)?))).collect();
        // An address without a route from here is nobody's: clients leave it out.
        let routed: Vec<_> = known.into_iter().filter(|(_, answer)| !matches!(answer, Answer::NotRouted)).collect();
        let alive: Vec<Try<'a>> = routed
            .iter()
            .filter_map(|(_, answer)| match answer {
                Answer::Connects(one) => Some(*one),
                _ => None,
            })
            .collect();
        let last_alive = routed.iter().rposition(|(_, answer)| matches!(answer, Answer::Connects(_)));
        let dead = routed.iter().enumerate().filter_map(|(place, (address, answer))| {
            // What answers with an error holds up nobody, and matters where clients go there.
            let tried_before = last_alive.is_some_and(|last| place < last);
            let one = match *answer {
                Answer::Silent { syns, longest } if syns >= policy.syns_that_tell => longest,
                Answer::Refuses(one) if tried_before || sisters(*address, &alive) => one,
                Answer::Barred(one) if reach.met_by_an_exchange(*address) => one,
                _ => return None,
            };
            Some(Dead { address: *address, answer: *answer, one })
        });
        let dead = dead.collect();
        let detour = case.subject.detour(&case.report.header.plan.target);
        Self { dead, alive, tried: routed.len(), first: routed.first().map(|(address, _)| *address), detour }
    }

    /// The family of which every address that was tried is dead, if that is the whole of it.
    fn dead_family(&self) -> Option<Family> {
        let family = Family::of(self.dead.first()?.address);
        let whole = self.dead.iter().all(|dead| Family::of(dead.address) == family)
            && self.alive.iter().all(|one| Family::of(one.peer.ip()) != family);
        whole.then_some(family)
    }

    /// The silent address to which clients without a race go first.
    fn silent_first(&self) -> Option<&Dead<'a>> {
        self.dead.iter().find(|dead| dead.is_silent() && Some(dead.address) == self.first)
    }

    /// Go and curl try the other family after 300 and 200 ms, and the next address of the same one only much later.
    fn race_saves(&self, from: IpAddr) -> bool {
        self.alive.iter().any(|one| Family::of(one.peer.ip()) != Family::of(from))
    }

    fn keeps_waiting(&self, transport: Transport) -> bool {
        self.silent_first().is_some_and(|dead| transport == Transport::Ssh || !self.race_saves(dead.address))
    }

    fn who_waits(&self, transport: Transport) -> &'static str {
        let Some(first) = self.silent_first() else {
            let silent = self.dead.iter().find(|dead| dead.is_silent());
            return match silent {
                None => "clients go on to the next one at once",
                Some(dead) if sisters(dead.address, &self.alive) => {
                    "here it is not tried first, but name servers often turn the order round, and then clients wait for it"
                }
                Some(_) => "here it is not tried first, so that nobody waits for it",
            };
        };
        match (transport, self.race_saves(first.address)) {
            // Flux goes by neither, and who dials them is what `ssh_config` names.
            (Transport::Ssh, _) if self.detour.is_some() => {
                "it is tried first, and whatever goes by it without a race waits about two minutes for it"
            }
            (_, true) if self.detour.is_some() => "git over HTTPS races the families and loses 200 ms at most",
            (_, false) if self.detour.is_some() => "it is tried first: git waits for it for a minute or two",
            (Transport::Ssh, true) => {
                "OpenSSH tries one after the other and waits about two minutes for it, Flux races the families and loses \
                 300 ms"
            }
            (_, true) => "git over HTTPS and Flux race the families and lose 300 ms at most",
            (Transport::Ssh, false) => "it is tried first, and OpenSSH and Flux wait about two minutes for it",
            (_, false) => {
                "it is tried first: git waits for it for a minute or two, Flux for its share of a dial's 30 s"
            }
        }
    }

    fn remedies(&self, target: &Target) -> Vec<String> {
        let url = command::quoted(&target.url());
        // `ProxyJump` hands none of ssh's options on (ssh_config(5)).
        let configured = (self.detour.is_some() && target.transport == Transport::Ssh)
            .then_some("In ~/.ssh/config, for the host that the way begins at:");
        let to = self.detour.unwrap_or("the server");
        if let Some(family) = self.dead_family() {
            let (other, inet) = if family == Family::V6 { ("--ipv4", "inet") } else { ("--ipv6", "inet6") };
            let record = if family == Family::V6 { "AAAA" } else { "A" };
            let around = match configured {
                Some(configured) => format!("{configured} AddressFamily {inet}"),
                None => format!("git clone {other} {url}"),
            };
            return vec![
                around,
                format!(
                    "Repair {0} between here and {to}, or switch it off here if nothing else is reached over {0} either.",
                    family.name()
                ),
                format!("If others cannot reach it over {} either: take the {record} record out.", family.name()),
            ];
        }
        let dead: Vec<IpAddr> = self.dead.iter().map(|dead| dead.address).collect();
        let mut remedies = Vec::new();
        if target.transport == Transport::Ssh && self.dead.iter().any(Dead::is_silent) {
            remedies.push(match configured {
                Some(configured) => format!("{configured} ConnectTimeout 5"),
                None => format!("git -c core.sshCommand='ssh -o ConnectTimeout=5' clone {url}"),
            });
        }
        remedies.push(format!("Repair the machine behind {}, or take it out of the name's records.", list(&dead)));
        remedies
    }
}

impl Dead<'_> {
    const fn is_silent(&self) -> bool {
        matches!(self.answer, Answer::Silent { .. })
    }

    fn words(&self) -> String {
        let address = self.address;
        match self.answer {
            Answer::Silent { syns, .. } => format!("{address} answers none of {}", count(syns.into(), "SYN")),
            Answer::Refuses(one) => format!("{address} refuses connections on port {}", one.peer.port()),
            _ => format!("the way to {address} is barred"),
        }
    }

    fn evidence(&self) -> Evidence {
        let waited = time(self.one.took_us);
        self.one.shows(match self.answer {
            Answer::Silent { .. } => format!("{}: nothing came back in {waited}", self.address),
            Answer::Refuses(_) => format!("{}: the SYN was answered with RST after {waited}", self.address),
            _ => format!("{}: an error came back after {waited}", self.address),
        })
    }
}

impl Family {
    const fn of(address: IpAddr) -> Self {
        if address.is_ipv4() { Self::V4 } else { Self::V6 }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        }
    }
}

/// Whether an address of the same family answers.
fn sisters(address: IpAddr, alive: &[Try<'_>]) -> bool {
    alive.iter().any(|one| Family::of(one.peer.ip()) == Family::of(address))
}

#[cfg(test)]
mod tests;
