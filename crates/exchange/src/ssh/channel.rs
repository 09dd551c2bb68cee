//! The channel on which git runs: what we write is its stdin, what comes is its stdout; its stderr is kept for the report.

use bytes::Bytes;
use model::RemoteText;
use russh::client::Msg;
use russh::{Channel, ChannelMsg, Error};

/// A running remote command.
#[derive(Debug)]
pub struct Pipe {
    channel: Channel<Msg>,
    stderr: Vec<u8>,
    exit_status: Option<u32>,
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
    pub(crate) fn new(channel: Channel<Msg>, stderr: Vec<u8>) -> Self {
        Self { channel, stderr, exit_status: None }
    }

    /// The next bytes of stdout, or its end.
    pub async fn next(&mut self) -> Arrival {
        loop {
            match self.channel.wait().await {
                Some(ChannelMsg::Data { data }) => return Arrival::Data(data),
                Some(ChannelMsg::ExtendedData { data, .. }) => keep(&mut self.stderr, &data),
                Some(ChannelMsg::ExitStatus { exit_status }) => self.exit_status = Some(exit_status),
                // The exit status may come before or behind the end of the data; behind it there is the close.
                Some(ChannelMsg::Close) | None => return Arrival::End,
                Some(_) => {}
            }
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

/// Enough for any message meant for people.
const MAX_STDERR: usize = 8 * 1024;
