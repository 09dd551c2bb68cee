//! Development only: real servers and broken paths to test netprobe against.
