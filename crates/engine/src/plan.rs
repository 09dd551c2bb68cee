//! From a wish to a plan. Pure: the same wish gives the same plan.

use model::{
    Bytes, Caps, Depth, Filter, FluxVersion, GitRef, Micros, Parameters, Plan, Profile, Protocol, Purpose, Run, RunId,
    Target, UploadPackParameters,
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
}

impl Wish {
    /// Flux's own request, with everything at its default.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            git_ref: GitRef::Head,
            profile: Profile::Flux,
            flux_version: FluxVersion::default(),
            timeout_us: Micros::from_secs(60),
            budget_us: Micros::from_secs(30),
            patience_us: PATIENCE,
            protocol: Protocol::V0,
            depth: Depth::AsFlux,
            progress: false,
            full: false,
            mss_clamp_bytes: None,
            filter: None,
        }
    }
}

/// The plan for a wish: one upload-pack exchange. What it leaves open, follow-ups may settle.
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
    Plan {
        target: wish.target,
        git_ref: wish.git_ref,
        profile: wish.profile,
        flux_version: wish.flux_version,
        timeout_us: wish.timeout_us,
        budget_us: wish.budget_us,
        runs: vec![Run { id: RunId(1), purpose: Purpose::Asked, parameters: Parameters::GitUploadPack(parameters) }],
    }
}

/// Longer than the five seconds between git's keepalives (git-config(1), `uploadpack.keepAlive`): a server that computes
/// and says so is never called silent.
const PATIENCE: Micros = Micros::from_secs(6);

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
        let [run] = plan.runs.as_slice() else { panic!("{plan:?}") };
        let Parameters::GitUploadPack(parameters) = &run.parameters;
        assert_eq!((parameters.protocol, parameters.depth, parameters.progress), (Protocol::V0, Depth::AsFlux, false));
        assert!(parameters.caps.received.is_some() && parameters.filter.is_none());
    }

    #[test]
    fn only_a_full_run_has_no_caps() {
        let plan = plan(Wish { full: true, ..wish() });
        let Parameters::GitUploadPack(parameters) = &plan.runs[0].parameters;
        assert_eq!(parameters.caps, Caps::default());
    }
}
