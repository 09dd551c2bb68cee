//! A path that breaks: what source-controller writes, what netprobe in the pod says, what netprobe here says.

use anyhow::Result;

use super::{columns, place, words};
use crate::e2e::bench::GATEWAY;
use crate::e2e::case::Case;
use crate::e2e::checks::Checks;
use crate::e2e::fault::{Fault, Kind};
use crate::e2e::flux::Source;
use crate::e2e::netprobe::Answer;
use crate::e2e::scene::{MAIN, REPOSITORY, Scene, repository_with_secret};

pub(super) const HOLE_AT_NODE: Case<Scene> = Case {
    name: "hole-at-node",
    about: "Large packets are lost between the node and the server: Flux fails, the pod says why, the workstation is well.",
    run: |scene, checks| {
        let trial = Trial::begin(scene, "hole", Kind::Hole, &scene.node, "eth0")?;
        let message = trial.source().failure(&trial.asked)?;
        let answer = trial.netprobe()?;
        only_from_node(&answer, checks, "path-mtu-black-hole", &["first_packet", "pack_start"]);
        foretold(&answer, checks, &message);
        trial.fault.must_have_struck()
    },
};

pub(super) const FROZEN_AT_NODE: Case<Scene> = Case {
    name: "frozen-at-node",
    about: "The node loses all of a connection after some bytes: the transfer freezes from the node only.",
    run: |scene, checks| {
        let trial = Trial::begin(scene, "frozen", Kind::Frozen, &scene.node, "eth0")?;
        let message = trial.source().failure(&trial.asked)?;
        let answer = trial.netprobe()?;
        only_from_node(&answer, checks, "stalled", &["pack_transfer"]);
        foretold(&answer, checks, &message);
        trial.fault.must_have_struck()
    },
};

pub(super) const LOST_SYN_ACK_AT_NODE: Case<Scene> = Case {
    name: "syn-ack-lost-at-node",
    about: "No handshake gets through: Flux hangs with Ready=True, the pod says so, the workstation is well.",
    run: |scene, checks| {
        let trial = Trial::begin(scene, "syn-ack", Kind::LostSynAck, &scene.node, "eth0")?;
        // For more than two minutes that is all there is to see (flux-git.md §1.5).
        trial.source().wait_syncing()?;
        let answer = trial.netprobe()?;
        only_from_node(&answer, checks, "connect-silent", &["connect"]);
        if let Some(node) = answer.node() {
            checks.same("what Flux comes to from the node", &node.outcome(), &"hangs_silently");
            checks.holds("the symptom", &answer.symptom(), "Reconciling");
        }
        let (ready, message) = trial.source().ready()?;
        checks.same("condition Ready of the object", &ready.as_str(), &"True");
        checks.holds("message of the condition Ready", &message, "stored artifact");
        trial.fault.must_have_struck()
    },
};

pub(super) const HOLE_AT_GATEWAY: Case<Scene> = Case {
    name: "hole-at-gateway",
    about: "Large packets are lost for everybody: both columns say the same, and nothing says that it is the node.",
    run: |scene, checks| {
        let trial = Trial::begin(scene, "gateway", Kind::Hole, GATEWAY, "eth1")?;
        let message = trial.source().failure(&trial.asked)?;
        let answer = trial.netprobe()?;
        answer.must_end_with(1, checks);
        let Some((here, node)) = columns(&answer, checks) else { return Ok(()) };
        for (place, column) in [("here", here), ("the node", node)] {
            checks.same(&format!("rule from {place}"), &column.rule(), &"path-mtu-black-hole");
            checks.same(&format!("what Flux writes, from {place}"), &column.message(), &message.as_str());
        }
        place(&answer, checks, "everywhere");
        let sentence = answer.comparison()["sentence"].as_str().unwrap_or_default();
        checks.so(format!("it says `only from the node`: {sentence}"), !sentence.contains("only from the node"));
        trial.fault.must_have_struck()
    },
};

/// A fault on the way, and a sync that runs into it. The repository had been fetched before.
struct Trial<'a> {
    scene: &'a Scene,
    name: &'static str,
    fault: Fault,
    asked: String,
}

impl<'a> Trial<'a> {
    fn begin(scene: &'a Scene, name: &'static str, kind: Kind, place: &str, device: &str) -> Result<Self> {
        scene.kube.apply(&repository_with_secret(name, MAIN, REPOSITORY))?;
        let source = Source { kube: &scene.kube, namespace: MAIN, name };
        source.wait_ready()?;
        scene.git.commit()?;
        let fault = Fault::put(kind, place, device)?;
        let asked = source.ask()?;
        Ok(Self { scene, name, fault, asked })
    }

    fn source(&self) -> Source<'_> {
        Source { kube: &self.scene.kube, namespace: MAIN, name: self.name }
    }

    fn netprobe(&self) -> Result<Answer> {
        let chosen = vec!["--git-repository".to_owned(), format!("{MAIN}/{}", self.name)];
        self.scene.netprobe().measure(&words(&[chosen, self.scene.keys()].concat()))
    }
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        // Its controller may hang for minutes, so nobody waits. What stays goes with its namespace.
        let name = format!("gitrepository/{}", self.name);
        let _ = self.scene.kube.run(&["--namespace", MAIN, "delete", &name, "--wait=false"]);
    }
}

/// `stages`: in which of these it strikes depends on how the answer falls into packets.
fn only_from_node(answer: &Answer, checks: &mut Checks, rule: &str, stages: &[&str]) {
    answer.must_end_with(1, checks);
    let Some((here, node)) = columns(answer, checks) else { return };
    checks.same("verdict from here", &here.verdict(), &"healthy");
    checks.same("verdict from the node", &node.verdict(), &"fault");
    checks.same("rule from the node", &node.rule(), &rule);
    let stage = node.dies_at();
    checks.so(format!("stage from the node: expected {stages:?}, seen {stage}"), stages.contains(&stage));
    place(answer, checks, "only_from_node");
    let sentence = answer.comparison()["sentence"].as_str().unwrap_or_default();
    checks.holds("closing sentence", sentence, "only from the node");
}

/// The very words of source-controller.
fn foretold(answer: &Answer, checks: &mut Checks, message: &str) {
    let Some(node) = answer.node() else { return };
    checks.same("what Flux writes, from the node", &node.message(), &message);
    checks.holds("the symptom", &answer.symptom(), message);
}
