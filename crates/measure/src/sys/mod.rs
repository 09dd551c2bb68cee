//! System calls that no safe crate wraps. The one home of `unsafe`.

mod tcp_info;

pub(crate) use tcp_info::tcp_info;
