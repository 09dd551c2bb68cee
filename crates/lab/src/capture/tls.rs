//! The part of TLS 1.3 that is in the clear: which record is of which kind (RFC 8446, section 5.1).

use super::{Connection, Moment};

/// When what was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TlsHandshake {
    /// The `ClientHello`.
    pub begun: Moment,
    /// The client's first encrypted record: its `Finished`, with which the handshake is over for it.
    pub finished: Moment,
}

impl TlsHandshake {
    /// In a connection of TLS 1.3 that got that far without a second `ClientHello`. In older versions the client's
    /// `Finished` is a record of another kind, and not the end of the handshake.
    pub fn read(connection: &Connection) -> Option<Self> {
        let stream = &connection.client;
        let mut records = records(stream.bytes()).filter(|(kind, _)| *kind != CHANGE_CIPHER_SPEC);
        let ((HANDSHAKE, hello), (APPLICATION_DATA, finished)) = (records.next()?, records.next()?) else {
            return None;
        };
        Some(Self { begun: stream.at(hello)?, finished: stream.at(finished)? })
    }
}

/// Kind and offset of each record whose header is there.
fn records(bytes: &[u8]) -> impl Iterator<Item = (u8, usize)> {
    let mut next = 0_usize;
    std::iter::from_fn(move || {
        let [kind, _, _, high, low] = *bytes.get(next..)?.first_chunk::<5>()?;
        let at = next;
        next += 5 + usize::from(u16::from_be_bytes([high, low]));
        Some((kind, at))
    })
}

const CHANGE_CIPHER_SPEC: u8 = 20;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;

#[cfg(test)]
mod tests {
    use super::super::Stream;
    use super::*;

    fn record(kind: u8, length: u8) -> Vec<u8> {
        [&[kind, 3, 3, 0, length][..], &vec![0; length.into()]].concat()
    }

    fn connection(client: &[(u32, Vec<u8>)]) -> Connection {
        let mut stream = Stream::default();
        for (at, bytes) in client {
            stream.take(Moment::new(0, *at), bytes);
        }
        let (syn, syn_ack) = (Moment::new(0, 0), Moment::new(0, 1));
        Connection { syn, syn_ack, client: stream, server: Stream::default() }
    }

    #[test]
    fn the_end_is_the_first_encrypted_record_and_not_what_goes_before_it_in_the_clear() {
        let hello = record(22, 200);
        let (head, tail) = hello.split_at(100);
        let flights =
            [(2, head.to_vec()), (3, tail.to_vec()), (4, record(20, 1)), (9, record(23, 69)), (10, record(23, 40))];
        let expected = TlsHandshake { begun: Moment::new(0, 2), finished: Moment::new(0, 9) };
        assert_eq!(TlsHandshake::read(&connection(&flights)), Some(expected));
    }

    #[test]
    fn older_versions_and_other_protocols_are_refused() {
        let older = [(2, record(22, 200)), (9, record(22, 70)), (9, record(20, 1)), (9, record(22, 40))];
        assert_eq!(TlsHandshake::read(&connection(&older)), None);
        assert_eq!(TlsHandshake::read(&connection(&[(2, b"GET / HTTP/1.1\r\n".to_vec())])), None);
        assert_eq!(TlsHandshake::read(&connection(&[])), None);
    }
}
