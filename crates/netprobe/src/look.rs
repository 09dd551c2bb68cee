//! What the reader's terminal can show. The only place that asks it.

use std::env;
use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd;

use anstream::{AutoStream, ColorChoice};
use reports::Style;

use crate::args::look::{Colour, Format, LookArgs};

/// How to speak to whom.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    /// What goes to stdout.
    pub(crate) format: Format,
    /// How a screen on stdout is drawn.
    pub(crate) style: Style,
    /// Whether warnings count.
    pub(crate) strict: bool,
    /// Columns of the terminal behind stderr; none where it is no terminal, or one that cannot rewrite a line.
    pub(crate) live_columns: Option<usize>,
}

impl Look {
    /// Looks at both streams and at the environment.
    pub(crate) fn of(args: LookArgs) -> Self {
        let stdout = io::stdout();
        let colour = match args.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => AutoStream::choice(&stdout) != ColorChoice::Never,
        };
        let width = columns(&stdout).unwrap_or(Style::default().width);
        let unicode = !args.ascii && speaks_unicode(|name| env::var(name).ok());
        let dumb = env::var("TERM").is_ok_and(|term| term == "dumb");
        // Records and a line that rewrites itself do not share a terminal.
        let mixed = args.format == Format::Jsonl && stdout.is_terminal();
        let stderr = io::stderr();
        let live = stderr.is_terminal() && !dumb && !mixed;
        Self {
            format: args.format,
            style: Style { width, colour, unicode },
            strict: args.strict,
            live_columns: live.then(|| columns(&stderr).unwrap_or(width)),
        }
    }
}

/// `COLUMNS` where it is set, else what the terminal says.
fn columns(stream: &impl AsFd) -> Option<usize> {
    let set = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    set.or_else(|| rustix::termios::tcgetwinsize(stream).ok().map(|size| usize::from(size.ws_col)))
        .filter(|columns| *columns > 0)
}

/// Only a locale that is set to something else speaks against it: containers have none, and their terminals do.
fn speaks_unicode(variable: impl Fn(&str) -> Option<String>) -> bool {
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
    let charset = locale.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    });
    // The console of the kernel has 256 or 512 glyphs, and ours are not among them.
    charset && variable("TERM").is_none_or(|term| term != "linux")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_decide_on_characters() {
        let speaks = |set: &[(&str, &str)]| {
            speaks_unicode(|name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        };
        assert!(speaks(&[]) && speaks(&[("LANG", "de_DE.UTF-8")]) && speaks(&[("LC_ALL", "C.utf8"), ("LANG", "C")]));
        assert!(speaks(&[("LC_ALL", ""), ("LANG", "C.UTF-8")]));
        assert!(!speaks(&[("LANG", "C")]) && !speaks(&[("LC_ALL", "de_DE.ISO-8859-1"), ("LANG", "de_DE.UTF-8")]));
        assert!(!speaks(&[("TERM", "linux")]));
    }
}
