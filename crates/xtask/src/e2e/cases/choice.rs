//! Which repository is meant, and from where it is measured.

use super::{usual, words};
use crate::e2e::case::Case;
use crate::e2e::netprobe::Column;
use crate::e2e::scene::{MAIN, REPOSITORY, RESTRICTED, Scene};

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
