//! One plan as a Kubernetes Job: what it needs, how it runs on a node, and what became of it.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod contact;
mod error;
mod git_repository;
pub mod job;
mod node;
mod rights;
mod run;
mod source_controller;
pub mod state;

pub use contact::{Contact, ContactWish};
pub use error::ClusterError;
pub use git_repository::{GitRepository, add_events, flux_namespace, git_repositories};
pub use node::{NodeChoice, choose_node};
pub use rights::check_rights;
pub use run::{Manner, PodEnded, PodRun, Sign, check_admission, delete_command, run_job};
pub use source_controller::{SourceController, source_controller};
