//! Commands that a reader can paste: netprobe itself, and the ones that a remedy needs. A text goes into a command
//! only quoted.

use model::{GitRef, Micros, Report, Target, Transport};

/// `netprobe run` for the same question, with other options before it.
pub(crate) fn run_again(report: &Report, options: &str) -> String {
    run_on(report, options, &address(&report.header.plan.target))
}

/// The same with another address.
pub(crate) fn run_on(report: &Report, options: &str, address: &str) -> String {
    let plan = &report.header.plan;
    let mut words = vec!["netprobe run".to_owned()];
    if !options.is_empty() {
        words.push(options.to_owned());
    }
    if let Some(reference) = reference(&plan.git_ref) {
        words.push(format!("--ref {}", quoted(&reference)));
    }
    if plan.timeout_us != FLUX_TIMEOUT && !options.contains("--timeout") {
        words.push(format!("--timeout {}", seconds(plan.timeout_us)));
    }
    words.push(quoted(address));
    words.join(" ")
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
    fn what_was_typed_can_be_typed_again() {
        for text in ["git@host:org/r", "ssh://git@host:2222/r", "https://host/r.git", "ssh://host/~me/r"] {
            let target = Target::parse(text).unwrap().0;
            assert_eq!(Target::parse(&address(&target)).unwrap().0, target, "{text}");
        }
    }
}
