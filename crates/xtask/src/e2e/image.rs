//! The program under test, and the image of it that the nodes get.
//!
//! One static program for both columns. The archive is made by the program itself, as users make it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use lab::process;
use lab::workplace::Folder;

use crate::dist;
use crate::workspace::Workspace;

/// A program and an archive with an image that holds it.
#[derive(Debug)]
pub(super) struct Image {
    folder: Folder,
    program: PathBuf,
}

impl Image {
    /// Builds the program with this profile, and lets it make the archive.
    pub(super) fn build(workspace: &Workspace, profile: &str) -> Result<Self> {
        let image = Self { folder: Folder::new("image")?, program: dist::static_program(workspace, profile)? };
        let mut command = Command::new(&image.program);
        process::run(command.arg("image").arg("-o").arg(image.archive()), PATIENCE)?.success("netprobe image")?;
        Ok(image)
    }

    /// The archive.
    pub(super) fn archive(&self) -> PathBuf {
        self.folder.path().join("netprobe.tar")
    }

    /// The program.
    pub(super) fn program(&self) -> &Path {
        &self.program
    }
}

/// A program without optimisation packs itself.
const PATIENCE: Duration = Duration::from_mins(2);
