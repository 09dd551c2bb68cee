//! The measuring kit. It owns the measuring clock, the sockets and every `unsafe` block; probes are written with it.
//!
//! It knows nothing of any protocol and passes no judgement. That something is slow or silent is written down; what
//! that means is for `diagnose`.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod cgroup;
mod clock;
mod context;
mod dial;
mod failure;
mod gauge;
mod machine;
mod meter;
pub mod netlink;
mod path_mtu;
mod probe;
mod recorder;
mod stop;
mod stream;
mod sys;
mod timeline;
mod vantage;
mod watch;

pub use cgroup::Cgroup;
pub use clock::Clock;
pub use context::{Context, Way};
pub use dial::{Dial, Dialled, Silent, dial};
pub use failure::from_io;
pub use gauge::{Gauge, Reading};
pub use machine::{Look, Machine};
pub use meter::Meter;
pub use path_mtu::path_mtu;
pub use probe::{Card, Probe, ProbeFuture};
pub use recorder::Recorder;
pub use stop::{Stop, StopHandle};
pub use stream::{MeteredStream, connect};
pub use sys::wall_clock;
pub use timeline::Timeline;
pub use vantage::{container_signs, observe as observe_vantage};
pub use watch::Patience;
