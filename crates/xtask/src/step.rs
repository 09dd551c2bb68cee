//! A step of a check: a name, what to do when it is red, and a function that returns complaints.

use std::time::Instant;

use anyhow::{Result, ensure};

use crate::workspace::Workspace;

/// One thing that has to be true of the repository.
pub(crate) struct Step {
    /// What is checked, in a word or two.
    pub(crate) name: &'static str,
    /// What to do when it is red.
    pub(crate) remedy: &'static str,
    /// Returns what is wrong, one line each; an error means that it could not be found out, which is red too.
    pub(crate) run: fn(&Workspace) -> Result<Vec<String>>,
}

/// Runs all steps whose name contains `filter`, red ones included, and says at the end which were red. Where all is well
/// the output of the last step comes last.
pub(crate) fn run_all(workspace: &Workspace, steps: &[Step], filter: &str) -> Result<bool> {
    let steps: Vec<&Step> = steps.iter().filter(|step| step.name.contains(filter)).collect();
    ensure!(!steps.is_empty(), "no step has `{filter}` in its name");
    let mut red = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        println!("[{}/{}] {}", number + 1, steps.len(), step.name);
        let started = Instant::now();
        let complaints = (step.run)(workspace).unwrap_or_else(|error| vec![format!("{error:#}")]);
        let took = started.elapsed().as_secs_f64();
        if complaints.is_empty() {
            println!("      ok, {took:.1} s");
            continue;
        }
        for complaint in &complaints {
            println!("      {complaint}");
        }
        println!("      RED after {took:.1} s: {}", step.remedy);
        red.push(step);
    }
    if !red.is_empty() {
        println!("\n{} of {} steps are red:", red.len(), steps.len());
        for step in &red {
            println!("  {}: {}", step.name, step.remedy);
        }
    }
    Ok(red.is_empty())
}
