//! Prose about each finding, for its page in the reference: what was seen, what it is easily taken for, what to do.

/// The text of a rule's page below its heading, as Markdown; none for a rule that there is not.
pub fn about(rule: &str) -> Option<&'static str> {
    ABOUT.iter().find(|(id, _)| *id == rule).map(|(_, text)| *text)
}

macro_rules! about {
    ($($rule:literal),* $(,)?) => { &[$(($rule, include_str!(concat!("../findings/", $rule, ".md")))),*] };
}

const ABOUT: &[(&str, &str)] = about![
    "name-answers-differ",
    "address-record-lost",
    "name-server-silent",
    "name-answers-lost",
    "name-lookup-slow",
    "name-not-found",
    "name-server-failure",
    "address-family-broken",
    "connect-refused",
    "connect-unreachable",
    "connect-silent",
    "connect-lossy",
    "proxy-refused",
    "flux-secret-unusable",
    "flux-takes-no-host-certificate",
    "host-key-changed",
    "host-key-revoked",
    "host-key-unknown",
    "host-key-types-mixed",
    "no-common-algorithm",
    "server-connection-limit",
    "ssh-filtered-by-content",
    "tls-name-filtered",
    "tls-large-hello-dropped",
    "tls-intercepted",
    "certificate-chain-incomplete",
    "certificate-untrusted",
    "certificate-expired",
    "certificate-wrong-name",
    "tls-failed",
    "authentication-refused",
    "no-credential",
    "exec-refused",
    "rate-limited",
    "http-status",
    "malformed",
    "repository-not-found",
    "repository-empty",
    "ref-not-found",
    "remote-error",
    "pack-corrupt",
    "path-mtu-black-hole",
    "key-exchange-not-digested",
    "idle-flow-forgotten",
    "client-cpu-starved",
    "server-computing",
    "server-silent",
    "connection-cut",
    "stalled",
    "advertisement-slow",
    "flux-cannot-dial",
    "over-timeout",
    "flux-gives-up",
    "near-timeout",
    "certificate-expires-soon",
    "cut-for-budget",
    "not-measured",
    "unexplained",
    "healthy",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RULES;

    #[test]
    fn every_rule_has_a_page_and_every_page_a_rule() {
        let without: Vec<&str> = RULES.iter().map(|rule| rule.id).filter(|id| about(id).is_none()).collect();
        assert!(without.is_empty(), "no prose in crates/diagnose/findings for {without:?}");
        for (id, text) in ABOUT {
            assert!(RULES.iter().any(|rule| rule.id == *id), "{id} is no rule");
            assert!(text.lines().count() >= 5 && !text.starts_with('#'), "{id}: a few paragraphs, without a title");
        }
    }
}
