//! Bars on an emulated path: the same exchange must not take longer than by those who make it in earnest, and what hangs
//! must be named long before anybody's timeout.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use lab::bed::Bed;
use lab::git::{self, Protocol};
use lab::oracle::{FluxClone, FluxCloneArgs};
use lab::scenario::{Router, Scenario, ScenarioName};
use model::Transport;

use super::pair::{Bar, Line, Metric, alone, pair, report};
use super::statistics::Estimate;
use super::{Bench, Benchmark};

/// All of them.
pub(super) const ALL: &[Benchmark] = &[
    ("path-ssh", |bench| on_a_path(bench, Transport::Ssh)),
    ("path-https", |bench| on_a_path(bench, Transport::Https)),
    ("path-small", small),
    ("path-hole", hole),
    ("lab-set-up", set_up),
];

/// 8 MiB over 20 ms and 100 Mbit/s, as Flux takes it and as git does.
fn on_a_path(bench: &Bench, transport: Transport) -> Result<bool> {
    let bed = bed(ORDINARY, transport)?;
    let mut met = true;
    if let Some(flux) = FluxClone::find()? {
        let line = line(&bed, "Flux's own client", &flux.command(&as_flux(&bed)))?;
        met &= pair(&netprobe(bench, &bed, &[])?, &line, bench.runs, &[Bar::Ratio(Metric::Wall, 1.1)])?;
    }
    let copy = bed.home().join("copy.git");
    let mut clone = git::client(&bed.access(), Protocol::V2)?;
    clone.args(["clone", "--quiet", "--bare", bed.url()]).arg(&copy);
    let clone = Line { makes: Some(copy), ..line(&bed, "git clone --bare", &clone)? };
    let whole = netprobe(bench, &bed, &["--depth", "full", "--full"])?;
    Ok(met & pair(&whole, &clone, bench.runs, &[Bar::Ratio(Metric::Wall, 1.1)])?)
}

/// A healthy run over 20 ms.
fn small(bench: &Bench) -> Result<bool> {
    let mut met = true;
    for transport in [Transport::Ssh, Transport::Https] {
        let bed = bed(SMALL, transport)?;
        met &= alone(&netprobe(bench, &bed, &[])?, bench.runs, &[Bar::Absolute(Metric::Wall, 3.0)])?;
    }
    Ok(met)
}

/// A hole towards the client, which nobody survives, named for what it is.
fn hole(bench: &Bench) -> Result<bool> {
    let mut met = true;
    for transport in [Transport::Ssh, Transport::Https] {
        let bed = bed(HOLE, transport)?;
        let run = netprobe_command(bench, &bed, &[]);
        let mut expecting = Command::new("sh");
        git::isolate(&mut expecting);
        expecting
            .args(["-c", "\"$@\" | grep -q path-mtu-black-hole", "sh"])
            .arg(run.get_program())
            .args(run.get_args());
        let line = line(&bed, "netprobe in a hole", &expecting)?;
        met &= alone(&line, bench.runs.min(5), &[Bar::Absolute(Metric::Wall, 10.0)])?;
    }
    Ok(met)
}

/// The laboratory itself: everything up in a second, a fault in half of one.
fn set_up(bench: &Bench) -> Result<bool> {
    let (mut beds, mut faults) = (Vec::new(), Vec::new());
    for _ in 0..bench.runs {
        let started = Instant::now();
        let bed = bed(SMALL, Transport::Https)?;
        beds.push(started.elapsed().as_secs_f64());
        let started = Instant::now();
        bed.network().limit_mtu(Router::Far, 1400, false)?;
        bed.network().link().set(bed.link_plan_with(&[]))?;
        faults.push(started.elapsed().as_secs_f64());
    }
    let median = |times: Vec<f64>| Estimate::of(times).map(|one| one.median).context("no run was made");
    Ok(report("a bed with its servers", median(beds)?, "s", 1.0) & report("a fault", median(faults)?, "s", 0.5))
}

fn bed(text: &str, transport: Transport) -> Result<Bed> {
    let name = ScenarioName::try_from("bench/path".to_owned()).context("a plain name")?;
    let scenario = Scenario::parse(name, &format!("{text}{EXPECTED}"))?;
    println!("  {} over {}", scenario.content.about, transport.scheme());
    Bed::build(&scenario, transport)
}

fn line(bed: &Bed, name: &'static str, command: &Command) -> Result<Line> {
    Ok(Line { name, command: bed.client().entering(command)?, makes: None })
}

fn netprobe(bench: &Bench, bed: &Bed, more: &[&str]) -> Result<Line> {
    line(bed, "netprobe", &netprobe_command(bench, bed, more))
}

fn netprobe_command(bench: &Bench, bed: &Bed, more: &[&str]) -> Command {
    let mut command = super::first_slice::run_on(bench, bed.url(), &bed.access());
    command.args(["--budget", "60s", "--ref", "branch=main"]).args(more);
    command
}

fn as_flux(bed: &Bed) -> FluxCloneArgs {
    FluxCloneArgs {
        url: bed.url().to_owned(),
        reference: Some(("branch", "main".to_owned())),
        timeout: Duration::from_mins(1),
        access: bed.access(),
        observed: None,
        environment: BTreeMap::new(),
        bound: Duration::from_mins(2),
    }
}

const ORDINARY: &str = r#"about = "8 MiB over 20 ms and 100 Mbit/s"
repository = { shape = "medium" }
[[link]]
rate = "100mbit"
queue = "256kB"
"#;
const SMALL: &str = "about = \"a small repository over 20 ms\"\n";
const HOLE: &str = r#"about = "a hop of 1400 bytes towards the client that tells nobody"
[[mtu]]
at = "far"
bytes = 1400
tells = false
"#;
/// A scenario expects something; a benchmark only measures.
const EXPECTED: &str = r#"
[expect.ssh]
finding = "healthy"
git = "clones"
flux = { outcome = "fits" }
"#;
