//! Questions to name servers, each put by hand: one socket and one time for each, whatever a resolver would make of them.
//!
//! [`read_answer`] and [`resolver`] are pure; [`ask_over_udp`] and [`ask_over_tcp`] are thin drivers around them. What an
//! answer means is not known here.

mod files;
mod limit;
mod message;
mod tcp;
mod udp;

pub use files::{Files, resolver};
pub use limit::Limit;
pub use message::{Question, Reading, read_answer};
pub use tcp::ask_over_tcp;
pub use udp::{Pace, ask_over_udp};

#[cfg(test)]
mod tests;
