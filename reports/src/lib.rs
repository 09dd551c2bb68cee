//! Renderers: values in, text out. This crate opens nothing, reads no clock, asks no terminal and passes no judgement;
//! width, colour and Unicode are parameters, and verdicts come from `diagnose`.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod ascii;
pub mod chart;
pub mod explained;
mod failure;
pub mod json;
pub mod number;
mod page;
pub mod progress;
pub mod schema;
pub mod screen;
pub mod side_by_side;
mod style;
pub mod text;

pub use style::Style;
