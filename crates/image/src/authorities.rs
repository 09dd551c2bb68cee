//! The certificate authorities that the image trusts: Mozilla's list, as it was when netprobe was built.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

/// All of them in one file (RFC 7468).
pub(crate) fn bundle() -> String {
    let mut bundle = String::new();
    for certificate in TLS_SERVER_ROOT_CERTS {
        bundle.push_str("-----BEGIN CERTIFICATE-----\n");
        let mut rest = STANDARD.encode(certificate);
        while !rest.is_empty() {
            // Base64 is ASCII, so every place is one between characters.
            let next = rest.split_off(rest.len().min(LINE));
            bundle.push_str(&rest);
            bundle.push('\n');
            rest = next;
        }
        bundle.push_str("-----END CERTIFICATE-----\n");
    }
    bundle
}

/// RFC 7468, section 2.
const LINE: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_certificate_reads_back() {
        let bundle = bundle();
        assert!(bundle.lines().all(|line| line.len() <= LINE));
        let bodies = bundle.split("-----BEGIN CERTIFICATE-----\n").skip(1).map(|text| {
            let body = text.strip_suffix("-----END CERTIFICATE-----\n").unwrap();
            STANDARD.decode(body.replace('\n', "")).unwrap()
        });
        let certificates: Vec<Vec<u8>> = bodies.collect();
        assert!(certificates.len() > 100, "{}", certificates.len());
        assert!(certificates.iter().eq(TLS_SERVER_ROOT_CERTS.iter().map(AsRef::as_ref)));
    }
}
