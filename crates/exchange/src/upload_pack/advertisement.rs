//! Reads what the server offers: the ref advertisement of protocol v0, or the capability advertisement of v2 and then
//! the answer to `ls-refs` (gitprotocol-pack(5), gitprotocol-v2(5)). References stream through the selector.

use std::borrow::Cow;

use model::{Advertisement, Bytes, Protocol, RemoteText};

use super::pkt_line::{Line, Lines};
use super::{Selector, TalkError};

/// Capabilities, as the server spells them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capabilities(Vec<String>);

impl Capabilities {
    /// True if the capability is offered, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|capability| capability == name || self.is_named(capability, name))
    }

    /// Its value: `agent=git/2.47` gives `git/2.47` for `agent`.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find_map(|capability| capability.strip_prefix(name)?.strip_prefix('='))
    }

    /// True if the value, a list in v2 (`fetch=shallow filter`), holds `word`.
    pub fn value_has(&self, name: &str, word: &str) -> bool {
        self.value(name).is_some_and(|value| value.split(' ').any(|found| found == word))
    }

    #[expect(clippy::unused_self, reason = "reads with its callers")]
    fn is_named(&self, capability: &str, name: &str) -> bool {
        capability.strip_prefix(name).is_some_and(|rest| rest.starts_with('='))
    }

    fn add(&mut self, raw: &[u8]) -> Result<(), TalkError> {
        if self.0.len() >= MAX_CAPABILITIES {
            return Err(TalkError::TooLarge("the server sends more than 500 capabilities"));
        }
        let text = String::from_utf8_lossy(raw);
        if !text.is_empty() {
            self.0.push(text.chars().take(RemoteText::MAX_CHARS).collect());
        }
        Ok(())
    }
}

/// How far the advertisement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// More must come.
    More,
    /// Complete: references are known (v0, or v2 after `ls-refs`).
    Complete,
    /// Protocol v2: only capabilities came, and references must be asked for.
    AskForRefs,
}

/// The machine.
#[derive(Debug)]
pub struct AdvertisementReader {
    lines: Lines,
    part: Part,
    selector: Selector,
    capabilities: Capabilities,
    protocol: Option<Protocol>,
    size: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// HTTP puts `# service=git-upload-pack` and a flush in front.
    ServiceHeader,
    ServiceFlush,
    First,
    Refs,
    CapabilitiesV2,
    LsRefs,
    Done,
}

impl AdvertisementReader {
    /// For one connection; `http` where the smart HTTP header comes first.
    pub fn new(selector: Selector, http: bool) -> Self {
        let part = if http { Part::ServiceHeader } else { Part::First };
        Self { lines: Lines::default(), part, selector, capabilities: Capabilities::default(), protocol: None, size: 0 }
    }

    /// Takes bytes in. What stands behind a complete advertisement stays in `input`.
    pub fn feed(&mut self, input: &mut &[u8]) -> Result<Progress, TalkError> {
        let before = input.len();
        let progress = self.advance(input);
        self.size = self.size.saturating_add((before - input.len()) as u64);
        if self.size > MAX_ADVERTISEMENT {
            return Err(TalkError::TooLarge("the advertisement is larger than 256 MiB"));
        }
        progress
    }

    /// Protocol v2: `ls-refs` was sent, its answer comes next.
    pub fn expect_refs(&mut self) {
        self.part = Part::LsRefs;
    }

    /// What the server can do.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// The references' judge.
    pub fn selector(&self) -> &Selector {
        &self.selector
    }

    /// The protocol that the server took.
    pub fn protocol(&self) -> Option<Protocol> {
        self.protocol
    }

    /// For the report: as far as it is known now.
    pub fn summary(&self) -> Advertisement {
        Advertisement {
            protocol: self.protocol,
            size: Bytes(self.size),
            refs: self.selector.refs(),
            capabilities: self
                .capabilities
                .0
                .iter()
                .take(SHOWN_CAPABILITIES)
                .map(|text| RemoteText::clean(text))
                .collect(),
            agent: self.capabilities.value("agent").map(RemoteText::clean),
            reference: None,
            object_id: None,
        }
    }

    fn advance(&mut self, input: &mut &[u8]) -> Result<Progress, TalkError> {
        while self.part != Part::Done {
            let Some(line) = self.lines.next(input)? else { return Ok(Progress::More) };
            if let Line::Text(text) = &line
                && let Some(reason) = text.strip_prefix(b"ERR ")
            {
                return Err(TalkError::Remote(RemoteText::from_bytes(reason)));
            }
            match (self.part, line) {
                (Part::ServiceHeader, Line::Text(text)) if text.starts_with(b"# service=git-upload-pack") => {
                    self.part = Part::ServiceFlush;
                }
                (Part::ServiceFlush, Line::Flush) => self.part = Part::First,
                // Some servers leave the header out in v2.
                (Part::First | Part::ServiceHeader, Line::Text(text)) if text == b"version 2" => {
                    self.protocol = Some(Protocol::V2);
                    self.part = Part::CapabilitiesV2;
                }
                (Part::First, Line::Text(text)) if text == b"version 1" && self.protocol.is_none() => {
                    self.protocol = Some(Protocol::V0);
                }
                (Part::First, Line::Text(text)) => {
                    self.protocol = Some(Protocol::V0);
                    self.first_ref(&text)?;
                    self.part = Part::Refs;
                }
                (Part::First, Line::Flush) => {
                    self.protocol = Some(Protocol::V0);
                    self.part = Part::Done;
                }
                (Part::Refs, Line::Text(text)) => self.reference(&text)?,
                (Part::Refs | Part::LsRefs, Line::Flush) => self.part = Part::Done,
                (Part::CapabilitiesV2, Line::Text(text)) => self.capabilities.add(&text)?,
                (Part::CapabilitiesV2, Line::Flush) => return Ok(Progress::AskForRefs),
                (Part::LsRefs, Line::Text(text)) => self.reference_v2(&text)?,
                (_, line) => return Err(unexpected(&line)),
            }
        }
        Ok(Progress::Complete)
    }

    fn first_ref(&mut self, line: &[u8]) -> Result<(), TalkError> {
        let mut halves = line.splitn(2, |byte| *byte == 0);
        let reference = halves.next().unwrap_or_default();
        for capability in halves.next().unwrap_or_default().split(|byte| *byte == b' ') {
            if let Some(target) = capability.strip_prefix(b"symref=HEAD:") {
                self.selector.head_points_at(target);
            }
            self.capabilities.add(capability)?;
        }
        if reference.ends_with(b" capabilities^{}") {
            return Ok(());
        }
        self.reference(reference)
    }

    fn reference(&mut self, line: &[u8]) -> Result<(), TalkError> {
        if line.starts_with(b"shallow ") {
            return Ok(());
        }
        let (id, name) = id_and_rest(line)?;
        self.selector.offer(id, &name)
    }

    /// `<id> <name> [symref-target:<name>] [peeled:<id>]`.
    fn reference_v2(&mut self, line: &[u8]) -> Result<(), TalkError> {
        let (id, rest) = id_and_rest(line)?;
        let mut words = rest.split(' ');
        let name = words.next().unwrap_or_default();
        if name == "HEAD"
            && let Some(target) = words.find_map(|word| word.strip_prefix("symref-target:"))
        {
            self.selector.head_points_at(target.as_bytes());
        }
        if id == "unborn" { Ok(()) } else { self.selector.offer(id, name) }
    }
}

/// Git forbids no byte above 127 in a name, so a name may be no UTF-8; one that is not can match no wish.
fn id_and_rest(line: &[u8]) -> Result<(&str, Cow<'_, str>), TalkError> {
    let malformed = || {
        TalkError::Malformed(
            format!("a reference was expected, and this came: {}", RemoteText::from_bytes(line)).into(),
        )
    };
    let space = line.iter().position(|byte| *byte == b' ').ok_or_else(malformed)?;
    let (id, rest) = line.split_at_checked(space).ok_or_else(malformed)?;
    let id = std::str::from_utf8(id).map_err(|_| malformed())?;
    let is_id = matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let name = String::from_utf8_lossy(rest.get(1..).unwrap_or_default());
    if is_id || id == "unborn" { Ok((id, name)) } else { Err(malformed()) }
}

fn unexpected(line: &Line) -> TalkError {
    let found = match line {
        Line::Flush => "a flush".to_owned(),
        Line::Delimiter => "a delimiter".to_owned(),
        Line::ResponseEnd => "a response end".to_owned(),
        Line::Text(text) => format!("\"{}\"", RemoteText::from_bytes(text)),
    };
    TalkError::Malformed(format!("this was not expected in an advertisement: {found}").into())
}

/// Larger than any advertisement known: a million references of a hundred bytes are 150 MB.
const MAX_ADVERTISEMENT: u64 = 256 * 1024 * 1024;

/// Git has about thirty.
const MAX_CAPABILITIES: usize = 500;

/// Enough for every capability that git has.
const SHOWN_CAPABILITIES: usize = 64;

#[cfg(test)]
mod tests {
    use model::{Depth, GitRef};

    use super::*;
    use crate::upload_pack::pkt_line;

    const ID: &str = "0123456789abcdef0123456789abcdef01234567";

    fn v0(http: bool) -> Vec<u8> {
        let mut out = Vec::new();
        if http {
            pkt_line::write(&mut out, b"# service=git-upload-pack\n");
            out.extend_from_slice(b"0000");
        }
        let caps = "multi_ack shallow symref=HEAD:refs/heads/main agent=git/2.47";
        pkt_line::write(&mut out, format!("{ID} HEAD\0{caps}\n").as_bytes());
        pkt_line::write(&mut out, format!("{ID} refs/heads/main\n").as_bytes());
        out.extend_from_slice(b"0000");
        out
    }

    fn feed(reader: &mut AdvertisementReader, bytes: &[u8], chunk: usize) -> Result<Progress, TalkError> {
        let mut progress = Progress::More;
        for mut input in bytes.chunks(chunk) {
            progress = reader.feed(&mut input)?;
        }
        Ok(progress)
    }

    #[test]
    fn v0_over_either_transport_in_any_cut() {
        for http in [false, true] {
            let bytes = v0(http);
            for chunk in 1..=bytes.len() {
                let mut reader = AdvertisementReader::new(Selector::new(GitRef::Head), http);
                assert_eq!(feed(&mut reader, &bytes, chunk), Ok(Progress::Complete));
                let summary = reader.summary();
                assert_eq!((summary.refs, summary.size.0), (2, bytes.len() as u64));
                assert_eq!(summary.agent.unwrap().as_str(), "git/2.47");
                assert!(reader.capabilities().has("shallow") && !reader.capabilities().has("shal"));
                assert_eq!(reader.selector().select(Depth::One).unwrap().reference.as_str(), "refs/heads/main");
            }
        }
    }

    #[test]
    fn v2_asks_for_references() {
        let mut out = Vec::new();
        for line in ["version 2\n", "agent=git/2.47\n", "ls-refs=unborn\n", "fetch=shallow wait-for-done filter\n"] {
            pkt_line::write(&mut out, line.as_bytes());
        }
        out.extend_from_slice(b"0000");
        let mut reader = AdvertisementReader::new(Selector::new(GitRef::Branch("main".into())), false);
        assert_eq!(feed(&mut reader, &out, 7), Ok(Progress::AskForRefs));
        assert!(reader.capabilities().value_has("fetch", "filter"));
        reader.expect_refs();
        let mut refs = Vec::new();
        pkt_line::write(&mut refs, format!("{ID} HEAD symref-target:refs/heads/main\n").as_bytes());
        pkt_line::write(&mut refs, format!("{ID} refs/heads/main\n").as_bytes());
        refs.extend_from_slice(b"0000");
        assert_eq!(feed(&mut reader, &refs, 5), Ok(Progress::Complete));
        assert_eq!(reader.selector().select(Depth::One).unwrap().wants, [ID]);
    }

    #[test]
    fn errors_pages_and_garbage_are_told_apart() {
        let read = |bytes: &[u8]| feed(&mut AdvertisementReader::new(Selector::new(GitRef::Head), false), bytes, 64);
        let mut err = Vec::new();
        pkt_line::write(&mut err, b"ERR access denied \x1b[31m");
        assert_eq!(read(&err), Err(TalkError::Remote("access denied [31m".into())));
        assert!(matches!(read(b"<html><body>log in</body>"), Err(TalkError::Malformed(_))));
        assert!(matches!(read(b"0009hello0000"), Err(TalkError::Malformed(_))));
        assert_eq!(read(b"000eversion 1\n0000"), Ok(Progress::Complete));
        assert!(matches!(read(&b"000eversion 1\n".repeat(2)), Err(TalkError::Malformed(_))), "it is said once");
    }

    #[test]
    fn an_empty_repository_advertises_only_capabilities() {
        let mut out = Vec::new();
        pkt_line::write(&mut out, format!("{} capabilities^{{}}\0agent=x\n", "0".repeat(40)).as_bytes());
        out.extend_from_slice(b"0000");
        let mut reader = AdvertisementReader::new(Selector::new(GitRef::Head), false);
        assert_eq!(feed(&mut reader, &out, 9), Ok(Progress::Complete));
        assert_eq!(reader.selector().refs(), 0);
    }
}
