//! The archive: an OCI layout in one tar file, which is also what `docker save` writes.

use std::io::{self, Read, Seek, Write};

use tar::Builder;

use crate::digest::{Digest, Digesting};
use crate::documents;
use crate::layer::{self, Layer};
use crate::name::ImageName;
use crate::program::{Architecture, Program};

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Of the image, as a registry and `kubectl` show it.
    pub digest: Digest,
    /// What it runs on.
    pub architecture: Architecture,
    /// Of the whole archive.
    pub archive_bytes: u64,
    /// What a node fetches from a registry: the compressed layer.
    pub layer_bytes: u64,
    /// What a node has on its disk then.
    pub unpacked_bytes: u64,
}

/// Writes the image of a program under a name. The same program and name give the same bytes, wherever and whenever.
///
/// Memory: the compressed layer. The program is read once and never held.
///
/// # Errors
/// Reading the program or writing the archive failed; then what was written so far is worthless.
pub fn write(program: &mut Program<impl Read + Seek>, name: &ImageName, out: impl Write) -> io::Result<Written> {
    let architecture = program.architecture();
    let layer = Layer::of(program)?;
    let config = documents::config(architecture, &layer);
    let manifest = documents::manifest(&config, &layer);
    let mut archive = Builder::new(Digesting::new(out));
    for (path, content) in [
        ("oci-layout", documents::layout()),
        ("index.json", documents::index(name, architecture, &manifest)),
        ("manifest.json", documents::docker_list(name, &config, &layer)),
    ] {
        layer::append(&mut archive, path, Some(&content))?;
    }
    layer::append(&mut archive, "blobs/", None)?;
    layer::append(&mut archive, "blobs/sha256/", None)?;
    layer::append(&mut archive, &manifest.digest.path(), Some(&manifest.content))?;
    layer::append(&mut archive, &config.digest.path(), Some(&config.content))?;
    layer::append(&mut archive, &layer.digest.path(), Some(&layer.packed))?;
    let (mut out, _, archive_bytes) = archive.into_inner()?.finish();
    out.flush()?;
    Ok(Written {
        digest: manifest.digest,
        architecture,
        archive_bytes,
        layer_bytes: layer.packed.len() as u64,
        unpacked_bytes: layer.unpacked_bytes,
    })
}

#[cfg(test)]
mod tests;
