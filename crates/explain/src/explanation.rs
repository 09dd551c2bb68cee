//! What comes out: each kind of message once, explained, with where and how often it was seen. This is the JSON that
//! scripts read.

use model::{RemoteText, Stage, Transport};
use schemars::JsonSchema;
use serde::Serialize;

use crate::entry::{Client, Connection, Nature, Place};
use crate::sighting::Object;

/// Everything that could be said about an input.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Explanations {
    /// Always `netprobe-explanations`.
    pub format: &'static str,
    /// Version of this format.
    pub version: u32,
    /// One for each kind of message, in the order in which they were first seen.
    pub explanations: Vec<Explanation>,
    /// What looks like an error, and is not in the table.
    pub unrecognised: Unrecognised,
    /// Lines that were read.
    pub lines: u64,
}

/// One kind of message.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Explanation {
    /// Name of its entry in the table; does not change between versions.
    pub id: &'static str,
    /// What kind of news it is.
    pub nature: Nature,
    /// As it was first seen: without secrets and control characters, and shortened where it is very long.
    pub message: RemoteText,
    /// Whose words they are.
    pub said_by: Client,
    /// Where in a fetch it comes from.
    #[serde(flatten)]
    pub place: Place,
    /// Which of Flux's connections it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<Connection>,
    /// How the repository is reached, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transport: Option<Transport>,
    /// The repository, if it was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// What it means.
    pub means: &'static str,
    /// What had worked before it came.
    pub worked: Vec<&'static str>,
    /// What the time that it took tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<&'static str>,
    /// What it cannot be any more.
    pub rules_out: &'static [&'static str],
    /// What it can be, likeliest first.
    pub causes: Vec<LikelyCause>,
    /// What to do to know: sentences, which end with a full stop, and commands, which do not.
    pub next: Vec<String>,
    /// Where and how often.
    pub seen: Seen,
}

/// Something that it can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LikelyCause {
    /// What.
    pub cause: &'static str,
    /// The measurement that tells it from the others.
    pub tell: &'static str,
}

/// Where and how often a kind of message was seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Seen {
    /// How often, with what events counted by themselves.
    pub times: u64,
    /// Time of the first, as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<RemoteText>,
    /// Time of the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<RemoteText>,
    /// The objects that it is about, at most [`Seen::MAX_OBJECTS`].
    pub objects: Vec<Object>,
    /// True where there were more.
    pub more_objects: bool,
}

impl Seen {
    /// As many objects are named.
    pub const MAX_OBJECTS: usize = 24;
}

/// What looks like an error, and is not in the table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Unrecognised {
    /// How many.
    pub times: u64,
    /// The first of them, at most [`Unrecognised::MAX_EXAMPLES`].
    pub examples: Vec<RemoteText>,
}

impl Unrecognised {
    /// As many are kept.
    pub const MAX_EXAMPLES: usize = 4;
}

/// The stages that had worked before one, as far as `transport` has them; the two waits of the wire belong to what is waited
/// for.
pub(crate) fn worked_before(stage: Stage, transport: Option<Transport>) -> Vec<&'static str> {
    let ssh = transport != Some(Transport::Https) && transport != Some(Transport::Http);
    let tls = transport != Some(Transport::Ssh) && transport != Some(Transport::Http);
    let first_answer = matches!(stage, Stage::AdvertisementWait | Stage::AdvertisementTransfer);
    let passed = Stage::ALL.into_iter().filter(|passed| *passed < stage);
    let mut worked: Vec<&'static str> = Vec::new();
    for passed in passed {
        let words = match passed {
            Stage::Proxy | Stage::AdvertisementWait | Stage::ResponseWait => continue,
            Stage::Greeting | Stage::KeyExchange | Stage::Exec if !ssh => continue,
            Stage::Tls if !tls => continue,
            // Over HTTP the answer to the first request says whether the login is accepted.
            Stage::Authenticate if first_answer && transport != Some(Transport::Ssh) => continue,
            // Either of two ways: said in one word.
            Stage::Greeting | Stage::KeyExchange | Stage::Exec if tls => continue,
            Stage::Tls if ssh => "SSH or TLS handshake",
            other => other.words(),
        };
        worked.push(words);
    }
    worked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_had_worked_depends_on_the_transport() {
        assert_eq!(
            worked_before(Stage::FirstPacket, Some(Transport::Ssh)),
            [
                "name lookup",
                "TCP connect",
                "SSH greeting",
                "SSH key exchange",
                "authentication",
                "start of git on the server",
                "ref advertisement",
                "request",
                "shallow list",
                "NAK"
            ]
        );
        assert_eq!(
            worked_before(Stage::Request, Some(Transport::Https)),
            ["name lookup", "TCP connect", "TLS handshake", "authentication", "ref advertisement"]
        );
        let unknown = worked_before(Stage::AdvertisementWait, None);
        assert_eq!(unknown, ["name lookup", "TCP connect", "SSH or TLS handshake"], "401 is no login that worked");
        let over = |transport| worked_before(Stage::AdvertisementWait, Some(transport)).contains(&"authentication");
        assert!(over(Transport::Ssh) && !over(Transport::Https));
        assert!(worked_before(Stage::Resolve, None).is_empty());
    }
}
