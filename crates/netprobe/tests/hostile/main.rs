//! Servers that mean harm: they never end, lie about lengths, talk garbage, hold back, hang up, and write escapes for a
//! terminal into every text. Whatever a server does, a run ends within its budget and a second, with a finding, in
//! little memory, and nothing of the server's text reaches a terminal as it came.
//!
//! The behaviours are tables, one file a family. Each is served on loopback by plain threads, and the program that users
//! start is run against it.

#![expect(clippy::too_many_lines, clippy::large_stack_arrays, reason = "tables, and what floods")]

mod advertisement;
mod bed;
mod endings;
mod git;
mod http;
mod http2;
mod http_body;
mod http_head;
mod pace;
mod proxy;
mod response;
mod seats;
mod ssh;
mod ssh_greeting;
mod ssh_kex;
mod ssh_packet;
mod ssh_session;
mod terminal;
mod tls;
mod tls_handshake;
