//! One upload-pack run as judgement looks at it: every record with its index, so that whatever is said can point at it.

use std::net::{IpAddr, SocketAddr};

use model::{
    Advertisement, Ended, Failure, FailureKind, Measurement, Micros, PackProgress, Report, RunId, Seen, Stage,
    StageSeen, StallSnapshot, Step, Target, UploadPackParameters,
};

use crate::Evidence;

/// One run that made the exchange.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trace<'a>(pub(crate) &'a Measurement, &'a UploadPackParameters);

/// One stage's record and where it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark<'a> {
    run: RunId,
    index: usize,
    pub(crate) seen: &'a StageSeen,
}

/// A stage on which waiting was given up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stall<'a> {
    /// The stage that hung.
    pub(crate) mark: Mark<'a>,
    /// Since the last sign of life.
    pub(crate) silent_us: Micros,
    look: Option<(usize, &'a StallSnapshot)>,
}

impl<'a> Mark<'a> {
    pub(crate) const fn stage(self) -> Stage {
        self.seen.stage()
    }

    pub(crate) const fn problem(self) -> Option<&'a Failure> {
        self.seen.problem.as_ref()
    }

    /// The address of a connection attempt.
    pub(crate) const fn peer(self) -> Option<SocketAddr> {
        match self.seen.step {
            Step::Connect { peer, .. } => Some(peer),
            _ => None,
        }
    }

    /// A pointer to this record, with what is to be read there.
    pub(crate) fn shows(self, what: impl Into<String>) -> Evidence {
        Evidence { run: self.run, observation: Some(self.index), shows: what.into() }
    }
}

impl<'a> Stall<'a> {
    pub(crate) const fn stage(self) -> Stage {
        self.mark.stage()
    }

    /// The last look at the connection.
    pub(crate) fn look(self) -> Option<&'a StallSnapshot> {
        self.look.map(|(_, look)| look)
    }

    /// A pointer to the last look, or to the stage where there was none.
    pub(crate) fn shows(self, what: impl Into<String>) -> Evidence {
        let index = self.look.map_or(self.mark.index, |(index, _)| index);
        Evidence { run: self.mark.run, observation: Some(index), shows: what.into() }
    }
}

impl<'a> Trace<'a> {
    /// Every run of a report that made the exchange, in order; what other probes saw is told elsewhere (`sight`).
    pub(crate) fn all(report: &'a Report) -> impl Iterator<Item = Self> {
        let exchange =
            |measurement: &'a Measurement| Some(Self(measurement, measurement.run.parameters.upload_pack()?));
        report.measurements.iter().filter_map(exchange)
    }

    pub(crate) const fn id(self) -> RunId {
        self.0.run.id
    }

    pub(crate) const fn parameters(self) -> &'a UploadPackParameters {
        self.1
    }

    /// A pointer to the run as a whole.
    pub(crate) fn shows(self, what: impl Into<String>) -> Evidence {
        Evidence { run: self.id(), observation: None, shows: what.into() }
    }

    /// All that was seen, in order.
    pub(crate) fn seen(self) -> impl Iterator<Item = &'a Seen> {
        self.0.observations.iter().map(|observation| &observation.seen)
    }

    /// Every stage's record, in the order in which they ended.
    pub(crate) fn marks(self) -> impl DoubleEndedIterator<Item = Mark<'a>> {
        let run = self.id();
        let observations = self.0.observations.iter().enumerate();
        observations.filter_map(move |(index, observation)| Some(Mark { run, index, seen: observation.stage()? }))
    }

    /// The last record of one stage (a redirect passes some twice).
    pub(crate) fn mark(self, stage: Stage) -> Option<Mark<'a>> {
        self.marks().rev().find(|mark| mark.stage() == stage)
    }

    /// The first thing that went wrong: what a client that does not go on would have died of.
    pub(crate) fn first_problem(self) -> Option<(Mark<'a>, &'a Failure)> {
        self.marks().find_map(|mark| Some((mark, mark.problem()?)))
    }

    /// The first record whose problem is of such a kind.
    pub(crate) fn problem(self, kind: impl Fn(&FailureKind) -> bool) -> Option<(Mark<'a>, &'a Failure)> {
        self.marks().find_map(|mark| Some((mark, mark.problem().filter(|problem| kind(&problem.kind))?)))
    }

    /// The stage on which waiting was given up, if that is how it ended.
    pub(crate) fn stall(self) -> Option<Stall<'a>> {
        let (mark, silent_us) = self.marks().rev().find_map(|mark| match mark.problem()?.kind {
            FailureKind::Stalled { silent_us } => Some((mark, silent_us)),
            _ => None,
        })?;
        let look =
            self.0.observations.iter().enumerate().rev().find_map(|(index, observation)| match &observation.seen {
                Seen::Stall(look) if look.during == mark.stage() => Some((index, look)),
                _ => None,
            });
        Some(Stall { mark, silent_us, look })
    }

    /// True when this stage ended well here.
    pub(crate) fn passed(self, stage: Stage) -> bool {
        let later = |mark: Mark<'_>| mark.stage() > stage || mark.stage() == stage && mark.problem().is_none();
        self.marks().any(later)
    }

    /// True when all that was wanted of it went well.
    pub(crate) const fn went_well(self) -> bool {
        matches!(self.0.ended, Ended::Complete | Ended::Cut { .. })
    }

    /// The server's address, once it was known.
    pub(crate) fn peer(self) -> Option<SocketAddr> {
        self.mark(Stage::Connect)?.peer()
    }

    /// The address in force: the one that was tried, else the one that was asked for.
    pub(crate) fn address(self) -> Option<IpAddr> {
        self.peer().map(|peer| peer.ip()).or(self.parameters().address)
    }

    /// What stands between here and the server where the way began at another name or address than the target's: a
    /// proxy, a jump host, the `HostName` of an alias. None where the target itself was looked up.
    pub(crate) fn detour(self, target: &Target) -> Option<&'a str> {
        let mark = self.mark(Stage::Resolve)?;
        match &mark.seen.step {
            Step::Resolve { host, .. } if !host.eq_ignore_ascii_case(&target.host) => Some(host),
            _ => None,
        }
    }

    /// The same in words: ` (on the way to git.example)`. Empty where there is no detour.
    pub(crate) fn on_the_way(self, target: &Target) -> String {
        self.detour(target).map_or_else(String::new, |_| format!(" (on the way to {})", target.host))
    }

    /// What was connected to, as a reader knows it: the address, and the name where it is not the target's.
    pub(crate) fn called(self, target: &Target, address: IpAddr) -> String {
        match self.detour(target).filter(|name| name.parse::<IpAddr>().is_err()) {
            Some(name) => format!("{name} ({address})"),
            None => address.to_string(),
        }
    }

    /// The same of the first name, where a redirect led to another one.
    pub(crate) fn first_addresses(self) -> &'a [IpAddr] {
        match self.marks().find(|mark| mark.stage() == Stage::Resolve).map(|mark| &mark.seen.step) {
            Some(Step::Resolve { addresses, .. }) => addresses,
            _ => &[],
        }
    }

    /// Every address of the name, in the resolver's order.
    pub(crate) fn addresses(self) -> &'a [IpAddr] {
        match self.mark(Stage::Resolve).map(|mark| &mark.seen.step) {
            Some(Step::Resolve { addresses, .. }) => addresses,
            _ => &[],
        }
    }

    pub(crate) fn advertisement(self) -> Option<(Mark<'a>, &'a Advertisement)> {
        let mark = self.mark(Stage::AdvertisementTransfer)?;
        match &mark.seen.step {
            Step::AdvertisementTransfer(advertisement) => Some((mark, advertisement)),
            _ => None,
        }
    }

    pub(crate) fn pack(self) -> Option<(Mark<'a>, &'a PackProgress)> {
        let mark = self.mark(Stage::PackTransfer)?;
        match &mark.seen.step {
            Step::PackTransfer(pack) => Some((mark, pack)),
            _ => None,
        }
    }

    /// From the request to the first pack byte: how long the server took, and how often it said that it is alive.
    pub(crate) fn server_wait(self) -> Option<ServerWait<'a>> {
        let first = self.mark(Stage::FirstPacket);
        let start = self.mark(Stage::PackStart);
        let mark = start.or(first)?;
        let took = |mark: Option<Mark<'_>>| mark.map_or(Micros(0), |mark| mark.seen.took_us);
        let (keepalives, progress) = match mark.seen.step {
            Step::PackStart { keepalives, progress_packets, .. } => (keepalives, progress_packets),
            _ => (0, 0),
        };
        Some(ServerWait { mark, took_us: took(first) + took(start), keepalives, progress_packets: progress })
    }

    /// Segments that the kernel saw arrive were at least once this large, in bytes of payload. Below its first guess of
    /// 536 bytes (RFC 9293 §3.7.1) the kernel's figure says nothing, and so does this.
    pub(crate) fn largest_segment(self) -> Option<(Mark<'a>, u32)> {
        let sized = self.marks().filter_map(|mark| Some((mark, mark.seen.tcp?.rcv_mss_bytes)));
        sized.filter(|(_, bytes)| *bytes > 536).max_by_key(|(_, bytes)| *bytes)
    }

    /// A segment as large as this side said it takes: nothing larger can be on its way to here. One that is only large
    /// proves less, as the hole may begin right above it.
    pub(crate) fn full_size_segment(self) -> Option<(Mark<'a>, u32)> {
        let sized = self.marks().filter_map(|mark| Some((mark, mark.seen.tcp?)));
        let mut full =
            sized.filter(|(_, tcp)| tcp.advertised_mss_bytes > 0 && tcp.rcv_mss_bytes >= tcp.advertised_mss_bytes);
        full.next().map(|(mark, tcp)| (mark, tcp.rcv_mss_bytes))
    }
}

/// The wait between request and pack.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ServerWait<'a> {
    /// The record that ends it.
    pub(crate) mark: Mark<'a>,
    /// Both stages together.
    pub(crate) took_us: Micros,
    /// Empty packets: alive and computing.
    pub(crate) keepalives: u32,
    /// Packets with progress text.
    pub(crate) progress_packets: u32,
}

/// What the other side, a library or the kernel said of a failure, as the end of a sentence; nothing if it said nothing.
pub(crate) fn said(failure: &Failure) -> String {
    // Rust's own words end in the number, which says nothing to people.
    let number = failure.errno.map(|errno| format!(" (os error {errno})")).unwrap_or_default();
    let text = failure.text.as_str();
    let text = text.strip_suffix(number.as_str()).unwrap_or(text).trim_end_matches('.');
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

/// True for failures that are only ours and say nothing of the network: the budget, the user.
pub(crate) const fn is_ours(kind: &FailureKind) -> bool {
    matches!(kind, FailureKind::OutOfTime | FailureKind::Cancelled)
}
