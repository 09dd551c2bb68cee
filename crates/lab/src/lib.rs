//! Development only: real servers and broken paths to test netprobe against.
//!
//! Knows how to run real OpenSSH, nginx and git on loopback or on hosts of its own, how to make repositories of a wanted
//! size, and how to ask Flux's own git client for its opinion. Refuses to know what netprobe is: a bed that
//! imports the thing it tests would share its mistakes.

pub mod bed;
pub mod campaign;
pub mod capture;
pub mod certificate;
mod congestion_control;
mod cpu_quota;
pub mod emulator;
pub mod git;
pub mod git_trace;
pub mod host;
pub mod matrix;
pub mod network;
pub mod oracle;
pub mod outcome;
pub mod place;
pub mod process;
pub mod programs;
mod question;
pub mod record;
pub mod repository;
pub mod resolver;
pub mod results;
pub mod scenario;
pub mod servers;
pub mod shell;
pub mod stored;
pub mod trial;
pub mod units;
pub mod verdict;
pub mod workplace;

/// Removes what killed laboratories left on this computer: folders, control groups, and a setting of the whole computer.
///
/// # Errors
///
/// What could not be removed or put back, and has to be by hand.
pub fn sweep() -> anyhow::Result<()> {
    workplace::sweep()?;
    cpu_quota::sweep()?;
    congestion_control::sweep()
}
