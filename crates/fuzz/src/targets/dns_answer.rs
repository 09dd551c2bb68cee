//! What comes back from a name server, or from somebody who says to be one. Promised: always a reading; the number of the
//! message and the case of the name that was asked for change nothing; what is kept is bounded and clean.

use exchange::dns::{Question, Reading, read_answer};
use model::DnsRecord;

use crate::promise;

/// The first byte says what was asked, the rest is a message.
pub(super) fn check(input: &[u8]) {
    let Some((choice, message)) = input.split_first() else { return };
    let record = if choice & 1 == 0 { DnsRecord::A } else { DnsRecord::Aaaa };
    let ask = |name: &str| read_answer(message, &Question { name: name.to_owned(), record });
    let read = ask("git.example.org.");
    assert_eq!(ask("GIT.example.ORG."), read);
    match &read {
        Reading::Answer(id, answer) => {
            assert_eq!(message.first_chunk().map(|id| u16::from_be_bytes(*id)), Some(*id));
            assert!(answer.addresses.len() <= 32);
            assert_eq!(answer.addresses.is_empty(), answer.ttl_s.is_none());
            answer.alias_of.iter().for_each(promise::remote_text);
            promise::says_only_harmless(answer);
        }
        Reading::Malformed(why) => promise::remote_text(why),
        Reading::Stranger => {}
    }
}
