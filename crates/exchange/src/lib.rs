//! Timed exchanges that probes share: resolve, connect, proxy, TLS, SSH, HTTP, git upload-pack.
