//! `known_hosts`, which may come out of a Flux secret. Promised: every line is understood, passed over or named as
//! broken, and none changes what another one says.

use std::path::Path;

use access::Client;
use access::known_hosts::{HostQuery, KnownHosts};

/// The input is the text of a file.
pub(super) fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let whole = KnownHosts::parse(&text, Path::new("known_hosts"));
    let mut by_line = KnownHosts::default();
    let mut understood = 0;
    for line in text.lines() {
        let one = KnownHosts::parse(line, Path::new("known_hosts"));
        understood += usize::from(!one.is_empty());
        assert!(one.is_empty() || one.broken().is_empty(), "a line is understood or broken: {line:?}");
        by_line.extend(one);
    }
    assert_eq!(whole.is_empty(), understood == 0);
    assert_eq!(whole.broken().len(), by_line.broken().len());
    assert_eq!(whole.key_types(), by_line.key_types());
    for client in [Client::Git, Client::Flux] {
        for (host, port, alias) in [("git.example.org", 22, None), ("2001:db8::1", 2222, Some("alias"))] {
            let query = HostQuery { host, port, alias, client };
            let types = whole.key_types_for(&query);
            assert_eq!(types, by_line.key_types_for(&query));
            assert!(types.iter().all(|known| whole.key_types().contains(known)));
            assert_eq!(whole.has_authority_for(&query), by_line.has_authority_for(&query));
        }
    }
}
