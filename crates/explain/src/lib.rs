//! What a message of Flux, git, OpenSSH or libcurl says about a clone: the stage it comes from, what had worked before,
//! what that rules out, the likeliest causes, and the run that settles it.
//!
//! Pure: bytes in, explanations out. It knows the words of the clients and the shapes in which people pass them on; it
//! reads no file and measures nothing. Every byte may come from anywhere: each buffer has a bound, and nothing is kept
//! before secrets and control characters are taken off.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod clean;
mod entry;
mod explanation;
mod glob;
mod intake;
mod message;
mod next;
mod secrets;
mod sighting;
mod table;
mod tally;

pub use entry::{Cause, Client, Connection, Entry, Nature, Pattern, Place, Step};
pub use explanation::{Explanation, Explanations, LikelyCause, Seen, Unrecognised};
pub use sighting::Object;
pub use table::entries;
pub use tally::Reader;

/// Explains everything in `text`: one message, or a whole log in any of the shapes that [`Reader`] knows.
pub fn explain(text: &[u8]) -> Explanations {
    let mut reader = Reader::new();
    reader.read(text);
    reader.finish()
}
