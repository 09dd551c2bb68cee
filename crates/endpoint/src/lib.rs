//! The embedded SSH, HTTPS and git server with synthetic repositories.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod fault;
mod git;
mod repository;
