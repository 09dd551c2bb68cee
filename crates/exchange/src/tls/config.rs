//! rustls set up like the client that is imitated: its key exchange groups decide the size of the hello.

use std::sync::Arc;

use model::{Profile, TlsHello};
use rustls::ClientConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};

#[cfg(test)]
use super::roots::Roots;
use super::verifier::Verifier;

/// Everything but verification and ALPN.
pub(crate) fn provider(profile: Profile, key_exchange: TlsHello) -> Arc<CryptoProvider> {
    let mut provider = aws_lc_rs::default_provider();
    if profile != Profile::Flux || key_exchange == TlsHello::Classic {
        // OpenSSL 3.0 and GnuTLS know no hybrid groups; a hello with one is five times as large as theirs.
        provider.kx_groups =
            vec![aws_lc_rs::kx_group::X25519, aws_lc_rs::kx_group::SECP256R1, aws_lc_rs::kx_group::SECP384R1];
    }
    Arc::new(provider)
}

/// A configuration with this verifier, its ALPN list still empty. None if the provider's own defaults contradict each other.
pub(crate) fn with_verifier(provider: Arc<CryptoProvider>, verifier: Arc<Verifier>) -> Option<ClientConfig> {
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    // A resumed session would skip the certificate flight, which is what one wants to see.
    config.resumption = rustls::client::Resumption::disabled();
    Some(config)
}

#[cfg(test)]
pub(super) fn bare(profile: Profile) -> ClientConfig {
    let provider = provider(profile, TlsHello::AsProfile);
    let verifier = bare_verifier(&provider);
    with_verifier(provider, verifier).unwrap()
}

#[cfg(test)]
pub(super) fn bare_verifier(provider: &Arc<CryptoProvider>) -> Arc<Verifier> {
    let roots = Roots::load(&[]).unwrap();
    Arc::new(Verifier::new(Arc::new(roots), provider).unwrap())
}
