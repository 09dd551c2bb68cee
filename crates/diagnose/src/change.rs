//! What one run changed about another. An experiment tells something only where exactly one thing differs.

use std::net::IpAddr;

use model::{Protocol, UploadPackParameters};

use crate::trace::Trace;

/// The one thing that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// The later run keeps packets small.
    Clamp,
    /// The later run waits longer.
    Patience,
    /// The later run goes to another address.
    Address,
    /// The later run speaks protocol v2.
    Protocol,
    /// The later run lets the server say how far it is.
    Progress,
}

/// What `later` changed about `earlier`; none where it is nothing or more than one thing. Where a run may stop although
/// all is well is no difference: that cuts what is seen and changes nothing about it.
pub(crate) fn change(earlier: Trace<'_>, later: Trace<'_>) -> Option<Change> {
    let before = in_force(earlier);
    let after = in_force(later);
    let differs_only_by = |change: Change| {
        let mut changed = before.clone();
        match change {
            Change::Clamp => changed.mss_clamp_bytes = after.mss_clamp_bytes,
            Change::Patience => changed.patience_us = after.patience_us,
            Change::Address => changed.address = after.address,
            Change::Protocol => changed.protocol = after.protocol,
            Change::Progress => changed.progress = after.progress,
        }
        changed == after
    };
    let candidates = [
        (Change::Clamp, before.mss_clamp_bytes.is_none() && after.mss_clamp_bytes.is_some()),
        (Change::Patience, before.patience_us < after.patience_us),
        (Change::Address, differ(before.address, after.address)),
        (Change::Protocol, (before.protocol, after.protocol) == (Protocol::V0, Protocol::V2)),
        (Change::Progress, !before.progress && after.progress),
    ];
    candidates.into_iter().find_map(|(change, made)| (made && differs_only_by(change)).then_some(change))
}

/// The parameters with the address that was really used.
fn in_force(run: Trace<'_>) -> UploadPackParameters {
    UploadPackParameters { address: run.address(), caps: model::Caps::default(), ..run.parameters().clone() }
}

fn differ(before: Option<IpAddr>, after: Option<IpAddr>) -> bool {
    matches!((before, after), (Some(before), Some(after)) if before != after)
}
