//! From the bytes of a question to the bytes of an answer, or to silence. Never panics, whatever the bytes are.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use fastrand::Rng;
use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::RecordType;

use super::faults::{Aaaa, Answers, NameServerFaults};
use super::zone::{self, Known, Zone};

/// How a question came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    Udp,
    Tcp,
}

/// A name server without its sockets.
#[derive(Debug)]
pub(super) struct Responder {
    zone: Zone,
    faults: NameServerFaults,
    chance: Mutex<Rng>,
    questions: AtomicU64,
    struck: AtomicU64,
}

impl Responder {
    pub(super) fn new(zone: Zone, faults: NameServerFaults) -> Self {
        let chance = Mutex::new(Rng::with_seed(SEED));
        Self { zone, faults, chance, questions: AtomicU64::new(0), struck: AtomicU64::new(0) }
    }

    /// Questions so far, those among them that a fault met.
    pub(super) fn counted(&self) -> (u64, u64) {
        (self.questions.load(Ordering::Relaxed), self.struck.load(Ordering::Relaxed))
    }

    /// What to send back, if anything. What is no question gets nothing.
    pub(super) fn respond(&self, bytes: &[u8], transport: Transport) -> Option<Vec<u8>> {
        let request = Message::from_vec(bytes).ok().filter(|message| message.message_type == MessageType::Query)?;
        self.questions.fetch_add(1, Ordering::Relaxed);
        let answer = self.answer(&request, transport);
        if self.faults.delay.is_some() || answer.struck {
            self.struck.fetch_add(1, Ordering::Relaxed);
        }
        let message = answer.message?;
        let encoded = message.to_vec().ok()?;
        let limit = usize::from(request.max_payload());
        if transport == Transport::Udp && encoded.len() > limit {
            message.truncate().to_vec().ok()
        } else {
            Some(encoded)
        }
    }

    fn answer(&self, request: &Message, transport: Transport) -> Answer {
        let faults = &self.faults;
        let mut response = blank(request);
        let [question] = request.queries.as_slice() else {
            response.metadata.response_code = ResponseCode::FormErr;
            return Answer::sound(response);
        };
        if request.op_code != OpCode::Query {
            response.metadata.response_code = ResponseCode::NotImp;
            return Answer::sound(response);
        }
        let aaaa = question.query_type() == RecordType::AAAA;
        if faults.answers == Answers::Silent
            || (aaaa && faults.aaaa == Aaaa::Silent)
            || (transport == Transport::Udp && self.is_lost())
        {
            return Answer { message: None, struck: true };
        }
        if faults.truncates && transport == Transport::Udp {
            return Answer::broken(response.truncate());
        }
        match faults.answers {
            Answers::Servfail => {
                response.metadata.response_code = ResponseCode::ServFail;
                Answer::broken(response)
            }
            Answers::Nxdomain => Answer::broken(self.deny(response, question)),
            _ if aaaa && faults.aaaa == Aaaa::NoData => Answer::broken(self.with_authority(response, question)),
            _ => self.truth(response, question),
        }
    }

    fn truth(&self, mut response: Message, question: &Query) -> Answer {
        let (name, kind) = (question.name(), question.query_type());
        match self.zone.look_up(name, kind, &self.faults.lie) {
            Known::Outside => {
                response.metadata.authoritative = false;
                response.metadata.response_code = ResponseCode::Refused;
                Answer::sound(response)
            }
            Known::Nothing if !self.faults.wildcard.is_empty() => {
                let records = zone::records(name, kind, &self.faults.wildcard);
                let empty = records.is_empty();
                response.add_answers(records);
                Answer::broken(if empty { self.with_authority(response, question) } else { response })
            }
            Known::Nothing => Answer::sound(self.deny(response, question)),
            Known::Name(records) if records.is_empty() => Answer::sound(self.with_authority(response, question)),
            Known::Name(records) => {
                response.add_answers(records);
                Answer { message: Some(response), struck: !self.faults.lie.is_empty() }
            }
        }
    }

    fn deny(&self, mut response: Message, question: &Query) -> Message {
        response.metadata.response_code = ResponseCode::NXDomain;
        self.with_authority(response, question)
    }

    fn with_authority(&self, mut response: Message, question: &Query) -> Message {
        response.add_authorities(self.zone.authority(question.name()));
        response
    }

    fn is_lost(&self) -> bool {
        let Some(share) = self.faults.loss else { return false };
        self.chance.lock().unwrap_or_else(PoisonError::into_inner).f64() < share.probability()
    }
}

/// What becomes of a question.
struct Answer {
    message: Option<Message>,
    struck: bool,
}

impl Answer {
    fn sound(message: Message) -> Self {
        Self { message: Some(message), struck: false }
    }

    fn broken(message: Message) -> Self {
        Self { message: Some(message), struck: true }
    }
}

/// A response without content. It claims recursion, since clients take the server for the one of their network.
fn blank(request: &Message) -> Message {
    let mut response = Message::response(request.id, request.op_code);
    response.metadata.authoritative = true;
    response.metadata.recursion_desired = request.recursion_desired;
    response.metadata.recursion_available = true;
    response.add_queries(request.queries.iter().cloned());
    if request.edns.is_some() {
        let mut edns = Edns::new();
        edns.set_max_payload(PAYLOAD_BYTES);
        response.set_edns(edns);
    }
    response
}

/// What the servers of the DNS flag day 2020 agreed on.
const PAYLOAD_BYTES: u16 = 1232;
/// Any would do.
const SEED: u64 = 53;

#[cfg(test)]
mod tests;
