//! Pods that never measure: each is named, with what to do, and the column from here is there.

use super::{usual, words};
use crate::e2e::case::Case;
use crate::e2e::checks::Checks;
use crate::e2e::flux::Source;
use crate::e2e::netprobe::Answer;
use crate::e2e::scene::{self, FULL, MAIN, REPOSITORY, Scene, repository_with_secret};

pub(super) const NO_SECRET: Case<Scene> = Case {
    name: "secret-missing",
    about: "A Secret that is not there: source-controller names it, and the pod says that it has none.",
    run: |scene, checks| {
        scene.kube.apply(&repository_with_secret("lonely", MAIN, ABSENT))?;
        let source = Source { kube: &scene.kube, namespace: MAIN, name: "lonely" };
        let tried = source.wait_failed().and_then(|message| {
            let chosen = [vec!["--git-repository".to_owned(), format!("{MAIN}/lonely")], scene.keys()].concat();
            Ok((message, scene.netprobe().measure(&words(&chosen))?))
        });
        scene.kube.run(&["--namespace", MAIN, "delete", "gitrepository", "lonely"])?;
        let (message, answer) = tried?;
        checks.holds("condition Ready", &message, ABSENT);
        checks.holds("the symptom", &answer.symptom(), ABSENT);
        here_is_there(&answer, checks);
        let notes = answer.node().map(|node| node.report()["notes"].to_string()).unwrap_or_default();
        checks.holds("notes of the node's report", &notes, "is not there");
        checks.so("exit code 0 although nothing could be logged in with", answer.code() != Some(0));
        Ok(())
    },
};

pub(super) const NO_IMAGE: Case<Scene> = Case {
    name: "image-missing",
    about: "An image that no node has is named within seconds.",
    run: |scene, checks| {
        let mut arguments = usual(scene);
        arguments.extend(["--image", "localhost/no-such-image:1"].map(ToOwned::to_owned));
        let answer = scene.netprobe().measure(&words(&arguments))?;
        answer.must_end_with(3, checks);
        checks.holds("all that it said", &answer.everything(), "localhost/no-such-image:1");
        here_is_there(&answer, checks);
        checks.figure(format!("named after {:.1} s (bar 15 s)", answer.finished.took.as_secs_f64()));
        checks.so("it took longer than twice the bar of 15 s to name it", answer.finished.took.as_secs() < 30);
        Ok(())
    },
};

pub(super) const RESTRICTED: Case<Scene> = Case {
    name: "restricted",
    about: "The pod runs where Pod Security enforces `restricted`.",
    run: |scene, checks| {
        let chosen = ["--git-repository", &format!("{}/{REPOSITORY}", scene::RESTRICTED), "--no-local"];
        let answer = scene.netprobe().measure(&chosen)?;
        answer.must_end_with(0, checks);
        checks.same("verdict from the node", &answer.node().map(super::Column::verdict), &Some("healthy"));
        Ok(())
    },
};

pub(super) const QUOTA: Case<Scene> = Case {
    name: "quota",
    about: "A quota that allows no pod is quoted.",
    run: |scene, checks| {
        let chosen = [vec!["--git-repository".to_owned(), format!("{FULL}/{REPOSITORY}")], scene.keys()].concat();
        let answer = scene.netprobe().measure(&words(&chosen))?;
        answer.must_end_with(2, checks);
        checks.holds("all that it said", &answer.everything(), "no-pods");
        checks.holds("all that it said", &answer.everything(), "exceeded quota");
        Ok(())
    },
};

pub(super) const NO_SUCH_NODE: Case<Scene> = Case {
    name: "unknown-node",
    about: "A node that does not exist is refused, and those that do are named.",
    run: |scene, checks| {
        let arguments = usual(scene);
        let mut line = vec!["run", "--from-node=npk-n9", "--format", "json"];
        line.extend(words(&arguments));
        let answer = scene.netprobe().run(&line)?;
        answer.must_end_with(2, checks);
        checks.holds("stderr", answer.stderr(), "npk-n9");
        checks.holds("stderr", answer.stderr(), &scene.node);
        Ok(())
    },
};

const ABSENT: &str = "nowhere-to-be-found";

fn here_is_there(answer: &Answer, checks: &mut Checks) {
    checks.same("verdict from here", &answer.here().map(super::Column::verdict), &Some("healthy"));
}
