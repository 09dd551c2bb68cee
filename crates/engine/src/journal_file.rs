//! The journal on disk: created before anything is measured, so that a typo in its path costs no measurement, and
//! written record by record, so that a crash costs none either.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use model::Record;

/// An open journal.
#[derive(Debug)]
pub struct JournalFile {
    file: File,
    path: PathBuf,
}

/// Why a journal cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be made.
    #[error("the report cannot be written to {}: {source}; choose another place with --output", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl JournalFile {
    /// Makes the file, and the folders that lead to it. An older file of that name is replaced.
    pub fn create(path: &Path) -> Result<Self, JournalError> {
        let create = || {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            File::create(path)
        };
        match create() {
            Ok(file) => Ok(Self { file, path: path.to_path_buf() }),
            Err(source) => Err(JournalError::Create { path: path.to_path_buf(), source }),
        }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds one record, whole, in one write.
    ///
    /// # Errors
    /// What the system says: the disk is full, say.
    pub fn write(&mut self, record: &Record) -> io::Result<()> {
        self.file.write_all(record.to_line().as_bytes())
    }
}
