//! Messages that somebody passes on: a log, an object of Kubernetes, one line. Promised: how the bytes were cut does not
//! matter; what is told is bounded and clean, and holds no password of an address.

use explain::{Explanations, Reader};
use reports::{Style, explained};

use crate::promise;

/// The input is what was pasted. A line with a password is put behind it.
pub(super) fn check(input: &[u8]) {
    let told = promise::cuts_do_not_matter(input, read);
    tells_no_harm(&told);
    if !input.windows(PASSWORD.len()).any(|part| part.eq_ignore_ascii_case(PASSWORD.as_bytes())) {
        let more = format!("\nfatal: unable to access 'https://ada:{PASSWORD}@git.example.org/a.git/': x\n");
        let told = read(&[input, more.as_bytes()].concat(), usize::MAX);
        assert!(!format!("{told:?}").contains(PASSWORD), "a password is told: {told:?}");
    }
}

fn read(input: &[u8], piece: usize) -> Explanations {
    let mut reader = Reader::new();
    for bytes in input.chunks(piece) {
        reader.read(bytes);
    }
    reader.finish()
}

fn tells_no_harm(told: &Explanations) {
    promise::says_only_harmless(told);
    let style = Style { width: 80, colour: false, unicode: true };
    let screens = told.explanations.iter().map(|one| explained::one(one, &style));
    for screen in screens.chain([explained::end(told, &style)]) {
        screen.lines().for_each(promise::harmless);
    }
}

const PASSWORD: &str = "planted-Pa55word";
