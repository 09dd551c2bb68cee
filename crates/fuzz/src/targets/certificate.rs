//! A server's certificate in the report's words. Promised: always an answer, bounded and clean.

use exchange::tls::describe_certificate;

use crate::promise;

/// The input is a certificate in DER, or what a server sends in its place.
pub(super) fn check(input: &[u8]) {
    let told = describe_certificate(input);
    assert_eq!(told.der_bytes.0, input.len() as u64);
    assert!(told.names.len() <= 16);
    let details = told.details.as_ref();
    let more = details.into_iter().flat_map(|details| [&details.issuer_organization, &details.issuer_url]).flatten();
    told.names.iter().chain([&told.subject, &told.issuer]).chain(more).for_each(promise::remote_text);
    assert!(details.is_none_or(|details| details.key.len() <= 80 && details.signature.len() <= 80));
    promise::says_only_harmless(&told);
}
