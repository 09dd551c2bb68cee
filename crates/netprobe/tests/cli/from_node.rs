//! `netprobe run` with a GitRepository in a file, and `--from-node` where there is no cluster. With one, the tests are
//! `cargo xtask e2e`.

use std::net::TcpListener;
use std::path::PathBuf;

use crate::bed::{Bed, Said};

/// A manifest such as `flux bootstrap` writes, behind a document that is none of ours.
fn manifest(bed: &Bed, name: &str, url: &str) -> PathBuf {
    let text = format!(
        "apiVersion: v1\nkind: Namespace\nmetadata: {{name: flux-system}}\n---\n\
         apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\n\
         metadata:\n  name: {name}\n  namespace: flux-system\n\
         spec:\n  interval: 1m\n  timeout: 1m30s\n  url: {url}\n  ref: {{branch: main}}\n  secretRef: {{name: {name}}}\n"
    );
    bed.home.write(&format!("{name}.yaml"), &text)
}

/// A kubeconfig for an API server that does not listen.
fn kubeconfig(bed: &Bed) -> PathBuf {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: gone\n\
         clusters: [{{name: c, cluster: {{server: 'http://127.0.0.1:{port}'}}}}]\n\
         users: [{{name: u, user: {{token: canary-7f3a}}}}]\n\
         contexts: [{{name: gone, context: {{cluster: c, user: u}}}}]\n"
    );
    bed.home.write("kubeconfig", &text)
}

#[test]
fn a_manifest_names_address_reference_and_timeout() {
    let bed = Bed::healthy();
    let file = manifest(&bed, "fleet", &bed.ssh());
    let said = Said::by(bed.run().args(["--format", "json", "--no-report"]).arg(&file));
    assert_eq!(said.code, Some(0), "{said:?}");
    let plan = &said.json()["report"]["plan"];
    assert_eq!(plan["timeout_us"], 90_000_000);
    assert_eq!(plan["git_ref"]["branch"], "main", "{plan}");
    assert!(said.json()["report"]["notes"].to_string().contains("GitRepository flux-system/fleet"));

    let said = Said::by(bed.run().args(["--format", "json", "--no-report", "--timeout", "7s"]).arg(&file));
    assert_eq!(said.json()["report"]["plan"]["timeout_us"], 7_000_000, "the command line has the last word");
}

#[test]
fn a_manifest_that_is_none_is_refused() {
    let bed = Bed::healthy();
    let empty = bed.home.write("kustomization.yaml", "kind: Kustomization\napiVersion: v1\n");
    let broken = bed.home.write("broken.yaml", "kind: [\n");
    let missing = bed.home.path("missing.yaml");
    for (file, words) in [(empty, "no GitRepository"), (broken, "YAML"), (missing, "missing.yaml")] {
        let said = Said::by(bed.run().arg(&file));
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.stderr.contains(words), "{said:?}");
    }
}

#[test]
fn several_in_one_file_are_listed_and_none_is_guessed() {
    let bed = Bed::healthy();
    let both = std::fs::read_to_string(manifest(&bed, "one", "ssh://git@a/r")).unwrap()
        + "---\n"
        + &std::fs::read_to_string(manifest(&bed, "two", "https://u:canary-7f3a@b/r")).unwrap();
    let both = bed.home.write("both.yaml", &both.replace("ssh://git@a/r", &bed.ssh()));
    let said = Said::by(bed.run().arg(&both));
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.stderr.contains("flux-system/one") && said.stderr.contains("https://b/r"), "{said:?}");
    assert!(!said.stderr.contains("canary") && !said.stderr.contains("u@b"), "{said:?}");
    let of_address = Said::by(bed.run().args(["--git-repository", "one"]).arg(bed.ssh()));
    assert_eq!(of_address.code, Some(2), "an address has no choice: {of_address:?}");
    let chosen = Said::by(bed.run().args(["--git-repository", "one"]).arg(&both));
    assert_eq!(chosen.code, Some(0), "{chosen:?}");
}

#[test]
fn without_a_cluster_what_can_be_said_from_here_is_said() {
    let bed = Bed::healthy();
    let kubeconfig = kubeconfig(&bed);
    for target in [bed.ssh(), manifest(&bed, "fleet", &bed.ssh()).display().to_string()] {
        let said = Said::by(bed.run().arg("--from-node").arg("--kubeconfig").arg(&kubeconfig).arg(&target));
        assert_eq!(said.code, Some(3), "{said:?}");
        assert!(said.stderr.contains("127.0.0.1") && said.stderr.contains("from here alone"), "{said:?}");
        assert!(said.stdout.starts_with("✔"), "{said:?}");
        assert!(!format!("{said:?}").contains("canary"));
    }
}

#[test]
fn without_a_cluster_and_an_address_there_is_nothing_to_measure() {
    let bed = Bed::healthy();
    let kubeconfig = kubeconfig(&bed);
    let none = Said::by(bed.run().arg("--from-node").arg("--kubeconfig").arg(&kubeconfig));
    assert_eq!((none.code, none.stdout.as_str()), (Some(3), ""), "{none:?}");
    let only_there =
        Said::by(bed.run().args(["--from-node", "--no-local", "--kubeconfig"]).arg(&kubeconfig).arg(bed.ssh()));
    assert_eq!((only_there.code, only_there.stdout.as_str()), (Some(3), ""), "{only_there:?}");
}

#[test]
fn a_kubeconfig_that_is_none_is_a_mistake_of_the_users() {
    let bed = Bed::healthy();
    for file in [bed.home.path("nowhere"), bed.home.write("broken", "apiVersion: [")] {
        let said = Said::by(bed.run().arg("--from-node").arg("--kubeconfig").arg(file).arg(bed.ssh()));
        assert_eq!(said.code, Some(2), "{said:?}");
    }
    let unknown = bed.run().args(["--from-node", "--context", "other", "--kubeconfig"]).arg(kubeconfig(&bed)).output();
    let said = Said::from(unknown.unwrap());
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.stderr.contains("other"), "{said:?}");
}

#[test]
fn what_is_about_a_node_needs_from_node() {
    let bed = Bed::healthy();
    for option in [&["--no-local"][..], &["--network", "host"], &["--keep"], &["--namespace", "x"], &["--secret", "x"]]
    {
        let said = Said::by(bed.run().args(option).arg(bed.ssh()));
        assert_eq!(said.code, Some(2), "{option:?}: {said:?}");
        assert!(said.stderr.contains("--from-node"), "{said:?}");
    }
}
