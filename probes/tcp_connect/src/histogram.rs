//! Round trips of repeated connects, counted in a form in which those of several reports can be added up.

use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer, V2Serializer};
use model::{Micros, RttHistogram, TcpHandshake};

pub(crate) struct RoundTrips {
    peer: SocketAddr,
    /// None where the bounds below made no sense to the library.
    counts: Option<Histogram<u64>>,
}

impl RoundTrips {
    pub(crate) fn new(peer: SocketAddr) -> Self {
        Self { peer, counts: Histogram::new_with_bounds(1, LONGEST_US, DIGITS).ok() }
    }

    /// Takes in what the kernel measured; nothing where it did not.
    pub(crate) fn add(&mut self, handshake: Option<TcpHandshake>) {
        let rtt_us = handshake.map_or(0, |handshake| handshake.rtt_us);
        if let Some(counts) = self.counts.as_mut().filter(|_| rtt_us > 0) {
            counts.saturating_record(u64::from(rtt_us));
        }
    }

    /// All of them, once there is more than one.
    pub(crate) fn seen(&self) -> Option<RttHistogram> {
        let counts = self.counts.as_ref().filter(|counts| counts.len() > 1)?;
        let mut serialised = Vec::new();
        V2Serializer::new().serialize(counts, &mut serialised).ok()?;
        Some(RttHistogram {
            peer: self.peer,
            count: counts.len(),
            p50_us: Micros(counts.value_at_quantile(0.5)),
            p90_us: Micros(counts.value_at_quantile(0.9)),
            max_us: Micros(counts.max()),
            hdr_v2_base64: STANDARD.encode(serialised),
        })
    }
}

/// The kernel gives a connection up after two minutes.
const LONGEST_US: u64 = 130_000_000;

/// Significant digits that are kept: a round trip is not the same to the fourth one twice.
const DIGITS: u8 = 3;

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use hdrhistogram::serialization::Deserializer;

    use super::*;

    fn handshake(rtt_us: u32) -> TcpHandshake {
        TcpHandshake { rtt_us, advertised_mss_bytes: 1_448, snd_mss_bytes: 1_448, path_mtu_bytes: 1_500 }
    }

    fn told(rtts: &[u32]) -> Option<RttHistogram> {
        let mut round_trips = RoundTrips::new("192.0.2.1:22".parse().unwrap());
        for rtt in rtts {
            round_trips.add(Some(handshake(*rtt)));
        }
        round_trips.add(None);
        round_trips.seen()
    }

    #[test]
    fn quantiles_are_to_three_digits_and_what_was_not_measured_does_not_count() {
        let seen = told(&[20_000, 20_100, 20_200, 0, 90_000]).unwrap();
        let near = |value: Micros, expected: u64| value.0.abs_diff(expected) * 1_000 <= expected;
        assert_eq!(seen.count, 4);
        assert!(near(seen.p50_us, 20_100) && near(seen.p90_us, 90_000) && near(seen.max_us, 90_000), "{seen:?}");
        assert_eq!(told(&[20_000]), None, "one is no distribution");
    }

    #[test]
    fn two_reports_add_up() {
        let read = |seen: RttHistogram| -> Histogram<u64> {
            let bytes = STANDARD.decode(seen.hdr_v2_base64).unwrap();
            Deserializer::new().deserialize(&mut Cursor::new(bytes)).unwrap()
        };
        let mut both = read(told(&[20_000, 20_000]).unwrap());
        both.add(read(told(&[40_000, 40_000, 40_000]).unwrap())).unwrap();
        assert_eq!((both.len(), both.equivalent(both.value_at_quantile(0.5), 40_000)), (5, true));
    }
}
