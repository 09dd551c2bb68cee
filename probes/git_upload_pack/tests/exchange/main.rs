//! The probe against the embedded endpoint, over every transport: what both ends saw must agree, and a fault must be
//! found in the stage where it was put.

mod bench;
mod faults;
mod healthy;
mod scripted;
