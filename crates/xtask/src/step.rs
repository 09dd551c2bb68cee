//! A step of a check: a name, what to do when it is red, and a function that returns complaints.

use std::time::Instant;

use anyhow::Result;

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

/// Runs all steps, red ones included, and says at the end which were red. The last step's output comes last.
pub(crate) fn run_all(workspace: &Workspace, steps: &[Step]) -> bool {
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
    red.is_empty()
}
