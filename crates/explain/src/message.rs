//! One message: what Flux puts before an error is taken off and understood, and the rest is looked for in the table.

use model::{Target, Transport};

use crate::entry::{Connection, Entry, Pattern, Place};
use crate::glob::{self, Pairs};
use crate::table;

/// A message as it can be compared. Its text is clean already, and no secret is in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Message<'a> {
    text: &'a str,
    /// What is left behind Flux's own words.
    reason: &'a str,
    connection: Option<Connection>,
    address: Option<&'a str>,
}

/// What a message was found to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recognised {
    pub(crate) entry: &'static Entry,
    pub(crate) place: Place,
}

impl<'a> Message<'a> {
    /// Reads `text` as it stands in a log or a condition, or as a part of a line.
    pub(crate) fn of(text: &'a str) -> Self {
        let text = text.trim();
        let text = text.find(REVISION).and_then(|at| text.get(at..)).unwrap_or(text);
        let whole = unquoted(text.trim_start_matches(REVISION));
        let told =
            told_by_flux(whole, LIST, Connection::List).or_else(|| told_by_flux(whole, CLONE, Connection::Clone));
        let (connection, address, reason) = match told {
            Some((connection, address, reason)) => (Some(connection), Some(address), reason),
            None => (None, None, whole),
        };
        // The form without a colon: `unable to clone: REASON: git repository: 'URL'`.
        let (connection, reason) = match reason.strip_prefix("unable to clone: ") {
            Some(reason) => (Some(Connection::Clone), reason),
            None => (connection, reason),
        };
        let quoted =
            || addressed(text, "git repository: '", "'").or_else(|| addressed(text, "unable to access '", "'"));
        let requested =
            || ["Get \"", "Post \"", "requesting \""].into_iter().find_map(|lead| addressed(text, lead, "\""));
        Self { text, reason, connection, address: address.or_else(quoted).or_else(requested) }
    }

    /// The text without what stood before Flux's words.
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// Which of Flux's connections it is about.
    pub(crate) fn connection(&self) -> Option<Connection> {
        self.connection
    }

    /// The repository that it names.
    pub(crate) fn target(&self) -> Option<Target> {
        let address = self.address?;
        let address = ["/info/refs", "/git-upload-pack"].into_iter().find_map(|end| Some(address.split_once(end)?.0));
        target(address.or(self.address)?)
    }

    /// Finds it in the table. `transport` counts where the message itself does not say.
    pub(crate) fn recognised(&self, transport: Option<Transport>) -> Option<Recognised> {
        let transport = self.target().map(|target| target.transport).or(transport);
        let pairs = Pairs::of(self.text);
        table::entries().find_map(|entry| {
            let mut possible = entry.patterns.iter().filter(|pattern| pairs.may_hold(pattern.text));
            let pattern = possible.find(|pattern| self.fits(pattern, transport))?;
            Some(Recognised { entry, place: pattern.place.unwrap_or(entry.place) })
        })
    }

    fn fits(&self, pattern: &Pattern, transport: Option<Transport>) -> bool {
        let only = |wanted: Option<Transport>| wanted.is_none() || wanted == transport;
        only(pattern.transport)
            && (pattern.connection.is_none() || pattern.connection == self.connection)
            && (glob::fits(pattern.text, self.reason) || self.fits_whole(pattern.text))
    }

    /// The patterns of the controllers look for the very words that were taken off.
    fn fits_whole(&self, pattern: &str) -> bool {
        self.text.len() > self.reason.len() && !pattern.starts_with('^') && glob::fits(pattern, self.text)
    }
}

/// An address in a message, as something that can be measured.
pub(crate) fn target(address: &str) -> Option<Target> {
    // A user-info that was taken off is no user.
    let address = address.replace("[secret]@", "").replace(":[secret]", "");
    if address.len() > MAX_ADDRESS || address.contains("[secret]") {
        return None;
    }
    Target::parse(&address).ok().map(|(target, _)| target)
}

fn told_by_flux<'a>(text: &'a str, lead: &str, connection: Connection) -> Option<(Connection, &'a str, &'a str)> {
    let (_, rest) = text.split_once(lead)?;
    let (address, reason) = rest.split_once("': ")?;
    Some((connection, address, reason))
}

fn addressed<'a>(text: &'a str, lead: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(lead)?;
    let (address, _) = rest.split_once(end)?;
    address.contains("://").then_some(address)
}

/// Without the quotes, commas and brackets of what the message was copied from.
fn unquoted(text: &str) -> &str {
    let text = text.trim_end_matches([' ', ',', '}', '\t']);
    let odd = |quote: char| text.ends_with(quote) && !text.matches(quote).count().is_multiple_of(2);
    if odd('"') || odd('\'') { text.trim_end_matches(['"', '\'']) } else { text }
}

const REVISION: &str = "failed to checkout and determine revision: ";
const LIST: &str = "unable to list remote for '";
const CLONE: &str = "unable to clone '";
/// Longer than any address that a server takes.
const MAX_ADDRESS: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_flux_puts_before_an_error_is_understood() {
        let text = "x failed to checkout and determine revision: unable to clone 'ssh://git@host/r': EOF\"";
        let message = Message::of(text);
        assert_eq!((message.reason, message.connection), ("EOF", Some(Connection::Clone)));
        assert_eq!(message.target().unwrap().url(), "ssh://git@host/r");
        let message = Message::of(
            "unable to list remote for 'https://[secret]@host/r': Get \"https://host/r/info/refs?service=git-upload-pack\": EOF",
        );
        assert_eq!(
            (message.connection, message.target().unwrap().url().as_str()),
            (Some(Connection::List), "https://host/r")
        );
        let message = Message::of("unable to clone: repository not found: git repository: 'ssh://git@host/r'");
        assert_eq!((message.connection, message.target().is_some()), (Some(Connection::Clone), true));
        assert_eq!(
            Message::of("Get \"https://host/r/info/refs?service=git-upload-pack\": EOF").target().unwrap().path,
            "/r"
        );
    }

    #[test]
    fn odd_texts_are_no_trouble() {
        for text in
            ["", "'", "\"", "unable to clone '", "unable to clone '': ", "Get \"\": x", "unable to clone 'é': é"]
        {
            assert!(Message::of(text).target().is_none(), "{text}");
        }
    }
}
