//! Failures in a few plain words. The vocabulary is `model`'s; what a failure means is for `diagnose`.

use model::{Failure, FailureKind};

use crate::number;

/// What happened, as a table's note or half a sentence says it; the other side's own words are not in it.
pub(crate) fn words(failure: &Failure) -> String {
    of_kind(&failure.kind)
}

/// The same of the kind alone.
pub(crate) fn of_kind(kind: &FailureKind) -> String {
    let words = match kind {
        FailureKind::Stalled { silent_us } => return format!("stalled, {} silent", number::duration(*silent_us)),
        FailureKind::HttpStatus { status } => return format!("HTTP status {status}"),
        FailureKind::NameNotFound => "no such name",
        FailureKind::NameServerFailure => "name server failed",
        FailureKind::Refused => "connection refused",
        FailureKind::Reset => "connection reset",
        FailureKind::Closed => "connection closed",
        FailureKind::Unreachable => "unreachable",
        FailureKind::Prohibited => "prohibited",
        FailureKind::OutOfTime => "time up",
        FailureKind::Cancelled => "cancelled",
        FailureKind::ProxyRefused => "refused by the proxy",
        FailureKind::HostKeyUnknown => "host key unknown",
        FailureKind::HostKeyChanged => "host key changed",
        FailureKind::HostKeyRevoked => "host key revoked",
        FailureKind::NoCredential => "no credential to offer",
        FailureKind::AuthenticationRefused => "authentication refused",
        FailureKind::NoCommonAlgorithm => "no common algorithm",
        FailureKind::ExecRefused => "git was not run",
        FailureKind::CertificateUntrusted => "certificate untrusted",
        FailureKind::CertificateExpired => "certificate expired",
        FailureKind::CertificateWrongName => "certificate name wrong",
        FailureKind::Tls => "TLS failed",
        FailureKind::Redirect => "redirect not followed",
        FailureKind::RepositoryNotFound => "repository not found",
        FailureKind::RefNotFound => "no such reference",
        FailureKind::RepositoryEmpty => "repository empty",
        FailureKind::RemoteError => "error from the server",
        FailureKind::Malformed => "not the protocol",
        FailureKind::TooLarge => "too much to read",
        FailureKind::TrailerMismatch => "pack checksum wrong",
        FailureKind::Local => "local trouble",
        // `Unknown`, and kinds that are younger than this renderer.
        _ => "failed",
    };
    words.to_owned()
}

/// True where this side ended a stage by its own decision, and the network did nothing wrong.
pub(crate) fn is_ours(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        FailureKind::OutOfTime | FailureKind::Cancelled | FailureKind::HostKeyUnknown | FailureKind::NoCredential
    )
}
