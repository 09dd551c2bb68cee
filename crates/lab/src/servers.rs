//! Real servers, on this computer's loopback at ports that the kernel chose or on a host at their usual ones, each gone
//! when its value is dropped, each as broken as its options want it.
//!
//! The listening socket is always ours and is handed to the server, so a port cannot be lost to somebody else between
//! choosing and using it, and a server is reachable from the moment it is started: nobody waits for readiness.

mod dns;
mod git;
mod nginx;
mod sshd;
mod stop;

pub use self::dns::{Aaaa, Answers, NameServer, NameServerFaults, NameServerOptions, Zone};
pub use self::git::GitFaults;
pub use self::nginx::{Nginx, NginxFaults, NginxOptions};
pub use self::sshd::{HostKey, Identity, Sshd, SshdFaults, SshdOptions};

/// What a URL says of a port: nothing of the usual one.
fn port_in_url(port: u16, usual: u16) -> String {
    if port == usual { String::new() } else { format!(":{port}") }
}
