//! What is said when the program itself breaks: one line, since the run goes on and its report says it too.

use std::backtrace::{Backtrace, BacktraceStatus};

use crate::output;

/// From now on a panic is one line on stderr, and a backtrace below it where `RUST_BACKTRACE` asks for one.
pub(crate) fn speak_plainly() {
    std::panic::set_hook(Box::new(|panic| {
        output::complain(&format!("a bug of netprobe's, please report it: {panic}"));
        let trace = Backtrace::capture();
        if trace.status() == BacktraceStatus::Captured {
            output::remark(&trace.to_string());
        }
    }));
}
