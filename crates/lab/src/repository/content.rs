//! What is in the files of a repository: reproducible bytes that compress not at all, or as source code does.

/// What is in the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Content {
    /// Random bytes: the pack is as large as the files.
    Random,
    /// Lines of words: the pack is about a third of the files.
    Text,
}

impl Content {
    /// The git setting that spends the right effort on it.
    pub(super) fn compression(self) -> &'static str {
        match self {
            Self::Random => "core.compression=0",
            Self::Text => "core.compression=1",
        }
    }
}

/// An endless supply of content: `SplitMix64` (Steele, Lea, Flood 2014) with a fixed seed.
pub(super) struct Source {
    content: Content,
    state: u64,
}

impl Source {
    pub(super) fn new(content: Content) -> Self {
        Self { content, state: 0x6e65_7470_726f_6265 }
    }

    /// Replaces what is in `file` by the next `size_bytes` bytes.
    pub(super) fn fill(&mut self, file: &mut Vec<u8>, size_bytes: u32) {
        let size_bytes = size_bytes as usize;
        file.clear();
        while file.len() < size_bytes {
            let number = self.next();
            match self.content {
                Content::Random => file.extend(number.to_le_bytes()),
                Content::Text => write_words(file, number),
            }
        }
        file.truncate(size_bytes);
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// One line: an indent, some words, and a number that is nowhere else.
fn write_words(file: &mut Vec<u8>, number: u64) {
    let mut rest = number;
    file.extend(std::iter::repeat_n(b' ', 4 * (rest % 4) as usize));
    for _ in 0..6 {
        rest /= 11;
        if let Some(word) = WORDS.get((rest % 32) as usize) {
            file.extend(word.as_bytes());
            file.push(b' ');
        }
    }
    file.extend(format!("0x{:06x};\n", number >> 40).bytes());
}

const WORDS: [&str; 32] = [
    "let", "return", "match", "value", "packet", "buffer", "stream", "window", "=>", "{", "}", "(", ")", "=", "offset",
    "length", "if", "else", "while", "commit", "branch", "remote", "fetch", "status", "error", "Some", "None", "Ok",
    "result", "index", "header", "&&",
];
