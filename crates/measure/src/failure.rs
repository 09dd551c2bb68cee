//! The operating system's errors in the report's words. The one place where errno becomes meaning.

use std::io;

use model::{Failure, FailureKind, Micros};

/// What an I/O error says about the network, or about this machine.
///
/// `ETIMEDOUT` is the kernel's own verdict that nothing came back for all its retransmissions; how long that took is in
/// the stage's time.
pub fn from_io(error: &io::Error, operation: &str) -> Failure {
    let kind = match error.raw_os_error() {
        Some(libc::ECONNREFUSED) => FailureKind::Refused,
        Some(libc::ECONNRESET | libc::EPIPE | libc::ECONNABORTED) => FailureKind::Reset,
        Some(libc::ETIMEDOUT) => FailureKind::Stalled { silent_us: Micros(0) },
        Some(libc::EHOSTUNREACH | libc::ENETUNREACH | libc::EHOSTDOWN | libc::ENETDOWN | libc::EADDRNOTAVAIL) => {
            FailureKind::Unreachable
        }
        Some(libc::EACCES | libc::EPERM) => FailureKind::Prohibited,
        Some(_) => FailureKind::Local,
        None => match error.kind() {
            io::ErrorKind::UnexpectedEof => FailureKind::Closed,
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => FailureKind::Reset,
            io::ErrorKind::InvalidData => FailureKind::Malformed,
            _ => FailureKind::Local,
        },
    };
    Failure { errno: error.raw_os_error(), ..Failure::new(kind, operation) }.saying(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_numbers_are_told_apart() {
        let kind = |errno| from_io(&io::Error::from_raw_os_error(errno), "connect").kind;
        assert_eq!(kind(111), FailureKind::Refused);
        assert_eq!(kind(104), FailureKind::Reset);
        assert_eq!(kind(113), FailureKind::Unreachable);
        assert_eq!(kind(13), FailureKind::Prohibited);
        assert_eq!(kind(24), FailureKind::Local, "EMFILE is ours, not the network's");
        let eof = io::Error::new(io::ErrorKind::UnexpectedEof, "eof");
        assert_eq!(from_io(&eof, "read").kind, FailureKind::Closed);
    }
}
