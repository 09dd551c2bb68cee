//! One plan as a Kubernetes Job: what it needs, how it runs on a node, and what became of it.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]
