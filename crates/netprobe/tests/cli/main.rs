//! The program from outside: what is typed, what comes out of which stream, with which exit code.

mod agent;
mod bad_input;
mod bed;
mod compare;
mod configuration;
mod explain;
mod from_node;
mod image;
mod interrupted;
mod journal;
mod real_servers;
mod runs;
mod secrets;
mod words;
