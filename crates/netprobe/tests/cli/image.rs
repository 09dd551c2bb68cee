//! The image: which programs go in, where the archive goes, and what is said about it.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::bed::{Home, Said};

/// Sixty-four bytes that a kernel would take for a static program (ELF-64 object file format, version 1.5).
fn static_program(machine: u16) -> Vec<u8> {
    let mut program = b"\x7fELF\x02\x01\x01".to_vec();
    program.resize(16, 0);
    program.extend([2, machine].map(u16::to_le_bytes).concat());
    program.extend([1, 0].map(u16::to_le_bytes).concat());
    program.extend([0x40_1000_u64, 64, 0].map(u64::to_le_bytes).concat());
    program.extend([0, 0, 64, 56, 0, 64, 0, 0].map(u16::to_le_bytes).concat());
    program
}

fn home(machine: u16) -> Home {
    let home = Home::new();
    fs::write(home.path("program"), static_program(machine)).unwrap();
    home
}

/// What tar finds in the archive.
fn listed(home: &Home, archive: &str) -> String {
    let output = Command::new("tar").arg("-tf").arg(home.path(archive)).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_file_and_a_pipe_get_the_same_bytes() {
    let home = home(62);
    let file = Said::by(&mut home.netprobe(&["image", "--binary", "program", "-o", "image.tar"]));
    assert_eq!((file.code, file.stdout.as_str()), (Some(0), ""), "{file:?}");
    let name = format!("localhost/netprobe:{}", env!("CARGO_PKG_VERSION"));
    assert!(file.stderr.starts_with(&format!("{name} for linux/amd64\n  digest    sha256:")), "{file:?}");
    // As any other new file: the node's administrator, who copies it, need not be who made it.
    let mode = |name: &str| fs::metadata(home.path(name)).unwrap().permissions().mode();
    assert_eq!(mode("image.tar"), mode("program"));
    let piped = home.netprobe(&["image", "--binary", "program", "--output", "-"]).output().unwrap();
    assert_eq!(String::from_utf8(piped.stderr).unwrap(), file.stderr);
    assert!(piped.stdout == fs::read(home.path("image.tar")).unwrap(), "the pipe got another image");
    let listed = listed(&home, "image.tar");
    for path in ["oci-layout", "index.json", "manifest.json", "blobs/sha256/"] {
        assert!(listed.lines().any(|line| line == path), "{path}: {listed}");
    }
}

#[test]
fn the_name_and_the_processor_are_the_ones_that_were_given() {
    let home = home(183);
    let said = Said::by(&mut home.netprobe(&[
        "image",
        "--binary",
        "program",
        "-o",
        "a.tar",
        "--name",
        "r.example.org/netprobe:1",
    ]));
    assert!(said.stderr.starts_with("r.example.org/netprobe:1 for linux/arm64\n"), "{said:?}");
    let refused =
        Said::by(&mut home.netprobe(&["image", "--binary", "program", "-o", "b.tar", "--name", "Not/A name"]));
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(!home.path("b.tar").exists());
}

#[test]
fn a_program_that_would_not_start_is_refused_with_what_to_do() {
    let home = home(243);
    home.write("script", "#!/bin/sh\n");
    for (binary, sentence) in [
        (None, "the running netprobe cannot be made an image of: it is linked dynamically"),
        (None, "`cargo xtask dist`"),
        (Some("program"), "program cannot be made an image of: it is made for processor number 243"),
        (Some("script"), "it is not a Linux program"),
        (Some("nowhere"), "No such file or directory"),
    ] {
        let mut command = home.netprobe(&["image", "-o", "image.tar"]);
        let said = Said::by(command.args(binary.map(|binary| ["--binary", binary]).into_iter().flatten()));
        assert_eq!((said.code, said.stdout.as_str()), (Some(2), ""), "{said:?}");
        assert!(said.stderr.starts_with("netprobe: ") && said.stderr.contains(sentence), "{sentence}: {said:?}");
        assert_eq!(said.stderr.lines().count(), 1, "{said:?}");
        assert!(!home.path("image.tar").exists());
    }
}

#[test]
fn a_file_is_whole_or_not_there_and_a_device_stays_one() {
    let home = home(62);
    let write = |to: &str| Said::by(&mut home.netprobe(&["image", "--binary", "program", "-o", to]));
    home.write("old.tar", "an old one");
    std::os::unix::fs::symlink("old.tar", home.path("link.tar")).unwrap();
    assert_eq!(write("link.tar").code, Some(0));
    assert!(home.path("link.tar").is_symlink() && listed(&home, "old.tar").contains("oci-layout"));
    // Everything that is written to this device is refused, and it is never replaced.
    let full = write("/dev/full");
    assert_eq!(full.code, Some(2), "{full:?}");
    assert!(full.stderr.contains("/dev/full") && full.stderr.contains("No space left"), "{full:?}");
    assert!(write("/nowhere/image.tar").stderr.contains("could not be written to /nowhere/image.tar"));
    let mut names: Vec<_> = fs::read_dir(home.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["link.tar", "old.tar", "program"], "an unfinished file was left");
}

#[test]
fn a_terminal_gets_a_sentence_instead() {
    let home = home(62);
    let (_keeper, terminal) = terminal();
    let mut image = home.netprobe(&["image", "--binary", "program", "-o", "-"]);
    let said = image.stdout(terminal).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    assert_eq!(said.status.code(), Some(2), "{said:?}");
    assert!(String::from_utf8(said.stderr).unwrap().contains("an image is nothing for a terminal"));
}

#[test]
fn a_reader_that_went_away_has_no_image() {
    let home = home(62);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut image = home.netprobe(&["image", "--binary", "program", "-o", "-"]);
    let mut child = image.stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2));
    assert!(stderr.contains("could not be written to stdout: Broken pipe"), "{stderr}");
}

/// A terminal, and what keeps it open.
fn terminal() -> (OwnedFd, File) {
    let keeper = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&keeper).unwrap();
    unlockpt(&keeper).unwrap();
    let name = ptsname(&keeper, Vec::new()).unwrap().into_string().unwrap();
    (keeper, File::options().read(true).write(true).open(name).unwrap())
}
