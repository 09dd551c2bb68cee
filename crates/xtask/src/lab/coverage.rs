//! Which findings the laboratory can provoke: every rule has a scenario of the smoke run, or a reason why not.

use std::collections::BTreeSet;

use ::lab::scenario::Library;
use anyhow::Result;

use crate::workspace::Workspace;

/// Rules that no scenario of the smoke run expects, rules that do not exist, and excuses that are no longer needed.
pub(crate) fn complaints(_: &Workspace) -> Result<Vec<String>> {
    let library = Library::own()?;
    let told: Vec<(&str, bool)> = library
        .all()
        .flat_map(|scenario| scenario.content.expect.iter().map(|(_, expected)| (expected, scenario.has_tag("smoke"))))
        .map(|(expected, smoke)| (expected.finding.as_str(), smoke))
        .collect();
    let rules: Vec<&str> = diagnose::RULES.iter().map(|rule| rule.id).collect();
    Ok(compare(&rules, &told, EXCUSED))
}

fn compare(rules: &[&str], told: &[(&str, bool)], excused: &[(&str, &str)]) -> Vec<String> {
    let smoke: BTreeSet<&str> = told.iter().filter(|(_, smoke)| *smoke).map(|(finding, _)| *finding).collect();
    let excuse = |rule: &&str| excused.iter().any(|(name, _)| name == rule);
    let mut complaints: Vec<String> = told
        .iter()
        .map(|(finding, _)| *finding)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .filter(|finding| !rules.contains(finding))
        .map(|finding| format!("a scenario expects `{finding}`, and there is no such rule"))
        .collect();
    for rule in rules.iter().filter(|rule| !smoke.contains(*rule) && !excuse(rule)) {
        complaints.push(format!("no scenario of the smoke run expects `{rule}`"));
    }
    for (rule, _) in excused.iter().filter(|(rule, _)| smoke.contains(rule) || !rules.contains(rule)) {
        complaints.push(format!("`{rule}` needs no excuse"));
    }
    complaints
}

/// Rules that no network of the laboratory leads to, with what shows them instead.
const EXCUSED: &[(&str, &str)] = &[
    (
        "unexplained",
        "it is for failures that nobody thought of; a network that led to it would be the reason for a rule (tests of diagnose)",
    ),
    (
        "flux-secret-unusable",
        "only a pod has a GitRepository's Secret (tests of diagnose and of the agent; cargo xtask e2e)",
    ),
    (
        "key-exchange-not-digested",
        "OpenSSH has ML-KEM since 9.9, and the laboratory's is older (tests of ssh_handshake, against the endpoint)",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_without_a_scenario_and_a_scenario_without_a_rule_are_named() {
        let told = [("healthy", true), ("stalled", false), ("typo", true)];
        let expected = [
            "a scenario expects `typo`, and there is no such rule",
            "no scenario of the smoke run expects `stalled`",
            "`healthy` needs no excuse",
        ];
        let excused = [("healthy", "no reason"), ("unexplained", "it is for what nobody thought of")];
        assert_eq!(compare(&["healthy", "stalled", "unexplained"], &told, &excused), expected);
    }
}
