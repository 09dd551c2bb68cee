//! A case: something that is tried on a real cluster. And the running of several, one line each.

use std::io::{Write as _, stdout};
use std::time::Instant;

use anyhow::{Result, ensure};

use super::checks::Checks;
use super::kube::Kube;
use super::scene;

/// One thing to try on a scene of kind `S`.
pub(super) struct Case<S> {
    /// Short, with hyphens.
    pub(super) name: &'static str,
    /// What must be so, as a sentence.
    pub(super) about: &'static str,
    /// Tries it. An error means that it could not be tried, which is red too.
    pub(super) run: fn(&S, &mut Checks) -> Result<()>,
}

/// What became of some cases.
#[derive(Debug)]
pub(super) struct Tally {
    tried: usize,
    red: Vec<&'static str>,
}

/// Runs all cases whose names hold one of `names` (none: all). Each must leave what it found in the namespaces.
pub(super) fn run_some<S>(cases: &[Case<S>], names: &[String], scene: &S, kube: &Kube) -> Result<Tally> {
    let wanted: Vec<&Case<S>> = cases.iter().filter(|case| is_meant(case, names)).collect();
    let mut red = Vec::new();
    let mut before = scene::objects(kube)?;
    for case in &wanted {
        let mut checks = Checks::default();
        let started = Instant::now();
        if let Err(error) = (case.run)(scene, &mut checks) {
            checks.complaints.push(format!("could not be tried to its end: {error:#}"));
        }
        let took = started.elapsed().as_secs_f64();
        let after = scene::objects(kube)?;
        let left: Vec<&String> = after.difference(&before).collect();
        checks.so(format!("it left {left:?}"), left.is_empty());
        let gone: Vec<&String> = before.difference(&after).collect();
        checks.so(format!("it took away {gone:?}"), gone.is_empty());
        before = after;
        let word = if checks.complaints.is_empty() { "ok " } else { "RED" };
        say(&format!("  {word}  {:22} {took:5.1} s  {}", case.name, checks.figures.join(" · ")));
        if checks.complaints.is_empty() {
            continue;
        }
        say(&format!("       {}", case.about));
        for complaint in &checks.complaints {
            say(&format!("       - {}", complaint.replace('\n', "\n         ")));
        }
        red.push(case.name);
    }
    Ok(Tally { tried: wanted.len(), red })
}

/// Says how it went; whether all went well.
pub(super) fn sum(tallies: &[Tally]) -> Result<bool> {
    let tried: usize = tallies.iter().map(|tally| tally.tried).sum();
    let red: Vec<&str> = tallies.iter().flat_map(|tally| tally.red.iter().copied()).collect();
    ensure!(tried > 0, "no case has such a name; `--list` shows them");
    say(&format!("{tried} cases on a real cluster, {} red", red.len()));
    if !red.is_empty() {
        say(&format!("RED: {}; one alone: `cargo xtask e2e NAME`", red.join(", ")));
    }
    Ok(red.is_empty())
}

/// Prints every case with what it is about.
pub(super) fn list<S>(cases: &[Case<S>]) {
    for case in cases {
        say(&format!("{:22} {}", case.name, case.about));
    }
}

/// Prints a line; a reader who has seen enough is no reason to stop.
pub(super) fn say(text: &str) {
    let _ = writeln!(stdout().lock(), "{text}");
}

fn is_meant<S>(case: &Case<S>, names: &[String]) -> bool {
    names.is_empty() || names.iter().any(|wanted| case.name.contains(wanted.as_str()))
}
