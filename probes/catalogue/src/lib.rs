//! The ordered list of all probes.
