//! The endpoint seen from the other end: by stock git, by stock ssh, and byte by byte.

mod client;
mod faults;
mod stock_git;
