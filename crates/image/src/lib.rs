//! The container image of netprobe, made offline from one static program: reproducible, and nothing in it but what it needs.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]
