//! The part of SSH that is in the clear: greetings and key exchange (RFC 4253, sections 4.2, 6 and 7).

use super::{Connection, Moment, Stream};

/// When what was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SshHandshake {
    /// The end of the server's identification line.
    pub greeted: Moment,
    /// The first byte of the client's KEXINIT.
    pub key_exchange_begun: Moment,
    /// The last byte of the server's NEWKEYS.
    pub keys_agreed: Moment,
}

impl SshHandshake {
    /// In a connection that got that far.
    pub fn read(connection: &Connection) -> Option<Self> {
        let (client, server) = (&connection.client, &connection.server);
        let begun = packets(client)?.find(|packet| packet.message == KEXINIT)?;
        let agreed = packets(server)?.find(|packet| packet.message == NEWKEYS)?;
        Some(Self {
            greeted: server.at(identification_end(server.bytes())?.checked_sub(1)?)?,
            key_exchange_begun: client.at(begun.from)?,
            keys_agreed: server.at(agreed.until.checked_sub(1)?)?,
        })
    }
}

/// A binary packet without encryption and MAC.
struct BinaryPacket {
    message: u8,
    from: usize,
    until: usize,
}

/// Up to and with NEWKEYS, behind which nobody can read on.
fn packets(stream: &Stream) -> Option<impl Iterator<Item = BinaryPacket>> {
    let bytes = stream.bytes();
    let mut next = Some(identification_end(bytes)?);
    Some(std::iter::from_fn(move || {
        let from = next?;
        let length = bytes.get(from..)?.first_chunk().copied().map(u32::from_be_bytes)?;
        let until = from.checked_add(4)?.checked_add(usize::try_from(length).ok()?)?;
        // Behind the length stands the length of the padding.
        let message = *bytes.get(from..until)?.get(5)?;
        next = (message != NEWKEYS).then_some(until);
        Some(BinaryPacket { message, from, until })
    }))
}

/// A server may say other things before.
fn identification_end(bytes: &[u8]) -> Option<usize> {
    let mut end = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        end += line.len();
        if line.starts_with(b"SSH-") {
            return line.ends_with(b"\n").then_some(end);
        }
    }
    None
}

/// RFC 4250, 4.1.2.
const KEXINIT: u8 = 20;
const NEWKEYS: u8 = 21;

#[cfg(test)]
mod tests {
    use super::*;

    fn binary(message: u8, payload: usize) -> Vec<u8> {
        let length = u32::try_from(payload + 2 + 4).unwrap();
        [&length.to_be_bytes()[..], &[4, message], &vec![0; payload + 4]].concat()
    }

    fn stream(pieces: &[(u32, Vec<u8>)]) -> Stream {
        let mut stream = Stream::default();
        for (ms, bytes) in pieces {
            stream.take(Moment::new(0, *ms), bytes);
        }
        stream
    }

    #[test]
    fn greeting_and_keys_are_found_by_their_bytes() {
        let (reply, newkeys) = (binary(31, 900), binary(21, 0));
        let (head, tail) = reply.split_at(100);
        let server = stream(&[
            (5, b"Be careful\r\nSSH-2.0-Open".to_vec()),
            (6, b"SSH_9.2\r\n".to_vec()),
            (7, [&binary(20, 500), head].concat()),
            (9, tail.to_vec()),
            (12, newkeys),
            (13, vec![0xff; 64]),
        ]);
        let client = stream(&[(1, b"SSH-2.0-us\r\n".to_vec()), (8, binary(20, 300)), (10, binary(30, 32))]);
        let connection = Connection { syn: Moment::new(0, 0), syn_ack: Moment::new(0, 4), client, server };
        let at = |ms| Moment::new(0, ms);
        let expected = SshHandshake { greeted: at(6), key_exchange_begun: at(8), keys_agreed: at(12) };
        assert_eq!(SshHandshake::read(&connection), Some(expected));
    }

    #[test]
    fn what_never_came_is_not_invented() {
        let server = stream(&[(5, b"SSH-2.0-x\r\n".to_vec()), (7, binary(20, 500))]);
        let client = stream(&[(1, b"SSH-2.0-us\r\n".to_vec()), (8, binary(20, 300))]);
        let connection = Connection { syn: Moment::new(0, 0), syn_ack: Moment::new(0, 4), client, server };
        assert_eq!(SshHandshake::read(&connection), None);
    }
}
