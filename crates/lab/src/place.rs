//! Where a server runs: on this computer's loopback, or on a host of the laboratory.
//!
//! Knows how to open sockets and start programs there. Refuses to know which addresses lead there: networks do.

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::host::Host;
use crate::process::{self, Background, Finished};

/// Where something runs. A host lives at least as long as what runs there.
#[derive(Debug, Clone, Default)]
pub enum Place {
    /// This computer.
    #[default]
    Machine,
    /// A machine of the laboratory.
    Host(Arc<Host>),
}

impl Place {
    /// Waits for connections at this address. Port 0 lets the kernel choose; `[::]` takes IPv4 too (ipv6(7)).
    pub fn listen(&self, address: SocketAddr) -> Result<TcpListener> {
        let bind = || TcpListener::bind(address).with_context(|| format!("cannot listen on {address}/tcp"));
        self.inside(bind)
    }

    /// Receives datagrams at this address.
    pub fn receive(&self, address: SocketAddr) -> Result<UdpSocket> {
        let bind = || UdpSocket::bind(address).with_context(|| format!("cannot listen on {address}/udp"));
        self.inside(bind)
    }

    /// Runs a command until it ends or `bound` is over.
    pub fn run(&self, command: &mut Command, bound: Duration) -> Result<Finished> {
        match self {
            Self::Machine => process::run(command, bound),
            Self::Host(host) => host.run(command, bound),
        }
    }

    /// Starts a command that goes on in the background.
    pub fn start(&self, command: &mut Command) -> Result<Background> {
        self.inside(|| Background::start(command))
    }

    fn inside<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        match self {
            Self::Machine => work(),
            Self::Host(host) => host.enter(work),
        }
    }
}
