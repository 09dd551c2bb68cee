//! What a TLS server shows for itself, and what this machine makes of it. Facts as they stand in the certificates; what they
//! mean is for the rules.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Bytes, RemoteText};

/// One certificate of a served chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Certificate {
    /// Subject's distinguished name.
    pub subject: RemoteText,
    /// Issuer's distinguished name.
    pub issuer: RemoteText,
    /// DNS names and addresses it is valid for, at most sixteen.
    pub names: Vec<RemoteText>,
    /// Start of validity, seconds since 1970-01-01 UTC.
    pub not_before_unix_s: i64,
    /// End of validity, seconds since 1970-01-01 UTC.
    pub not_after_unix_s: i64,
    /// Size of its DER form.
    pub der_bytes: Bytes,
    /// What else it says; absent where it cannot be read, and in reports of versions that did not look.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub details: Option<CertificateDetails>,
}

/// What a certificate says besides its names and dates (RFC 5280).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CertificateDetails {
    /// Organisation (`O`) in the issuer's name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub issuer_organization: Option<RemoteText>,
    /// Whether it calls itself an authority (basic constraints, `CA:TRUE`).
    pub is_authority: bool,
    /// Whether subject and issuer are the same name, as in a root.
    pub self_issued: bool,
    /// Where it says that its issuer's certificate lies (authority information access, `caIssuers`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub issuer_url: Option<RemoteText>,
    /// SHA-256 of its DER form, in lower-case hexadecimal digits.
    pub sha256: String,
    /// Kind of its key: `RSA`, `EC P-256`, `Ed25519`, or the object identifier.
    pub key: String,
    /// Size of an RSA key, in bits.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key_bits: Option<u32>,
    /// How it is signed: `sha256WithRSAEncryption`, or the object identifier.
    pub signature: String,
}

/// Whether a chain was accepted, by which roots.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TlsTrust {
    /// True when verified.
    pub verified: bool,
    /// `system store`, `bundled roots` or the files given.
    pub roots: String,
    /// What the verifier had against it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub problem: Option<RemoteText>,
    /// Whether the chain leads to a root of the bundled public list (Mozilla's), its dates and names left aside. Absent in
    /// reports of versions that did not look.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub public_root: Option<bool>,
    /// A root that is trusted here and whose organisation is the one that issued the last certificate of the chain, where the
    /// chain itself leads to no root.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub related_root: Option<RemoteText>,
    /// When it was verified, by this machine's clock, in seconds since 1970-01-01 UTC.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at_unix_s: Option<i64>,
}
