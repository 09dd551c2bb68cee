//! Lines of bounded length out of pieces of any size. A carriage return ends one as well: git redraws its progress with it.

/// The part of a line that has come so far.
#[derive(Debug, Default)]
pub(super) struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    /// The next whole line in `bytes`, which are shortened by what was read. What is longer than a line can be is dropped.
    pub(super) fn next(&mut self, bytes: &mut &[u8]) -> Option<Vec<u8>> {
        let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
            self.add(bytes);
            *bytes = &[];
            return None;
        };
        let (line, rest) = bytes.split_at(end);
        self.add(line);
        *bytes = rest.get(1..).unwrap_or_default();
        Some(std::mem::take(&mut self.begun))
    }

    /// A last line that no line feed ends.
    pub(super) fn last(&mut self) -> Option<Vec<u8>> {
        Some(std::mem::take(&mut self.begun)).filter(|line| !line.is_empty())
    }

    pub(super) fn is_blank(&self) -> bool {
        self.begun.iter().all(u8::is_ascii_whitespace)
    }

    fn add(&mut self, bytes: &[u8]) {
        let room = MAX_LINE.saturating_sub(self.begun.len());
        self.begun.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }
}

/// A log line of Flux is some hundred bytes; an object on one line (`-o json` through `jq -c`) some kilobytes.
const MAX_LINE: usize = 256 << 10;
