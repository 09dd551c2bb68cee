use std::sync::Arc;

use sha1::{Digest, Sha1};

use super::*;

fn build(spec: RepositorySpec) -> Arc<Repository> {
    Arc::new(Repository::build(spec).unwrap())
}

fn pack(repository: &Arc<Repository>, wish: &Wish, corrupt: bool) -> Vec<u8> {
    let objects = Selection::of(repository, wish).objects;
    let mut stream = PackStream::new(Arc::clone(repository), objects, corrupt);
    let mut bytes = Vec::new();
    loop {
        let before = bytes.len();
        stream.read(40_000, &mut bytes);
        if bytes.len() == before {
            return bytes;
        }
    }
}

fn tip(repository: &Repository, depth: u32) -> Wish {
    Wish { wants: vec![repository.head()], depth, ..Wish::default() }
}

#[test]
fn the_depth_1_pack_has_the_size_that_was_asked_for() {
    for size in [64 << 10, 100_000, 1 << 20, (5 << 20) + 17, 40 << 20] {
        let repository = build(RepositorySpec::of_size(size));
        let bytes = pack(&repository, &tip(&repository, 1), false).len() as u64;
        assert!(bytes.abs_diff(size) <= 64, "asked for {size}, got {bytes}");
    }
    let floor = build(RepositorySpec::of_size(0));
    assert!(pack(&floor, &tip(&floor, 1), false).len() < 1024);
}

#[test]
fn the_trailer_is_the_hash_of_the_pack_unless_it_shall_be_corrupt() {
    let repository = build(RepositorySpec::of_size(300_000));
    for corrupt in [false, true] {
        let bytes = pack(&repository, &tip(&repository, 0), corrupt);
        let (content, trailer) = bytes.split_at(bytes.len() - 20);
        assert_eq!(Sha1::digest(content).as_slice() == trailer, !corrupt);
    }
}

#[test]
fn a_spec_gives_the_same_ids_again_and_a_seed_gives_others() {
    let spec = RepositorySpec::of_size(1 << 20).with_tags(5);
    assert_eq!(build(spec.clone()).refs(), build(spec.clone()).refs());
    assert_ne!(build(spec.clone()).head(), build(spec.with_seed(2)).head());
}

#[test]
fn refs_are_sorted_and_annotated_tags_are_peeled() {
    let repository = build(RepositorySpec::default().with_branches(12).with_tags(4));
    let names: Vec<_> = repository.refs().iter().map(|r| r.name.as_str()).collect();
    assert!(names.is_sorted());
    assert_eq!(names.len(), 16);
    assert!(names.contains(&"refs/heads/main"));
    assert_eq!(repository.refs().iter().filter(|r| r.peeled.is_some()).count(), 2);
}

#[test]
fn depth_cuts_the_chain_and_names_the_boundary() {
    let repository = build(RepositorySpec::default());
    let one = Selection::of(&repository, &tip(&repository, 1));
    assert_eq!(one.shallow, [repository.head()]);
    let two = Selection::of(&repository, &tip(&repository, 2));
    assert_eq!(two.shallow, [repository.id(Object::Commit(3))]);
    let whole = Selection::of(&repository, &tip(&repository, 5));
    assert!(whole.shallow.is_empty());
    assert_eq!(whole.objects, Selection::of(&repository, &tip(&repository, 0)).objects);
}

#[test]
fn what_the_client_has_is_not_sent_again() {
    let repository = build(RepositorySpec::default());
    let mut wish = tip(&repository, 0);
    wish.haves = vec![repository.id(Object::Commit(2))];
    let objects = Selection::of(&repository, &wish).objects;
    let news = [3, 4].map(|n| [Object::Commit(n), Object::RootTree(n), Object::History(n)]);
    let mut expected: Vec<Object> = news.concat();
    expected.sort_by_key(|object| format!("{object:?}"));
    let mut got = objects;
    got.sort_by_key(|object| format!("{object:?}"));
    assert_eq!(got, expected);
}

#[test]
fn a_shallow_client_that_deepens_gets_the_missing_commits_and_an_unshallow() {
    let repository = build(RepositorySpec::default());
    let mut wish = tip(&repository, 3);
    wish.haves = vec![repository.head()];
    wish.shallow = vec![repository.head()];
    let selection = Selection::of(&repository, &wish);
    assert_eq!(selection.unshallow, [repository.head()]);
    assert_eq!(selection.shallow, [repository.id(Object::Commit(2))]);
    let commits: Vec<_> = selection.objects.iter().filter(|object| matches!(object, Object::Commit(_))).collect();
    assert_eq!(commits, [&Object::Commit(2), &Object::Commit(3)]);
}

#[test]
fn filters_leave_out_what_they_name() {
    let repository = build(RepositorySpec::default());
    let kept = |filter: &str| {
        let mut wish = tip(&repository, 1);
        wish.filter = Some(Filter::parse(filter).unwrap());
        Selection::of(&repository, &wish).objects
    };
    let [commit, root, history] = [Object::Commit(4), Object::RootTree(4), Object::History(4)];
    assert_eq!(kept("blob:none"), [commit, root, Object::DataTree]);
    assert_eq!(kept("blob:limit=1k"), [commit, root, history, Object::DataTree]);
    assert_eq!(kept("tree:0"), [commit]);
    assert_eq!(kept("tree:1"), [commit, root]);
    assert_eq!(kept("tree:2"), [commit, root, history, Object::DataTree]);
    assert_eq!(kept("tree:3").len(), 4 + 4);
    assert_eq!(Filter::parse("sparse:oid=x"), None);
}

#[test]
fn impossible_specs_are_refused_by_name() {
    let error = Repository::build(RepositorySpec::default().with_commits(0)).unwrap_err();
    assert!(error.to_string().contains("commits = 0"), "{error}");
}
