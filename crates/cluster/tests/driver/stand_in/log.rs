//! Answers: one piece of JSON, a stream with its own times, or none at all.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Response;
use hyper::body::{Body, Bytes, Frame};
use serde_json::Value;
use tokio::sync::mpsc;

/// What one request gets.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// Status and body.
    Json(u16, Value),
    /// A stream; it ends after the last piece.
    Stream(Vec<Piece>),
    /// The same answer, later.
    Late(Duration, Box<Answer>),
    /// Nothing, for ever.
    Never,
    /// The connection breaks.
    Broken,
}

/// One piece of a stream.
#[derive(Debug, Clone)]
pub(crate) enum Piece {
    /// Bytes.
    Text(String),
    /// Nothing for a while.
    Pause(Duration),
    /// Nothing for ever.
    Hang,
    /// The stream breaks instead of ending.
    Break,
}

impl Answer {
    pub(super) async fn into_response(self) -> Result<Response<LogBody>, std::io::Error> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut answer = self;
        loop {
            match answer {
                Self::Late(pause, rest) => {
                    tokio::time::sleep(pause).await;
                    answer = *rest;
                }
                Self::Json(code, body) => {
                    let _ = sender.send(Ok(Bytes::from(body.to_string())));
                    return Ok(respond(code, receiver));
                }
                Self::Stream(pieces) => {
                    tokio::spawn(play(pieces, sender));
                    return Ok(respond(200, receiver));
                }
                Self::Never => std::future::pending().await,
                Self::Broken => return Err(std::io::Error::other("connection reset by peer")),
            }
        }
    }
}

async fn play(pieces: Vec<Piece>, sender: mpsc::UnboundedSender<Result<Bytes, std::io::Error>>) {
    for piece in pieces {
        match piece {
            Piece::Text(text) => drop(sender.send(Ok(Bytes::from(text)))),
            Piece::Pause(pause) => tokio::time::sleep(pause).await,
            Piece::Hang => sender.closed().await,
            Piece::Break => drop(sender.send(Err(std::io::Error::other("unexpected end of file")))),
        }
    }
}

fn respond(code: u16, receiver: mpsc::UnboundedReceiver<Result<Bytes, std::io::Error>>) -> Response<LogBody> {
    Response::builder().status(code).body(LogBody(receiver)).expect("a status and a body make a response")
}

/// A body whose pieces come from a task.
pub(crate) struct LogBody(mpsc::UnboundedReceiver<Result<Bytes, std::io::Error>>);

impl Body for LogBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}
