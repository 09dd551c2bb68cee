//! System calls that no safe crate wraps. The one home of `unsafe`.

mod clock;
mod ethtool;
mod tcp_info;

pub use clock::wall_clock;
pub(crate) use ethtool::offloads;
pub(crate) use tcp_info::tcp_info;
