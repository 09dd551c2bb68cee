//! russh's errors in the report's words.

use measure::from_io;
use model::{Failure, FailureKind};
use russh::Error;

/// What an SSH error says of the other side or of the way to it.
pub(crate) fn from_ssh(error: &Error, operation: &str) -> Failure {
    let kind = match error {
        Error::IO(io) => return from_io(io, operation),
        Error::Disconnect
        | Error::HUP
        | Error::SendError
        | Error::RecvError
        | Error::ConnectionTimeout
        | Error::KeepaliveTimeout
        | Error::InactivityTimeout => FailureKind::Closed,
        Error::NoCommonAlgo { .. } => FailureKind::NoCommonAlgorithm,
        Error::NoAuthMethod => FailureKind::AuthenticationRefused,
        Error::ChannelOpenFailure(_) => FailureKind::ExecRefused,
        _ => FailureKind::Malformed,
    };
    Failure::new(kind, operation).saying(error.to_string())
}

/// The same behind the greeting. There the end of a connection is an I/O error; what russh calls a disconnect is a packet
/// with nothing in it, on which it breaks off itself.
pub(crate) fn from_session(error: &Error, operation: &str) -> Failure {
    match error {
        Error::Disconnect => Failure::new(FailureKind::Malformed, operation).saying("a packet with nothing in it"),
        _ => from_ssh(error, operation),
    }
}
