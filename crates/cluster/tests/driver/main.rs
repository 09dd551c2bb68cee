//! The driver against an API server in memory, with a stopped clock: every fault takes no time.

mod follow;
mod looking;
mod scene;
mod stand_in;
mod stop;
mod submit;
