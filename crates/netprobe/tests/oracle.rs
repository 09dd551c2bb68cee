//! Flux's own git client says what Flux would do; netprobe must have said the same, word for word.
//!
//! Each row stops the embedded endpoint at another byte of the exchange and asks both. Skipped, loudly, where the
//! client's sources are not beside the repository.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use endpoint::{Endpoint, EndpointConfig, Fault, Point, RepositorySpec};
use lab::git::Access;
use lab::oracle::{FluxClone, FluxCloneArgs, Outcome};
use serde_json::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    Ssh,
    Https,
    Http,
}

const GIT: &[Over] = &[Over::Ssh, Over::Https, Over::Http];
const WEB: &[Over] = &[Over::Https, Over::Http];

/// Where the exchange stops: every row of the table of Flux's messages, for every transport that has it.
const STOPS: &[(Point, &[Over])] = &[
    (Point::Connected, WEB),
    (Point::AdvertisementHeaders, WEB),
    (Point::Advertisement { bytes: 0 }, GIT),
    (Point::Advertisement { bytes: 300 }, GIT),
    (Point::ResponseHeaders, WEB),
    (Point::Response, GIT),
    (Point::Shallow { bytes: 20 }, GIT),
    (Point::Nak { bytes: 0 }, GIT),
    (Point::Nak { bytes: 3 }, GIT),
    (Point::AfterNak { bytes: 0 }, GIT),
    (Point::AfterNak { bytes: 3 }, GIT),
    (Point::AfterNak { bytes: 6 }, GIT),
    (Point::AfterNak { bytes: 7 }, GIT),
    (Point::Pack { bytes: 200_000 }, GIT),
];

#[test]
fn a_stall_is_worded_as_flux_words_it() {
    let Some(flux) = FluxClone::find().unwrap() else { return };
    let stops = STOPS.iter().flat_map(|(at, transports)| transports.iter().map(|over| (*at, *over)));
    let complaints = each(stops.collect(), |(at, over)| {
        let bed = Bed::new(Fault::Freeze { at });
        let (ours, theirs) = (bed.netprobe(over, &["--ref", "branch=main"]), bed.flux(&flux, over, "branch", "main"));
        differs(&format!("{at:?} over {over:?}"), &ours, theirs)
    });
    assert!(complaints.is_empty(), "{} rows differ:\n{}", complaints.len(), complaints.join("\n"));
}

#[test]
fn with_an_artifact_stored_the_listing_dies_first() {
    let Some(flux) = FluxClone::find().unwrap() else { return };
    let stops = [Point::Advertisement { bytes: 0 }, Point::Advertisement { bytes: 300 }, Point::AfterNak { bytes: 3 }];
    let references = [("branch", "main"), ("tag", "tag-0001")];
    let rows = stops.into_iter().flat_map(|at| references.map(|reference| (at, reference)));
    let rows = rows.flat_map(|(at, reference)| [Over::Ssh, Over::Https].map(|over| (at, reference, over)));
    let complaints = each(rows.collect(), |(at, (kind, value), over)| {
        let bed = Bed::new(Fault::Freeze { at });
        let ours = bed.netprobe(over, &["--ref", &format!("{kind}={value}"), "--artifact-stored"]);
        let observed = format!("{value}@sha1:{}", "1".repeat(40));
        let theirs = bed.flux_again(&flux, over, kind, value, Some(observed));
        differs(&format!("{kind} at {at:?} over {over:?}"), &ours, theirs)
    });
    assert!(complaints.is_empty(), "{} rows differ:\n{}", complaints.len(), complaints.join("\n"));
}

/// What netprobe foretold, where it is not what Flux's client said at its deadline.
fn differs(row: &str, ours: &Value, theirs: Option<Outcome>) -> Option<String> {
    let theirs = theirs.map_or_else(|| "no answer: it hangs".to_owned(), |outcome| outcome.message);
    let message = ours["diagnosis"]["flux"]["message"].as_str().unwrap_or("none");
    let outcome = ours["diagnosis"]["flux"]["outcome"].as_str().unwrap_or("none");
    let same = message == theirs && outcome == "times_out";
    (!same).then(|| format!("{row}\n  netprobe ({outcome}): {message}\n  flux: {theirs}"))
}

#[test]
fn a_handshake_that_hangs_is_said_to_hang() {
    let Some(flux) = FluxClone::find().unwrap() else { return };
    let stops = vec![Point::Connected, Point::KeyExchange, Point::Authentication, Point::Exec];
    let complaints = each(stops, |at| {
        let bed = Bed::new(Fault::Freeze { at });
        let ours = bed.netprobe(Over::Ssh, &["--ref", "branch=main"]);
        let theirs = bed.flux(&flux, Over::Ssh, "branch", "main");
        let outcome = ours["diagnosis"]["flux"]["outcome"].as_str().unwrap_or("none").to_owned();
        let same = outcome == "hangs_silently" && theirs.is_none();
        (!same).then(|| format!("{at:?}\n  netprobe: {outcome}\n  flux: {theirs:?}"))
    });
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn what_flux_can_clone_is_said_to_fit_for_every_kind_of_reference() {
    let Some(flux) = FluxClone::find().unwrap() else { return };
    let bed = Bed::new(Fault::None);
    let head = bed.endpoint.head().to_owned();
    let references = [
        ("branch", "branch-0001"),
        ("tag", "tag-0001"),
        ("semver", ">=0.0.0"),
        ("name", "refs/heads/main"),
        ("commit", head.as_str()),
    ];
    for over in [Over::Ssh, Over::Https] {
        for (kind, value) in references {
            let ours = bed.netprobe(over, &["--ref", &format!("{kind}={value}")]);
            let theirs = bed.flux(&flux, over, kind, value).unwrap();
            let outcome = ours["diagnosis"]["flux"]["outcome"].as_str().unwrap_or("none");
            assert_eq!(outcome == "fits", theirs.ok, "{kind}={value} over {over:?}: {outcome}, {theirs:?}");
        }
    }
}

#[test]
fn what_flux_refuses_is_refused_in_its_words() {
    let Some(flux) = FluxClone::find().unwrap() else { return };
    let bed = Bed::new(Fault::None);
    for over in [Over::Ssh, Over::Https] {
        let ours = bed.netprobe(over, &["--ref", "branch=absent"]);
        let theirs = bed.flux(&flux, over, "branch", "absent").unwrap();
        assert_eq!(ours["diagnosis"]["flux"]["message"].as_str(), Some(theirs.message.as_str()), "{over:?}");
    }
}

/// An endpoint with its fault, and what both clients need to reach it.
struct Bed {
    endpoint: Endpoint,
    folder: tempfile::TempDir,
}

impl Bed {
    fn new(fault: Fault) -> Self {
        let repository = RepositorySpec::of_size(600_000).with_branches(12).with_tags(4).with_commits(3);
        let endpoint =
            Endpoint::spawn_thread(EndpointConfig { fault, repository, ..EndpointConfig::default() }).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            private(&path);
        };
        write("identity", endpoint.identity_pem());
        write("known_hosts", &endpoint.known_hosts());
        write("ca.pem", endpoint.ca_pem());
        Self { endpoint, folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn url(&self, over: Over) -> String {
        let url = match over {
            Over::Ssh => self.endpoint.ssh_url(),
            Over::Https => self.endpoint.https_url(),
            Over::Http => self.endpoint.http_url(),
        };
        url.unwrap()
    }

    fn netprobe(&self, over: Over, more: &[&str]) -> Value {
        let home = self.file("home");
        let output = Command::new(env!("CARGO_BIN_EXE_netprobe"))
            .env_clear()
            .env("HOME", &home)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .args(["run", &self.url(over), "--format", "json", "--no-report", "--no-follow-up", "--quiet"])
            .args(["--timeout", "4s", "--patience", "2500ms", "--budget", "20s"])
            .arg("--identity")
            .arg(self.file("identity"))
            .arg("--known-hosts")
            .arg(self.file("known_hosts"))
            .arg("--ca-file")
            .arg(self.file("ca.pem"))
            .args(more)
            .output()
            .unwrap();
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// None where it gave no answer long past its deadline.
    fn flux(&self, flux: &FluxClone, over: Over, kind: &'static str, value: &str) -> Option<Outcome> {
        self.flux_again(flux, over, kind, value, None)
    }

    /// The same where an artifact of an earlier revision is stored.
    fn flux_again(
        &self,
        flux: &FluxClone,
        over: Over,
        kind: &'static str,
        value: &str,
        observed: Option<String>,
    ) -> Option<Outcome> {
        let (identity, known_hosts) = (self.file("identity"), self.file("known_hosts"));
        let access = match over {
            Over::Ssh => Access { identity: Some(identity), known_hosts: Some(known_hosts), authority: None },
            Over::Https => Access { authority: Some(self.file("ca.pem")), ..Access::default() },
            Over::Http => Access::default(),
        };
        let asked = flux.run(&FluxCloneArgs {
            url: self.url(over),
            reference: Some((kind, value.to_owned())),
            timeout: Duration::from_secs(4),
            access,
            observed,
            environment: BTreeMap::new(),
            bound: Duration::from_secs(10),
        });
        match asked {
            Ok(outcome) => Some(outcome),
            Err(error) if error.to_string().contains("was killed") => None,
            Err(error) => panic!("{error:#}"),
        }
    }
}

/// Does `work` for each item, a few at a time: nearly all of it is waiting.
fn each<T: Send>(items: Vec<T>, work: impl Fn(T) -> Option<String> + Sync) -> Vec<String> {
    let (queue, complaints) = (Mutex::new(items.into_iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(item) = next(&queue) {
                    let found = work(item);
                    complaints.lock().unwrap().extend(found);
                }
            });
        }
    });
    complaints.into_inner().unwrap()
}

fn next<T>(queue: &Mutex<std::vec::IntoIter<T>>) -> Option<T> {
    queue.lock().unwrap().next()
}

fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

const AT_ONCE: usize = 10;
