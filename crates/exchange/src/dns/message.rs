//! Questions and answers as bytes (RFC 1035, RFC 6891). Total: every input is an answer, a stranger or malformed.

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use model::{DnsAnswer, DnsCode, DnsRecord, RemoteText};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// A whole name with its final dot.
    pub name: String,
    /// Which kind of address.
    pub record: DnsRecord,
}

/// What a message turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// An answer to this question, with the number that the question had.
    Answer(u16, DnsAnswer),
    /// A message about something else: late, or forged (RFC 5452 §9.1).
    Stranger,
    /// Bytes that are no message.
    Malformed(RemoteText),
}

impl Question {
    /// The message that asks. None where the name cannot be asked for: a label is empty or too long.
    ///
    /// As large an answer is asked for as Go asks for (`net/dnsclient_unix.go`, `maxDNSPacketSize`); the C library asks for 512
    /// bytes unless `edns0` is set.
    pub fn message(&self, id: u16) -> Option<Vec<u8>> {
        let mut message = Message::new(id, MessageType::Query, OpCode::Query);
        message.metadata.recursion_desired = true;
        message.add_query(Query::query(self.parsed()?, self.kind()));
        let mut edns = Edns::new();
        edns.set_max_payload(GO_PAYLOAD_BYTES);
        message.set_edns(edns);
        message.to_vec().ok()
    }

    fn parsed(&self) -> Option<Name> {
        let mut name = Name::from_ascii(&self.name).ok()?;
        name.set_fqdn(true);
        Some(name)
    }

    const fn kind(&self) -> RecordType {
        match self.record {
            DnsRecord::A => RecordType::A,
            DnsRecord::Aaaa => RecordType::AAAA,
        }
    }
}

/// Reads one message as the answer to `question`.
pub fn read_answer(bytes: &[u8], question: &Question) -> Reading {
    let message = match Message::from_vec(bytes) {
        Ok(message) => message,
        Err(error) => return Reading::Malformed(RemoteText::clean(&error.to_string())),
    };
    let metadata = message.metadata;
    let code = DnsCode(metadata.response_code.into());
    let about_it = match message.queries.as_slice() {
        [asked] => question.parsed().is_some_and(|name| *asked.name() == name) && asked.query_type() == question.kind(),
        // A server that does not understand the question need not repeat it.
        [] => code != DnsCode::NO_ERROR,
        _ => false,
    };
    if metadata.message_type != MessageType::Response || !about_it {
        return Reading::Stranger;
    }
    let found: Vec<_> = message.answers.iter().filter_map(|record| Some((record, address(record)?))).collect();
    let elsewhere = found.first().map(|(record, _)| &record.name);
    let elsewhere = elsewhere.filter(|name| question.parsed().is_some_and(|asked| asked != **name));
    let answer = DnsAnswer {
        code,
        addresses: found.iter().map(|(_, address)| *address).take(MAX_ADDRESSES).collect(),
        alias_of: elsewhere.map(|name| RemoteText::clean(&name.to_ascii())),
        ttl_s: found.iter().map(|(record, _)| record.ttl).min(),
        truncated: metadata.truncation,
        authoritative: metadata.authoritative,
        recursion_available: metadata.recursion_available,
    };
    Reading::Answer(metadata.id, answer)
}

const fn address(record: &Record) -> Option<std::net::IpAddr> {
    match &record.data {
        RData::A(address) => Some(std::net::IpAddr::V4(address.0)),
        RData::AAAA(address) => Some(std::net::IpAddr::V6(address.0)),
        _ => None,
    }
}

/// What Go says that it takes in one datagram.
const GO_PAYLOAD_BYTES: u16 = 1_232;
/// More than any name has in earnest.
const MAX_ADDRESSES: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Question {
        Question { name: "git.example.".into(), record: DnsRecord::A }
    }

    /// An answer to [`asked`], changed.
    fn answered(change: impl FnOnce(&mut Message)) -> Vec<u8> {
        let mut message = Message::from_vec(&asked().message(7).unwrap()).unwrap();
        message.metadata.message_type = MessageType::Response;
        change(&mut message);
        message.to_vec().unwrap()
    }

    fn record(name: &str, data: RData) -> Record {
        Record::from_rdata(Name::from_ascii(name).unwrap(), 30, data)
    }

    #[test]
    fn a_question_is_as_gos() {
        let bytes = asked().message(0x1234).unwrap();
        // Twelve bytes of header, the name, type and class, and eleven of EDNS.
        assert_eq!(bytes.len(), 12 + 13 + 4 + 11);
        assert_eq!(bytes[..4], [0x12, 0x34, 0x01, 0x00], "only recursion is asked for");
        assert_eq!(bytes[bytes.len() - 8..bytes.len() - 6], GO_PAYLOAD_BYTES.to_be_bytes());
    }

    #[test]
    fn names_that_nobody_can_ask_for_are_not_asked_for() {
        for name in ["a..b.", ".a."] {
            assert_eq!(Question { name: name.into(), ..asked() }.message(1), None, "{name}");
        }
        let long = format!("{}.", "a".repeat(64));
        assert_eq!(Question { name: long, ..asked() }.message(1), None);
    }

    #[test]
    fn addresses_come_with_the_name_that_carries_them() {
        let (first, second) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let bytes = answered(|message| {
            message
                .add_answers([record("front.example.", RData::A(first)), record("front.example.", RData::A(second))]);
        });
        let Reading::Answer(7, answer) = read_answer(&bytes, &asked()) else { panic!("not read") };
        assert_eq!(answer.addresses, ["192.0.2.1".parse::<std::net::IpAddr>().unwrap(), "192.0.2.2".parse().unwrap()]);
        assert_eq!((answer.alias_of.unwrap().as_str(), answer.ttl_s), ("front.example.", Some(30)));
        let plain = answered(|message| {
            message.add_answer(record("GIT.example.", RData::A(first)));
        });
        let Reading::Answer(_, answer) = read_answer(&plain, &asked()) else { panic!("not read") };
        assert_eq!(answer.alias_of, None, "case makes no other name");
    }

    #[test]
    fn codes_and_flags_are_kept() {
        use hickory_proto::op::ResponseCode;
        let bytes = answered(|message| {
            message.metadata.response_code = ResponseCode::ServFail;
            message.metadata.truncation = true;
        });
        let Reading::Answer(_, answer) = read_answer(&bytes, &asked()) else { panic!("not read") };
        assert!(answer.code == DnsCode::SERVER_FAILURE && answer.truncated && answer.addresses.is_empty());
    }

    #[test]
    fn what_answers_another_question_is_a_stranger() {
        let bytes = answered(|_| ());
        let other = |question: Question| read_answer(&bytes, &question);
        assert_eq!(other(Question { name: "other.example.".into(), ..asked() }), Reading::Stranger);
        assert_eq!(other(Question { record: DnsRecord::Aaaa, ..asked() }), Reading::Stranger);
        let question = answered(|message| message.metadata.message_type = MessageType::Query);
        assert_eq!(read_answer(&question, &asked()), Reading::Stranger, "our own words are no answer");
        assert!(matches!(read_answer(&bytes[..10], &asked()), Reading::Malformed(_)));
    }

    #[test]
    fn no_bytes_break_it() {
        let whole = answered(|message| {
            message.add_answer(record("git.example.", RData::A("192.0.2.1".parse().unwrap())));
        });
        for cut in 0..whole.len() {
            read_answer(&whole[..cut], &asked());
            let mut bent = whole.clone();
            for bits in [0x01, 0x80, 0xff] {
                bent[cut] ^= bits;
                read_answer(&bent, &asked());
            }
        }
    }
}
