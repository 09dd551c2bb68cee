//! The list of targets. A new one is a file here and a line in [`TARGETS`].

mod advertisement;
mod certificate;
mod dns_answer;
mod doctored_report;
mod explain;
mod journal;
mod known_hosts;
mod pod_log;
mod proxy_answer;
mod response;
mod ssh_config;
mod ssh_preamble;

/// One reader and what is promised of it.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, and that of its folders under `corpus/` and `crashes/`.
    pub name: &'static str,
    /// Reads the input and panics where a promise is broken.
    pub check: fn(&[u8]),
    /// Longest input worth trying, in bytes.
    pub max_len: usize,
}

/// All of them, by name.
pub const TARGETS: &[Target] = &[
    Target { name: "advertisement", check: advertisement::check, max_len: 1024 },
    Target { name: "certificate", check: certificate::check, max_len: 2048 },
    Target { name: "dns_answer", check: dns_answer::check, max_len: 512 },
    Target { name: "doctored_report", check: doctored_report::check, max_len: 64 },
    Target { name: "explain", check: explain::check, max_len: 1024 },
    Target { name: "journal", check: journal::check, max_len: 8192 },
    Target { name: "known_hosts", check: known_hosts::check, max_len: 1024 },
    Target { name: "pod_log", check: pod_log::check, max_len: 10_000 },
    Target { name: "proxy_answer", check: proxy_answer::check, max_len: 512 },
    Target { name: "response", check: response::check, max_len: 2048 },
    Target { name: "ssh_config", check: ssh_config::check, max_len: 512 },
    Target { name: "ssh_preamble", check: ssh_preamble::check, max_len: 2048 },
];
