//! `ssh_config`. Promised: the first value of each keyword wins, whatever stands behind it.

use std::path::Path;

use access::ssh_config::SshConfig;

/// The input is the text of a file. `Include` would read this machine's files, so it is left out.
pub(super) fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if text.to_ascii_lowercase().contains("include") {
        return;
    }
    let path = Path::new("/ssh_config");
    for host in ["git.example.org", "10.0.0.1", ""] {
        let alone = SshConfig::parse(&text, path).lookup(host, &[]);
        let with_more = SshConfig::parse(&format!("{text}\n{MORE}"), path).lookup(host, &[]);
        assert!(with_more.port.is_some() && with_more.user.is_some(), "what stands behind is read too");
        assert!(alone.port.is_none() || alone.port == with_more.port);
        assert!(alone.user.is_none() || alone.user == with_more.user);
        assert!(alone.host_name.is_none() || alone.host_name == with_more.host_name);
        assert!(alone.route.is_none() || alone.route == with_more.route);
        assert!(with_more.identity_files.starts_with(&alone.identity_files), "identities add up");
        assert!(alone.not_honoured.len() <= with_more.not_honoured.len());
    }
}

/// A last word on everything.
const MORE: &str = "Match all\nPort 2222\nUser nobody\nHostName other.example.org\nProxyJump jump.example.org\n\
                    IdentityFile /other\n";
