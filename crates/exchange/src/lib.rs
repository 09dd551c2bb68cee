//! Timed exchanges with a git server: name, connection, proxy, TLS, SSH, HTTP, upload-pack.
//!
//! Each driver here moves bytes, notes the stages in a [`measure::Timeline`] and hands on; what the bytes mean is decided
//! by pure machines. The client sides of russh, rustls and hyper live here and nowhere else.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod connect;
pub mod dns;
mod halt;
mod hold;
pub mod http;
pub mod proxy;
mod resolve;
mod route;
pub mod ssh;
pub mod tap;
pub mod tls;
pub mod upload_pack;

pub use connect::connect;
pub use halt::Halt;
pub use hold::hold;
pub use resolve::{look_up, resolve};
pub use route::Route;
