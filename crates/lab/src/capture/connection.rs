//! A TCP connection out of its packets: what either side could read, and when.

use std::collections::BTreeMap;

use super::{Content, Moment, Packet, Tcp};

/// A connection that was opened while somebody watched.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The first SYN.
    pub syn: Moment,
    /// The answer to it.
    pub syn_ack: Moment,
    /// What the client sent.
    pub client: Stream,
    /// What the server sent before the client ended the connection: an answer to that is nobody's any more.
    pub server: Stream,
}

/// The bytes of one direction in their order, each with the moment from which on nothing before it was missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stream {
    bytes: Vec<u8>,
    /// Where each piece ends, and when it came.
    pieces: Vec<(usize, Moment)>,
}

/// A time in which one side said nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Silence {
    /// Its last bytes before.
    pub from: Moment,
    /// Its first bytes after.
    pub until: Moment,
}

impl Connection {
    /// The first connection to this port.
    pub fn first_to(packets: &[Packet], port: u16) -> Option<Self> {
        let segments = || packets.iter().filter_map(|packet| Some((packet, packet.tcp()?)));
        let (opening, syn) = segments().find(|(packet, tcp)| packet.to.port() == port && tcp.syn && !tcp.ack)?;
        let (client, server) = (opening.from, opening.to);
        let sent = || segments().filter(move |(packet, _)| (packet.from, packet.to) == (client, server));
        let received = || segments().filter(move |(packet, _)| (packet.from, packet.to) == (server, client));
        let (answer, syn_ack) = received().find(|(_, tcp)| tcp.syn && tcp.ack)?;
        let end = sent().find(|(_, tcp)| tcp.ends).map(|(packet, _)| packet.at);
        let in_time = |(packet, _): &(&Packet, &Tcp)| end.is_none_or(|end| packet.at <= end);
        Some(Self {
            syn: opening.at,
            syn_ack: answer.at,
            client: Stream::of(syn.sequence, sent().map(|(packet, tcp)| (packet.at, tcp))),
            server: Stream::of(syn_ack.sequence, received().filter(in_time).map(|(packet, tcp)| (packet.at, tcp))),
        })
    }
}

impl Stream {
    /// `initial` is the SYN's number.
    fn of<'a>(initial: u32, segments: impl Iterator<Item = (Moment, &'a Tcp)>) -> Self {
        let (mut stream, mut early) = (Self::default(), BTreeMap::new());
        for (at, segment) in segments.filter(|(_, segment)| !segment.syn && !segment.payload.is_empty()) {
            let offset = segment.sequence.wrapping_sub(initial.wrapping_add(1));
            early.entry(offset as usize).or_insert(segment.payload.as_slice());
            while let Some((offset, payload)) = early.first_key_value().map(|(offset, payload)| (*offset, *payload)) {
                if offset > stream.bytes.len() {
                    break;
                }
                early.remove(&offset);
                // Empty for what was sent again.
                let fresh = payload.get(stream.bytes.len() - offset..).unwrap_or_default();
                stream.take(at, fresh);
            }
        }
        stream
    }

    pub(super) fn take(&mut self, at: Moment, fresh: &[u8]) {
        if !fresh.is_empty() {
            self.bytes.extend(fresh);
            self.pieces.push((self.bytes.len(), at));
        }
    }

    /// All of them.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// When the byte with this offset was there.
    pub fn at(&self, offset: usize) -> Option<Moment> {
        self.pieces.get(self.pieces.partition_point(|(end, _)| *end <= offset)).map(|(_, at)| *at)
    }

    /// When the last byte was there.
    pub fn end(&self) -> Option<Moment> {
        self.pieces.last().map(|(_, at)| *at)
    }

    /// The last bytes before a moment.
    pub fn last_before(&self, moment: Moment) -> Option<Moment> {
        self.pieces.iter().map(|(_, at)| *at).rfind(|at| *at < moment)
    }

    /// The two longest silences, the earlier one first.
    pub fn two_longest_silences(&self) -> Option<[Silence; 2]> {
        let pairs = self.pieces.iter().zip(self.pieces.iter().skip(1));
        let mut silences: Vec<Silence> =
            pairs.map(|((_, from), (_, until))| Silence { from: *from, until: *until }).collect();
        silences.sort_by(|one, other| other.length_ms().total_cmp(&one.length_ms()));
        let mut two: [Silence; 2] = *silences.first_chunk()?;
        two.sort_by_key(|silence| silence.from);
        Some(two)
    }
}

impl Silence {
    /// In milliseconds.
    pub fn length_ms(&self) -> f64 {
        self.until.ms_since(self.from)
    }
}

impl Packet {
    fn tcp(&self) -> Option<&Tcp> {
        match &self.content {
            Content::Tcp(tcp) => Some(tcp),
            Content::Udp(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u32) -> Moment {
        Moment::new(1, ms * 1_000_000)
    }

    fn packet(ms: u32, up: bool, sequence: u32, flags: &str, payload: &str) -> Packet {
        let ends = ("198.18.0.2:40000".parse().unwrap(), "198.18.2.2:22".parse().unwrap());
        let (from, to) = if up { ends } else { (ends.1, ends.0) };
        let tcp = Tcp {
            sequence,
            syn: flags.contains('S'),
            ack: flags.contains('A'),
            ends: flags.contains('F'),
            payload: payload.into(),
        };
        Packet { at: at(ms), from, to, content: Content::Tcp(tcp) }
    }

    #[test]
    fn a_connection_has_both_directions_and_nothing_behind_the_clients_end() {
        let packets = [
            packet(0, true, 100, "S", ""),
            packet(20, false, u32::MAX, "SA", ""),
            packet(40, false, 0, "A", "hello"),
            packet(41, true, 101, "A", "hi"),
            packet(60, false, 5, "A", " world"),
            packet(61, true, 103, "AF", ""),
            packet(80, false, 11, "A", "too late"),
        ];
        let connection = Connection::first_to(&packets, 22).unwrap();
        assert_eq!((connection.syn, connection.syn_ack), (at(0), at(20)));
        assert_eq!((connection.client.bytes(), connection.server.bytes()), (&b"hi"[..], &b"hello world"[..]));
        assert_eq!((connection.server.at(4), connection.server.at(5)), (Some(at(40)), Some(at(60))));
        assert_eq!((connection.server.at(11), connection.server.end()), (None, Some(at(60))));
        assert_eq!(connection.server.last_before(at(60)), Some(at(40)));
        assert!(Connection::first_to(&packets, 443).is_none());
    }

    #[test]
    fn bytes_count_from_when_nothing_before_them_is_missing_and_only_once() {
        let packets = [
            packet(0, true, 0, "S", ""),
            packet(1, false, 0, "SA", ""),
            packet(2, false, 1, "A", "ab"),
            packet(3, false, 5, "A", "ef"),
            packet(4, false, 1, "A", "ab"),
            packet(9, false, 2, "A", "bcd"),
        ];
        let server = Connection::first_to(&packets, 22).unwrap().server;
        assert_eq!(server.bytes(), b"abcdef");
        assert_eq!((server.at(1), server.at(2), server.at(5)), (Some(at(2)), Some(at(9)), Some(at(9))));
    }

    #[test]
    fn the_two_longest_silences_are_in_their_order() {
        let mut stream = Stream::default();
        for (number, ms) in [0, 10, 400, 420, 700, 705].into_iter().enumerate() {
            stream.take(at(ms), &number.to_be_bytes());
        }
        let silences = stream.two_longest_silences().unwrap();
        assert_eq!(silences.map(|silence| silence.until), [at(400), at(700)]);
        assert!(Stream::default().two_longest_silences().is_none());
    }
}
