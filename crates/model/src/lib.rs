//! The vocabulary of netprobe: pure data, no IO, no clock.
