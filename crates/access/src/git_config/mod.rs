//! git's own configuration, asked of git itself, so that includes and scopes are git's business. Pure lookups on the
//! answer. Values are held as secrets: tokens live in headers and in URLs.

mod url_match;

#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use url::Url;

use crate::bounded::{Bounded, BoundedError};
use crate::secret::Secret;
use crate::source::Source;
use crate::surroundings::Surroundings;

/// Every setting of git, in the order in which git reads them: later ones win.
#[derive(Debug, Clone, Default)]
pub struct GitConfig {
    settings: Vec<Setting>,
    /// Why git could not be asked; then no setting of git is known.
    pub problem: Option<String>,
}

/// One setting. `Debug` shows its key and origin only.
#[derive(Clone)]
pub struct Setting {
    /// The first part of the key, in lower case: `http`.
    pub section: String,
    /// The part in the middle: a URL, the name of a remote. User-info in it may be secret.
    pub subsection: Option<Secret>,
    /// The last part of the key, in lower case: `proxy`.
    pub name: String,
    /// The value; nothing for a key that stands alone, which means true.
    pub value: Option<Secret>,
    /// The origin as git names it: `file:/home/a/.gitconfig`.
    pub origin: String,
}

/// A URL that git would use in place of another.
#[derive(Debug, Clone)]
pub struct Rewritten {
    /// The new URL. It may hold a token, as the configured base may.
    pub url: Secret,
    /// The setting that says so.
    pub source: Source,
}

impl GitConfig {
    /// Asks git. Its absence, or no answer within 5 s, is noted in [`GitConfig::problem`] and stops nothing.
    pub async fn read(surroundings: &Surroundings) -> Self {
        let asked = Bounded {
            program: &surroundings.git_program,
            arguments: &["config", "--null", "--list", "--show-origin"],
            environment: &surroundings.environment,
            directory: &surroundings.working_directory,
            input: Secret::default(),
            max_bytes: MAX_ANSWER_BYTES,
            max_time: MAX_TIME,
        };
        match asked.output().await {
            Ok(answer) => Self::parse(&answer),
            Err(why) => {
                let problem = match why {
                    BoundedError::Absent => "git is not installed, so none of its settings are known".to_owned(),
                    why => format!("git config --list: {why}; none of git's settings are known"),
                };
                Self { settings: Vec::new(), problem: Some(problem) }
            }
        }
    }

    /// Reads the answer of `git config --null --list --show-origin`.
    pub fn parse(answer: &[u8]) -> Self {
        let answer = String::from_utf8_lossy(answer);
        let mut fields = answer.split('\0');
        let mut settings = Vec::new();
        while let (Some(origin), Some(entry)) = (fields.next(), fields.next()) {
            let (key, value) = match entry.split_once('\n') {
                Some((key, value)) => (key, Some(Secret::from(value))),
                None => (entry, None),
            };
            let (Some((section, rest)), Some((_, name))) = (key.split_once('.'), key.rsplit_once('.')) else {
                continue;
            };
            let subsection = rest.rsplit_once('.').map(|(subsection, _)| Secret::from(subsection));
            let (section, name) = (section.to_owned(), name.to_owned());
            settings.push(Setting { section, subsection, name, value, origin: origin.to_owned() });
        }
        Self { settings, problem: None }
    }

    /// The value of a setting without a middle part, the last one given: `core`, `sshcommand`, in lower case.
    pub fn last(&self, section: &str, name: &str) -> Option<&Setting> {
        let fits = |found: &&Setting| found.section == section && found.subsection.is_none() && found.name == name;
        self.settings.iter().rev().find(fits)
    }

    /// What git would fetch from in place of this URL: `url.<base>.insteadOf`, the longest beginning that fits.
    pub fn rewrite(&self, url: &str) -> Option<Rewritten> {
        let mut best: Option<(usize, &Setting, &Secret)> = None;
        for setting in self.settings.iter().filter(|found| found.section == "url" && found.name == "insteadof") {
            let (Some(base), Some(start)) = (&setting.subsection, &setting.value) else { continue };
            let length = start.expose().len();
            if url.starts_with(start.expose()) && best.is_none_or(|(longest, ..)| longest < length) {
                best = Some((length, setting, base));
            }
        }
        let (length, setting, base) = best?;
        let url = Secret::new(format!("{}{}", base.expose(), url.get(length..)?));
        Some(Rewritten { url, source: setting.source() })
    }

    /// `remote.origin.url` of the checkout that the working directory is in, before any rewriting.
    pub fn origin(&self) -> Option<(&Secret, Source)> {
        let is_origin = |found: &&Setting| {
            let remote = found.subsection.as_ref().map(Secret::expose);
            found.section == "remote" && remote == Some("origin") && found.name == "url"
        };
        let setting = self.settings.iter().find(is_origin)?;
        Some((setting.value.as_ref()?, setting.source()))
    }

    /// The `http.*` settings of a name that apply to a URL, in the order in which git takes them up: the last one counts,
    /// except where a setting adds up. `http.<url>.*` is compared as in git's urlmatch.c.
    pub fn http(&self, url: &Url, name: &str) -> Vec<&Setting> {
        let mut best = url_match::Fit::default();
        let mut taken = Vec::new();
        for setting in self.settings.iter().filter(|found| found.section == "http" && found.name == name) {
            let fit = match &setting.subsection {
                None => Some(url_match::Fit::default()),
                Some(pattern) => url_match::fit(pattern.expose(), url),
            };
            if let Some(fit) = fit.filter(|fit| *fit >= best) {
                best = fit;
                taken.push(setting);
            }
        }
        taken
    }

    /// The names of all `http.*` settings that apply to a URL, each once.
    pub fn http_names(&self, url: &Url) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for setting in self.settings.iter().filter(|found| found.section == "http") {
            if !names.contains(&setting.name.as_str()) && !self.http(url, &setting.name).is_empty() {
                names.push(&setting.name);
            }
        }
        names
    }

    /// Whether a credential helper is configured, for any URL.
    pub fn has_credential_helper(&self) -> bool {
        let helper = |found: &&Setting| found.section == "credential" && found.name == "helper";
        // An empty value clears the list of those before it.
        self.settings
            .iter()
            .rfind(helper)
            .is_some_and(|found| found.value.as_ref().is_some_and(|value| !value.is_empty()))
    }
}

impl Setting {
    /// The value as a truth (git-config(1), VALUES). A value that is none reads as false, as an unset one would.
    pub fn truth(&self) -> bool {
        let Some(value) = &self.value else { return true };
        let value = value.expose().to_ascii_lowercase();
        matches!(value.as_str(), "true" | "yes" | "on") || value.parse::<i64>().is_ok_and(|number| number != 0)
    }

    /// The value as text; empty for a key that stands alone.
    pub fn text(&self) -> &str {
        self.value.as_ref().map_or("", Secret::expose)
    }

    /// Where it stands, without user-info in the key.
    pub fn source(&self) -> Source {
        Source::Git { key: self.key(), origin: self.origin.clone() }
    }

    /// The key as git spells it, without user-info.
    pub fn key(&self) -> String {
        match &self.subsection {
            None => format!("{}.{}", self.section, self.name),
            Some(middle) => format!("{}.{}.{}", self.section, without_user_info(middle.expose()), self.name),
        }
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.key(), self.origin)
    }
}

/// A URL without what stands before the `@` of its authority.
pub(crate) fn without_user_info(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = url.split_at(start);
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    match authority.rsplit_once('@') {
        Some((_, host)) if start > 0 => format!("{scheme}{host}{path}"),
        _ => url.to_owned(),
    }
}

/// git answers in milliseconds; a network home that hangs must not hold the run up.
const MAX_TIME: Duration = Duration::from_secs(5);

const MAX_ANSWER_BYTES: u64 = 1 << 20;
