//! Real servers, on this computer's loopback at ports that the kernel chose or on a host at their usual ones, each gone
//! when its value is dropped.
//!
//! The listening socket is always ours and is handed to the server, so a port cannot be lost to somebody else between
//! choosing and using it, and a server is reachable from the moment it is started: nobody waits for readiness.

mod nginx;
mod sshd;

pub use self::nginx::{Nginx, NginxOptions};
pub use self::sshd::{Sshd, SshdOptions};
