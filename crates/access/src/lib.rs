//! How this user reaches a git server: keys, known hosts, tokens, proxies and ssh and git configuration.
//!
//! Everything is read from the workstation's configuration; nothing here opens a connection to a git server. What is
//! configured is followed, or named as [`NotHonoured`]: a run that silently took another way than `git clone` does would
//! answer a question that nobody asked.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod access;
mod bounded;
mod client;
pub mod credentials;
mod flux_secret;
pub mod git_config;
mod http_access;
pub mod identity;
pub mod known_hosts;
mod pattern;
pub mod proxy;
mod secret;
mod source;
mod ssh_access;
mod ssh_command;
pub mod ssh_config;
mod surroundings;

#[cfg(test)]
mod testing;

pub use access::{Access, AccessError};
pub use client::Client;
pub use flux_secret::{FluxAccess, FluxSecrets};
pub use http_access::{CaFile, ExtraHeader, HttpAccess, HttpWish};
pub use secret::Secret;
pub use source::{NotHonoured, Source};
pub use ssh_access::{Hop, KnownHostsWish, SshAccess, SshWish};
pub use ssh_command::SshCommand;
pub use surroundings::{Environment, Surroundings};
