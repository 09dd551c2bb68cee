//! `netprobe serve`: the embedded endpoint on purpose.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use model::Bytes;

use super::fault::FaultName;
use super::size;

/// Serve a synthetic git repository over SSH, HTTPS and HTTP, well or badly, until Ctrl-C.
///
/// Keys and certificates are made at the start and thrown away at the end. Stock git can clone from it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ServeArgs {
    /// The address to listen on. Anything but loopback lets others in: over HTTP everybody, over SSH whoever has the key.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub(crate) listen: IpAddr,

    /// Port for SSH; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) ssh_port: u16,

    /// Port for HTTPS; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) https_port: u16,

    /// Port for HTTP; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) http_port: u16,

    /// A DNS name for the certificate and for `known_hosts`. May be given again.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Vec<String>,

    /// Size of the pack of a clone of depth 1.
    #[arg(long, value_name = "SIZE", default_value = "50MiB", value_parser = size::parse)]
    pub(crate) pack_size: Bytes,

    /// Branches, `main` included.
    #[arg(long, value_name = "COUNT", default_value_t = 3)]
    pub(crate) branches: u32,

    /// Tags.
    #[arg(long, value_name = "COUNT", default_value_t = 2)]
    pub(crate) tags: u32,

    /// Commits in the history.
    #[arg(long, value_name = "COUNT", default_value_t = 5)]
    pub(crate) commits: u32,

    /// What goes wrong: none, corrupt, `slow[:DURATION]`, or `KIND[@POINT[:BYTES]]` with KIND freeze, cut or reset and POINT
    /// connected, key-exchange, authentication, exec, advertisement-headers, advertisement, response-headers, response,
    /// shallow, nak, after-nak or pack.
    #[arg(long, value_name = "FAULT", default_value = "none")]
    pub(crate) fault: FaultName,

    /// Write key, `known_hosts` and CA into this folder, and leave them there. Without it: a temporary folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) write_access: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  netprobe serve                                   a healthy repository of 50 MiB on loopback
  netprobe serve --fault freeze@after-nak          silent behind its NAK
  netprobe serve --fault cut@pack:1000000          closed after a million bytes of the pack
  netprobe serve --listen 0.0.0.0 --ssh-port 2222  for other machines";
