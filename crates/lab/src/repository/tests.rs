//! Repositories are real: git finds nothing wrong with them, and they have the shape that was asked for.

use super::*;
use crate::programs::{self, GIT};

fn ask(repository: &Repository, arguments: &[&str]) -> Result<String> {
    let mut command = git::command()?;
    command.arg("--git-dir").arg(repository.path()).args(arguments);
    process::run(&mut command, QUICK)?.success("git")
}

#[test]
fn the_shape_is_what_was_asked_for() -> Result<()> {
    if !programs::ready(&[GIT])? {
        return Ok(());
    }
    let shape = Shape { commits: 3, files_per_commit: 2, branches: 5, tags: 2, ..Shape::tiny() };
    let repository = Repository::create(&shape)?;
    ask(&repository, &["fsck", "--strict"])?;
    assert_eq!(ask(&repository, &["rev-list", "--count", "main"])?.trim(), "3");
    assert_eq!(ask(&repository, &["ls-tree", "-r", "--name-only", "main"])?.lines().count(), 6);
    assert_eq!(ask(&repository, &["for-each-ref", "refs/heads"])?.lines().count(), 6);
    assert_eq!(ask(&repository, &["cat-file", "-t", "v0.0.2"])?.trim(), "tag");
    assert_eq!(Repository::create(&shape)?.head(), repository.head(), "the same shape gives the same commits");
    Ok(())
}

#[test]
fn packs_have_about_the_wanted_size() -> Result<()> {
    if !programs::ready(&[GIT])? {
        return Ok(());
    }
    for shape in [Shape::random(4_000_000), Shape::source(4_000_000)] {
        let pack_bytes = Repository::create(&shape)?.pack_bytes()?;
        assert!((3_600_000..4_800_000).contains(&pack_bytes), "{shape:?} gave {pack_bytes} bytes");
    }
    Ok(())
}

#[test]
fn one_repository_serves_all_who_share_it_and_goes_with_the_last() -> Result<()> {
    if !programs::ready(&[GIT])? {
        return Ok(());
    }
    let shape = Shape { file_bytes: 77, ..Shape::tiny() };
    let first = Repository::shared(&shape)?;
    let second = Repository::shared(&shape)?;
    assert!(Arc::ptr_eq(&first, &second));
    let path = first.path();
    drop(first);
    assert!(path.exists());
    drop(second);
    assert!(!path.exists());
    Ok(())
}

#[test]
fn what_nobody_has_pushed_to_has_no_commit_and_no_branch() -> Result<()> {
    if !programs::ready(&[GIT])? {
        return Ok(());
    }
    let empty = Repository::create(&Shape::empty())?;
    assert_eq!((empty.head(), ask(&empty, &["for-each-ref"])?.as_str()), ("", ""));
    let error = Repository::create(&Shape { branches: 1, ..Shape::empty() }).unwrap_err();
    assert!(error.to_string().contains("need a commit"), "{error}");
    Ok(())
}
