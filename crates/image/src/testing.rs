//! ELF files for tests, with as little in them as a kernel would take (ELF-64 object file format, version 1.5).

use object::elf;

/// One file. By default a static program for x86-64.
pub(crate) struct Elf {
    pub(crate) machine: u16,
    pub(crate) system: u8,
    pub(crate) kind: u16,
    pub(crate) entry: u64,
    pub(crate) segments: Vec<Segment>,
    /// What follows the headers.
    pub(crate) rest: Vec<u8>,
}

/// What a program header points to.
pub(crate) enum Segment {
    Loader(&'static str),
    Dynamic(Vec<(u32, u64)>),
}

impl Default for Elf {
    fn default() -> Self {
        Self {
            machine: elf::EM_X86_64,
            system: elf::ELFOSABI_SYSV,
            kind: elf::ET_EXEC,
            entry: 0x40_1000,
            segments: Vec::new(),
            rest: Vec::new(),
        }
    }
}

impl Elf {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let count = u16::try_from(self.segments.len()).unwrap();
        let mut bytes = vec![0x7f, b'E', b'L', b'F', elf::ELFCLASS64, elf::ELFDATA2LSB, 1, self.system];
        bytes.resize(16, 0);
        bytes.extend([self.kind.to_le_bytes(), self.machine.to_le_bytes(), [1, 0], [0, 0]].concat());
        bytes.extend([self.entry, HEADER, 0].map(u64::to_le_bytes).concat());
        bytes.extend([0, 0, 64, 56, count, 64, 0, 0].map(u16::to_le_bytes).concat());
        let mut contents = Vec::new();
        for segment in &self.segments {
            let (kind, content) = segment.content();
            let offset = HEADER + 56 * u64::from(count) + contents.len() as u64;
            let size = content.len() as u64;
            bytes.extend([kind, 4].map(u32::to_le_bytes).concat());
            bytes.extend([offset, 0, 0, size, size, 8].map(u64::to_le_bytes).concat());
            contents.extend(content);
        }
        [bytes, contents, self.rest.clone()].concat()
    }
}

impl Segment {
    fn content(&self) -> (u32, Vec<u8>) {
        match self {
            Self::Loader(path) => (elf::PT_INTERP, format!("{path}\0").into_bytes()),
            Self::Dynamic(entries) => {
                let words = entries.iter().flat_map(|(tag, value)| [u64::from(*tag), *value]);
                (elf::PT_DYNAMIC, words.flat_map(u64::to_le_bytes).collect())
            }
        }
    }
}

/// Size of the file header, behind which the program headers are.
const HEADER: u64 = 64;
