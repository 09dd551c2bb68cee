//! What the tests of this crate share: a world under a temporary directory, and real programs where they are installed.

use std::path::{Path, PathBuf};

use crate::git_config::GitConfig;
use crate::surroundings::Surroundings;

/// A world with nothing configured, whose git reads no configuration but its own.
pub(crate) fn surroundings(root: &Path) -> Surroundings {
    let mut here = Surroundings::bare(root);
    here.user_name = Some("ada".to_owned());
    here.environment.set("PATH", std::env::var("PATH").unwrap_or_default());
    here.environment.set("HOME", root.to_str().expect("a temporary directory has a UTF-8 name"));
    here.environment.set("GIT_CONFIG_NOSYSTEM", "1");
    here
}

/// What git would answer if it had these settings.
pub(crate) fn git_settings(settings: &[(&str, &str)]) -> GitConfig {
    let answer: Vec<String> = settings.iter().map(|(key, value)| format!("file:/g\0{key}\n{value}\0")).collect();
    GitConfig::parse(answer.concat().as_bytes())
}

/// The path of an installed program. Without it the test is skipped, loudly, and fails where `CI` is set.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        std::env::split_paths(&path).map(|directory| directory.join(name)).find(|candidate| candidate.is_file());
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "{name} is not installed, and CI must not skip this test");
        #[expect(clippy::print_stderr, reason = "a skipped test has to say so")]
        {
            eprintln!("SKIPPED: {name} is not installed");
        }
    }
    found
}
