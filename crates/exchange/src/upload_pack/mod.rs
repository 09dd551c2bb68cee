//! Git's upload-pack conversation as pure machines: bytes and moments in, milestones and bytes to send out. They own no
//! socket and no clock, and hold no more of what the server sends than one packet line and one want per reference.

mod advertisement;
mod entries;
mod pack;
mod pkt_line;
mod request;
mod response;
mod select;

pub use advertisement::{AdvertisementReader, Capabilities, Progress};
pub use pack::{ObjectFormat, PackMeter};
pub use pkt_line::PktError;
pub use request::{Ask, fetch_v0, fetch_v2, ls_refs_v2};
pub use response::{Milestone, ResponseReader};
pub use select::{Selection, SelectionError, Selector};

use model::RemoteText;

/// Why a conversation cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TalkError {
    /// What came is not git's protocol.
    #[error("{0}")]
    Malformed(RemoteText),
    /// The server said why it stops.
    #[error("{0}")]
    Remote(RemoteText),
    /// More came than is ever needed.
    #[error("{0}")]
    TooLarge(&'static str),
}

impl From<PktError> for TalkError {
    fn from(error: PktError) -> Self {
        Self::Malformed(error.to_string().into())
    }
}
