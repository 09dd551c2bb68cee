//! The shapes in which people pass messages on, each as a sample file.

use netprobe_explain::{Explanation, Explanations, Nature, Reader, explain};

fn told(file: &str) -> Explanations {
    let path = format!("{}/tests/samples/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read(path).unwrap();
    let whole = explain(&text);
    for piece in [1, 7, 61] {
        let mut reader = Reader::new();
        text.chunks(piece).for_each(|bytes| reader.read(bytes));
        assert_eq!(reader.finish(), whole, "{file} in pieces of {piece}");
    }
    whole
}

fn ids(told: &Explanations) -> Vec<(&str, u64)> {
    told.explanations.iter().map(|one| (one.id, one.seen.times)).collect()
}

fn objects(one: &Explanation) -> Vec<String> {
    one.seen.objects.iter().map(ToString::to_string).collect()
}

#[test]
fn logs_of_the_controller() {
    let told = told("source-controller.log");
    assert_eq!(ids(&told), [("first-pack-packet-missing", 2), ("name-server-silent", 1)]);
    let [incident, names] = &told.explanations[..] else { panic!() };
    assert_eq!(objects(incident), ["GitRepository flux-system/fleet"]);
    let times = [&incident.seen.first, &incident.seen.last].map(|time| time.as_ref().unwrap().as_str().to_owned());
    assert_eq!(times, ["2026-03-01T10:00:02.551Z", "2026-03-01T10:01:04.017Z"]);
    assert_eq!(incident.next[0], "netprobe run ssh://git@github.com/org/repo");
    assert_eq!(names.next[0], "netprobe run --artifact-stored https://gitlab.example.org/team-a/apps.git");
    assert_eq!(
        (told.unrecognised.times, told.unrecognised.examples[0].as_str()),
        (1, "the moon is in the wrong phase")
    );
    let json = serde_json::to_string(&told).unwrap();
    assert!(!json.contains("glpat-0123"), "{json}");
}

#[test]
fn logs_behind_a_prefix_and_inside_a_runtime_s() {
    let line = r#"{"level":"error","ts":"2026-03-01T10:00:02Z","msg":"Reconciler error","error":"unable to clone 'ssh://git@h/r': EOF"}"#;
    let wrapped = serde_json::json!({ "log": format!("{line}\n"), "stream": "stderr" }).to_string();
    for text in [
        format!("[pod/source-controller-7d8b/manager] {line}"),
        format!("2026-03-01T10:00:02.1Z {line}"),
        format!("\u{1b}[31m{line}\u{1b}[0m"),
        wrapped,
    ] {
        assert_eq!(ids(&explain(text.as_bytes())), [("transfer-cut", 1)], "{text}");
    }
}

#[test]
fn logs_of_the_command_line() {
    let told = told("flux.log");
    assert_eq!(ids(&told), [("first-pack-packet-missing", 1), ("deadline-ssh", 1)]);
    assert_eq!(objects(&told.explanations[0]), ["GitRepository flux-system/fleet"]);
    assert_eq!(told.explanations[0].seen.first.as_ref().unwrap().as_str(), "2026-03-01T10:00:02.551Z");
}

#[test]
fn objects_as_yaml() {
    let told = told("gitrepositories.yaml");
    assert_eq!(
        ids(&told),
        [("first-pack-packet-missing", 1), ("reconciliation-in-progress", 1)],
        "Ready and FetchFailed are one"
    );
    let [incident, hung] = &told.explanations[..] else { panic!() };
    assert_eq!(incident.next[0], "netprobe run --ref branch=main ssh://git@github.com/org/repo");
    assert_eq!((hung.nature, objects(hung)), (Nature::Sign, vec!["GitRepository team-a/hung".to_owned()]));
    assert_eq!(hung.next[1], "netprobe run --ref 'semver=>=1.0.0' ssh://git@git.example.org:2222/team-a/apps");
}

#[test]
fn objects_as_json() {
    let told = told("gitrepository.json");
    assert_eq!(ids(&told), [("tls-handshake-timeout", 1)]);
    let expected =
        "netprobe run --artifact-stored --ref branch=main --timeout 90s https://git.example.org/org/repo.git";
    assert_eq!(told.explanations[0].next[0], expected);
}

#[test]
fn objects_described() {
    let told = told("describe.txt");
    assert_eq!(ids(&told), [("ssh-handshake-reset", 13)], "one condition, and an event that counts twelve");
    assert_eq!(objects(&told.explanations[0]), ["GitRepository flux-system/fleet"]);
    assert_eq!(told.explanations[0].seen.first.as_ref().unwrap().as_str(), "2026-03-01T10:00:02Z");
}

#[test]
fn one_shape_behind_another() {
    let read = |file: &str| std::fs::read(format!("{}/tests/samples/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let files = [
        "gitrepositories.yaml",
        "source-controller.log",
        "events.json",
        "flux-get.txt",
        "describe.txt",
        "git-clone.txt",
    ];
    let told = explain(&files.map(read).concat());
    let objects_of = |id: &str| objects(told.explanations.iter().find(|one| one.id == id).unwrap());
    assert_eq!(objects_of("ssh-handshake-reset"), ["GitRepository flux-system/fleet"], "no row of the table above");
    assert!(objects_of("openssh-connection-lost").is_empty(), "what was described has ended");
    assert_eq!(objects_of("connect-refused"), ["GitRepository flux-system/fleet"]);
}

#[test]
fn events() {
    let told_text = told("events.txt");
    assert_eq!(ids(&told_text), [("server-refused-in-words", 7)]);
    assert_eq!(objects(&told_text.explanations[0]), ["GitRepository fleet"]);
    let told_json = told("events.json");
    assert_eq!(ids(&told_json), [("connect-refused", 5)]);
    assert_eq!(objects(&told_json.explanations[0]), ["GitRepository flux-system/fleet"]);
    assert_eq!(told_json.explanations[0].seen.last.as_ref().unwrap().as_str(), "2026-03-01T10:00:00Z");
}

#[test]
fn tables() {
    let flux = told("flux-get.txt");
    assert_eq!(ids(&flux), [("host-key-changed", 1), ("reconciliation-in-progress", 1)]);
    assert_eq!(objects(&flux.explanations[1]), ["GitRepository apps"]);
    let kubectl = told("kubectl-get.txt");
    assert_eq!(ids(&kubectl), [("ref-not-found", 1)]);
    assert_eq!(objects(&kubectl.explanations[0]), ["GitRepository flux-system/fleet"]);
}

#[test]
fn output_of_git() {
    let told = told("git-clone.txt");
    assert_eq!(ids(&told), [("openssh-connection-lost", 1)], "what only follows from it is left out");
    let alone = explain(b"Cloning into 'r'...\nfatal: early EOF\n");
    assert_eq!(ids(&alone), [("git-pack-short", 1)], "and is told where there is nothing else");
}

#[test]
fn a_document_that_is_broken_or_too_large_is_read_line_by_line() {
    let message =
        "failed to checkout and determine revision: unable to clone 'ssh://git@h/r': context deadline exceeded";
    let cut = format!("{{\n  \"kind\": \"GitRepository\",\n  \"message\": \"{message}\",\n");
    assert_eq!(ids(&explain(cut.as_bytes())), [("deadline-ssh", 1)]);
    let filler = "    managedFields: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n".repeat(40_000);
    let large = format!("apiVersion: v1\nitems:\n{filler}      message: '{}'\n", message.replace('\'', "''"));
    assert_eq!(ids(&explain(large.as_bytes())), [("deadline-ssh", 1)]);
}

#[test]
fn what_works_is_said_only_where_nothing_fails() {
    let fine = "stored artifact for revision 'main@sha1:0123'\n";
    let told = explain(fine.as_bytes());
    assert_eq!((ids(&told), told.explanations[0].nature), (vec![("fetch-succeeded", 1)], Nature::Fine));
    assert_eq!(ids(&explain(format!("{fine}fatal: early EOF\n").as_bytes())), [("git-pack-short", 1)]);
}

#[test]
fn what_nobody_knows_is_shown_and_not_explained() {
    let told = explain(b"hello there\n");
    assert!(told.explanations.is_empty() && told.unrecognised.times == 0);
    assert_eq!(told.unrecognised.examples[0].as_str(), "hello there");
    let told = explain("fatal: the moon\n".repeat(9).as_bytes());
    assert_eq!((told.unrecognised.times, told.unrecognised.examples.len()), (9, 1));
}
