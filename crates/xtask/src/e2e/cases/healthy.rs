//! Where nothing is wrong, nothing is found, and it costs little.

use anyhow::Result;

use super::{columns, place, usual, words};
use crate::e2e::case::Case;
use crate::e2e::checks::Checks;
use crate::e2e::scene::Scene;

pub(super) const HEALTHY: Case<Scene> = Case {
    name: "healthy",
    about: "Both columns are green, from the node where source-controller runs.",
    run: healthy,
};

pub(super) const COMPARE: Case<Scene> = Case {
    name: "compare",
    about: "`netprobe compare` prints the same table from the two stored reports.",
    run: compare,
};

pub(super) const HOST_NETWORK: Case<Scene> =
    Case { name: "host-network", about: "The pod runs in the node's own network.", run: host_network };

fn healthy(scene: &Scene, checks: &mut Checks) -> Result<()> {
    let answer = scene.netprobe().measure(&words(&usual(scene)))?;
    answer.must_end_with(0, checks);
    let Some((here, node)) = columns(&answer, checks) else { return Ok(()) };
    checks.same("verdict from here", &here.verdict(), &"healthy");
    checks.same("verdict from the node", &node.verdict(), &"healthy");
    place(&answer, checks, "nowhere");
    let pod = &node.report()["vantage"]["pod"];
    checks.same("node", &pod["node"].as_str(), &Some(scene.node.as_str()));
    // The bar is 6 s. What a busy machine adds is no fault of netprobe's, so only what no machine excuses is red.
    let runs = here.took() + node.took();
    let extra = answer.finished.took.saturating_sub(runs).as_secs_f64();
    checks.figure(format!(
        "{:.1} s in all, the two runs {:.1} s, the rest {extra:.1} s (bar 6 s)",
        answer.finished.took.as_secs_f64(),
        runs.as_secs_f64()
    ));
    checks.so(format!("beside the two runs it took {extra:.1} s, more than three times the bar"), extra < 18.0);
    Ok(())
}

fn compare(scene: &Scene, checks: &mut Checks) -> Result<()> {
    let netprobe = scene.netprobe();
    let (here, node) = netprobe.fresh_reports("compare", &scene.node)?;
    let (here, node) = (here.display().to_string(), node.display().to_string());
    let mut arguments = usual(scene);
    arguments.extend(["--output".to_owned(), here.clone()]);
    let live = netprobe.measure(&words(&arguments))?;
    live.must_end_with(0, checks);
    let stored = netprobe.run(&["compare", "--format", "json", &here, &node])?;
    checks.so(
        "the table of the stored reports is another one than that of the run",
        !live.comparison().is_null() && live.comparison() == stored.comparison(),
    );
    let diagnosed = netprobe.run(&["diagnose", "--check", &node])?;
    checks.so("the node's report cannot be judged by itself", diagnosed.code() == Some(0));
    Ok(())
}

fn host_network(scene: &Scene, checks: &mut Checks) -> Result<()> {
    let mut arguments = usual(scene);
    arguments.extend(["--network", "host", "--no-local"].map(ToOwned::to_owned));
    let answer = scene.netprobe().measure(&words(&arguments))?;
    answer.must_end_with(0, checks);
    let Some(node) = answer.node() else {
        checks.so("there is no column from the node", false);
        return Ok(());
    };
    checks.same("verdict from the node", &node.verdict(), &"healthy");
    checks.same("network", &node.report()["vantage"]["pod"]["network"].as_str(), &Some("host"));
    Ok(())
}
