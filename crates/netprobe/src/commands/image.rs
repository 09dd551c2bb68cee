//! `netprobe image`: which program goes in, and where the archive goes. What an image is, the crate `image` knows.

use std::fs::{self, File, Permissions};
use std::io::{self, IsTerminal as _, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use ::image::{Program, ProgramError, Written};
use anyhow::{Context as _, ensure};

use crate::args::image::ImageArgs;
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(args: &ImageArgs) -> anyhow::Result<Exit> {
    let to_stdout = args.output == Path::new("-");
    // Asked before anything is read: the answer does not depend on the program.
    ensure!(
        !(to_stdout && io::stdout().is_terminal()),
        "an image is nothing for a terminal: pipe it into `docker load` or `ctr images import -`, or name a file with -o"
    );
    let mut program = program(args.binary.as_deref())?;
    let mut write = |out: &mut dyn Write| ::image::write(&mut program, &args.name, out);
    let written = if to_stdout {
        // Here a reader that went away has not got its image.
        write(&mut io::stdout().lock()).context("the image could not be written to stdout")?
    } else {
        to_file(&args.output, write)
            .with_context(|| format!("the image could not be written to {}", args.output.display()))?
    };
    tell(args, &written);
    Ok(Exit::Fine)
}

fn program(named: Option<&Path>) -> anyhow::Result<Program<File>> {
    let (path, whose) = match named {
        Some(path) => (path.to_path_buf(), path.display().to_string()),
        // Not the path it was started by: that may meanwhile be another file, or none.
        None => (PathBuf::from(RUNNING), "the running netprobe".to_owned()),
    };
    let read = File::open(&path).map_err(ProgramError::Read).and_then(Program::read);
    let refused = || format!("{whose} cannot be made an image of");
    match read {
        Err(error @ ProgramError::Dynamic(_)) => {
            Err(anyhow::anyhow!("{error}; name a static one with --binary: `cargo xtask dist` builds it"))
                .with_context(refused)
        }
        read => read.with_context(refused),
    }
}

/// A file is there whole or not at all. What is no file (a pipe, a device) is written into, and never replaced by one.
fn to_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<Written>) -> io::Result<Written> {
    let existing = fs::metadata(path);
    if existing.is_ok_and(|existing| !existing.is_file()) {
        return write(&mut File::options().write(true).open(path)?);
    }
    // Behind a link, so that the link stays one.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // As any new file: what the umask leaves of it.
    let mut unfinished = tempfile::Builder::new().permissions(Permissions::from_mode(0o666)).tempfile_in(folder)?;
    let written = write(unfinished.as_file_mut())?;
    unfinished.persist(&target)?;
    Ok(written)
}

fn tell(args: &ImageArgs, written: &Written) {
    let megabytes = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
    output::remark(&format!("{} for linux/{}", args.name, written.architecture.name()));
    output::remark(&format!("  digest    {}", written.digest));
    let (packed, unpacked) = (megabytes(written.layer_bytes), megabytes(written.unpacked_bytes));
    output::remark(&format!("  layer     {packed} compressed, {unpacked} unpacked"));
    output::remark(&format!("  archive   {}", megabytes(written.archive_bytes)));
}

/// proc(5): the file of the running program, even where it has been replaced or deleted since.
const RUNNING: &str = "/proc/self/exe";
