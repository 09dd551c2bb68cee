//! Reads configuration files into a tree: `Include` with its wildcards, bounded in depth and in number of files.

use std::path::{Path, PathBuf};

use super::directive::Directive;
use super::tokens::Tokens;
use crate::pattern;
use crate::source::{NotHonoured, Source};
use crate::surroundings::{MAX_CONFIG_BYTES, read_text};

/// What a file says, in its order.
#[derive(Debug, Clone)]
pub(super) enum Item {
    /// `Host` with its patterns: what follows is for them.
    Host(Vec<String>),
    /// `Match` with its criteria.
    Match { all: bool, source: Source },
    /// Any other line.
    Set(Directive),
    /// One file of an `Include`.
    Included(Vec<Item>),
    /// What could not be read.
    Unread(NotHonoured),
}

/// Reads files for one kind of configuration.
pub(super) struct Reader<'a> {
    /// Where relative paths of `Include` start: `~/.ssh` or `/etc/ssh`.
    pub(super) base: &'a Path,
    /// What `~` is.
    pub(super) home: Option<&'a Path>,
    /// How many files may still be opened.
    pub(super) files_left: usize,
}

impl Reader<'_> {
    /// Reads a file and all it includes.
    pub(super) fn read(&mut self, path: &Path, depth: usize) -> Vec<Item> {
        if depth > MAX_DEPTH {
            let why = format!("files include each other more than {MAX_DEPTH} deep; ssh refuses that");
            return vec![Item::Unread(NotHonoured::new("Include", Source::file(path), why))];
        }
        let Some(files_left) = self.files_left.checked_sub(1) else {
            let why = format!("only the first {MAX_FILES} included files are read");
            return vec![Item::Unread(NotHonoured::new("Include", Source::file(path), why))];
        };
        self.files_left = files_left;
        match read_text(path, MAX_CONFIG_BYTES) {
            Ok(text) => self.parse(&text, path, depth),
            Err(error) => {
                let why = format!("the file cannot be read: {error}");
                vec![Item::Unread(NotHonoured::new("Include", Source::file(path), why))]
            }
        }
    }

    /// Reads the text of a file.
    pub(super) fn parse(&mut self, text: &str, path: &Path, depth: usize) -> Vec<Item> {
        let mut items = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let source = Source::line(path, number);
            match Directive::parse(line, source.clone()) {
                Ok(None) => {}
                Ok(Some(found)) if found.is("host") => items.push(Item::Host(found.arguments)),
                Ok(Some(found)) if found.is("match") => {
                    let all = found.arguments.len() == 1 && found.value().eq_ignore_ascii_case("all");
                    items.push(Item::Match { all, source });
                }
                Ok(Some(found)) if found.is("include") => items.extend(self.include(&found, depth)),
                Ok(Some(found)) => items.push(Item::Set(found)),
                Err(why) => {
                    let why = format!("{why}; ssh refuses the whole file");
                    items.push(Item::Unread(NotHonoured::new("a line", source, why)));
                }
            }
        }
        items
    }

    /// One [`Item::Included`] a file: a `Host` at the end of one does not reach into the next.
    fn include(&mut self, directive: &Directive, depth: usize) -> Vec<Item> {
        let mut items = Vec::new();
        for argument in &directive.arguments {
            match self.glob(argument) {
                Ok(paths) => items.extend(paths.iter().map(|path| Item::Included(self.read(path, depth + 1)))),
                Err(why) => {
                    let named = NotHonoured::new("Include", directive.source.clone(), why).with_value(argument);
                    items.push(Item::Unread(named));
                }
            }
        }
        items
    }

    /// The files that fit a pattern, in the order of their names; none is no error (glob(7), as ssh uses it).
    fn glob(&self, argument: &str) -> Result<Vec<PathBuf>, String> {
        let expanded = Tokens { home: self.home, ..Tokens::default() }.expand(argument)?;
        if expanded.contains('[') {
            return Err("[…] in the pattern is not resolved; use * and ?".to_owned());
        }
        let whole = self.base.join(expanded);
        let mut found = vec![PathBuf::new()];
        for component in whole.components() {
            let name = component.as_os_str();
            let wanted = name.to_str().filter(|name| name.contains(['*', '?']));
            found = match wanted {
                None => found.into_iter().map(|path| path.join(name)).collect(),
                Some(wanted) => found.iter().flat_map(|directory| entries(directory, wanted)).collect(),
            };
        }
        found.retain(|path| path.exists());
        Ok(found)
    }
}

/// The entries of a directory that fit a pattern, sorted. Hidden ones only where the pattern says so, as glob(7) has it.
fn entries(directory: &Path, wanted: &str) -> Vec<PathBuf> {
    let mut names: Vec<String> = std::fs::read_dir(directory)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| pattern::matches(wanted, name) && (wanted.starts_with('.') || !name.starts_with('.')))
        .collect();
    names.sort();
    names.into_iter().map(|name| directory.join(name)).collect()
}

/// OpenSSH readconf.c, `READCONF_MAX_DEPTH`.
const MAX_DEPTH: usize = 16;

/// More files than anyone keeps: what stops a directory that includes itself by a wildcard.
pub(super) const MAX_FILES: usize = 512;
