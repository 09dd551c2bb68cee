//! SPDX licence expressions: `AND`, `OR`, `WITH`, brackets, and the old `/` that stands for `OR`.
//! Grammar: SPDX specification 2.3, annex D.

use anyhow::{Result, bail, ensure};

/// Whether an expression can be met with the licences that `allowed` accepts. A licence with an exception is asked for
/// as `LICENCE WITH EXCEPTION`.
pub(super) fn satisfied(expression: &str, allowed: impl Fn(&str) -> bool) -> Result<bool> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_ascii_whitespace().collect();
    let mut parser = Parser { rest: &words, allowed: &allowed };
    let answer = parser.any()?;
    ensure!(parser.rest.is_empty(), "unexpected `{}` in `{expression}`", parser.rest[0]);
    Ok(answer)
}

struct Parser<'a> {
    rest: &'a [&'a str],
    allowed: &'a dyn Fn(&str) -> bool,
}

impl Parser<'_> {
    /// `OR` binds least.
    fn any(&mut self) -> Result<bool> {
        let mut answer = self.all()?;
        while self.take("OR") {
            answer |= self.all()?;
        }
        Ok(answer)
    }

    fn all(&mut self) -> Result<bool> {
        let mut answer = self.one()?;
        while self.take("AND") {
            answer &= self.one()?;
        }
        Ok(answer)
    }

    fn one(&mut self) -> Result<bool> {
        if self.take("(") {
            let answer = self.any()?;
            ensure!(self.take(")"), "a bracket is not closed");
            return Ok(answer);
        }
        let licence = self.name()?;
        if self.take("WITH") {
            let exception = self.name()?;
            return Ok((self.allowed)(&format!("{licence} WITH {exception}")));
        }
        Ok((self.allowed)(&licence))
    }

    fn name(&mut self) -> Result<String> {
        match self.rest {
            [word, rest @ ..] if !["AND", "OR", "WITH", "(", ")"].contains(word) => {
                self.rest = rest;
                Ok((*word).to_owned())
            }
            [word, ..] => bail!("a licence was expected before `{word}`"),
            [] => bail!("the expression ends where a licence was expected"),
        }
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.rest.first() == Some(&word);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(expression: &str) -> Result<bool> {
        satisfied(expression, |licence| ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].contains(&licence))
    }

    #[test]
    fn one_way_out_of_an_or_is_enough_and_an_and_needs_all() {
        assert!(ask("MIT").unwrap());
        assert!(ask("GPL-3.0-only OR MIT").unwrap());
        assert!(ask("GPL-3.0-only/MIT").unwrap());
        assert!(!ask("GPL-3.0-only AND MIT").unwrap());
        assert!(ask("ISC AND (GPL-3.0-only OR MIT)").unwrap());
    }

    #[test]
    fn and_binds_more_than_or() {
        assert!(ask("MIT OR ISC AND GPL-3.0-only").unwrap());
        assert!(!ask("(MIT OR ISC) AND GPL-3.0-only").unwrap());
    }

    #[test]
    fn an_exception_belongs_to_its_licence() {
        assert!(ask("Apache-2.0 WITH LLVM-exception").unwrap());
        assert!(!ask("Apache-2.0").unwrap());
        assert!(!ask("MIT WITH LLVM-exception").unwrap());
    }

    #[test]
    fn nonsense_is_an_error() {
        for expression in ["", "MIT OR", "AND MIT", "(MIT", "MIT)", "MIT ISC", "WITH"] {
            assert!(ask(expression).is_err(), "{expression}");
        }
    }
}
