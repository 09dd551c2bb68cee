//! The JSON documents of an image (OCI image specification 1.1; Docker image specification 1.2, "Combined image JSON").

use serde_json::{Value, json};

use crate::digest::Digest;
use crate::layer::{ENTRYPOINT, Layer};
use crate::name::ImageName;
use crate::program::Architecture;

/// A content with its digest.
pub(crate) struct Blob {
    pub(crate) content: Vec<u8>,
    pub(crate) digest: Digest,
}

impl Blob {
    fn of(document: &Value) -> Self {
        let content = text(document);
        Self { digest: Digest::of(&content), content }
    }
}

/// How a container of it runs.
pub(crate) fn config(architecture: Architecture, layer: &Layer) -> Blob {
    Blob::of(&json!({
        "architecture": architecture.name(),
        "config": {
            "Entrypoint": [ENTRYPOINT],
            "Env": ["PATH=/"],
            "Labels": labels(),
            "User": USER,
            "WorkingDir": "/",
        },
        "created": EPOCH,
        "history": [{ "created": EPOCH, "created_by": "netprobe image" }],
        "os": "linux",
        "rootfs": { "diff_ids": [layer.diff_id.to_string()], "type": "layers" },
    }))
}

/// What the image consists of.
pub(crate) fn manifest(config: &Blob, layer: &Layer) -> Blob {
    Blob::of(&json!({
        "annotations": labels(),
        "config": descriptor("application/vnd.oci.image.config.v1+json", config.digest, config.content.len()),
        "layers": [descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer.digest, layer.packed.len())],
        "mediaType": MANIFEST,
        "schemaVersion": 2,
    }))
}

/// What the archive consists of. containerd and podman take the name from the first annotation, which `docker save`
/// writes too; tools that know the specification alone take the second.
pub(crate) fn index(name: &ImageName, architecture: Architecture, manifest: &Blob) -> Vec<u8> {
    let entry = json!({
        "annotations": {
            "io.containerd.image.name": name.to_string(),
            "org.opencontainers.image.ref.name": name.tag(),
        },
        "digest": manifest.digest.to_string(),
        "mediaType": MANIFEST,
        "platform": { "architecture": architecture.name(), "os": "linux" },
        "size": manifest.content.len(),
    });
    text(&json!({ "manifests": [entry], "mediaType": INDEX, "schemaVersion": 2 }))
}

/// What says that this is an OCI layout.
pub(crate) fn layout() -> Vec<u8> {
    text(&json!({ "imageLayoutVersion": "1.0.0" }))
}

/// The same as the index, for `docker load` and for whoever else reads Docker's archives (`kind load`, `crane push`).
pub(crate) fn docker_list(name: &ImageName, config: &Blob, layer: &Layer) -> Vec<u8> {
    text(&json!([{
        "Config": config.digest.path(),
        "Layers": [layer.digest.path()],
        "RepoTags": [name.to_string()],
    }]))
}

fn descriptor(media_type: &str, digest: Digest, size_bytes: usize) -> Value {
    json!({ "digest": digest.to_string(), "mediaType": media_type, "size": size_bytes })
}

/// The standard's own keys (OCI image specification, annotations.md).
fn labels() -> Value {
    json!({
        "org.opencontainers.image.description": "Finds out why git clone times out from one place and works from another",
        "org.opencontainers.image.licenses": LICENCES,
        "org.opencontainers.image.title": "netprobe",
        "org.opencontainers.image.version": crate::VERSION,
    })
}

/// Keys are written in alphabetical order above: `serde_json` sorts them or leaves them, as features of it are set.
fn text(document: &Value) -> Vec<u8> {
    document.to_string().into_bytes()
}

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// The customary number of a user without rights; a number, as `runAsNonRoot` cannot judge a name.
const USER: &str = "65532:65532";
/// As an SPDX expression: the program's own, the C library's that is linked into it, and that of the list of authorities.
/// Those of the crates in it are among the ones in docs/decisions/0003-dependencies.md.
const LICENCES: &str = concat!("(", env!("CARGO_PKG_LICENSE"), ") AND LGPL-2.1-or-later AND CDLA-Permissive-2.0");
const EPOCH: &str = "1970-01-01T00:00:00Z";
