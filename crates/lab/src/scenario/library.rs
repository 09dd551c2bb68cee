//! All scenarios of a folder, and choosing among them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use super::{Scenario, ScenarioName};

/// Scenarios, sorted by name.
#[derive(Debug, Clone, PartialEq)]
pub struct Library(Vec<Scenario>);

impl Library {
    /// Those of this crate.
    pub fn own() -> Result<Self> {
        Self::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios"))
    }

    /// Those of `folder` and the folders in it. Every file that is no scenario is told, not only the first.
    pub fn load(folder: &Path) -> Result<Self> {
        let mut files = Vec::new();
        collect(folder, &mut files)?;
        let (mut scenarios, mut complaints) = (Vec::new(), Vec::new());
        for file in files {
            match name(folder, &file).and_then(|name| Scenario::read(name, &file)) {
                Ok(scenario) => scenarios.push(scenario),
                Err(error) => complaints.push(format!("{error:#}")),
            }
        }
        ensure!(complaints.is_empty(), "{}", complaints.join("\n"));
        ensure!(!scenarios.is_empty(), "no scenario in {}: expected files that end in .toml", folder.display());
        scenarios.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Self(scenarios))
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Scenario> {
        self.0.iter()
    }

    /// Those in a group.
    pub fn tagged(&self, tag: &str) -> Vec<&Scenario> {
        self.all().filter(|scenario| scenario.has_tag(tag)).collect()
    }

    /// Those that are wanted by name or by folder. A word that fits none is an error that lists what there is.
    pub fn named(&self, wanted: &[impl AsRef<str>]) -> Result<Vec<&Scenario>> {
        let fits = |scenario: &Scenario, word: &str| scenario.name.is_within(word);
        for word in wanted.iter().map(AsRef::as_ref) {
            if !self.all().any(|scenario| fits(scenario, word)) {
                let names: Vec<&str> = self.all().map(|scenario| scenario.name.as_str()).collect();
                bail!(
                    "no scenario and no folder of scenarios is called `{word}`; there are:\n  {}",
                    names.join("\n  ")
                );
            }
        }
        Ok(self.all().filter(|scenario| wanted.iter().any(|word| fits(scenario, word.as_ref()))).collect())
    }

    /// The one with exactly this name.
    pub fn get(&self, name: &ScenarioName) -> Option<&Scenario> {
        self.all().find(|scenario| scenario.name == *name)
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    Ok(())
}

fn name(folder: &Path, file: &Path) -> Result<ScenarioName> {
    let place = file.strip_prefix(folder)?.with_extension("");
    let text = place.to_str().with_context(|| format!("{} is not UTF-8", file.display()))?;
    ScenarioName::try_from(text.to_owned()).with_context(|| format!("{} is named badly", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "about = \"x\"\ntags = [\"smoke\"]\n[expect.ssh]\nfinding = \"healthy\"\ngit = \"clones\"\n\
                         flux = { outcome = \"fits\" }\n";

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn scenarios_are_sorted_and_chosen_by_name_folder_and_tag() {
        let plain = SOUND.replace("tags = [\"smoke\"]\n", "");
        let folder = folder(&[("b.toml", SOUND), ("a/y.toml", &plain), ("a/x.toml", SOUND), ("README.md", "no")]);
        let library = Library::load(folder.path()).unwrap();
        let names = |chosen: Vec<&Scenario>| chosen.iter().map(|one| one.name.to_string()).collect::<Vec<_>>();
        assert_eq!(names(library.all().collect()), ["a/x", "a/y", "b"]);
        assert_eq!(names(library.tagged("smoke")), ["a/x", "b"]);
        assert_eq!(names(library.named(&["a"]).unwrap()), ["a/x", "a/y"]);
        assert_eq!(names(library.named(&["b", "a/x", "b"]).unwrap()), ["a/x", "b"]);
        let error = library.named(&["a/z"]).unwrap_err().to_string();
        assert!(error.contains("`a/z`") && error.contains("a/y"), "{error}");
    }

    #[test]
    fn each_broken_file_is_told_with_its_place() {
        let folder = folder(&[("a.toml", "about = 1"), ("b.toml", SOUND), ("c/Bad.toml", SOUND)]);
        let error = Library::load(folder.path()).unwrap_err().to_string();
        assert!(error.contains("a.toml is no scenario") && error.contains("line 1, column 9"), "{error}");
        assert!(error.contains("Bad.toml is named badly") && !error.contains("b.toml"), "{error}");
    }

    #[test]
    fn our_own_are_sound() {
        let library = Library::own().unwrap();
        assert!(!library.tagged("smoke").is_empty());
    }
}
