//! Whether a program runs in an image that holds nothing else.

use std::io::{self, Read, Seek, SeekFrom};

use object::Endianness;
use object::elf::{self, FileHeader64, ProgramHeader64};
use object::read::elf::{Dyn as _, FileHeader as _, ProgramHeader as _};
use object::read::{self, FileKind, ReadCache, ReadRef};

/// A static Linux program, read from a file or from anywhere else that can be read twice.
#[derive(Debug)]
pub struct Program<R> {
    source: R,
    size_bytes: u64,
    architecture: Architecture,
}

/// What a program runs on, where images have a name for it and Kubernetes has nodes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// 64-bit x86.
    Amd64,
    /// 64-bit Arm.
    Arm64,
}

/// Why a program cannot be the only thing in an image. Each sentence goes on from the name of the file.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// No ELF header: a script, a program of another system, or no program.
    #[error("it is not a Linux program: it does not begin as an ELF file does")]
    NotElf,
    /// An ELF file that is no program: an object file, a library or a memory image.
    #[error("it is an ELF file, but not a program that can be started")]
    NotStartable,
    /// Made for an operating system that is not Linux. Holds the number of the ELF header (`EI_OSABI`).
    #[error("it is a program of another operating system (number {0} in its ELF header), not of Linux")]
    OtherSystem(u8),
    /// Made for a processor that netprobe has no images for.
    #[error("it is made for {0}; an image can be made for x86-64 and for 64-bit Arm")]
    OtherProcessor(String),
    /// It needs other files at its start. Holds its loader, or what else tells.
    #[error("it is linked dynamically ({0}), and the image holds no libraries: it would not start there")]
    Dynamic(String),
    /// Larger than netprobe ever is.
    #[error("it is {} MB large, and netprobe is never larger than {} MB", .0 / 1_000_000, MAX_BYTES / 1_000_000)]
    TooLarge(u64),
    /// The headers contradict themselves.
    #[error("its ELF header is damaged: {0}")]
    Damaged(read::Error),
    /// It could not be read.
    #[error(transparent)]
    Read(#[from] io::Error),
}

impl<R: Read + Seek> Program<R> {
    /// Looks at the headers only, so it costs the same for every size.
    ///
    /// # Errors
    /// What the image could not run.
    pub fn read(mut source: R) -> Result<Self, ProgramError> {
        let size_bytes = source.seek(SeekFrom::End(0))?;
        if size_bytes > MAX_BYTES {
            return Err(ProgramError::TooLarge(size_bytes));
        }
        let architecture = architecture(&ReadCache::new(&mut source))?;
        Ok(Self { source, size_bytes, architecture })
    }

    /// What it runs on.
    pub fn architecture(&self) -> Architecture {
        self.architecture
    }

    /// Its size.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// From its first byte on, and one byte past its size: a program that has grown since is noticed, and never read without end.
    pub(crate) fn rewound(&mut self) -> io::Result<io::Take<&mut R>> {
        self.source.rewind()?;
        Ok(self.source.by_ref().take(self.size_bytes + 1))
    }
}

impl Architecture {
    /// As images say it (OCI image specification, config.md: the values of Go's `GOARCH`).
    pub fn name(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }
}

fn architecture<'data>(file: impl ReadRef<'data>) -> Result<Architecture, ProgramError> {
    match FileKind::parse(file) {
        Ok(FileKind::Elf64) => {}
        Ok(FileKind::Elf32) => return Err(ProgramError::OtherProcessor("a 32-bit processor".to_owned())),
        _ => return Err(ProgramError::NotElf),
    }
    let header = FileHeader64::<Endianness>::parse(file).map_err(ProgramError::Damaged)?;
    let endian = header.endian().map_err(ProgramError::Damaged)?;
    let system = header.e_ident.os_abi;
    if !matches!(system, elf::ELFOSABI_SYSV | elf::ELFOSABI_GNU) {
        return Err(ProgramError::OtherSystem(system));
    }
    let architecture = match (header.e_machine(endian), endian) {
        (elf::EM_X86_64, Endianness::Little) => Architecture::Amd64,
        (elf::EM_AARCH64, Endianness::Little) => Architecture::Arm64,
        (machine, _) => {
            return Err(ProgramError::OtherProcessor(format!("processor number {machine} of the ELF standard")));
        }
    };
    // A library has no place to start at; a static program may be of the type of libraries (static-pie).
    if !matches!(header.e_type(endian), elf::ET_EXEC | elf::ET_DYN) || header.e_entry(endian) == 0 {
        return Err(ProgramError::NotStartable);
    }
    for segment in header.program_headers(endian, file).map_err(ProgramError::Damaged)? {
        needs_nothing(segment, endian, file)?;
    }
    Ok(architecture)
}

fn needs_nothing<'data>(
    segment: &ProgramHeader64<Endianness>,
    endian: Endianness,
    file: impl ReadRef<'data>,
) -> Result<(), ProgramError> {
    if let Some(loader) = segment.interpreter(endian, file).map_err(ProgramError::Damaged)? {
        let loader = loader.get(..MAX_LOADER).unwrap_or(loader);
        return Err(ProgramError::Dynamic(format!("by {}", String::from_utf8_lossy(loader))));
    }
    let entries = segment.dynamic(endian, file).map_err(ProgramError::Damaged)?.unwrap_or_default();
    let libraries = entries.iter().filter(|entry| entry.tag32(endian) == Some(elf::DT_NEEDED)).count();
    if libraries > 0 {
        return Err(ProgramError::Dynamic(format!("shared libraries: {libraries}")));
    }
    Ok(())
}

/// Ten times what is shipped, and twice what an unoptimised build with all its symbols comes to.
const MAX_BYTES: u64 = 512_000_000;
/// Longer than any path of a loader in earnest.
const MAX_LOADER: usize = 128;

#[cfg(test)]
mod tests;
