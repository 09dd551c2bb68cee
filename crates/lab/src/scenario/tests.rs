use std::time::Duration;

use model::{Stage, Transport};

use super::*;
use crate::emulator::Direction;
use crate::outcome::{Confidence, FluxOutcome, GitOutcome};
use crate::units::Delay;

const WHOLE: &str = r#"
about = "A hop of 1400 bytes towards the client drops what is larger and tells nobody"
tags = ["smoke", "mtu"]

[path]
rtt = "40ms"
congestion_control = "bbr"
addresses = ["ipv4"]
by_address = true

[repository]
shape = "many-refs"

[client]
timeout = "8s"
options = ["--full"]

[[mtu]]
at = "far"
bytes = 1400
tells = false

[[nft]]
on = "near"
rules = "chain forward { type filter hook forward priority 0; tcp dport 22 counter drop; }"

[[sysctl]]
on = "server"
set = { "net.ipv4.tcp_sack" = "0" }

[expect.https]
finding = "healthy"
git = "clones"
flux = { outcome = "fits" }

[expect.ssh]
stage = "key_exchange"
finding = "path-mtu-black-hole"
confidence = "proven"
within = "12s"
git = "fails"
git_says = "Could not resolve"
flux = { outcome = "times_out", message = "context deadline exceeded", same_words = false }
known_limit = "it is slow"

[[link]]
direction = "to-client"
loss = "2%"

[[dns]]
answers = "servfail"

[sshd]
banner_delay = "3s"

[nginx]
status = 503

[git]
pack_delay = "20s"
"#;

fn millis(count: u64) -> Delay {
    Delay::from(Duration::from_millis(count))
}

fn parse(text: &str) -> Result<Scenario> {
    Scenario::parse(ScenarioName::try_from("path-mtu/hole".to_owned()).unwrap(), text)
}

/// The whole scenario with one part replaced, and the complaint about it.
fn complaint(part: &str, other: &str) -> String {
    assert!(WHOLE.contains(part), "{part} is not in the sample");
    format!("{:#}", parse(&WHOLE.replacen(part, other, 1)).unwrap_err())
}

#[test]
fn everything_that_can_be_said_is_read() {
    let Content { path, repository, client, link, mtu, nft, sysctl, sshd, nginx, git, expect, .. } =
        parse(WHOLE).unwrap().content;
    assert_eq!(path.rtt, millis(40));
    assert_eq!(path.congestion_control, CongestionControl::Bbr);
    assert_eq!((path.addresses.as_slice(), path.by_address), ([Family::Ipv4].as_slice(), true));
    assert_eq!(repository.shape.shape().branches, 4_000);
    assert_eq!((client.timeout, client.options), (millis(8_000), vec!["--full".to_owned()]));
    assert_eq!(mtu, [SmallMtu { at: Router::Far, bytes: 1400, tells: false }]);
    assert_eq!(nft[0].on, Machine::Near);
    assert_eq!(sysctl[0].set["net.ipv4.tcp_sack"], "0");
    assert_eq!((link.len(), link[0].direction), (1, Direction::ToClient));
    assert_eq!(sshd.unwrap().banner_delay.unwrap().duration(), Duration::from_secs(3));
    assert_eq!(nginx.unwrap().status, Some(503));
    assert_eq!(git.unwrap().pack_delay.unwrap().duration(), Duration::from_secs(20));
    assert_eq!(expect.iter().map(|(over, _)| over).collect::<Vec<_>>(), [Transport::Ssh, Transport::Https]);
    let ssh = expect.over(Transport::Ssh).unwrap();
    assert_eq!((ssh.stage, ssh.confidence), (Some(Stage::KeyExchange), Confidence::Proven));
    assert_eq!((ssh.git, ssh.flux.outcome, ssh.flux.same_words), (GitOutcome::Fails, FluxOutcome::TimesOut, false));
    assert!(!ssh.works() && expect.over(Transport::Https).unwrap().works());
}

#[test]
fn what_is_not_said_has_a_default() {
    let short = "about = \"x\"\n[expect.ssh]\nfinding = \"healthy\"\ngit = \"clones\"\nflux = { outcome = \"fits\" }";
    let scenario = parse(short).unwrap();
    let ssh = scenario.content.expect.over(Transport::Ssh).unwrap();
    assert_eq!(scenario.content.path.rtt, millis(20));
    assert_eq!(scenario.content.path.addresses.as_slice(), [Family::Ipv6, Family::Ipv4]);
    assert_eq!(scenario.content.client.timeout, millis(15_000));
    assert_eq!((ssh.confidence, ssh.within), (Confidence::Likely, millis(10_000)));
    assert!(ssh.flux.same_words && ssh.known_limit.is_none() && !scenario.has_tag("smoke"));
}

#[test]
fn a_mistake_is_told_with_its_line_and_what_was_expected() {
    let cases = [
        ("[path]\n", "[paths]\n", "line 5", "expected one of"),
        ("rtt = \"40ms\"", "rtt = \"40\"", "line 6", "10ms"),
        ("rtt", "rrt", "line 6", "expected one of `rtt`"),
        ("\"bbr\"", "\"vegas\"", "line 7", "`cubic`"),
        ("[\"ipv4\"]", "[\"ipv4\", \"ipv4\"]", "line 8", "each once"),
        ("bytes = 1400", "bytes = 1500", "line 18", "expected 576 to 1499"),
        ("counter drop", "drop", "line 23", "`counter`"),
        ("\"net.ipv4.tcp_sack\"", "\"kernel.panic\"", "line 27", "expected `net.…`"),
        ("\"key_exchange\"", "\"handshake\"", "line 37", "`key_exchange`"),
        ("\"path-mtu-black-hole\"", "\"PathMtu\"", "line 38", "lower-case"),
        ("git = \"fails\"", "git = \"hangs\"", "line 36", "`git_says` is for"),
        ("outcome = \"fits\"", "outcome = \"unknown\"", "line 34", "`forecast_open = true`"),
        ("outcome = \"times_out\"", "outcome = \"fits\"", "line 43", "Flux says nothing"),
    ];
    for (part, other, line, expected) in cases {
        let told = complaint(part, other);
        assert!(told.contains(line) && told.contains(expected), "{other}: {told}");
    }
}

#[test]
fn a_tunnel_is_as_wide_as_flannels_unless_it_says_otherwise() {
    let with = |tunnel: &str| {
        let text = format!("about = \"x\"\n[tunnel]\n{tunnel}\n[expect.ssh]\nfinding = \"healthy\"\n{CLONES}");
        parse(&text).map(|scenario| scenario.content.tunnel.unwrap())
    };
    assert_eq!(with("").unwrap(), Tunnel { mtu: 1450, tells: true, bridged: false });
    let silent = Tunnel { mtu: 1500, tells: false, bridged: true };
    assert_eq!(with("mtu = 1500\ntells = false\nbridged = true").unwrap(), silent);
    let wide = with("mtu = 1501").unwrap_err().to_string();
    assert!(wide.contains("expected 1280 to 1500"), "{wide}");
}

#[test]
fn an_expectation_is_needed_and_belongs_to_a_transport() {
    let nothing = parse("about = \"x\"\n[expect]\n").unwrap_err().to_string();
    assert!(nothing.contains("nothing is expected"), "{nothing}");
    let other = complaint("[expect.https]", "[expect.ftp]");
    assert!(other.contains("expected one of `ssh`, `https`, `http`"), "{other}");
}

#[test]
fn another_text_is_another_scenario() {
    assert_ne!(parse(WHOLE).unwrap().digest, parse(&WHOLE.replace("40ms", "41ms")).unwrap().digest);
}

const CLONES: &str = "git = \"clones\"\nflux = { outcome = \"fits\" }";
