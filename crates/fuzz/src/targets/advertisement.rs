//! The reference advertisement of both protocols, over both transports, and the request that follows from it.
//! Promised: how the bytes were cut does not matter; what is kept is bounded and clean; of versions in a range the highest is
//! taken; nothing that the server says can add a line to our request.

use exchange::upload_pack::{
    AdvertisementReader, Ask, Capabilities, Progress, Selection, SelectionError, Selector, TalkError, fetch_v0,
    fetch_v2, ls_refs_v2,
};
use model::{Advertisement, Depth, Filter, GitRef, Profile};
use semver::Version;

use crate::promise;

/// The first byte says what is asked for and how; the rest is what the server sends.
pub(super) fn check(input: &[u8]) {
    let Some((&choice, sent)) = input.split_first() else { return };
    versions(sent);
    let read = |sent: &[u8], piece| Read::all_of(sent, piece, choice);
    let Read { outcome, .. } = promise::cuts_do_not_matter(sent, read);
    let Ok(Some(seen)) = outcome else { return };
    let summary = &seen.summary;
    assert!(summary.size.0 <= sent.len() as u64 && summary.capabilities.len() <= 64);
    assert!(u64::from(summary.refs) <= summary.size.0 / 40, "more references than bytes for them");
    summary.capabilities.iter().chain(&summary.agent).for_each(promise::remote_text);
    let Ok(selection) = &seen.selection else { return };
    promise::remote_text(&selection.reference);
    promise::remote_text(&selection.object_id);
    assert!(selection.wants.is_sorted_by(|before, after| before < after), "wants are sorted, each once");
    for profile in [Profile::Flux, Profile::Git] {
        let ask = Ask { progress: choice & 0x40 != 0, filter: Some(Filter::TreeZero), profile };
        for request in [
            fetch_v0(selection, ask, &seen.capabilities),
            fetch_v2(selection, ask, &seen.capabilities),
            ls_refs_v2(&["HEAD", "refs/heads/"], &seen.capabilities),
        ] {
            lines_of_ours(&request);
        }
    }
}

/// What became of one way of feeding.
#[derive(Debug, PartialEq)]
struct Read {
    outcome: Result<Option<Seen>, TalkError>,
    left_behind: usize,
}

/// A complete advertisement.
#[derive(Debug, PartialEq)]
struct Seen {
    summary: Advertisement,
    capabilities: Capabilities,
    selection: Result<Selection, SelectionError>,
}

impl Read {
    fn all_of(sent: &[u8], piece: usize, choice: u8) -> Self {
        let mut reader = AdvertisementReader::new(Selector::new(wish(choice)), choice & 0x80 != 0);
        let mut taken = 0;
        let mut complete = false;
        for mut bytes in sent.chunks(piece) {
            let length = bytes.len();
            while !complete {
                match reader.feed(&mut bytes) {
                    Ok(Progress::More) => break,
                    Ok(Progress::AskForRefs) => reader.expect_refs(),
                    Ok(Progress::Complete) => complete = true,
                    Err(error) => return Self { outcome: Err(error), left_behind: 0 },
                }
            }
            taken += length - bytes.len();
        }
        let depth = if choice & 0x20 == 0 { Depth::AsFlux } else { Depth::One };
        let seen = complete.then(|| Seen {
            summary: reader.summary(),
            capabilities: reader.capabilities().clone(),
            selection: reader.selector().select(depth),
        });
        Self { outcome: Ok(seen), left_behind: sent.len() - taken }
    }
}

/// Each line taken for a tag: what a range selects of them, however they stand.
fn versions(sent: &[u8]) {
    let lines = sent.split(|byte| *byte == b'\n').take(1_000);
    let tags: Vec<&str> = lines.filter_map(|line| std::str::from_utf8(line).ok()).collect();
    let mut selector = Selector::new(wish(SEMVER));
    for (index, tag) in tags.iter().enumerate() {
        selector.offer(&format!("{index:040x}"), &format!("refs/tags/{tag}")).expect("fewer than are taken");
    }
    let version = |tag: &str| Version::parse(tag.strip_prefix('v').unwrap_or(tag)).ok();
    // A version before its release is in a range only where that names one of the same release (semver's `VersionReq`).
    let in_range = |version: &Version| (1..3).contains(&version.major) && version.pre.is_empty();
    let highest = tags.iter().filter_map(|tag| version(tag)).filter(in_range).max();
    let taken = selector.select(Depth::AsFlux).ok().map(|selection| selection.reference);
    let taken = taken.as_ref().and_then(|reference| version(reference.as_str().strip_prefix("refs/tags/")?));
    assert_eq!(taken, highest, "of {tags:?}");
}

fn wish(choice: u8) -> GitRef {
    let text = match choice & 7 {
        0 => return GitRef::Head,
        1 => "branch=main",
        2 => "tag=v1.0.0",
        SEMVER => "semver=>=1.0.0 <3",
        4 => "name=refs/pull/7/head",
        5 => "commit=0123456789abcdef0123456789abcdef01234567",
        6 => "commit=0123456789abcdef0123456789abcdef01234567@main",
        _ => "name=refs/heads/main",
    };
    GitRef::parse(text).expect("these are references")
}

/// The request is packet lines of printable text, each of them one of ours.
fn lines_of_ours(mut request: &[u8]) {
    while let Some((length, rest)) = request.split_at_checked(4) {
        let length = std::str::from_utf8(length).ok().and_then(|text| usize::from_str_radix(text, 16).ok());
        let length = length.expect("a length in hexadecimal").saturating_sub(4);
        let (line, rest) = rest.split_at_checked(length).expect("a whole line");
        request = rest;
        if line.is_empty() {
            continue; // A flush or a delimiter.
        }
        let text = std::str::from_utf8(line).ok().and_then(|text| text.strip_suffix('\n')).expect("a line of text");
        promise::harmless(text);
        let word = text.split([' ', '=']).next().unwrap_or_default();
        assert!(OUR_WORDS.contains(&word), "{text:?} is nothing that we say");
    }
    assert!(request.is_empty(), "half a line at the end");
}

const OUR_WORDS: [&str; 16] = [
    "want",
    "deepen",
    "filter",
    "done",
    "command",
    "agent",
    "object-format",
    "peel",
    "symrefs",
    "ref-prefix",
    "thin-pack",
    "no-progress",
    "include-tag",
    "ofs-delta",
    "shallow",
    "sideband-all",
];

/// The wish for a range of versions, `>=1.0.0 <3`.
const SEMVER: u8 = 3;
