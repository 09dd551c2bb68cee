//! The keywords that netprobe does not follow: which of them change how a connection is made, and which do not matter to
//! a git clone. From `ssh_config(5)` of OpenSSH 10.

/// A keyword that changes how the connection is made, in ways that netprobe does not repeat.
pub(super) struct Unfollowed {
    /// The keyword, in lower case.
    pub(super) keyword: &'static str,
    /// Values that change nothing, in lower case: the defaults.
    pub(super) harmless: &'static [&'static str],
    /// Whether the value may be shown. Commands and free text may hold secrets.
    pub(super) shown: bool,
    /// What it would have done.
    pub(super) why: &'static str,
}

/// Looks a keyword up, given in lower case.
pub(super) fn unfollowed(keyword: &str) -> Option<&'static Unfollowed> {
    UNFOLLOWED.iter().find(|entry| entry.keyword == keyword)
}

/// Whether a keyword, given in lower case, is known to make no difference to a git clone.
pub(super) fn indifferent(keyword: &str) -> bool {
    INDIFFERENT.contains(&keyword)
}

const fn entry(keyword: &'static str, harmless: &'static [&'static str], shown: bool, why: &'static str) -> Unfollowed {
    Unfollowed { keyword, harmless, shown, why }
}

const ALGORITHMS: &str = "netprobe offers the algorithms of the profile in force";
const OTHER_LOGIN: &str = "netprobe logs in by public key only";

const UNFOLLOWED: &[Unfollowed] = &[
    entry("addressfamily", &["any"], true, "netprobe tries the families as its own options say"),
    entry("batchmode", &["yes", "no"], true, "netprobe never asks anything"),
    entry("bindaddress", &[], true, "netprobe lets the kernel choose the source address"),
    entry("bindinterface", &[], true, "netprobe lets the kernel choose the interface"),
    entry("canonicalizehostname", &["no", "none"], true, "the host is taken as it was named"),
    entry("casignaturealgorithms", &[], true, "signatures of host certificates are taken as OpenSSH does by default"),
    entry("certificatefile", &["none"], true, "netprobe does not log in with certificates"),
    entry("channeltimeout", &["none"], true, "netprobe has its own clocks"),
    entry("ciphers", &[], true, ALGORITHMS),
    entry("compression", &["no"], true, "netprobe does not compress: it measures the bytes of the pack"),
    entry("connectionattempts", &["1"], true, "netprobe makes one attempt to one address"),
    entry("connecttimeout", &["none"], true, "netprobe has its own clocks"),
    entry("controlmaster", &["no", "false"], true, "netprobe opens a connection of its own and shares none"),
    entry("controlpath", &["none"], false, "an existing shared connection is not used"),
    entry("gssapiauthentication", &["no"], true, OTHER_LOGIN),
    entry("gssapikeyexchange", &["no"], true, ALGORITHMS),
    entry("hostbasedauthentication", &["no"], true, OTHER_LOGIN),
    entry("hostkeyalgorithms", &[], true, ALGORITHMS),
    entry("ipqos", &[], true, "netprobe marks packets as the profile in force does"),
    entry("kexalgorithms", &[], true, ALGORITHMS),
    entry("knownhostscommand", &["none"], false, "no program is run to learn host keys"),
    entry("localcommand", &[], false, "no program is run"),
    entry("macs", &[], true, ALGORITHMS),
    entry("pkcs11provider", &["none"], false, "keys on tokens are used through ssh-agent only"),
    entry("preferredauthentications", &[], true, OTHER_LOGIN),
    entry("proxyusefdpass", &["no"], true, "no program makes the connection"),
    entry("pubkeyacceptedalgorithms", &[], true, ALGORITHMS),
    entry("pubkeyacceptedkeytypes", &[], true, ALGORITHMS),
    entry("pubkeyauthentication", &["yes", "true"], true, OTHER_LOGIN),
    entry("rekeylimit", &["default none", "default"], true, "netprobe exchanges keys again as its profile does"),
    entry("remotecommand", &["none"], false, "netprobe asks for git-upload-pack, as git does"),
    entry("requiredrsasize", &[], true, "RSA host keys of any size are reported as they are"),
    entry("revokedhostkeys", &["none"], true, "write the keys into known_hosts, marked @revoked"),
    entry("securitykeyprovider", &["internal", "$ssh_sk_provider"], false, "hardware keys work through ssh-agent only"),
    entry("serveraliveinterval", &["0"], true, "netprobe sends no keepalives: they would hide a stall"),
    entry("setenv", &[], false, "netprobe sends GIT_PROTOCOL only, where the profile does"),
    entry("tcpkeepalive", &["yes"], true, "netprobe keeps the kernel's keepalive as its profile does"),
    entry("usekeychain", &["no"], true, "passphrases come from the environment or a file"),
    entry("verifyhostkeydns", &["no"], true, "host keys are looked up in known_hosts only"),
    entry("versionaddendum", &["none"], true, "netprobe names itself"),
];

const INDIFFERENT: &[&str] = &[
    "addkeystoagent",
    "canonicaldomains",
    "canonicalizefallbacklocal",
    "canonicalizemaxdots",
    "canonicalizepermittedcnames",
    "challengeresponseauthentication",
    "checkhostip",
    "clearallforwardings",
    "controlpersist",
    "dynamicforward",
    "enableescapecommandline",
    "enablesshkeysign",
    "escapechar",
    "exitonforwardfailure",
    "fingerprinthash",
    "forkafterauthentication",
    "forwardagent",
    "forwardx11",
    "forwardx11timeout",
    "forwardx11trusted",
    "gatewayports",
    "gssapiclientidentity",
    "gssapidelegatecredentials",
    "gssapikexalgorithms",
    "gssapirenewalforcesrekey",
    "gssapiserveridentity",
    "gssapitrustdns",
    "hashknownhosts",
    "hostbasedacceptedalgorithms",
    "ignoreunknown",
    "kbdinteractiveauthentication",
    "kbdinteractivedevices",
    "localforward",
    "loglevel",
    "logverbose",
    "nohostauthenticationforlocalhost",
    "numberofpasswordprompts",
    "obscurekeystroketiming",
    "passwordauthentication",
    "permitlocalcommand",
    "permitremoteopen",
    "refuseconnection",
    "remoteforward",
    "requesttty",
    "sendenv",
    "serveralivecountmax",
    "sessiontype",
    "stdinnull",
    "streamlocalbindmask",
    "streamlocalbindunlink",
    "syslogfacility",
    "tag",
    "tunnel",
    "tunneldevice",
    "updatehostkeys",
    "visualhostkey",
    "warnweakcrypto",
    "xauthlocation",
];
