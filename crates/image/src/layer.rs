//! The one layer of the image: the program and the few files that it reads.

use std::io::{self, Read, Seek, Write};

use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

use crate::authorities;
use crate::digest::{Digest, Digesting};
use crate::program::Program;

/// A packed layer. In memory, as its size stands before it in the archive; the program, three times as large, is never.
pub(crate) struct Layer {
    /// The layer, compressed.
    pub(crate) packed: Vec<u8>,
    /// Of the compressed layer: its name as a content.
    pub(crate) digest: Digest,
    /// Of the layer before it was compressed: what the configuration lists (OCI image specification, "Layer `DiffID`").
    pub(crate) diff_id: Digest,
    /// Before it was compressed.
    pub(crate) unpacked_bytes: u64,
}

impl Layer {
    /// Packs the program. All times are zero and all files are root's, so the bytes follow from the program alone.
    pub(crate) fn of(program: &mut Program<impl Read + Seek>) -> io::Result<Self> {
        // Neither a name nor a time in its header, which is what GzBuilder does unasked.
        let gzip = GzBuilder::new().write(Digesting::new(Vec::new()), Compression::best());
        let mut layer = Builder::new(Digesting::new(gzip));
        for (path, content) in SMALL_FILES {
            append(&mut layer, path, content().as_deref())?;
        }
        let size_bytes = program.size_bytes();
        let mut header = header(EntryType::Regular, 0o755, size_bytes);
        let mut counted = Counted { inner: program.rewound()?, read_bytes: 0 };
        layer.append_data(&mut header, &ENTRYPOINT[1..], &mut counted)?;
        if counted.read_bytes != size_bytes {
            return Err(io::Error::other("the program changed while it was read"));
        }
        let (gzip, diff_id, unpacked_bytes) = layer.into_inner()?.finish();
        let (packed, digest, _) = gzip.finish()?.finish();
        Ok(Self { packed, digest, diff_id, unpacked_bytes })
    }
}

/// Adds a file that everybody may read, or a folder where there is no content.
pub(crate) fn append(archive: &mut Builder<impl Write>, path: &str, content: Option<&[u8]>) -> io::Result<()> {
    let (kind, mode) = if content.is_some() { (EntryType::Regular, 0o644) } else { (EntryType::Directory, 0o755) };
    let content = content.unwrap_or_default();
    archive.append_data(&mut header(kind, mode, content.len() as u64), path, content)
}

fn header(kind: EntryType, mode: u32, size_bytes: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size_bytes);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

/// Counts, since tar takes a source at its word when it ends early.
struct Counted<R> {
    inner: R,
    read_bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read_bytes += read as u64;
        Ok(read)
    }
}

/// Where the program lies in the image, and what a container of it starts.
pub(crate) const ENTRYPOINT: &str = "/netprobe";

/// A path and its content; none is a folder.
type SmallFile = (&'static str, fn() -> Option<Vec<u8>>);

/// What the program reads. There is no list of users: the user is a number, and nothing asks for its name.
const SMALL_FILES: &[SmallFile] = &[
    ("etc/", || None),
    // Without it glibc before 2.35 asks the name server first and may never come to /etc/hosts, where a pod's host
    // aliases are (glibc bug 28700). Go's resolver, which is Flux's, reads /etc/hosts first.
    ("etc/nsswitch.conf", || Some(b"hosts: files dns\n".to_vec())),
    ("etc/ssl/", || None),
    ("etc/ssl/certs/", || None),
    ("etc/ssl/certs/ca-certificates.crt", || Some(authorities::bundle().into_bytes())),
];
