//! Whose rules apply where git and Flux differ.

/// The client whose rules apply to proxies and host keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// `git`, with OpenSSH and libcurl below it.
    Git,
    /// source-controller: go-git, x/crypto/ssh and Go's HTTP client.
    Flux,
}
