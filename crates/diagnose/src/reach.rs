//! What all attempts of a report to connect say of each address and of each other door, whichever probe made them. It draws
//! no conclusion beyond whether somebody answers.

use std::net::{IpAddr, SocketAddr};

use model::{ConnectAttempt, Door, Failure, FailureKind, Micros, Report, Seen, Stage};

use crate::Evidence;
use crate::sight::Sight;
use crate::trace::{Mark, Trace};

/// Every attempt of a report.
#[derive(Debug)]
pub(crate) struct Reach<'a> {
    tries: Vec<Try<'a>>,
    /// Of the way's entrance, in the resolver's order.
    addresses: Vec<IpAddr>,
}

/// One attempt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Try<'a> {
    pub(crate) peer: SocketAddr,
    pub(crate) took_us: Micros,
    pub(crate) problem: Option<&'a Failure>,
    /// SYNs that were sent; of those that nothing came back for, only as many as had time for an answer.
    pub(crate) syns: u32,
    record: Record<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Record<'a> {
    Exchange(Mark<'a>),
    Attempt(Sight<'a, ConnectAttempt>),
}

/// What is known of an address.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer<'a> {
    /// A connection stood.
    Connects(Try<'a>),
    /// RST.
    Refuses(Try<'a>),
    /// The network says that there is no way, or that it is forbidden.
    Barred(Try<'a>),
    /// This machine has no way, and sends nothing.
    NotRouted,
    /// No answer to so many SYNs, in all attempts together; the longest of them.
    Silent { syns: u32, longest: Try<'a> },
}

impl<'a> Reach<'a> {
    pub(crate) fn of(report: &'a Report) -> Self {
        let exchanges: Vec<Trace<'a>> = Trace::all(report).collect();
        // A redirect leads to another server: only the first connection goes to the entrance.
        let first = |run: &Trace<'a>| {
            let mark = run.marks().find(|mark| mark.stage() == Stage::Connect)?;
            let peer = mark.peer()?;
            let (took_us, problem) = (mark.seen.took_us, mark.problem());
            Some(Try { peer, took_us, problem, syns: syns_within(took_us), record: Record::Exchange(mark) })
        };
        let attempts = Sight::all(report, |seen| match seen {
            Seen::Connect(attempt) => Some(attempt),
            _ => None,
        });
        let attempt = |sight: Sight<'a, ConnectAttempt>| {
            let ConnectAttempt { peer, took_us, syns, problem, .. } = sight.seen;
            let silent = problem.as_ref().is_some_and(|it| matches!(it.kind, FailureKind::Stalled { .. }));
            let syns = if silent { (*syns).min(syns_with_time(*took_us)) } else { *syns };
            let record = Record::Attempt(sight);
            Try { peer: *peer, took_us: *took_us, problem: problem.as_ref(), syns, record }
        };
        let tries: Vec<Try<'a>> = exchanges.iter().filter_map(first).chain(attempts.map(attempt)).collect();
        let looked_up = exchanges.iter().flat_map(|run| run.first_addresses()).copied();
        let mut addresses: Vec<IpAddr> = Vec::new();
        for address in looked_up.chain(tries.iter().filter(|one| one.is_at_entrance()).map(|one| one.peer.ip())) {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        Self { tries, addresses }
    }

    /// Every address of the way's entrance, in the resolver's order.
    pub(crate) fn addresses(&self) -> &[IpAddr] {
        &self.addresses
    }

    /// What became of the attempts at this address of the entrance; none where there was none, or only ones that our own
    /// time cut short.
    pub(crate) fn answer(&self, address: IpAddr) -> Option<Answer<'a>> {
        let tries: Vec<Try<'a>> = self.entrance().filter(|one| one.peer.ip() == address).collect();
        let connected = tries.iter().filter(|one| one.problem.is_none()).min_by_key(|one| one.took_us);
        if let Some(connected) = connected {
            return Some(Answer::Connects(*connected));
        }
        let of_kind = |wanted: fn(&FailureKind) -> bool| {
            tries.iter().copied().filter(move |one| one.problem.is_some_and(|problem| wanted(&problem.kind)))
        };
        if let Some(refused) = of_kind(|kind| *kind == FailureKind::Refused).next() {
            return Some(Answer::Refuses(refused));
        }
        let no_way = of_kind(|kind| matches!(kind, FailureKind::Unreachable | FailureKind::Prohibited));
        let no_way: Vec<Try<'a>> = no_way.collect();
        if let Some(barred) = no_way.first() {
            let unsent = no_way.iter().any(|one| one.syns == 0);
            return Some(if unsent { Answer::NotRouted } else { Answer::Barred(*barred) });
        }
        let silent: Vec<Try<'a>> = of_kind(|kind| matches!(kind, FailureKind::Stalled { .. })).collect();
        let syns = silent.iter().map(|one| one.syns).sum();
        let longest = silent.into_iter().max_by_key(|one| one.took_us)?;
        Some(Answer::Silent { syns, longest })
    }

    /// Attempts at the way's entrance.
    pub(crate) fn entrance(&self) -> impl Iterator<Item = Try<'a>> {
        self.tries.iter().copied().filter(|one| one.is_at_entrance())
    }

    /// Whether a whole exchange was to go to this address.
    pub(crate) fn met_by_an_exchange(&self, address: IpAddr) -> bool {
        self.entrance().any(|one| one.attempt().is_none() && one.peer.ip() == address)
    }

    /// Attempts at other doors of the same host or service.
    pub(crate) fn doors(&self) -> impl Iterator<Item = Try<'a>> {
        self.tries.iter().copied().filter(|one| !one.is_at_entrance())
    }
}

impl<'a> Try<'a> {
    /// A pointer to its record, with what is to be read there.
    pub(crate) fn shows(self, what: impl Into<String>) -> Evidence {
        match self.record {
            Record::Exchange(mark) => mark.shows(what),
            Record::Attempt(sight) => sight.shows(what),
        }
    }

    /// The record of the probe that only connects, if it is one.
    pub(crate) fn attempt(self) -> Option<&'a ConnectAttempt> {
        match self.record {
            Record::Exchange(_) => None,
            Record::Attempt(sight) => Some(sight.seen),
        }
    }

    fn is_at_entrance(self) -> bool {
        self.attempt().is_none_or(|attempt| attempt.door == Door::Entrance)
    }
}

/// How many SYNs the kernel sends in that time at the least: after 0, 1, 3, 7 … s (RFC 6298, sections 2 and 5.5). From 6.5 on
/// Linux sends more: after 0, 1, 2, 3, 4, 5, 7, 11, 19 … s (`tcp_syn_linear_timeouts`).
fn syns_within(time: Micros) -> u32 {
    let whole_seconds = time.0 / 1_000_000;
    (whole_seconds + 1).ilog2() + 1
}

/// How many SYNs at the most had time for an answer when that time was over: Linux sends no more than one a second, and a path
/// may take 500 ms.
fn syns_with_time(time: Micros) -> u32 {
    let seconds = time.since(ANSWER).0 / 1_000_000;
    u32::try_from(seconds).map_or(u32::MAX, |seconds| seconds.saturating_add(1))
}

/// What the answer to a SYN may take on a usable path.
const ANSWER: Micros = Micros::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_syn_that_went_out_just_now_is_not_unanswered() {
        for (ms, syns) in [(200, 1), (1_499, 1), (1_500, 2), (2_200, 2), (4_500, 5)] {
            assert_eq!(syns_with_time(Micros::from_millis(ms)), syns, "{ms} ms");
        }
    }

    #[test]
    fn the_kernel_sends_syns_at_0_1_3_and_7_seconds() {
        for (ms, syns) in [(0, 1), (999, 1), (1_000, 2), (2_200, 2), (3_000, 3), (4_500, 3), (7_000, 4), (127_000, 8)] {
            assert_eq!(syns_within(Micros::from_millis(ms)), syns, "{ms} ms");
        }
    }
}
