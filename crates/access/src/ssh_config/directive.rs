//! One line of `ssh_config(5)`: a keyword, its arguments, comments and quotes.

use std::fmt;

use crate::source::Source;

/// A keyword with its arguments, and where it stands. `Debug` leaves the arguments out: commands hold secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Directive {
    /// The keyword as it was written; keywords are compared without regard to case.
    pub keyword: String,
    /// The arguments, unquoted.
    pub arguments: Vec<String>,
    /// Where it stands.
    pub source: Source,
}

impl Directive {
    /// A directive that was not read from a file.
    pub fn new(keyword: &str, arguments: impl IntoIterator<Item = String>, source: Source) -> Self {
        Self { keyword: keyword.to_owned(), arguments: arguments.into_iter().collect(), source }
    }

    /// Reads one line; nothing for an empty line or a comment. `ssh -o` takes the same form, so this reads that too.
    ///
    /// # Errors
    /// A sentence about what is wrong with the line. ssh refuses the whole file for it.
    pub fn parse(line: &str, source: Source) -> Result<Option<Self>, String> {
        let line = line.trim_matches(BLANK);
        if line.is_empty() || line.starts_with('#') {
            return Ok(None);
        }
        let end = line.find(|c: char| BLANK.contains(&c) || c == '=').unwrap_or(line.len());
        let (keyword, rest) = line.split_at(end);
        let rest = rest.trim_start_matches(BLANK);
        // One `=` may stand between the keyword and its arguments.
        let rest = rest.strip_prefix('=').unwrap_or(rest);
        let arguments = split(rest)?;
        if arguments.is_empty() {
            return Err(format!("{keyword} has no argument"));
        }
        Ok(Some(Self::new(keyword.trim_matches('"'), arguments, source)))
    }

    /// The first argument. There is always one in what was parsed.
    pub(crate) fn value(&self) -> &str {
        self.arguments.first().map_or("", String::as_str)
    }

    /// Whether this is the keyword, given in lower case.
    pub(crate) fn is(&self, keyword: &str) -> bool {
        self.keyword.eq_ignore_ascii_case(keyword)
    }
}

impl fmt::Debug for Directive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.keyword, self.source)
    }
}

/// Splits arguments as OpenSSH's `argv_split` does: blanks separate, quotes of both kinds join, a backslash keeps a quote,
/// a backslash or a blank, and a `#` at the start of an argument ends the line.
fn split(text: &str) -> Result<Vec<String>, String> {
    let mut arguments = Vec::new();
    let mut characters = text.chars().peekable();
    loop {
        while characters.next_if(|c| BLANK.contains(c)).is_some() {}
        match characters.peek() {
            None | Some('#') => return Ok(arguments),
            Some(_) => {}
        }
        let mut argument = String::new();
        let mut quote: Option<char> = None;
        while let Some(&c) = characters.peek() {
            match (c, quote) {
                (c, None) if BLANK.contains(&c) => break,
                ('\\', _) => {
                    characters.next();
                    match characters.next_if(|c| matches!(c, '"' | '\'' | '\\') || (*c == ' ' && quote.is_none())) {
                        Some(kept) => argument.push(kept),
                        None => argument.push('\\'),
                    }
                    continue;
                }
                ('"' | '\'', None) => quote = Some(c),
                (c, Some(open)) if c == open => quote = None,
                (c, _) => argument.push(c),
            }
            characters.next();
        }
        if quote.is_some() {
            return Err("a quote is not closed".to_owned());
        }
        arguments.push(argument);
    }
}

const BLANK: [char; 5] = [' ', '\t', '\r', '\n', '\u{c}'];

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<(String, Vec<String>)>, String> {
        Directive::parse(line, Source::Default).map(|found| found.map(|d| (d.keyword, d.arguments)))
    }

    #[test]
    fn the_forms_of_a_line() {
        for line in
            ["Port 22", "  Port\t22  ", "Port=22", "Port = 22", "Port =22", "Port \"22\"", "Port 22 # ssh", "Port 22\r"]
        {
            assert_eq!(parse(line), Ok(Some(("Port".into(), vec!["22".into()]))), "{line}");
        }
        assert_eq!(
            parse("UserKnownHostsFile \"a b\" c\\ d 'e\"f' g#h"),
            Ok(Some(("UserKnownHostsFile".into(), ["a b", "c d", "e\"f", "g#h"].map(String::from).into())))
        );
        for nothing in ["", "   ", "# Port 22", "\t# x"] {
            assert_eq!(parse(nothing), Ok(None), "{nothing:?}");
        }
    }

    #[test]
    fn what_ssh_would_refuse() {
        assert_eq!(parse("Port"), Err("Port has no argument".into()));
        assert_eq!(parse("Port # 22"), Err("Port has no argument".into()));
        assert_eq!(parse("User \"a"), Err("a quote is not closed".into()));
    }
}
