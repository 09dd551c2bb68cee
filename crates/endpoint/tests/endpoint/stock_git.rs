//! Stock git clones from the endpoint: every transport, both protocol versions, whole, shallow and filtered.

use crate::client::{Client, started};
use netprobe_endpoint::{EndpointConfig, EventKind, HostKeyType, HttpAccess, RepositorySpec, SshAccess};

const VERSIONS: [&str; 2] = ["protocol.version=0", "protocol.version=2"];

#[test]
fn whole_clones_are_complete_and_clean() {
    let endpoint = started(EndpointConfig::default());
    let Some(client) = Client::of(&endpoint) else { return };
    for url in Client::urls(&endpoint) {
        for version in VERSIONS {
            let clone = client.clone(&["-c", version], &["--mirror"], &url);
            clone.git(&["fsck", "--full", "--strict"]);
            assert_eq!(clone.git(&["rev-parse", "HEAD"]), endpoint.head(), "{url} {version}");
            assert_eq!(clone.git(&["rev-list", "--count", "HEAD"]), "5");
            let refs = clone.git(&["for-each-ref", "--format=%(refname)"]);
            assert_eq!(
                refs.lines().collect::<Vec<_>>(),
                [
                    "refs/heads/branch-0001",
                    "refs/heads/branch-0002",
                    "refs/heads/main",
                    "refs/tags/tag-0001",
                    "refs/tags/tag-0002"
                ]
            );
            assert_eq!(clone.git(&["cat-file", "-t", "tag-0002"]), "tag");
        }
    }
}

#[test]
fn shallow_clones_get_the_tip_and_can_be_deepened_and_completed() {
    let endpoint = started(EndpointConfig::default());
    let Some(client) = Client::of(&endpoint) else { return };
    for url in Client::urls(&endpoint) {
        for version in VERSIONS {
            let clone = client.clone(&["-c", version], &["--depth", "1"], &url);
            assert_eq!(clone.git(&["rev-list", "--count", "HEAD"]), "1", "{url} {version}");
            clone.git(&["fsck", "--full", "--strict"]);
            clone.git(&["-c", version, "fetch", "--depth", "3"]);
            assert_eq!(clone.git(&["rev-list", "--count", "HEAD"]), "3", "{url} {version}");
            clone.git(&["-c", version, "fetch", "--unshallow"]);
            assert_eq!(clone.git(&["rev-list", "--count", "HEAD"]), "5", "{url} {version}");
            clone.git(&["fsck", "--full", "--strict"]);
        }
    }
}

#[test]
fn a_filtered_clone_has_no_blobs_and_fetches_them_on_demand() {
    let endpoint = started(EndpointConfig::default());
    let Some(client) = Client::of(&endpoint) else { return };
    for url in Client::urls(&endpoint) {
        for version in VERSIONS {
            let options = ["--filter=blob:none", "--no-checkout"];
            let clone = client.clone(&["-c", version], &options, &url);
            let missing = clone.git(&["rev-list", "--objects", "--missing=print", "HEAD"]);
            // Four blobs of noise and one text for each of five commits.
            let missing = missing.lines().filter(|line| line.starts_with('?')).count();
            assert_eq!(missing, 4 + 5, "{url} {version}");
            clone.git(&["checkout", "main"]);
            assert_eq!(clone.git(&["status", "--porcelain"]), "");
        }
    }
}

#[test]
fn an_incremental_fetch_sends_only_what_is_new() {
    let endpoint = started(EndpointConfig::default());
    let Some(client) = Client::of(&endpoint) else { return };
    for url in Client::urls(&endpoint) {
        for version in VERSIONS {
            let options = ["--single-branch", "--branch", "branch-0002", "--no-tags"];
            let clone = client.clone(&["-c", version], &options, &url);
            let before = endpoint.events().len();
            clone.git(&["-c", version, "fetch", "--no-tags", "origin", "main"]);
            assert_eq!(clone.git(&["rev-parse", "FETCH_HEAD"]), endpoint.head());
            let pack = endpoint.events().split_off(before);
            let pack = pack.iter().filter_map(|event| match event.kind {
                EventKind::Replied { sent } => Some(sent.pack),
                _ => None,
            });
            let pack = pack.max().unwrap();
            assert!((100..2000).contains(&pack), "{url} {version}: {pack}");
        }
    }
}

#[test]
fn a_request_so_long_that_git_compresses_it_is_understood() {
    let repository = RepositorySpec::default().with_branches(60).with_commits(60);
    let endpoint = started(EndpointConfig { repository, ..EndpointConfig::default() });
    let Some(client) = Client::of(&endpoint) else { return };
    let url = endpoint.http_url().unwrap();
    for version in VERSIONS {
        let mut git = client.git(&["-c", version, "clone", "--mirror", &url, version]);
        let output = git.env("GIT_TRACE_CURL", "1").output().unwrap();
        let trace = String::from_utf8_lossy(&output.stderr).to_lowercase();
        assert!(output.status.success(), "{trace}");
        assert!(trace.contains("content-encoding: gzip"), "git did not compress its request: {trace}");
    }
}

#[test]
fn the_bytes_of_a_depth_1_clone_are_those_of_the_spec() {
    let repository = RepositorySpec::of_size(8 << 20).with_branches(41).with_tags(0);
    let config = EndpointConfig { repository, ..EndpointConfig::default() };
    let endpoint = started(config);
    let Some(client) = Client::of(&endpoint) else { return };
    client.clone(&["-c", VERSIONS[0]], &["--depth", "1"], &endpoint.ssh_url().unwrap());
    let events = endpoint.events();
    let sent = events.iter().rev().find_map(|event| match event.kind {
        EventKind::Replied { sent } => Some(sent),
        _ => None,
    });
    let sent = sent.unwrap();
    assert!(sent.pack.abs_diff(8 << 20) < 100, "{sent:?}");
    assert_eq!((sent.shallow, sent.nak), (56, 8));
    assert!(sent.advertisement > 41 * 60, "{sent:?}");
}

#[test]
fn every_type_of_host_key_is_accepted_by_openssh() {
    for kind in [HostKeyType::EcdsaP256, HostKeyType::Rsa] {
        let config = EndpointConfig { host_keys: vec![kind], ..EndpointConfig::default() };
        let endpoint = started(config);
        let Some(client) = Client::of(&endpoint) else { return };
        client.clone(&[], &["--depth", "1"], &endpoint.ssh_url().unwrap());
    }
}

#[test]
fn who_may_not_come_in_stays_out() {
    let http_access = HttpAccess::Basic { user: "flux".to_owned(), password: "throw-away".to_owned() };
    let config = EndpointConfig { http_access, ..EndpointConfig::default() };
    let endpoint = started(config);
    let Some(client) = Client::of(&endpoint) else { return };
    let url = endpoint.https_url().unwrap();
    let refused = client.try_git(&["ls-remote", &url]).unwrap_err();
    assert!(refused.contains("could not read Username"), "{refused}");
    let with = url.replace("https://", "https://flux:throw-away@");
    client.try_git(&["ls-remote", &with]).unwrap();

    let stranger = Client::of(&started(EndpointConfig::default())).unwrap();
    stranger.trust(&endpoint);
    let refused = stranger.try_git(&["ls-remote", &endpoint.ssh_url().unwrap()]).unwrap_err();
    assert!(refused.contains("Permission denied (publickey)"), "{refused}");

    let ssh_access = SshAccess { anonymous: true, ..SshAccess::default() };
    let config = EndpointConfig { ssh_access, ..EndpointConfig::default() };
    let open = started(config);
    stranger.trust(&open);
    stranger.try_git(&["ls-remote", &open.ssh_url().unwrap()]).unwrap();
}

#[test]
fn a_repository_that_does_not_exist_is_said_to() {
    let endpoint = started(EndpointConfig::default());
    let Some(client) = Client::of(&endpoint) else { return };
    for url in Client::urls(&endpoint) {
        let absent = url.replace("demo.git", "absent.git");
        let refused = client.try_git(&["ls-remote", &absent]).unwrap_err();
        let told = refused.contains("not found") || refused.contains("only git-upload-pack of /demo.git");
        assert!(told, "{url}: {refused}");
    }
}
