//! Records on stdout from a thread of their own: whoever reads them slowly, such as a pager, must not stop the measuring.

use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use anyhow::{Context as _, anyhow};

use crate::output;

/// Prints what it is given, in order.
#[derive(Debug)]
pub(crate) struct Printer {
    lines: Sender<Option<String>>,
    thread: JoinHandle<anyhow::Result<()>>,
}

impl Printer {
    /// Begins.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let (lines, waiting) = channel::<Option<String>>();
        let print = move || {
            // What comes behind an error is taken and thrown away.
            let mut printed = Ok(());
            while let Ok(Some(line)) = waiting.recv() {
                printed = printed.and_then(|()| output::data(&line));
            }
            printed
        };
        let thread = std::thread::Builder::new().name("netprobe-stdout".to_owned()).spawn(print);
        Ok(Self { lines, thread: thread.context("no thread can be started (ulimit -u)")? })
    }

    /// Takes lines, and never waits.
    pub(crate) fn pen(&self) -> impl Fn(String) + Send + Sync + use<> {
        let lines = self.lines.clone();
        move |line| {
            // It listens until `finish`.
            let _ = lines.send(Some(line));
        }
    }

    /// Waits until everything is out.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        let _ = self.lines.send(None);
        self.thread.join().map_err(|_| anyhow!("the thread that writes to stdout broke"))?
    }
}
