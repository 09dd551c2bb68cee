//! One file for each command.

pub(crate) mod agent;
pub(crate) mod compare;
pub(crate) mod completion;
pub(crate) mod demo;
pub(crate) mod diagnose;
pub(crate) mod explain;
pub(crate) mod from_node;
pub(crate) mod image;
pub(crate) mod man;
pub(crate) mod probes;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod serve;
