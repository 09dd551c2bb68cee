//! The server side of git's upload-pack, pure: packets in, chunks of reply out.
//!
//! Knows protocol v0 and v2; knows nothing of transports, sockets or clocks.

mod advertisement;
mod pktline;
mod reply;
mod script;
mod service;
#[cfg(test)]
mod tests;
mod v0;
mod v2;

pub(crate) use self::pktline::Splitter;
pub(crate) use self::reply::Reply;
pub(crate) use self::script::{Act, Script};
pub(crate) use self::service::{Behaviour, RequestError, Service, Turn, Version};
