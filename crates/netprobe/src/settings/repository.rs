//! Which GitRepository is meant: one in a file, or one of those in the cluster. Several are never guessed between.

use std::path::Path;

use anyhow::{Context as _, bail};
use cluster::GitRepository;
use model::{Target, Transport};

use crate::args::run::RunArgs;

/// The GitRepository of TARGET, where that is a file.
pub(crate) fn of_manifest(args: &RunArgs) -> anyhow::Result<Option<GitRepository>> {
    let file = args.target.as_deref().filter(|target| is_manifest(target));
    if let (Some(_), None, Some(wanted)) = (&args.target, file, &args.from_node.git_repository) {
        bail!(
            "--git-repository {wanted} chooses one of a cluster or of a manifest, and TARGET is an address; leave one of them out"
        );
    }
    file.map(|path| in_file(Path::new(path), args.from_node.git_repository.as_deref())).transpose()
}

/// Whether TARGET names a file and no address.
fn is_manifest(target: &str) -> bool {
    let path = Path::new(target);
    let named = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    !target.contains("://") && (path.is_file() || (named && !target.contains(':')))
}

/// The GitRepository in a file; `wanted` chooses where there are several.
fn in_file(path: &Path, wanted: Option<&str>) -> anyhow::Result<GitRepository> {
    let shown = path.display();
    let size = std::fs::metadata(path).with_context(|| format!("the manifest {shown} cannot be read"))?.len();
    if size > MAX_BYTES {
        bail!("{shown} is larger than 1 MiB, which no manifest is");
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("the manifest {shown} cannot be read"))?;
    let found = GitRepository::from_yaml(&text).with_context(|| shown.to_string())?;
    only(found, wanted, &format!("{shown} holds"))
}

/// The one that is wanted; `place` begins the sentence on all of them, such as `the cluster has`.
pub(crate) fn only(found: Vec<GitRepository>, wanted: Option<&str>, place: &str) -> anyhow::Result<GitRepository> {
    let (namespace, name) = match wanted.map(|wanted| wanted.split_once('/').unwrap_or(("", wanted))) {
        Some((namespace, name)) => (Some(namespace).filter(|text| !text.is_empty()), Some(name)),
        None => (None, None),
    };
    let fits = |one: &GitRepository| {
        name.is_none_or(|name| one.name == name) && namespace.is_none_or(|namespace| one.namespace == namespace)
    };
    let all = listed(&found);
    let mut fitting: Vec<GitRepository> = found.into_iter().filter(fits).collect();
    match (fitting.pop(), fitting.is_empty(), wanted) {
        (Some(one), true, _) => Ok(one),
        (Some(_), false, _) => {
            bail!("{place} several GitRepositories; choose one with --git-repository NAMESPACE/NAME:{all}")
        }
        (None, _, Some(wanted)) if all.is_empty() => bail!("{place} no GitRepository, so none called {wanted}"),
        (None, _, Some(wanted)) => bail!("{place} no GitRepository {wanted}; there are:{all}"),
        (None, _, None) => {
            bail!("{place} no GitRepository; name the repository: netprobe run --from-node ssh://git@host/path")
        }
    }
}

/// Of those with this address, the one that tells how to log in there; none where there is none.
pub(crate) fn with_address(found: Vec<GitRepository>, target: &Target) -> anyhow::Result<Option<GitRepository>> {
    let same = |one: &GitRepository| Target::parse(&one.url).is_ok_and(|(its, _)| its.url() == target.url());
    let mut fitting: Vec<GitRepository> = found.into_iter().filter(same).collect();
    let place = |one: &GitRepository| (one.namespace.clone(), one.secret.clone(), one.proxy_secret.clone());
    let Some(first) = fitting.first().map(place) else { return Ok(None) };
    if fitting.iter().any(|one| place(one) != first) {
        let all = listed(&fitting);
        bail!(
            "several GitRepositories have this address and different Secrets; leave TARGET out and choose with --git-repository:{all}"
        );
    }
    Ok(Some(fitting.swap_remove(0)))
}

/// What the reader of a report should know of it, wherever the report was made.
pub(crate) fn remarks(repository: &GitRepository) -> impl Iterator<Item = String> + '_ {
    let target = format!("the target is GitRepository {}/{}", repository.namespace, repository.name);
    [target].into_iter().chain(repository.unsupported.iter().cloned())
}

/// One a line.
fn listed(repositories: &[GitRepository]) -> String {
    let line = |one: &GitRepository| format!("\n  {}/{}  {}", one.namespace, one.name, shown(&one.url));
    repositories.iter().map(line).collect()
}

/// The address without what may be a credential.
fn shown(url: &str) -> String {
    let Ok((mut target, _)) = Target::parse(url) else { return "(an address that cannot be read)".to_owned() };
    if target.transport != Transport::Ssh {
        target.user = None;
    }
    target.url()
}

const MAX_BYTES: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn repositories(named: &[(&str, &str, &str)]) -> Vec<GitRepository> {
        let one = |(namespace, name, url): &(&str, &str, &str)| {
            format!(
                "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{interval: 1m, url: \"{url}\", secretRef: {{name: {name}}}}}\n---\n"
            )
        };
        GitRepository::from_yaml(&named.iter().map(one).collect::<String>()).unwrap()
    }

    const TWO: [(&str, &str, &str); 2] =
        [("flux-system", "fleet", "ssh://git@host/fleet"), ("apps", "shop", "https://user:hunter2@host/shop")];

    #[test]
    fn files_and_addresses_are_told_apart() {
        assert!(is_manifest("clusters/gotk-sync.yaml") && is_manifest("a.yml"));
        for address in ["ssh://host/r.yaml", "git@host:r.yaml", "https://host/r"] {
            assert!(!is_manifest(address), "{address}");
        }
    }

    #[test]
    fn one_is_taken_and_several_are_listed() {
        assert_eq!(only(repositories(&TWO[..1]), None, "it has").unwrap().name, "fleet");
        assert_eq!(only(repositories(&TWO), Some("shop"), "it has").unwrap().namespace, "apps");
        assert_eq!(only(repositories(&TWO), Some("apps/shop"), "it has").unwrap().name, "shop");
        let error = only(repositories(&TWO), None, "the cluster has").unwrap_err().to_string();
        assert!(error.contains("flux-system/fleet") && error.contains("apps/shop"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
        assert!(only(Vec::new(), None, "it has").unwrap_err().to_string().contains("ssh://"));
        let wrong = only(repositories(&TWO), Some("flux-system/shop"), "it has").unwrap_err().to_string();
        assert!(wrong.contains("apps/shop"), "{wrong}");
    }

    #[test]
    fn an_address_finds_its_secret() {
        let target = |url| Target::parse(url).unwrap().0;
        let found = with_address(repositories(&TWO), &target("git@host:fleet")).unwrap().unwrap();
        assert_eq!(found.secret.as_deref(), Some("fleet"));
        assert!(with_address(repositories(&TWO), &target("ssh://git@host/other")).unwrap().is_none());
        let twice = [TWO[0], ("flux-system", "other", "ssh://git@host/fleet")];
        assert!(with_address(repositories(&twice), &target("ssh://git@host/fleet")).is_err());
    }
}
