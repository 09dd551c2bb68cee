//! libFuzzer's side of a target: it has the `main`, makes inputs up and keeps those that reach new code.
//!
//! One program for all targets, so that they are linked once. Which one is to run says the environment.
#![no_main]

use std::sync::OnceLock;

use fuzz::{TARGETS, Target};
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: {
        target();
    },
    |input: &[u8]| (target().check)(input)
);

#[expect(clippy::panic, reason = "there is nobody else to tell")]
fn target() -> &'static Target {
    static CHOSEN: OnceLock<&Target> = OnceLock::new();
    CHOSEN.get_or_init(|| {
        let name = std::env::var("NETPROBE_FUZZ_TARGET").unwrap_or_default();
        TARGETS.iter().find(|target| target.name == name).unwrap_or_else(|| panic!("no target is called `{name}`"))
    })
}
