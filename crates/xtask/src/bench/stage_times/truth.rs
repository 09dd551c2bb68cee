//! What the times of a run must have been, told by everybody but netprobe.

use std::time::Duration;

use anyhow::{Context as _, Result};
use lab::capture::{Connection, Moment, Packet, SshHandshake, TlsHandshake, look_up};
use lab::git_trace::GitTrace;
use model::{Stage, Transport};

/// From the beginning of one stage to the end of another, or of the same one.
pub(super) struct Span {
    pub(super) name: String,
    pub(super) first: Stage,
    pub(super) last: Stage,
    /// How long it took in truth, in milliseconds.
    pub(super) truth_ms: f64,
    /// How many of the server's pauses are in it.
    pub(super) pauses: u8,
}

/// Every span that there is a witness of. What git wrote on the server was with the client `one_way` later.
pub(super) fn spans(
    packets: &[Packet],
    trace: &GitTrace,
    one_way: Duration,
    transport: Transport,
) -> Result<Vec<Span>> {
    let connection = Connection::first_to(packets, transport.default_port()).context("a capture without connection")?;
    let look_up = look_up(packets, connection.syn).context("a capture without look-up")?;
    let [before_refs, before_pack] =
        connection.server.two_longest_silences().context("the server hardly said anything")?;
    let last_byte = connection.server.end().context("the server said nothing")?;
    let served = trace.take(connection.syn)?;
    let seen = |written: Moment| written.later_by(one_way);
    let response = seen(served.response);
    let request_sent = connection.client.last_before(response).context("the client said nothing")?;
    let shallow = seen(served.shallow.context("no depth was asked for")?);
    let (advertisement, advertised) = (seen(served.advertisement), seen(served.advertised));
    let (acknowledged, pack) = (seen(served.acknowledged), seen(served.pack));

    let mut spans = vec![
        Span::of(Stage::Resolve, look_up.asked, look_up.answered),
        Span::of(Stage::Connect, connection.syn, connection.syn_ack),
    ];
    let ready = match transport {
        Transport::Ssh => {
            let seen = SshHandshake::read(&connection).context("a capture without SSH handshake")?;
            let started = before_refs.from;
            spans.push(Span::of(Stage::Greeting, connection.syn_ack, seen.greeted));
            spans.push(Span::of(Stage::KeyExchange, seen.key_exchange_begun, seen.keys_agreed));
            spans.push(Span::over([Stage::Authenticate, Stage::Exec], seen.keys_agreed, started));
            started
        }
        Transport::Https | Transport::Http => {
            let seen = TlsHandshake::read(&connection).context("a capture without TLS 1.3 handshake")?;
            spans.push(Span::of(Stage::Tls, seen.begun, seen.finished));
            seen.finished
        }
    };
    spans.extend([
        Span::of(Stage::AdvertisementWait, ready, advertisement).by_trace().with_pauses(1),
        Span::of(Stage::AdvertisementTransfer, advertisement, advertised).by_trace(),
        Span::of(Stage::Request, advertised, request_sent).by_trace(),
        Span::of(Stage::ResponseWait, request_sent, response).by_trace(),
        Span::of(Stage::ShallowList, response, shallow).by_trace(),
        Span::of(Stage::Acknowledgment, shallow, acknowledged).by_trace(),
        Span::over([Stage::FirstPacket, Stage::PackStart], acknowledged, pack).by_trace().with_pauses(1),
        Span::over([Stage::PackTransfer, Stage::End], pack, last_byte).by_trace(),
        Span::over([Stage::Connect, Stage::AdvertisementWait], connection.syn, before_refs.until)
            .called("SYN to first byte")
            .with_pauses(1),
        Span::over([Stage::Connect, Stage::PackStart], connection.syn, before_pack.until)
            .called("SYN to first byte of the pack")
            .with_pauses(2),
        Span::over([Stage::Connect, Stage::End], connection.syn, last_byte).called("SYN to last byte").with_pauses(2),
    ]);
    Ok(spans)
}

impl Span {
    fn of(stage: Stage, from: Moment, until: Moment) -> Self {
        Self { name: stage.words().to_owned(), ..Self::over([stage; 2], from, until) }
    }

    fn over([first, last]: [Stage; 2], from: Moment, until: Moment) -> Self {
        let name = format!("{}, {}", first.words(), last.words());
        Self { name, first, last, truth_ms: until.ms_since(from), pauses: 0 }
    }

    fn called(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    fn with_pauses(self, pauses: u8) -> Self {
        Self { pauses, ..self }
    }

    /// git's trace is at least at one of its ends.
    fn by_trace(self) -> Self {
        Self { name: format!("{} (git)", self.name), ..self }
    }
}
