//! The probes there are, in the order in which they are made. Adding one is a folder beside this and a line here.

use measure::Probe;

/// Every probe.
pub const PROBES: &[&dyn Probe] = &[
    &git_upload_pack::GitUploadPack,
    &host::ThisMachine,
    &dns::Dns,
    &tcp_connect::TcpConnect,
    &tls_handshake::TlsHandshake,
    &ssh_handshake::SshHandshake,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = PROBES.iter().map(|probe| probe.card().name).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
