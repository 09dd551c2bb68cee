//! A run of a probe around the exchange: its title, how it ended, and what it saw in a few lines. One file for each probe
//! tells its own.

use model::{Measurement, Parameters};

use super::exchange;
use crate::page::Page;

pub(super) fn section(page: &mut Page, measurement: &Measurement) {
    let (ending, ink, _) = exchange::ending(measurement);
    let manner = manner(&measurement.run.parameters);
    page.title(&format!("{} · {manner}", measurement.run.id.0), &ending, ink);
}

/// What the run asks, in a few words.
pub(super) fn manner(parameters: &Parameters) -> &'static str {
    match parameters {
        Parameters::GitUploadPack(_) => "git upload-pack",
        Parameters::Host => "this machine",
        Parameters::Dns(_) => "name servers",
        Parameters::TcpConnect(_) => "TCP connect, each address",
        Parameters::TlsHandshake(_) => "TLS handshake",
        Parameters::SshHandshake(_) => "SSH handshake",
    }
}
