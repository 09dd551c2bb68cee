//! From a wish to a plan. Pure: the same wish gives the same plan.

use std::net::IpAddr;

use model::{
    Bytes, Caps, Depth, DnsParameters, Filter, FluxVersion, GitRef, Micros, Parameters, Plan, Profile, Protocol,
    Purpose, Run, RunId, SshHandshakeParameters, SshKeyExchange, SshOpening, Target, TcpConnectParameters,
    TlsHandshakeParameters, TlsHello, TlsServerName, Transport, UploadPackParameters,
};

/// What a user asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// The repository.
    pub target: Target,
    /// The revision.
    pub git_ref: GitRef,
    /// Whose client is imitated.
    pub profile: Profile,
    /// Which Flux is imitated and foretold.
    pub flux_version: FluxVersion,
    /// Whether Flux has an artifact of an earlier revision stored.
    pub artifact_stored: bool,
    /// Flux's clock.
    pub timeout_us: Micros,
    /// The run's own time.
    pub budget_us: Micros,
    /// How long silence may last before it is called a stall.
    pub patience_us: Micros,
    /// Protocol to ask for.
    pub protocol: Protocol,
    /// How much history.
    pub depth: Depth,
    /// Let the server speak on band 2.
    pub progress: bool,
    /// Take the whole pack, whatever it costs.
    pub full: bool,
    /// `TCP_MAXSEG` from the start.
    pub mss_clamp_bytes: Option<u16>,
    /// Leave objects out, for a tiny pack.
    pub filter: Option<Filter>,
    /// Also ask what lies around the exchange: this machine, the name servers, the addresses.
    pub around: bool,
    /// Ask every question that there is, at the price of more connections.
    pub thorough: bool,
}

impl Wish {
    /// Flux's own request, with everything at its default.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            git_ref: GitRef::Head,
            profile: Profile::Flux,
            flux_version: FluxVersion::default(),
            artifact_stored: false,
            timeout_us: Micros::from_secs(60),
            budget_us: Micros::from_secs(30),
            patience_us: PATIENCE,
            protocol: Protocol::V0,
            depth: Depth::AsFlux,
            progress: false,
            full: false,
            mss_clamp_bytes: None,
            filter: None,
            around: true,
            thorough: false,
        }
    }
}

/// The plan for a wish: the upload-pack exchange first, which so meets the network as Flux does, with no name or path in any
/// cache on our account; then what lies around it. What is left open, follow-ups may settle, and behind those come the extras.
pub fn plan(wish: Wish) -> Plan {
    let caps = if wish.full { Caps::default() } else { CAPS };
    let parameters = UploadPackParameters {
        protocol: wish.protocol,
        depth: wish.depth,
        progress: wish.progress,
        filter: wish.filter,
        mss_clamp_bytes: wish.mss_clamp_bytes,
        address: None,
        patience_us: wish.patience_us,
        caps,
    };
    let around = if wish.around { around(&wish) } else { Vec::new() };
    let extras = if wish.around && wish.thorough { extras(&wish) } else { Vec::new() };
    let asked = [Parameters::GitUploadPack(parameters)].into_iter().chain(around).chain(extras);
    let run = |(id, parameters)| Run { id: RunId(id), purpose: Purpose::Asked, parameters };
    let runs = (1..).zip(asked).map(run).collect();
    Plan {
        target: wish.target,
        git_ref: wish.git_ref,
        profile: wish.profile,
        flux_version: wish.flux_version,
        artifact_stored: wish.artifact_stored,
        timeout_us: wish.timeout_us,
        budget_us: wish.budget_us,
        runs,
    }
}

/// What is asked beside the exchange, in this order.
fn around(wish: &Wish) -> Vec<Parameters> {
    let mut around = vec![Parameters::Host];
    // The exchange itself has been to the only address.
    if has_name(wish) {
        around.extend([Parameters::Dns(dns(1)), Parameters::TcpConnect(tcp_connect(1))]);
    }
    around
}

/// What a thorough run asks on top: repeats, and handshakes by themselves.
fn extras(wish: &Wish) -> Vec<Parameters> {
    let dns = has_name(wish).then(|| Parameters::Dns(dns(ROUNDS)));
    let connects = if has_name(wish) { CONNECTS - 1 } else { CONNECTS };
    let repeats = dns.into_iter().chain([Parameters::TcpConnect(tcp_connect(connects))]);
    repeats.chain(ssh_handshakes(wish)).chain(tls_handshakes(wish)).collect()
}

/// True for what only a thorough run asks. It can wait: a cause that follow-ups can name is named first, and they find the
/// budget whole.
pub(crate) const fn is_extra(parameters: &Parameters) -> bool {
    match parameters {
        Parameters::GitUploadPack(_) | Parameters::Host => false,
        Parameters::Dns(asked) => asked.rounds > 1,
        Parameters::TcpConnect(asked) => asked.connects > 1,
        Parameters::TlsHandshake(_) | Parameters::SshHandshake(_) => true,
    }
}

fn has_name(wish: &Wish) -> bool {
    wish.target.host.parse::<IpAddr>().is_err()
}

/// As long as the imitated client's hello, and short: what the server shows, and whether the length of the hello matters.
fn tls_handshakes(wish: &Wish) -> Vec<Parameters> {
    if wish.target.transport != Transport::Https {
        return Vec::new();
    }
    let asked = |hello| TlsHandshakeParameters {
        hello,
        server_name: TlsServerName::Target,
        mss_clamp_bytes: wish.mss_clamp_bytes,
        address: None,
        hold_us: None,
        patience_us: wish.patience_us,
    };
    [TlsHello::AsProfile, TlsHello::Classic].map(|hello| Parameters::TlsHandshake(asked(hello))).into()
}

/// Each type of host key that a server has by default (`HostKey` in `sshd_config(5)`), and each way to exchange keys: one
/// connection for each, and none of them logs in, as the exchange did.
fn ssh_handshakes(wish: &Wish) -> Vec<Parameters> {
    if wish.target.transport != Transport::Ssh {
        return Vec::new();
    }
    let handshake = |key_exchange, host_key_type: Option<&str>| SshHandshakeParameters {
        opening: SshOpening::Identification,
        key_exchange,
        host_key_type: host_key_type.map(str::to_owned),
        authenticate: false,
        delay_us: Some(PACE),
        mss_clamp_bytes: wish.mss_clamp_bytes,
        address: None,
        hold_us: None,
        patience_us: wish.patience_us.min(HANDSHAKE_PATIENCE),
    };
    let types = ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512"];
    let keys = types.map(|name| handshake(SshKeyExchange::AsProfile, Some(name)));
    let exchanges = [SshKeyExchange::Classic, SshKeyExchange::MlKem].map(|how| handshake(how, None));
    keys.into_iter().chain(exchanges).map(Parameters::SshHandshake).collect()
}

/// As long as the C library and Go wait for a server (resolv.conf(5), `timeout`); less where another one answers, as the
/// look-up is then known to go on.
const fn dns(rounds: u32) -> DnsParameters {
    DnsParameters { rounds, patience_us: Micros::from_secs(5), company_patience_us: Micros::from_secs(2) }
}

/// Until shortly after the second SYN, which Linux sends after a second (RFC 6298 section 2): a path with 300 ms of delay has
/// time to answer either.
const fn tcp_connect(connects: u32) -> TcpConnectParameters {
    TcpConnectParameters { connects, addresses: Vec::new(), also: Vec::new(), patience_us: Micros::from_millis(2_200) }
}

/// Longer than the five seconds between git's keepalives (git-config(1), `uploadpack.keepAlive`): a server that computes
/// and says so is never called silent.
const PATIENCE: Micros = Micros::from_secs(6);

/// Of a thorough run, as many look-ups.
const ROUNDS: u32 = 10;

/// Of a thorough run, as many connections to each address in all.
const CONNECTS: u32 = 20;

/// Before each connection to an SSH server that leaves without a login: the pace of the connects that went before. OpenSSH from
/// 9.8 on shuts a source out at 15 s of penalties, of which one goes by each second (`sshd_config`(5), `PerSourcePenalties`):
/// twenty connects and five handshakes come to 13.
const PACE: Micros = Micros::from_millis(500);

/// Beside an exchange that has waited already.
const HANDSHAKE_PATIENCE: Micros = Micros::from_secs(3);

/// What a run costs when all is well: at most 10 s and 25 MiB. Behind the cap stands what is on its way when it is reached:
/// up to 6 MiB, the kernel's largest receive buffer by default (`net.ipv4.tcp_rmem`, tcp(7)).
const CAPS: Caps = Caps { received: Some(Bytes::from_mebibytes(18)), time_us: Some(Micros::from_millis(8_500)) };

#[cfg(test)]
mod tests {
    use super::*;

    fn wish() -> Wish {
        Wish::new(Target::parse("git@host:r").unwrap().0)
    }

    #[test]
    fn the_first_run_is_flux_own_request() {
        let plan = plan(wish());
        let [run, ..] = plan.runs.as_slice() else { panic!("{plan:?}") };
        let parameters = run.parameters.upload_pack().unwrap();
        assert_eq!((parameters.protocol, parameters.depth, parameters.progress), (Protocol::V0, Depth::AsFlux, false));
        assert!(parameters.caps.received.is_some() && parameters.filter.is_none());
    }

    #[test]
    fn only_a_full_run_has_no_caps() {
        let plan = plan(Wish { full: true, ..wish() });
        let parameters = plan.runs[0].parameters.upload_pack().unwrap();
        assert_eq!(parameters.caps, Caps::default());
    }

    #[test]
    fn a_thorough_plan_is_the_plain_one_and_then_extras() {
        for url in ["git@host:r", "https://host/r", "ssh://git@192.0.2.1/r"] {
            let of = |thorough| {
                let runs = plan(Wish { thorough, ..Wish::new(Target::parse(url).unwrap().0) }).runs;
                runs.into_iter().map(|run| run.parameters).collect::<Vec<_>>()
            };
            let (plain, thorough) = (of(false), of(true));
            let (first, extras) = thorough.split_at(plain.len());
            assert_eq!(first, plain);
            assert!(!first.iter().any(is_extra) && extras.iter().all(is_extra), "{extras:?}");
            let connects = thorough.iter().map(|one| match one {
                Parameters::TcpConnect(asked) => asked.connects,
                _ => 0,
            });
            assert_eq!(connects.sum::<u32>(), CONNECTS, "{url}");
        }
        let nothing_around = plan(Wish { around: false, thorough: true, ..wish() });
        assert_eq!(nothing_around.runs.len(), 1);
    }

    #[test]
    fn a_thorough_run_over_tls_sends_a_long_and_a_short_hello() {
        let hellos = |wish: Wish| {
            let hello = |run: Run| match run.parameters {
                Parameters::TlsHandshake(asked) => Some(asked.hello),
                _ => None,
            };
            plan(wish).runs.into_iter().filter_map(hello).collect::<Vec<_>>()
        };
        let https = || Wish::new(Target::parse("https://host/r").unwrap().0);
        assert_eq!(hellos(https()), [], "a plain run is one polite client's");
        assert_eq!(hellos(Wish { thorough: true, ..https() }), [TlsHello::AsProfile, TlsHello::Classic]);
        assert_eq!(hellos(Wish { thorough: true, ..wish() }), []);
    }

    #[test]
    fn a_thorough_run_shakes_hands_five_times_more_and_logs_in_only_once() {
        let handshakes = |wish: Wish| {
            let runs = plan(wish).runs.into_iter();
            let handshakes = runs.filter_map(|run| match run.parameters {
                Parameters::SshHandshake(asked) => Some(asked),
                _ => None,
            });
            handshakes.collect::<Vec<_>>()
        };
        assert_eq!(handshakes(wish()), []);
        let thorough = handshakes(Wish { thorough: true, ..wish() });
        assert_eq!(thorough.len(), 5);
        assert!(thorough.iter().all(|asked| !asked.authenticate && asked.hold_us.is_none()));
        assert!(thorough.iter().all(|asked| asked.delay_us.is_some()), "they keep the pace of the connects");
        let https = Wish::new(Target::parse("https://host/r").unwrap().0);
        assert_eq!(handshakes(Wish { thorough: true, ..https }), []);
    }
}
