use std::fs::File;
use std::io::Cursor;

use super::*;
use crate::testing::{Elf, Segment};

fn refused(bytes: Vec<u8>) -> String {
    Program::read(Cursor::new(bytes)).unwrap_err().to_string()
}

#[test]
fn static_programs_are_taken_for_what_they_run_on() {
    for (machine, kind, architecture) in [
        (elf::EM_X86_64, elf::ET_EXEC, Architecture::Amd64),
        (elf::EM_X86_64, elf::ET_DYN, Architecture::Amd64),
        (elf::EM_AARCH64, elf::ET_DYN, Architecture::Arm64),
    ] {
        let bytes = Elf { machine, kind, ..Elf::default() }.bytes();
        let program = Program::read(Cursor::new(&bytes)).unwrap();
        assert_eq!((program.architecture(), program.size_bytes()), (architecture, bytes.len() as u64));
    }
    // What glibc's static programs say: they choose functions by the processor when they start.
    Program::read(Cursor::new(Elf { system: elf::ELFOSABI_GNU, ..Elf::default() }.bytes())).unwrap();
    // A static-pie has a dynamic segment, which asks for no library.
    let pie = Elf {
        segments: vec![Segment::Dynamic(vec![(elf::DT_FLAGS_1, 0x0800_0000), (elf::DT_NULL, 0)])],
        ..Elf::default()
    };
    assert_eq!(Program::read(Cursor::new(pie.bytes())).unwrap().architecture().name(), "amd64");
}

#[test]
fn what_would_not_start_in_an_empty_image_is_refused() {
    for text in ["", "#!/bin/sh\nexit 0\n", "\x7fEL", "\u{0}"] {
        assert!(refused(text.into()).contains("not a Linux program"), "{text:?}");
    }
    let loader = Elf { segments: vec![Segment::Loader("/lib64/ld-linux-x86-64.so.2")], ..Elf::default() };
    assert!(refused(loader.bytes()).contains("dynamically (by /lib64/ld-linux-x86-64.so.2)"));
    let endless = Elf { segments: vec![Segment::Loader(ENDLESS)], ..Elf::default() };
    assert!(refused(endless.bytes()).contains(&format!("(by {})", "/lib".repeat(32))));
    let needs =
        Elf { segments: vec![Segment::Dynamic(vec![(elf::DT_NEEDED, 1), (elf::DT_NULL, 0)])], ..Elf::default() };
    assert!(refused(needs.bytes()).contains("dynamically (shared libraries: 1)"));
    assert!(
        refused(Elf { system: elf::ELFOSABI_FREEBSD, ..Elf::default() }.bytes())
            .contains("(number 9 in its ELF header)")
    );
    assert!(
        refused(Elf { machine: elf::EM_RISCV, ..Elf::default() }.bytes()).contains("made for processor number 243")
    );
    // Arm with its bytes the other way round is another processor.
    let mut reversed = Elf { machine: elf::EM_AARCH64.swap_bytes(), ..Elf::default() }.bytes();
    reversed[5] = elf::ELFDATA2MSB;
    assert!(refused(reversed).contains("made for processor number 183"));
    assert!(refused(Elf { kind: elf::ET_REL, ..Elf::default() }.bytes()).contains("not a program that can be started"));
    assert!(refused(Elf { entry: 0, ..Elf::default() }.bytes()).contains("not a program that can be started"));
    let mut narrow = Elf::default().bytes();
    narrow[4] = elf::ELFCLASS32;
    assert!(refused(narrow).contains("a 32-bit processor"));
}

#[test]
fn a_header_cut_anywhere_is_refused() {
    let whole = Elf { segments: vec![Segment::Dynamic(vec![(elf::DT_NULL, 0)])], ..Elf::default() }.bytes();
    for length in 0..whole.len() {
        Program::read(Cursor::new(&whole[..length])).unwrap_err();
    }
    Program::read(Cursor::new(whole)).unwrap();
}

#[test]
fn a_file_without_bound_is_not_read() {
    /// As large as it says, and nothing in it.
    #[derive(Debug)]
    struct Sparse;
    impl Read for Sparse {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            panic!("it was read")
        }
    }
    impl Seek for Sparse {
        fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
            Ok(MAX_BYTES + 1_000_000)
        }
    }
    let error = Program::read(Sparse).unwrap_err().to_string();
    assert_eq!(error, "it is 513 MB large, and netprobe is never larger than 512 MB");
}

#[test]
fn the_program_that_runs_these_tests_is_dynamic() {
    let error = Program::read(File::open("/proc/self/exe").unwrap()).unwrap_err();
    assert!(matches!(&error, ProgramError::Dynamic(how) if how.starts_with("by /")), "{error}");
}

/// A loader's path of 136 characters.
const ENDLESS: &str = "/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib/lib";
