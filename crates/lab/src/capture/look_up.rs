//! A look-up of names as it shows on the cable (RFC 1035).

use super::{Content, Moment, Packet};

/// Questions and their answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookUp {
    /// The first question.
    pub asked: Moment,
    /// The last answer that was needed.
    pub answered: Moment,
}

/// What was asked, and answered, before `end`.
pub fn look_up(packets: &[Packet], end: Moment) -> Option<LookUp> {
    let datagrams = || {
        packets.iter().filter(|packet| matches!(packet.content, Content::Udp(_))).take_while(|packet| packet.at <= end)
    };
    let asked = datagrams().find(|packet| packet.to.port() == DOMAIN)?.at;
    let answered = datagrams().filter(|packet| packet.from.port() == DOMAIN).last()?.at;
    Some(LookUp { asked, answered })
}

/// RFC 1035, 4.2.1.
const DOMAIN: u16 = 53;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_the_first_question_to_the_last_answer_in_time() {
        let (client, server) = ("198.18.0.2:5353".parse().unwrap(), "198.18.0.53:53".parse().unwrap());
        let moment = |nanoseconds| Moment::new(0, nanoseconds);
        let datagram = |at, question: bool| {
            let (from, to) = if question { (client, server) } else { (server, client) };
            Packet { at: moment(at), from, to, content: Content::Udp(Vec::new()) }
        };
        let packets =
            [datagram(1, true), datagram(2, true), datagram(5, false), datagram(7, false), datagram(9, false)];
        assert_eq!(look_up(&packets, moment(8)), Some(LookUp { asked: moment(1), answered: moment(7) }));
        assert_eq!(look_up(&packets, moment(4)), None);
    }
}
