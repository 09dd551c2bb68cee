//! What must hold of every reader of foreign bytes, whatever the bytes are.
//!
//! A [`Target`] is a pure function of bytes that panics where a promise is broken. It knows the promises and refuses to
//! know who calls it: `tests/kept_inputs.rs` does with the inputs that are kept, libFuzzer with those it makes up
//! (`cargo xtask fuzz`).

mod promise;
mod targets;

pub use targets::{TARGETS, Target};
