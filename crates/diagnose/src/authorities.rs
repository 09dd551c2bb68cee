//! Who signs certificates: products that read along in TLS, and authorities that everybody trusts, by the names that stand in
//! certificates. Tables with their sources; what follows is for the rules.

/// A product that answers in a server's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interceptor {
    /// As its maker calls it.
    pub(crate) name: &'static str,
    /// What its certificates' issuers have in their names, in small letters.
    marks: &'static [&'static str],
}

impl Interceptor {
    /// Whether the host is its maker's own.
    pub(crate) fn concerns(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.marks.iter().any(|mark| host.contains(&mark.replace(' ', "")))
    }
}

/// The product that an issuer is named after.
pub(crate) fn interceptor(issuer: &str) -> Option<&'static Interceptor> {
    let issuer = issuer.to_ascii_lowercase();
    INTERCEPTORS.iter().find(|product| product.marks.iter().any(|mark| issuer.contains(mark)))
}

/// Whether an organisation's authorities are on Mozilla's list, or between it and servers.
pub(crate) fn is_public(organization: &str) -> bool {
    let organization = organization.to_ascii_lowercase();
    PUBLIC.iter().any(|known| organization.contains(known))
}

/// By the root certificates that these products make or ship: their makers' pages on TLS inspection, and the collection of
/// Durumeric et al., "The Security Impact of HTTPS Interception" (NDSS 2017), table 2.
const INTERCEPTORS: &[Interceptor] = &[
    Interceptor { name: "Zscaler", marks: &["zscaler"] },
    Interceptor { name: "Netskope", marks: &["netskope", "goskope"] },
    Interceptor { name: "Fortinet FortiGate", marks: &["fortinet", "fortigate"] },
    Interceptor { name: "Palo Alto Networks", marks: &["palo alto networks", "paloaltonetworks", "prisma access"] },
    Interceptor {
        name: "Symantec (Blue Coat) Secure Web Gateway",
        marks: &["blue coat", "bluecoat", "symantec web security", "symantec cloud swg", "proxysg"],
    },
    Interceptor { name: "Cisco Umbrella", marks: &["cisco umbrella", "opendns"] },
    Interceptor { name: "Cisco Secure Web Appliance", marks: &["cisco secure web", "cisco wsa", "ironport"] },
    Interceptor { name: "Sophos", marks: &["sophos", "cyberoam", "astaro"] },
    Interceptor { name: "Kaspersky", marks: &["kaspersky"] },
    Interceptor { name: "ESET", marks: &["eset ssl filter", "eset, spol"] },
    Interceptor { name: "Avast", marks: &["avast"] },
    Interceptor { name: "AVG", marks: &["avg technologies", "avg web"] },
    Interceptor { name: "Bitdefender", marks: &["bitdefender"] },
    Interceptor { name: "Norton", marks: &["norton web", "nortonlifelock"] },
    Interceptor { name: "AdGuard", marks: &["adguard"] },
    Interceptor { name: "mitmproxy", marks: &["mitmproxy"] },
    Interceptor { name: "Squid", marks: &["squid"] },
    Interceptor { name: "Charles", marks: &["charles proxy"] },
    Interceptor { name: "Fiddler", marks: &["fiddler"] },
    Interceptor { name: "Burp Suite", marks: &["portswigger"] },
    Interceptor { name: "Skyhigh (McAfee) Secure Web Gateway", marks: &["skyhigh", "mcafee"] },
    Interceptor { name: "Forcepoint", marks: &["forcepoint", "websense"] },
    Interceptor { name: "Barracuda", marks: &["barracuda"] },
    Interceptor { name: "SonicWall", marks: &["sonicwall"] },
    Interceptor { name: "WatchGuard", marks: &["watchguard"] },
    Interceptor { name: "Check Point", marks: &["check point", "checkpoint"] },
    Interceptor { name: "iboss", marks: &["iboss"] },
    Interceptor { name: "Menlo Security", marks: &["menlo security"] },
    Interceptor { name: "Cato Networks", marks: &["cato networks"] },
    Interceptor { name: "Cloudflare Gateway", marks: &["gateway ca - cloudflare", "cloudflare managed"] },
    Interceptor { name: "Trend Micro", marks: &["trend micro"] },
    Interceptor { name: "Smoothwall", marks: &["smoothwall"] },
    Interceptor { name: "Sangfor", marks: &["sangfor"] },
];

/// Organisations in the issuers of public servers' certificates (ccadb.org, "Intermediate CA certificates").
const PUBLIC: &[&str] = &[
    "let's encrypt",
    "internet security research group",
    "digicert",
    "sectigo",
    "comodo",
    "usertrust",
    "google trust services",
    "globalsign",
    "amazon",
    "starfield",
    "godaddy",
    "entrust",
    "microsoft corporation",
    "ssl corp",
    "ssl.com",
    "zerossl",
    "identrust",
    "buypass",
    "actalis",
    "certum",
    "asseco",
    "unizeto",
    "harica",
    "hellenic academic",
    "swisssign",
    "t-systems",
    "telesec",
    "d-trust",
    "geant",
    "cybertrust",
    "secom",
    "certigna",
    "gandi",
    "network solutions",
    "trustwave",
    "securetrust",
    "quovadis",
    "thawte",
    "geotrust",
    "rapidssl",
    "verisign",
    "apple inc",
    "cloudflare, inc",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_known_by_its_issuers() {
        for (issuer, name) in [
            ("C=US, ST=California, O=Zscaler Inc., CN=Zscaler Intermediate Root CA (zscloud.net) (t)", "Zscaler"),
            ("C=US, ST=California, L=Sunnyvale, O=Fortinet, OU=Certificate Authority, CN=FG100F", "Fortinet FortiGate"),
            ("CN=DO_NOT_TRUST_FiddlerRoot", "Fiddler"),
            ("CN=ca.acme.goskope.com, O=Acme", "Netskope"),
            ("O=mitmproxy, CN=mitmproxy", "mitmproxy"),
        ] {
            assert_eq!(interceptor(issuer).map(|product| product.name), Some(name), "{issuer}");
        }
    }

    #[test]
    fn ordinary_authorities_are_no_products() {
        for issuer in [
            "C=US, O=Let's Encrypt, CN=R11",
            "C=US, L=Palo Alto, O=Hewlett Packard, CN=Issuing CA 3",
            "O=Reset Industries, CN=Reset Internal CA",
            "CN=Corp Issuing CA 1",
            "C=GB, O=Sectigo Limited, CN=Sectigo ECC Domain Validation Secure Server CA",
        ] {
            assert_eq!(interceptor(issuer), None, "{issuer}");
        }
        assert!(is_public("Let's Encrypt") && is_public("DigiCert Inc") && !is_public("Acme Corp"));
        let fortinet = interceptor("O=Fortinet").unwrap();
        assert!(fortinet.concerns("git.fortinet.com") && !fortinet.concerns("github.com"));
    }
}
