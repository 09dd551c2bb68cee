//! The container image of netprobe, made offline from one static program: reproducible, and nothing in it but what it needs.
//!
//! Knows the formats: ELF as far as it tells whether a program runs in an empty image, layers, and the OCI layout with
//! Docker's list beside it. Refuses to know where the program comes from, where the archive goes, and what is done with it.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod archive;
mod authorities;
mod digest;
mod documents;
mod layer;
mod name;
mod program;
#[cfg(test)]
mod testing;

pub use archive::{Written, write};
pub use digest::Digest;
pub use name::{ImageName, NameError};
pub use program::{Architecture, Program, ProgramError};

/// What the image says it is.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
