//! git's `http.*` settings: those that are followed, and those that are named because they are not.

use url::Url;

use super::{CaFile, ExtraHeader};
use crate::git_config::GitConfig;
use crate::secret::Secret;
use crate::source::{NotHonoured, Source};
use crate::surroundings::Surroundings;

/// `GIT_SSL_CAINFO`, else `http.sslCAInfo`.
pub(super) fn ca_files(surroundings: &Surroundings, git: &GitConfig, url: &Url) -> Vec<CaFile> {
    let file = |path: &str, source| {
        let path = match (path.strip_prefix("~/"), &surroundings.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => surroundings.absolute(path.as_ref()),
        };
        vec![CaFile { path, source, replaces_system: true }]
    };
    if let Some(path) = surroundings.environment.filled("GIT_SSL_CAINFO") {
        return file(path, Source::Environment("GIT_SSL_CAINFO"));
    }
    match git.http(url, "sslcainfo").last() {
        Some(setting) if !setting.text().is_empty() => file(setting.text(), setting.source()),
        _ => Vec::new(),
    }
}

/// `http.extraHeader`: each adds a header, an empty one takes back those before it.
pub(super) fn extra_headers(git: &GitConfig, url: &Url) -> (Vec<ExtraHeader>, Vec<NotHonoured>) {
    let (mut headers, mut refused) = (Vec::new(), Vec::new());
    for setting in git.http(url, "extraheader") {
        if setting.text().is_empty() {
            headers.clear();
            refused.clear();
            continue;
        }
        if let Some((name, value)) = header(setting.text()) {
            headers.push(ExtraHeader { name, value, source: setting.source() });
        } else {
            let why = "it is no header, or one that is not the user's to set";
            refused.push(NotHonoured::new("http.extraHeader", setting.source(), why));
        }
    }
    (headers, refused)
}

/// Name and value of a header; nothing for what would end the header or change the framing of the request.
fn header(text: &str) -> Option<(String, Secret)> {
    let (name, value) = text.split_once(':')?;
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let fine = !name.is_empty()
        && name.chars().all(is_token)
        && !value.contains(char::is_control)
        && !FRAMING.iter().any(|framing| name.eq_ignore_ascii_case(framing));
    fine.then(|| (name.to_owned(), Secret::from(value.trim())))
}

/// What changes how git would connect and is not followed.
pub(super) fn not_honoured(surroundings: &Surroundings, git: &GitConfig, url: &Url) -> Vec<NotHonoured> {
    let mut named = Vec::new();
    if let Some(setting) = git.http(url, "sslverify").last().filter(|setting| !setting.truth()) {
        let left = NotHonoured::new("http.sslVerify", setting.source(), VERIFIED);
        named.push(left.with_value("false"));
    }
    for (name, shown, why) in UNFOLLOWED {
        let Some(setting) = git.http(url, &name.to_ascii_lowercase()).last().copied() else { continue };
        let left = NotHonoured::new(format!("http.{name}"), setting.source(), *why);
        named.push(if *shown { left.with_value(setting.text()) } else { left });
    }
    for (name, why) in VARIABLES {
        if surroundings.environment.get(name).is_some() {
            named.push(NotHonoured::new(*name, Source::Environment(name), *why));
        }
    }
    named
}

const VERIFIED: &str = "certificates are always verified; a wrong one is a finding";
const OWN_CLOCKS: &str = "netprobe has its own clocks";
const OWN_TLS: &str = "netprobe offers what the profile in force offers";
const NO_CLIENT_CERTIFICATE: &str = "netprobe shows no certificate of its own";

/// Settings by git's spelling, whether the value may be shown, and why they are left. From git-config(1).
const UNFOLLOWED: &[(&str, bool, &str)] = &[
    ("proxyAuthMethod", true, "netprobe logs in to proxies with Basic"),
    ("proxySSLCert", false, NO_CLIENT_CERTIFICATE),
    ("proxySSLKey", false, NO_CLIENT_CERTIFICATE),
    ("proxySSLCAInfo", false, "proxies are verified with the same authorities as servers"),
    ("emptyAuth", true, "netprobe does not log in with Kerberos or NTLM"),
    ("delegation", true, "netprobe does not log in with Kerberos"),
    ("cookieFile", false, "netprobe sends no cookies"),
    ("saveCookies", true, "netprobe keeps no cookies"),
    ("version", true, "the version of HTTP is that of the profile in force"),
    ("curloptResolve", true, "names are resolved as the system does"),
    ("sslVersion", true, OWN_TLS),
    ("sslCipherList", true, OWN_TLS),
    ("sslBackend", true, OWN_TLS),
    ("sslCert", false, NO_CLIENT_CERTIFICATE),
    ("sslKey", false, NO_CLIENT_CERTIFICATE),
    ("sslCAPath", true, "a directory of authorities is not read; name one file in http.sslCAInfo"),
    ("pinnedPubkey", false, "the server's key is shown, not compared"),
    ("lowSpeedLimit", true, OWN_CLOCKS),
    ("lowSpeedTime", true, OWN_CLOCKS),
    ("postBuffer", true, "the request is small and sent whole"),
    ("userAgent", true, "netprobe names itself"),
    ("followRedirects", true, "redirects are followed on the first request alone, as git and Flux do by default"),
];

/// Variables that git reads in place of settings.
const VARIABLES: &[(&str, &str)] = &[
    ("GIT_SSL_NO_VERIFY", VERIFIED),
    ("GIT_SSL_CAPATH", "a directory of authorities is not read; name one file in GIT_SSL_CAINFO"),
    ("GIT_SSL_CERT", NO_CLIENT_CERTIFICATE),
    ("GIT_SSL_KEY", NO_CLIENT_CERTIFICATE),
    ("GIT_SSL_VERSION", OWN_TLS),
    ("GIT_SSL_CIPHER_LIST", OWN_TLS),
    ("GIT_HTTP_LOW_SPEED_LIMIT", OWN_CLOCKS),
    ("GIT_HTTP_LOW_SPEED_TIME", OWN_CLOCKS),
    ("GIT_HTTP_PROXY_AUTHMETHOD", "netprobe logs in to proxies with Basic"),
    ("GIT_HTTP_USER_AGENT", "netprobe names itself"),
];

/// Headers that belong to the request itself (RFC 9110 §7).
const FRAMING: [&str; 7] = ["host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade"];
