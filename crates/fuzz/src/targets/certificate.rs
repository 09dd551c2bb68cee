//! A server's certificate in the report's words. Promised: always an answer, bounded and clean.

use exchange::tls::describe_certificate;

use crate::promise;

/// The input is a certificate in DER, or what a server sends in its place.
pub(super) fn check(input: &[u8]) {
    let told = describe_certificate(input);
    assert_eq!(told.der_bytes.0, input.len() as u64);
    assert!(told.names.len() <= 16);
    told.names.iter().chain([&told.subject, &told.issuer]).for_each(promise::remote_text);
    promise::says_only_harmless(&told);
}
