//! Commands that a reader can paste: netprobe itself, and the ones that a remedy needs. A text goes into a command
//! only quoted.

use model::{
    Caps, Depth, FluxVersion, GitRef, Micros, Plan, PodNetwork, PodPlace, Profile, Protocol, Report, Target, Transport,
};

/// `netprobe run` for the same question from the same place: `options` first, then every other one that was in force and
/// that a report knows. Where keys and known hosts lie it does not know.
pub(crate) fn run_again(report: &Report, options: &str) -> String {
    let plan = &report.header.plan;
    let mut words = vec!["netprobe run".to_owned()];
    words.extend(report.header.vantage.pod.iter().map(from_node));
    if !options.is_empty() {
        words.push(options.to_owned());
    }
    if let Some(reference) = reference(&plan.git_ref) {
        words.push(format!("--ref {}", quoted(&reference)));
    }
    let said = |option: &String| options.split(' ').any(|word| option.split(' ').next() == Some(word));
    words.extend(in_force(plan).into_iter().filter(|option| !said(option)));
    words.push(quoted(&address(&plan.target)));
    words.join(" ")
}

/// The options that lead to that pod's place again.
fn from_node(pod: &PodPlace) -> String {
    let node = if pod.node.is_empty() { String::new() } else { format!("={}", quoted(&pod.node)) };
    let network = if pod.network == PodNetwork::Host { " --network host" } else { "" };
    format!("--from-node{node}{network} --no-local")
}

/// The options that make a plan differ from what `netprobe run` does unasked.
fn in_force(plan: &Plan) -> Vec<String> {
    let mut options = Vec::new();
    let mut put = |differs: bool, option: String| options.extend(differs.then_some(option));
    put(plan.profile != Profile::default(), format!("--profile {}", plan.profile.name()));
    put(plan.flux_version != FluxVersion::default(), format!("--flux-version {}", plan.flux_version));
    put(plan.artifact_stored, "--artifact-stored".to_owned());
    put(plan.timeout_us != FLUX_TIMEOUT, format!("--timeout {}", duration(plan.timeout_us)));
    put(plan.budget_us != BUDGET, format!("--budget {}", duration(plan.budget_us)));
    let Some(asked) = plan.runs.iter().find_map(|run| run.parameters.upload_pack()) else { return options };
    let mut put = |differs: bool, option: &str| options.extend(differs.then(|| option.to_owned()));
    put(asked.protocol == Protocol::V2, "--protocol v2");
    put(asked.depth == Depth::One, "--depth 1");
    put(asked.depth == Depth::Full, "--depth full");
    put(asked.progress, "--server-progress");
    put(asked.patience_us != PATIENCE, &format!("--patience {}", duration(asked.patience_us)));
    put(asked.caps == Caps::default(), "--full");
    options.extend(asked.filter.map(|filter| format!("--filter {}", filter.spec())));
    options.extend(asked.mss_clamp_bytes.map(|mss| format!("--mss-clamp {mss}")));
    options
}

/// A budget that leaves twice the time that was there, at least a minute.
pub(crate) fn larger_budget(report: &Report) -> String {
    let doubled = Micros(report.header.plan.budget_us.0.saturating_mul(2)).max(Micros::from_secs(60));
    format!("--budget {}", seconds(doubled))
}

/// Whole seconds, rounded up, as `--budget`, `--timeout` and `spec.timeout` take them.
pub(crate) fn seconds(time: Micros) -> String {
    format!("{}s", time.0.div_ceil(1_000_000))
}

/// Exact to the millisecond, as every duration of netprobe's options can be typed.
fn duration(time: Micros) -> String {
    if time.0.is_multiple_of(1_000_000) { seconds(time) } else { format!("{}ms", time.0.div_ceil(1_000)) }
}

/// As a shell takes it for one word (POSIX shell, 2.2.2).
pub(crate) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// `spec.timeout` where none is set (flux-git.md §2.6).
const FLUX_TIMEOUT: Micros = Micros::from_secs(60);
/// `--budget` where nobody says otherwise (`netprobe run --help`).
const BUDGET: Micros = Micros::from_secs(30);
/// `--patience` where nobody says otherwise (`netprobe run --help`).
const PATIENCE: Micros = Micros::from_secs(6);

/// As it can be typed: a path relative to the home directory has no URL.
fn address(target: &Target) -> String {
    if target.transport != Transport::Ssh || target.port.is_some() || target.path.starts_with(['/', '~']) {
        return target.url();
    }
    let user = target.user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
    let host = if target.host.contains(':') { format!("[{}]", target.host) } else { target.host.clone() };
    format!("{user}{host}:{}", target.path)
}

fn reference(git_ref: &GitRef) -> Option<String> {
    match git_ref {
        GitRef::Head => None,
        GitRef::Branch(name) => Some(format!("branch={name}")),
        GitRef::Tag(name) => Some(format!("tag={name}")),
        GitRef::Semver(range) => Some(format!("semver={range}")),
        GitRef::Name(name) => Some(format!("name={name}")),
        GitRef::Commit { id, branch: None } => Some(format!("commit={id}")),
        GitRef::Commit { id, branch: Some(branch) } => Some(format!("commit={id}@{branch}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{Story, Telling};

    #[test]
    fn nothing_in_a_command_can_run_away() {
        for (text, word) in [
            ("ssh://git@host/r", "ssh://git@host/r"),
            ("semver=>=1.0 <2", "'semver=>=1.0 <2'"),
            ("a'b;c", r"'a'\''b;c'"),
            ("-x", "'-x'"),
            ("", "''"),
            ("git@[::1]:r", "'git@[::1]:r'"),
        ] {
            assert_eq!(quoted(text), word);
        }
    }

    #[test]
    fn what_was_seen_from_a_node_is_asked_from_it_again() {
        let mut story = Story::ssh().run(Telling::complete);
        story.report.header.vantage.pod = Some(crate::samples::pod("node-2"));
        let again = "--from-node=node-2 --no-local --ref branch=main ssh://git@git.example/org/repo.git";
        assert_eq!(run_again(&story.report, ""), format!("netprobe run {again}"));
    }

    #[test]
    fn what_was_in_force_is_in_force_again() {
        let mut story = Story::ssh().run(Telling::complete);
        assert_eq!(run_again(&story.report, ""), "netprobe run --ref branch=main ssh://git@git.example/org/repo.git");
        let mut run = story.report.measurements.remove(0).run;
        let model::Parameters::GitUploadPack(asked) = &mut run.parameters else { unreachable!() };
        asked.patience_us = Micros::from_millis(2_500);
        asked.protocol = Protocol::V2;
        asked.mss_clamp_bytes = Some(1_300);
        let plan = &mut story.report.header.plan;
        plan.runs = vec![run];
        plan.profile = Profile::Openssh;
        plan.timeout_us = Micros::from_secs(90);
        plan.budget_us = Micros::from_secs(45);
        assert_eq!(
            run_again(&story.report, "--budget 90s"),
            "netprobe run --budget 90s --ref branch=main --profile openssh --timeout 90s --protocol v2 \
             --patience 2500ms --full --mss-clamp 1300 ssh://git@git.example/org/repo.git"
        );
    }

    #[test]
    fn what_was_typed_can_be_typed_again() {
        for text in ["git@host:org/r", "ssh://git@host:2222/r", "https://host/r.git", "ssh://host/~me/r"] {
            let target = Target::parse(text).unwrap().0;
            assert_eq!(Target::parse(&address(&target)).unwrap().0, target, "{text}");
        }
    }
}
