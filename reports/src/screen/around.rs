//! A run of a probe around the exchange: its title, how it ended, and what it saw in a few lines. One file for each probe
//! tells its own.

mod dns;
mod host;
mod ssh_handshake;
mod tcp_connect;
mod tls_handshake;

use model::{Measurement, Parameters};

use super::exchange;
use crate::page::Page;
use crate::style::Mark;

pub(super) fn section(page: &mut Page, measurement: &Measurement) {
    let (ending, ink, _) = match &measurement.run.parameters {
        Parameters::SshHandshake(asked) => ssh_handshake::ending(asked, measurement),
        _ => exchange::ending(measurement),
    };
    let manner = manner(&measurement.run.parameters);
    page.title(&format!("{} · {manner}", measurement.run.id.0), &ending, ink);
    match &measurement.run.parameters {
        Parameters::Host => host::lines(page, measurement),
        Parameters::Dns(_) => dns::lines(page, measurement),
        Parameters::TcpConnect(_) => tcp_connect::lines(page, measurement),
        Parameters::TlsHandshake(asked) => tls_handshake::lines(page, asked, measurement),
        Parameters::SshHandshake(asked) => ssh_handshake::lines(page, asked, measurement),
        Parameters::GitUploadPack(_) => {}
    }
}

/// A follow-up of such a kind: how it asked, and what came of it; none for a kind that says it in other ways.
pub(super) fn follow_up(measurement: &Measurement) -> Option<(String, String, Mark)> {
    match &measurement.run.parameters {
        Parameters::TlsHandshake(asked) => {
            let (answer, mark) = tls_handshake::answer(measurement);
            Some((tls_handshake::manner(asked), answer, mark))
        }
        Parameters::SshHandshake(asked) => {
            let (answer, mark) = ssh_handshake::answer(asked, measurement);
            Some((ssh_handshake::manner(asked), answer, mark))
        }
        Parameters::TcpConnect(asked) => {
            let (answer, mark) = tcp_connect::answer(measurement);
            Some((tcp_connect::manner(asked), answer, mark))
        }
        _ => None,
    }
}

/// What the run asks, in a few words.
pub(super) fn manner(parameters: &Parameters) -> String {
    let words = match parameters {
        Parameters::GitUploadPack(_) => "git upload-pack",
        Parameters::Host => "this machine",
        Parameters::Dns(asked) if asked.rounds > 1 => return format!("name servers, {} rounds", asked.rounds),
        Parameters::Dns(_) => "name servers",
        Parameters::TcpConnect(asked) => return tcp_connect::manner(asked),
        Parameters::TlsHandshake(asked) => return tls_handshake::manner(asked),
        Parameters::SshHandshake(asked) => return ssh_handshake::manner(asked),
    };
    words.to_owned()
}
