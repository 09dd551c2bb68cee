//! The embedded SSH, HTTPS and git server with synthetic repositories.
//!
//! Knows how to serve one made-up repository over SSH, HTTPS and HTTP, well or badly, and how to go silent at an exact
//! byte. It measures nothing, reads no file and knows none of netprobe's vocabulary.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod config;
mod credentials;
mod endpoint;
mod error;
mod fault;
mod git;
mod http;
mod journal;
mod perform;
mod repository;
mod ssh;
mod trip;
mod wire;

pub use self::config::{EndpointConfig, HostKeyType, HttpAccess, SshAccess};
pub use self::endpoint::Endpoint;
pub use self::error::EndpointError;
pub use self::fault::{Ending, Fault, Pace, Point, StageBytes};
pub use self::journal::{Event, EventKind, Transport};
pub use self::repository::{RepositorySpec, SpecError};
