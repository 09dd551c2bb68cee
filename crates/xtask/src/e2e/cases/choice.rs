//! Which repository is meant, and from where it is measured.

use super::{usual, words};
use crate::e2e::case::Case;
use crate::e2e::netprobe::Column;
use crate::e2e::scene::{MAIN, REPOSITORY, RESTRICTED, Scene, repository_with_secret};

pub(super) const ONLY_ONE: Case<Scene> = Case {
    name: "only-repository",
    about: "The only GitRepository of a namespace needs no naming.",
    run: |scene, checks| {
        let answer = scene.netprobe().measure(&["--namespace", RESTRICTED, "--no-local"])?;
        answer.must_end_with(0, checks);
        checks.same("verdict from the node", &answer.node().map(Column::verdict), &Some("healthy"));
        Ok(())
    },
};

pub(super) const SEVERAL: Case<Scene> = Case {
    name: "several-repositories",
    about: "Of several GitRepositories none is guessed: all are listed.",
    run: |scene, checks| {
        let answer = scene.netprobe().measure(&["--no-local"])?;
        answer.must_end_with(2, checks);
        for namespace in [MAIN, RESTRICTED] {
            checks.holds("stderr", answer.stderr(), &format!("{namespace}/{REPOSITORY}"));
        }
        Ok(())
    },
};

pub(super) const MANIFEST: Case<Scene> = Case {
    name: "manifest",
    about: "A GitRepository may be given as a file, as it lies in a repository of Flux's.",
    run: |scene, checks| {
        let file = scene.file("gotk-sync.yaml");
        std::fs::write(&file, repository_with_secret(REPOSITORY, MAIN, REPOSITORY))?;
        let answer = scene.netprobe().measure(&[&file.display().to_string(), "--no-local"])?;
        answer.must_end_with(0, checks);
        let node = answer.node();
        checks.same("verdict from the node", &node.map(Column::verdict), &Some("healthy"));
        let namespace = node.and_then(|node| node.report()["vantage"]["pod"]["namespace"].as_str());
        checks.same("namespace", &namespace, &Some(MAIN));
        Ok(())
    },
};

pub(super) const NO_LOCAL: Case<Scene> = Case {
    name: "no-local",
    about: "`--no-local` measures from the node alone.",
    run: |scene, checks| {
        let mut arguments = usual(scene);
        arguments.push("--no-local".to_owned());
        let answer = scene.netprobe().measure(&words(&arguments))?;
        answer.must_end_with(0, checks);
        checks.so("there is a column from here", answer.here().is_none());
        checks.same("verdict from the node", &answer.node().map(Column::verdict), &Some("healthy"));
        Ok(())
    },
};
