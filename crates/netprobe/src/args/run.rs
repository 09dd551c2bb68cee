//! `netprobe run`: a repository, measured from here.

use std::path::PathBuf;

use clap::ValueEnum;
use model::{Depth, Filter, FluxVersion, GitRef, Micros, Profile, Protocol};

use super::duration;
use super::from_node::FromNodeArgs;
use super::look::LookArgs;

/// Measure a repository from here, stage by stage, and say what is wrong.
///
/// It makes the fetch of a fresh clone as Flux would make it and times every stage. After a stall or a slow stage it makes
/// the run that tells most about the cause, within its budget. A plain run costs at most 10 s and 25 MiB on a healthy path.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RunArgs {
    /// The repository: `ssh://[USER@]HOST[:PORT]/PATH`, `[USER@]HOST:PATH`, `https://HOST/PATH`, `http://HOST/PATH`, or a
    /// file with the manifest of a GitRepository. Without it: `origin` of the current checkout, with `--from-node` the
    /// GitRepository of the cluster. `url.<base>.insteadOf` of git's configuration is applied to what is no GitRepository.
    #[arg(value_name = "TARGET")]
    pub(crate) target: Option<String>,

    #[command(flatten)]
    pub(crate) question: QuestionArgs,

    #[command(flatten)]
    pub(crate) cost: CostArgs,

    #[command(flatten)]
    pub(crate) from_node: FromNodeArgs,

    #[command(flatten)]
    pub(crate) access: AccessArgs,

    #[command(flatten)]
    pub(crate) report: ReportArgs,

    #[command(flatten)]
    pub(crate) look: LookArgs,
}

/// What is asked for on the wire.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What is asked")]
pub(crate) struct QuestionArgs {
    /// The revision, as in Flux's `spec.ref`: branch=NAME, tag=NAME, semver=RANGE, name=refs/…, `commit=ID[@BRANCH]`. A bare
    /// word is a branch. Without it: the GitRepository's, else the server's HEAD.
    #[arg(long = "ref", value_name = "REF", value_parser = GitRef::parse)]
    pub(crate) git_ref: Option<GitRef>,

    /// Version of git's protocol: Flux speaks v0, git itself v2.
    #[arg(long, value_enum, default_value_t, value_name = "VERSION")]
    pub(crate) protocol: ProtocolName,

    /// How much history: what Flux asks for with this kind of reference, one commit, or all of it.
    #[arg(long, value_enum, default_value_t, value_name = "DEPTH")]
    pub(crate) depth: DepthName,

    /// Let the server tell of its progress (side-band 2), as `git clone` does and Flux does not.
    #[arg(long)]
    pub(crate) server_progress: bool,

    /// Whose client to imitate in the size of its first packets and in its algorithms.
    #[arg(long, value_enum, default_value_t, value_name = "CLIENT")]
    pub(crate) profile: ProfileName,

    /// Which Flux to imitate and to foretell: 2.6 or later.
    #[arg(long, value_name = "VERSION", default_value_t)]
    pub(crate) flux_version: FluxVersion,

    /// Foretell for a GitRepository that has synced before: with an artifact in storage Flux first lists the references, on a
    /// connection of its own and within the same timeout.
    #[arg(long)]
    pub(crate) artifact_stored: bool,

    /// Leave objects out, for a pack that is tiny whatever the repository: small transfers that work where large ones do
    /// not say something about the path. The server must know filters.
    #[arg(long, value_enum, value_name = "FILTER")]
    pub(crate) filter: Option<FilterName>,

    /// Limit TCP segments to so many bytes in both directions (`TCP_MAXSEG`), from the start.
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u16).range(88..=32_767))]
    pub(crate) mss_clamp: Option<u16>,
}

/// Clocks and bytes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Time and cost")]
pub(crate) struct CostArgs {
    /// Flux's clock, `spec.timeout`: what the forecast is made for. It does not end the run. Without it: the GitRepository's,
    /// else 60s.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub(crate) timeout: Option<Micros>,

    /// The run's own time, follow-ups included.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration::parse)]
    pub(crate) budget: Micros,

    /// Silence that counts as a stall. Longer than the 5 s between git's keepalives.
    #[arg(long, value_name = "DURATION", default_value = "6s", value_parser = duration::parse)]
    pub(crate) patience: Micros,

    /// Take the whole pack, however large. Without it the pack is cut at 18 MiB or 8.5 s and the rest is extrapolated.
    #[arg(long)]
    pub(crate) full: bool,

    /// Ask everything that there is to ask around the fetch: repeated look-ups and connects, every type of host key, small and
    /// large handshakes. Twenty connections more to each address of the server, two a second, then up to five; less than a MiB.
    #[arg(long, conflicts_with = "no_follow_up")]
    pub(crate) thorough: bool,

    /// Make the fetch and nothing else: nothing is asked around it, and no run follows it.
    #[arg(long)]
    pub(crate) no_follow_up: bool,
}

/// Keys, tokens, proxies. What is not given comes from the configuration of ssh and git.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Access")]
pub(crate) struct AccessArgs {
    /// SSH: the private key to log in with.
    #[arg(long, value_name = "FILE")]
    pub(crate) identity: Option<PathBuf>,

    /// SSH: a file whose first line is the passphrase of the key. Without it: the variable `NETPROBE_PASSPHRASE`.
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,

    /// SSH: the host keys to trust, in place of the usual files.
    #[arg(long, value_name = "FILE")]
    pub(crate) known_hosts: Option<PathBuf>,

    /// HTTP: a file whose first line is the token. Without it: `NETPROBE_TOKEN`, `NETPROBE_USERNAME` with
    /// `NETPROBE_PASSWORD`, the address, git's credential helpers.
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,

    /// HTTPS: a PEM file of authorities to trust beside the system's.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,

    /// The proxy to go through: socks5://, http:// or https://. Without it: what git and Flux would use here. An address
    /// that holds a password belongs into the variable, where other users do not see it.
    #[arg(long, value_name = "URL", env = "NETPROBE_PROXY", hide_env_values = true)]
    pub(crate) proxy: Option<ProxyAddress>,
}

/// The report on disk, and what is said meanwhile.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct ReportArgs {
    /// Where the report goes. Without it: a file of its own in `$XDG_STATE_HOME/netprobe/reports`, usually
    /// `~/.local/state/netprobe/reports`.
    #[arg(short, long, value_name = "FILE", conflicts_with = "no_report")]
    pub(crate) output: Option<PathBuf>,

    /// Keep no report.
    #[arg(long)]
    pub(crate) no_report: bool,

    /// Nothing on stderr but errors.
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// The address of a proxy. It may hold a password, so it prints as nothing.
#[derive(Clone)]
pub(crate) struct ProxyAddress(pub(crate) access::Secret);

impl std::str::FromStr for ProxyAddress {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(access::Secret::from(text)))
    }
}

impl std::fmt::Debug for ProxyAddress {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("[secret]")
    }
}

/// [`Protocol`] as it is typed.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum ProtocolName {
    #[default]
    V0,
    V2,
}

impl From<ProtocolName> for Protocol {
    fn from(name: ProtocolName) -> Self {
        match name {
            ProtocolName::V0 => Self::V0,
            ProtocolName::V2 => Self::V2,
        }
    }
}

/// [`Depth`] as it is typed.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum DepthName {
    #[default]
    Flux,
    #[value(name = "1")]
    One,
    Full,
}

impl From<DepthName> for Depth {
    fn from(name: DepthName) -> Self {
        match name {
            DepthName::Flux => Self::AsFlux,
            DepthName::One => Self::One,
            DepthName::Full => Self::Full,
        }
    }
}

/// [`Filter`] as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum FilterName {
    /// Commits only.
    #[value(name = "tree:0")]
    TreeZero,
    /// Commits and trees.
    #[value(name = "blob:none")]
    BlobNone,
}

impl From<FilterName> for Filter {
    fn from(name: FilterName) -> Self {
        match name {
            FilterName::TreeZero => Self::TreeZero,
            FilterName::BlobNone => Self::BlobNone,
        }
    }
}

/// [`Profile`] as it is typed.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum ProfileName {
    #[default]
    Flux,
    Openssh,
    Git,
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Flux => Self::Flux,
            ProfileName::Openssh => Self::Openssh,
            ProfileName::Git => Self::Git,
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  netprobe run                                          origin of the current checkout
  netprobe run git@github.com:org/repo.git              over SSH, with your keys and known hosts
  netprobe run --ref branch=main https://host/repo.git  over HTTPS, as Flux would fetch that branch
  netprobe run --timeout 2m --full ssh://git@host/repo  all of it, judged against spec.timeout: 2m
  netprobe run --from-node                              Flux's GitRepository, from its node and from here
  netprobe run --from-node=node-2 ssh://git@host/repo   from one node and from here
  netprobe run --format json git@host:repo | jq .diagnosis.headline";
