//! Every message that is known: plain data, one file for each family. The first entry that fits is taken, so the families
//! stand in an order in which the closer word comes first.

mod certificates;
mod configuration;
mod deadline;
mod dial;
mod git;
mod host_keys;
mod http;
mod kubernetes;
mod libcurl;
mod names;
mod openssh;
mod reference;
mod response;
mod ssh_handshake;
mod storage;

use crate::entry::Entry;

/// Every entry, in the order in which they are tried.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    FAMILIES.iter().copied().flatten()
}

/// The families. General words, such as a deadline without more, stand behind those that are around them.
const FAMILIES: &[&[Entry]] = &[
    response::ENTRIES,
    configuration::ENTRIES,
    reference::ENTRIES,
    storage::ENTRIES,
    names::ENTRIES,
    dial::ENTRIES,
    host_keys::ENTRIES,
    ssh_handshake::ENTRIES,
    certificates::ENTRIES,
    http::ENTRIES,
    deadline::ENTRIES,
    openssh::ENTRIES,
    libcurl::ENTRIES,
    git::ENTRIES,
    kubernetes::ENTRIES,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::entry::{Nature, Step};

    #[test]
    fn names_are_unique_and_every_fault_is_told_whole() {
        let mut names = BTreeSet::new();
        for entry in entries() {
            assert!(names.insert(entry.id), "{} stands twice", entry.id);
            assert!(!entry.patterns.is_empty() && entry.means.ends_with(['.', ')']), "{}", entry.id);
            let words = entry.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            assert!(words, "{}", entry.id);
            let fault = entry.nature == Nature::Fault;
            assert!(!fault || !entry.causes.is_empty() && !entry.next.is_empty(), "{}", entry.id);
        }
    }

    #[test]
    fn sentences_end_and_commands_do_not() {
        for entry in entries() {
            for step in entry.next {
                match step {
                    Step::Say(words) => assert!(words.ends_with('.'), "{}: {words}", entry.id),
                    Step::Shell(words) | Step::Run(words) => assert!(!words.ends_with('.'), "{}: {words}", entry.id),
                }
            }
            for cause in entry.causes {
                assert!(!cause.cause.ends_with('.') && !cause.tell.ends_with('.'), "{}: {}", entry.id, cause.cause);
                assert!(!cause.cause.is_empty() && !cause.tell.is_empty(), "{}", entry.id);
            }
        }
    }
}
