//! What ssh puts in place of `~`, `%h` and `${NAME}` in a value (`ssh_config(5)`, TOKENS and ENVIRONMENT VARIABLES).

use std::path::Path;

use crate::surroundings::Environment;

/// What the tokens stand for. A token whose value is not known is refused, like one that netprobe does not know.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tokens<'a> {
    /// `~` and `%d`.
    pub(crate) home: Option<&'a Path>,
    /// `%h`: the host that is connected to.
    pub(crate) host_name: Option<&'a str>,
    /// `%n`: the host as it was named.
    pub(crate) named: Option<&'a str>,
    /// `%k`: the name that host keys are looked up by.
    pub(crate) key_alias: Option<&'a str>,
    /// `%p`.
    pub(crate) port: Option<u16>,
    /// `%r`: the user there.
    pub(crate) remote_user: Option<&'a str>,
    /// `%u`: the user here.
    pub(crate) local_user: Option<&'a str>,
    /// `${NAME}`.
    pub(crate) environment: Option<&'a Environment>,
}

impl Tokens<'_> {
    /// The value with every token replaced.
    ///
    /// # Errors
    /// A sentence that names the token in the way.
    pub(crate) fn expand(&self, value: &str) -> Result<String, String> {
        let mut out = String::new();
        let mut rest = value;
        if let Some(after) = value.strip_prefix('~') {
            if !(after.is_empty() || after.starts_with('/')) {
                return Err("~ with a user's name in it is not resolved; write the whole path".to_owned());
            }
            out.push_str(self.home()?);
            rest = after;
        }
        while let Some(at) = rest.find(['%', '$']) {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            if let Some((name, after)) = from.strip_prefix("${").and_then(|named| named.split_once('}')) {
                let known = self.environment.and_then(|environment| environment.get(name));
                out.push_str(known.ok_or_else(|| format!("the environment variable {name} is not set"))?);
                rest = after;
            } else {
                let mut token = from.chars();
                match token.next() {
                    Some('%') => self.percent(token.next(), &mut out)?,
                    // A dollar without braces stands for itself.
                    other => out.extend(other),
                }
                rest = token.as_str();
            }
        }
        out.push_str(rest);
        Ok(out)
    }

    fn percent(&self, token: Option<char>, out: &mut String) -> Result<(), String> {
        let known = match token {
            Some('%') => Some("%"),
            Some('d') => Some(self.home()?),
            Some('h') => self.host_name,
            Some('k') => self.key_alias,
            Some('n') => self.named,
            Some('r') => self.remote_user,
            Some('u') => self.local_user,
            Some('p') => {
                let port = self.port.ok_or("%p has no meaning here")?;
                out.push_str(&port.to_string());
                return Ok(());
            }
            None => return Err("a % stands at the end; write %% for the character itself".to_owned()),
            Some(_) => None,
        };
        match (known, token) {
            (Some(known), _) => out.push_str(known),
            (None, token) => return Err(format!("the token %{} is not resolved", token.unwrap_or('%'))),
        }
        Ok(())
    }

    fn home(&self) -> Result<&str, String> {
        self.home.and_then(Path::to_str).ok_or_else(|| "no home directory is known".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token() {
        let environment: Environment = [("KEYS".to_owned(), "/keys".to_owned())].into_iter().collect();
        let tokens = Tokens {
            home: Some(Path::new("/home/ada")),
            host_name: Some("git.example.com"),
            named: Some("git"),
            key_alias: Some("alias"),
            port: Some(2222),
            remote_user: Some("them"),
            local_user: Some("ada"),
            environment: Some(&environment),
        };
        for (value, expected) in [
            ("~/.ssh/id", "/home/ada/.ssh/id"),
            ("~", "/home/ada"),
            ("/a~b", "/a~b"),
            ("%d/%h-%n-%k-%p-%r-%u-100%%", "/home/ada/git.example.com-git-alias-2222-them-ada-100%"),
            ("${KEYS}/id$x", "/keys/id$x"),
            ("%%h", "%h"),
        ] {
            assert_eq!(tokens.expand(value).as_deref(), Ok(expected), "{value}");
        }
        for value in ["~bob/id", "%C", "%", "${UNSET}/id"] {
            assert!(tokens.expand(value).is_err(), "{value}");
        }
        assert!(Tokens::default().expand("~/x").is_err(), "no home");
    }
}
