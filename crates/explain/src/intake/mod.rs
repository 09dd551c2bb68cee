//! From bytes to messages: lines, and what stands around them in each of the shapes in which people pass messages on.
//!
//! It knows shapes and refuses to know messages. A document of many lines is gathered and read as one; whatever is too
//! large or broken for that is read line by line, as plain text, where most messages are found all the same.

mod document;
mod lines;
mod log;
mod object;
mod plain;
mod yaml;

use document::{Document, Taken};
use lines::Lines;
use plain::Plain;

use crate::sighting::Sighting;
use crate::{clean, secrets};

/// Where sightings go.
type Sink<'a> = dyn FnMut(Sighting) + 'a;

/// The reader of shapes.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    lines: Lines,
    document: Option<Document>,
    plain: Plain,
    count: u64,
    blank: u64,
}

impl Intake {
    pub(crate) fn read(&mut self, bytes: &[u8], sink: &mut Sink<'_>) {
        let mut rest = bytes;
        while let Some(line) = self.lines.next(&mut rest) {
            self.line(&line, sink);
        }
    }

    pub(crate) fn finish(&mut self, sink: &mut Sink<'_>) {
        if let Some(line) = self.lines.last() {
            self.line(&line, sink);
        }
        if let Some(document) = self.document.take() {
            self.end(document, sink);
        }
    }

    pub(crate) fn lines(&self) -> u64 {
        self.count
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.count == self.blank && self.document.is_none() && self.lines.is_blank()
    }

    fn line(&mut self, raw: &[u8], sink: &mut Sink<'_>) {
        let line = clean::line(raw);
        self.count += 1;
        self.blank += u64::from(line.trim().is_empty());
        let line = match self.document.take() {
            None => line,
            Some(document) => match document.take(line) {
                Taken::Goes(document) => {
                    self.document = Some(document);
                    return;
                }
                Taken::Ends(document, None) => return self.end(document, sink),
                Taken::Ends(document, Some(line)) => {
                    self.end(document, sink);
                    line
                }
            },
        };
        if let Some(document) = Document::begun_by(&line) {
            self.document = Some(document);
        } else if let Some(value) = log::json(&line) {
            read_value(&value, sink);
        } else {
            self.plain.line(&secrets::removed(clean::shortened(&line)), sink);
        }
    }

    fn end(&mut self, document: Document, sink: &mut Sink<'_>) {
        match document.value() {
            Ok(value) => read_value(&value, sink),
            Err(lines) => {
                for line in lines.lines() {
                    self.plain.line(&secrets::removed(clean::shortened(line)), sink);
                }
            }
        }
    }
}

/// A log line is an object too; one of Kubernetes names its kind.
fn read_value(value: &serde_json::Value, sink: &mut Sink<'_>) {
    if !object::read(value, sink) {
        log::read(value, sink);
    }
}
