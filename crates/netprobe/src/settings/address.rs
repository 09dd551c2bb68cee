//! Which repository is meant: what was typed or the checkout's `origin`, after git's `url.<base>.insteadOf`.

use access::Secret;
use access::git_config::GitConfig;
use anyhow::{Context as _, bail};
use cluster::GitRepository;
use model::{Target, Transport};

use super::notes::Notes;

/// A repository's address. The text may hold a password; the target does not.
#[derive(Debug)]
pub(super) struct Address {
    /// Safe to show and to store.
    pub(super) target: Target,
    /// As it was written, for whoever authenticates.
    pub(super) text: Secret,
}

/// Finds it. The errors quote nothing that stood before an `@`.
pub(super) fn resolve(typed: Option<&str>, git: &GitConfig, notes: &mut Notes) -> anyhow::Result<Address> {
    let (text, origin) = match (typed, git.origin()) {
        (Some(typed), _) => (Secret::from(typed), None),
        (None, Some((url, source))) => (url.clone(), Some(source)),
        (None, None) => match &git.problem {
            Some(problem) => bail!("no target was given, and the origin of this checkout is not known: {problem}"),
            None => bail!("no target was given, and there is no checkout with a remote `origin` here; {EXAMPLE}"),
        },
    };
    let rewritten = git.rewrite(text.expose());
    let (text, by) = match rewritten {
        Some(rewritten) => (rewritten.url, Some(rewritten.source)),
        None => (text, None),
    };
    let (mut target, password) = Target::parse(text.expose()).with_context(|| match (&by, &origin) {
        (Some(source), _) => format!("the address that {source} makes of it"),
        (None, Some(source)) => format!("the address of origin, {source}"),
        (None, None) => "TARGET".to_owned(),
    })?;
    if target.transport == Transport::Ssh {
        if password.is_some() {
            notes.add("the address holds a password; SSH servers of git take keys, so it was not used");
        }
    } else {
        // Some hosters take the token in place of the user, so it is a credential and no part of the address.
        target.user = None;
    }
    if let Some(source) = origin {
        notes.add(format!("the target is origin of this checkout, {source}"));
    }
    if let Some(source) = by {
        notes.add(format!("{source} makes the address {target}; Flux knows no insteadOf"));
    }
    Ok(Address { target, text })
}

/// The address of a GitRepository, as it stands there: Flux knows no `insteadOf`.
pub(super) fn of_repository(repository: &GitRepository, notes: &mut Notes) -> anyhow::Result<Address> {
    let named = format!("GitRepository {}/{}", repository.namespace, repository.name);
    let (mut target, password) = Target::parse(&repository.url).with_context(|| format!("spec.url of {named}"))?;
    if password.is_some() || (target.transport != Transport::Ssh && target.user.is_some()) {
        notes.add(format!("spec.url of {named} holds a credential, which belongs into its Secret"));
    }
    if target.transport != Transport::Ssh {
        target.user = None;
    }
    for sentence in crate::settings::repository::remarks(repository) {
        notes.add(sentence);
    }
    Ok(Address { target, text: Secret::from(repository.url.as_str()) })
}

const EXAMPLE: &str = "give an address, for example: netprobe run ssh://git@host/path";

#[cfg(test)]
mod tests {
    use super::*;

    fn git(settings: &[(&str, &str)]) -> GitConfig {
        let entries: Vec<String> = settings.iter().map(|(key, value)| format!("file:/g\0{key}\n{value}\0")).collect();
        GitConfig::parse(entries.concat().as_bytes())
    }

    #[test]
    fn instead_of_is_applied_and_said() {
        let git = git(&[("url.ssh://git@host/.insteadof", "https://host/")]);
        let mut notes = Notes::default();
        let address = resolve(Some("https://host/r.git"), &git, &mut notes).unwrap();
        assert_eq!(address.target.url(), "ssh://git@host/r.git");
        assert!(notes.into_notes()[0].text.as_str().contains("insteadof"));
    }

    #[test]
    fn origin_stands_in_for_a_target() {
        let origin = git(&[("remote.origin.url", "git@host:org/r.git")]);
        assert_eq!(resolve(None, &origin, &mut Notes::default()).unwrap().target.host, "host");
        let error = resolve(None, &GitConfig::default(), &mut Notes::default()).unwrap_err().to_string();
        assert!(error.contains("netprobe run ssh://"), "{error}");
    }

    #[test]
    fn credentials_in_the_address_go_nowhere_else() {
        let mut notes = Notes::default();
        for text in ["https://canary@host/r", "https://me:canary@host/r", "ssh://git:canary@host/r"] {
            let address = resolve(Some(text), &GitConfig::default(), &mut notes).unwrap();
            assert!(!format!("{address:?} {notes:?}").contains("canary"), "{text}");
        }
        let git =
            git(&[("url.https://canary@host/.insteadof", "short:"), ("remote.origin.url", "https://canary@-x/r")]);
        resolve(Some("short:r"), &git, &mut notes).unwrap();
        let error = format!("{:#}", resolve(None, &git, &mut notes).unwrap_err());
        assert!(!format!("{error} {:?}", notes.into_notes()).contains("canary"), "{error}");
    }
}
