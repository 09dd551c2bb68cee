//! The channel on which git runs: what we write is its stdin, what comes is its stdout; its stderr is kept for the report.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use model::{Failure, RemoteText};
use russh::client::Msg;
use russh::{Channel, ChannelMsg, Error};

use super::WINDOW_BYTES;
use super::handler::Witness;

/// A running remote command.
#[derive(Debug)]
pub struct Pipe {
    channel: Channel<Msg>,
    witness: Witness,
    stderr: Vec<u8>,
    early: Early,
    exit_status: Option<u32>,
    ended: bool,
}

/// What came before the server said that the command runs.
#[derive(Debug, Default)]
pub(crate) struct Early {
    parts: VecDeque<Bytes>,
    bytes: usize,
}

impl Early {
    /// Takes more, as long as it fits into the window that was given: russh does not see to that.
    pub(crate) fn push(&mut self, part: Bytes) -> Result<(), &'static str> {
        self.bytes = self.bytes.saturating_add(part.len());
        if self.bytes > WINDOW_BYTES as usize {
            return Err("more came than its window takes");
        }
        self.parts.push_back(part);
        Ok(())
    }
}

/// What came next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// Bytes of stdout.
    Data(Bytes),
    /// No more will come.
    End,
}

impl Pipe {
    /// Of a command that runs, with what it said before that was known.
    pub(crate) fn new(channel: Channel<Msg>, witness: Witness, stderr: Vec<u8>, early: Early) -> Self {
        Self { channel, witness, stderr, early, exit_status: None, ended: false }
    }

    /// The next bytes of stdout, or its end.
    pub async fn next(&mut self) -> Arrival {
        if let Some(bytes) = self.early.parts.pop_front() {
            return Arrival::Data(bytes);
        }
        while !self.ended {
            match self.channel.wait().await {
                Some(ChannelMsg::Data { data }) => return Arrival::Data(data),
                Some(ChannelMsg::Eof) => {
                    // Exit status and close follow at once, or from a careless server never.
                    let _ = tokio::time::timeout(LAST_WORDS, self.last_words()).await;
                    self.ended = true;
                }
                Some(ChannelMsg::Close) | None => self.ended = true,
                Some(other) => self.note(other),
            }
        }
        Arrival::End
    }

    async fn last_words(&mut self) {
        loop {
            match self.channel.wait().await {
                Some(ChannelMsg::Close) | None => return,
                Some(other) => self.note(other),
            }
        }
    }

    fn note(&mut self, message: ChannelMsg) {
        match message {
            ChannelMsg::ExtendedData { data, .. } => keep(&mut self.stderr, &data),
            ChannelMsg::ExitStatus { exit_status } => self.exit_status = Some(exit_status),
            _ => {}
        }
    }

    /// Writes to stdin.
    pub async fn send(&mut self, bytes: Vec<u8>) -> Result<(), Error> {
        self.channel.data_bytes(bytes).await
    }

    /// Closes stdin, as go-git does behind its request.
    pub async fn finish_sending(&mut self) -> Result<(), Error> {
        self.channel.eof().await
    }

    /// Closes the channel.
    pub async fn close(&mut self) {
        // The session may be gone, which closes the channel too.
        let _ = self.channel.close().await;
    }

    /// How the session around the command ended while it was to do this, where it is over.
    pub fn broken(&self, operation: &str) -> Option<Failure> {
        self.witness.ended(operation)
    }

    /// What the command said on stderr, cleaned.
    pub fn stderr(&self) -> RemoteText {
        RemoteText::from_bytes(&self.stderr)
    }

    /// The command's exit status, once it is known.
    pub fn exit_status(&self) -> Option<u32> {
        self.exit_status
    }
}

/// Appends to a bounded record of stderr.
pub(crate) fn keep(stderr: &mut Vec<u8>, bytes: &[u8]) {
    let room = MAX_STDERR.saturating_sub(stderr.len());
    stderr.extend(bytes.iter().take(room));
}

/// For exit status and close behind the end of the data.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Enough for any message meant for people.
const MAX_STDERR: usize = 8 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn early_bytes_fill_a_window_and_no_more() {
        let mut early = Early::default();
        let part = Bytes::from(vec![7; 32 * 1024]);
        let fitting = WINDOW_BYTES as usize / part.len();
        assert!((0..fitting).all(|_| early.push(part.clone()).is_ok()), "a window's worth is anybody's right");
        assert!(early.push(Bytes::from_static(b"x")).is_err());
        assert_eq!(early.parts.len(), fitting);
    }
}
