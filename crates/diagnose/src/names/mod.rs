//! What the name servers said, server by server and name by name, for the look-up that a run began with. It judges
//! nothing; what Go makes of the same answers is in [`go`].

pub(crate) mod go;

use std::net::{IpAddr, SocketAddr};

use model::{DnsCode, DnsOutcome, DnsQuery, DnsRecord, DnsTransport, Micros, Report, Resolver, Seen, Stage, Step};

use crate::Evidence;
use crate::figures::time;
use crate::sight::Sight;
use crate::trace::Trace;

/// One survey of the name servers.
#[derive(Debug, Clone)]
pub(crate) struct Names<'a> {
    /// How names are looked up there.
    pub(crate) resolver: &'a Resolver,
    queries: Vec<Sight<'a, DnsQuery>>,
}

/// One name server in it.
#[derive(Debug, Clone)]
pub(crate) struct Server<'a> {
    pub(crate) address: SocketAddr,
    /// Its place in the order of asking, from 0.
    pub(crate) place: usize,
    /// What it was asked in the first round.
    pub(crate) queries: Vec<Sight<'a, DnsQuery>>,
}

/// How a server stands to what it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It says what there is or is not; the slowest answer took this long.
    Answers(Micros),
    /// It answers that it cannot or will not.
    Declines(DnsCode),
    /// Its answers do not fit into a datagram, and over TCP it gives none.
    OnlyTruncated,
    /// Nobody listens there.
    Refuses,
    /// Nothing came over UDP for this long, however often it was asked.
    Silent(Micros),
    /// The same, and over TCP it answers.
    SilentOverUdp(Micros),
    /// It could not be asked, what came was nonsense, or it stands differently to different questions.
    Otherwise,
}

impl<'a> Names<'a> {
    /// The survey for the name that this run looked up; none where no server was asked for it.
    pub(crate) fn of(report: &'a Report, run: Trace<'_>) -> Option<Self> {
        let mark = run.mark(Stage::Resolve)?;
        let Step::Resolve { host, .. } = &mark.seen.step else { return None };
        let resolvers = Sight::all(report, |seen| match seen {
            Seen::Resolver(resolver) => Some(resolver),
            _ => None,
        });
        let same = |name: &str| name.trim_end_matches('.').eq_ignore_ascii_case(host.trim_end_matches('.'));
        let surveys = resolvers.filter(|survey| same(&survey.seen.host)).map(|survey| {
            let queries = Sight::of(survey.within, |seen| match seen {
                Seen::DnsQuery(query) => Some(query),
                _ => None,
            });
            Self { resolver: survey.seen, queries: queries.collect() }
        });
        // A thorough one asks all of it again, and more; one that was cut short says less.
        surveys.filter(|survey| !survey.queries.is_empty()).max_by_key(|survey| survey.queries.len())
    }

    /// In the order of asking.
    pub(crate) fn servers(&self) -> Vec<Server<'a>> {
        let server = |(place, address): (usize, &SocketAddr)| Server {
            address: *address,
            place,
            queries: self.first_round().filter(|query| query.seen.server == *address).collect(),
        };
        self.resolver.servers.iter().enumerate().map(server).filter(|server| !server.queries.is_empty()).collect()
    }

    /// Each question as it was put first, and what followed from it.
    pub(crate) fn first_round(&self) -> impl Iterator<Item = Sight<'a, DnsQuery>> + '_ {
        self.queries.iter().copied().filter(|query| query.seen.round == 0)
    }

    /// The rounds behind it: A and AAAA together from one socket, and A over TCP.
    pub(crate) fn later_rounds(&self) -> impl Iterator<Item = Sight<'a, DnsQuery>> + '_ {
        self.queries.iter().copied().filter(|query| query.seen.round > 0)
    }

    /// One question of the first round.
    fn asked(
        &self,
        server: SocketAddr,
        name: &str,
        record: DnsRecord,
        over: DnsTransport,
    ) -> Option<Sight<'a, DnsQuery>> {
        let about = |query: &DnsQuery| query.server == server && query.record == record && query.over == over;
        self.first_round().find(|query| about(query.seen) && query.seen.name == name)
    }

    /// The name as it stands, with its final dot.
    pub(crate) fn own_name(&self) -> String {
        self.resolver.as_it_is()
    }
}

impl<'a> Server<'a> {
    /// What it was asked over UDP, or over TCP where the resolver never uses UDP.
    pub(crate) fn questions(&self) -> impl Iterator<Item = Sight<'a, DnsQuery>> + '_ {
        let udp = self.queries.iter().any(|query| query.seen.over == DnsTransport::Udp);
        let over = if udp { DnsTransport::Udp } else { DnsTransport::Tcp };
        self.queries.iter().copied().filter(move |query| query.seen.over == over)
    }

    pub(crate) fn standing(&self) -> Standing {
        let all = |what: &dyn Fn(&DnsQuery) -> bool| self.questions().all(|query| what(query.seen));
        let tcp = || self.queries.iter().filter(|query| query.seen.over == DnsTransport::Tcp);
        let longest = || self.questions().map(|query| query.seen.took_us).max().unwrap_or_default();
        let truncated = |query: &DnsQuery| query.answer().is_some_and(|answer| answer.truncated);
        let declines = |query: &DnsQuery| query.answer().map(|answer| answer.code).filter(|code| !settles(*code));
        if self.queries.is_empty() {
            Standing::Otherwise
        } else if all(&|query| query.outcome == DnsOutcome::Silent) {
            let answers = tcp().any(|query| query.seen.answer().is_some());
            if answers { Standing::SilentOverUdp(longest()) } else { Standing::Silent(longest()) }
        } else if all(&|query| query.outcome == DnsOutcome::Refused) {
            Standing::Refuses
        } else if all(&truncated) && tcp().all(|query| query.seen.answer().is_none()) {
            Standing::OnlyTruncated
        } else if all(&|query| query.answer().is_some_and(|answer| settles(answer.code))) {
            Standing::Answers(self.queries.iter().map(|query| query.seen.took_us).max().unwrap_or_default())
        } else {
            // What is outside its zones a server may refuse; what it says of the name itself counts.
            let mut codes = self.questions().map(|query| declines(query.seen));
            match codes.next() {
                Some(Some(first)) if codes.all(|code| code == Some(first)) => Standing::Declines(first),
                _ => Standing::Otherwise,
            }
        }
    }

    /// The addresses that it has for a name, of both kinds.
    pub(crate) fn addresses(&self, name: &str) -> Vec<IpAddr> {
        let answers =
            self.queries.iter().filter(|query| query.seen.name == name).filter_map(|query| query.seen.answer());
        let mut addresses: Vec<IpAddr> = answers.flat_map(|answer| answer.addresses.iter().copied()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        addresses
    }

    /// True where it says of a name, in every answer, that there is nothing.
    pub(crate) fn denies(&self, name: &str) -> bool {
        let mut asked = self.questions().filter(|query| query.seen.name == name).peekable();
        let nothing = |query: &DnsQuery| {
            query
                .answer()
                .is_some_and(|answer| settles(answer.code) && answer.addresses.is_empty() && !answer.truncated)
        };
        asked.peek().is_some() && asked.all(|query| nothing(query.seen))
    }

    /// `the first of 2 name servers, 10.0.0.1`, or `the name server 10.0.0.1`.
    pub(crate) fn called(&self, names: &Names<'_>) -> String {
        let address = shown(self.address);
        match (self.place, names.resolver.servers.len()) {
            (_, 0 | 1) => format!("the name server {address}"),
            (0, all) => format!("the first of {all} name servers, {address},"),
            (1, all) => format!("the second of {all} name servers, {address},"),
            (_, all) => format!("the third of {all} name servers, {address},"),
        }
    }

    /// A pointer to what tells most of how it stands.
    pub(crate) fn shows(&self) -> Option<Evidence> {
        let telling = self.queries.iter().max_by_key(|query| (query.seen.answer().is_none(), query.seen.took_us))?;
        Some(telling.shows(words(telling.seen)))
    }
}

/// One question and its outcome: `A git.example. of 10.0.0.1 over UDP: NXDOMAIN after 1.2 ms`.
pub(crate) fn words(query: &DnsQuery) -> String {
    let over = match query.over {
        DnsTransport::Udp => "UDP",
        DnsTransport::Tcp => "TCP",
    };
    let took = time(query.took_us);
    let outcome = match &query.outcome {
        DnsOutcome::Answer(answer) if answer.truncated => format!("a truncated answer after {took}"),
        DnsOutcome::Answer(answer) if answer.addresses.is_empty() && answer.code == DnsCode::NO_ERROR => {
            format!("the name has none, after {took}")
        }
        DnsOutcome::Answer(answer) if answer.addresses.is_empty() => format!("{} after {took}", answer.code),
        DnsOutcome::Answer(answer) => format!("{} after {took}", crate::figures::list(&answer.addresses)),
        DnsOutcome::Silent if query.datagrams > 1 => format!("no answer in {took} to {} datagrams", query.datagrams),
        DnsOutcome::Silent => format!("no answer in {took}"),
        DnsOutcome::Refused => "nobody listens there".to_owned(),
        DnsOutcome::Failed { problem } => format!("it could not be asked{}", crate::trace::said(problem)),
        DnsOutcome::Malformed { text } => format!("what came is no answer: {text}"),
    };
    format!("{} {} asked of {} over {over}: {outcome}", query.record, query.name, shown(query.server))
}

/// Port 53 goes without saying.
pub(crate) fn shown(server: SocketAddr) -> String {
    if server.port() == 53 { server.ip().to_string() } else { server.to_string() }
}

/// The server knows what there is; with any other code resolvers go on to the next one.
pub(crate) fn settles(code: DnsCode) -> bool {
    matches!(code, DnsCode::NO_ERROR | DnsCode::NO_SUCH_NAME)
}

#[cfg(test)]
mod tests {
    use model::{DnsParameters, Parameters};

    use super::*;
    use crate::samples::names::{FIRST, Survey, has};
    use crate::samples::{Story, Telling, V4};

    #[test]
    fn of_two_surveys_the_one_that_says_more_counts() {
        let surveyed = |answers: [u64; 2]| {
            let story = Story::ssh().run(Telling::complete);
            let report = answers.into_iter().fold(story, |story, answers| {
                let patience_us = Micros::from_secs(5);
                let asked = DnsParameters { rounds: 1, patience_us, company_patience_us: patience_us };
                let survey = (0..answers)
                    .fold(Survey::of(&[FIRST]), |survey, ms| survey.both(FIRST, "git.example.", ms, &has(&[V4])));
                story.around(Parameters::Dns(asked), survey.seen())
            });
            let report = report.done();
            let run = Trace::all(&report).next().unwrap();
            Names::of(&report, run).map(|names| names.queries.len())
        };
        assert_eq!([surveyed([1, 10]), surveyed([1, 0]), surveyed([0, 0])], [Some(20), Some(2), None]);
    }
}
