use std::collections::BTreeMap;
use std::io::{Cursor, SeekFrom};

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use super::*;
use crate::testing::Elf;

/// What a tar file holds: path, and (kind, mode, owner, time, content).
type Entries = BTreeMap<String, (u8, u32, (u64, u64), u64, Vec<u8>)>;

fn program() -> Vec<u8> {
    // Something that deflate has work with, and more than one block of tar.
    Elf { rest: (0..300_000_u32).flat_map(u32::to_le_bytes).collect(), ..Elf::default() }.bytes()
}

fn image(name: &str) -> (Vec<u8>, Written) {
    let mut out = Vec::new();
    let written = write(&mut Program::read(Cursor::new(program())).unwrap(), &name.parse().unwrap(), &mut out).unwrap();
    (out, written)
}

fn entries(tar: &[u8]) -> Entries {
    let mut archive = tar::Archive::new(tar);
    let read = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        let header = entry.header();
        let owner = (header.uid().unwrap(), header.gid().unwrap());
        let kind = header.entry_type().as_byte();
        let path = entry.path().unwrap().display().to_string();
        (path, (kind, header.mode().unwrap(), owner, header.mtime().unwrap(), content))
    });
    read.collect()
}

fn json(entries: &Entries, path: &str) -> Value {
    serde_json::from_slice(&entries[path].4).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Follows a descriptor, and holds it to its digest and its size.
fn follow<'a>(entries: &'a Entries, descriptor: &Value) -> &'a [u8] {
    let digest = descriptor["digest"].as_str().unwrap();
    let content = &entries[&format!("blobs/{}", digest.replace(':', "/"))].4;
    assert_eq!(
        (Digest::of(content).to_string(), json!(content.len())),
        (digest.to_owned(), descriptor["size"].clone())
    );
    content
}

fn unpacked(layer: &[u8]) -> Vec<u8> {
    let mut tar = Vec::new();
    GzDecoder::new(layer).read_to_end(&mut tar).unwrap();
    tar
}

#[test]
fn every_document_leads_to_the_next() {
    let (archive, written) = image("localhost/netprobe:9");
    let all = entries(&archive);
    assert_eq!(json(&all, "oci-layout"), json!({ "imageLayoutVersion": "1.0.0" }));
    let index = json(&all, "index.json");
    assert_eq!(index["mediaType"], "application/vnd.oci.image.index.v1+json");
    let found = &index["manifests"][0];
    assert_eq!(found["digest"], written.digest.to_string());
    assert_eq!(found["platform"], json!({ "architecture": "amd64", "os": "linux" }));
    assert_eq!(found["annotations"]["io.containerd.image.name"], "localhost/netprobe:9");
    assert_eq!(found["annotations"]["org.opencontainers.image.ref.name"], "9");
    let manifest: Value = serde_json::from_slice(follow(&all, found)).unwrap();
    assert_eq!((&manifest["schemaVersion"], &manifest["mediaType"]), (&json!(2), &found["mediaType"]));
    assert_eq!(manifest["mediaType"], "application/vnd.oci.image.manifest.v1+json");
    // A runtime unpacks a layer by what it is called here.
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.oci.image.config.v1+json");
    assert_eq!(manifest["layers"][0]["mediaType"], "application/vnd.oci.image.layer.v1.tar+gzip");
    let config: Value = serde_json::from_slice(follow(&all, &manifest["config"])).unwrap();
    assert_eq!(config["config"]["Entrypoint"], json!(["/netprobe"]));
    assert_eq!((&config["config"]["User"], &config["config"]["Env"]), (&json!("65532:65532"), &json!(["PATH=/"])));
    assert_eq!((&config["architecture"], &config["os"]), (&json!("amd64"), &json!("linux")));
    assert_eq!(config["config"]["Labels"], manifest["annotations"]);
    assert_eq!(manifest["annotations"]["org.opencontainers.image.version"], crate::VERSION);
    let layer = follow(&all, &manifest["layers"][0]);
    assert_eq!(config["rootfs"]["diff_ids"], json!([Digest::of(&unpacked(layer)).to_string()]));
    assert_eq!((layer.len() as u64, unpacked(layer).len() as u64), (written.layer_bytes, written.unpacked_bytes));
    // Three documents, two folders, three contents: nothing that nobody refers to.
    assert_eq!((all.len(), archive.len() as u64), (8, written.archive_bytes));
}

#[test]
fn docker_finds_the_same() {
    let all = entries(&image("registry.example.org:5000/netprobe:9").0);
    let list = json(&all, "manifest.json");
    assert_eq!(list[0]["RepoTags"], json!(["registry.example.org:5000/netprobe:9"]));
    let manifest: Value = serde_json::from_slice(follow(&all, &json(&all, "index.json")["manifests"][0])).unwrap();
    let path = |descriptor: &Value| format!("blobs/{}", descriptor["digest"].as_str().unwrap().replace(':', "/"));
    assert_eq!(list[0]["Config"], path(&manifest["config"]));
    assert_eq!(list[0]["Layers"], json!([path(&manifest["layers"][0])]));
}

#[test]
fn the_layer_holds_the_program_and_what_it_reads() {
    let all = entries(&image("localhost/netprobe:9").0);
    let manifest: Value = serde_json::from_slice(follow(&all, &json(&all, "index.json")["manifests"][0])).unwrap();
    let layer = follow(&all, &manifest["layers"][0]);
    // RFC 1952, 2.3: no flags, so neither name nor comment; no time.
    assert_eq!(layer[..8], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
    let files = entries(&unpacked(layer));
    let told: Vec<(&str, u8, u32)> = files.iter().map(|(path, file)| (path.as_str(), file.0, file.1)).collect();
    let expected = [
        ("etc/", b'5', 0o755),
        ("etc/nsswitch.conf", b'0', 0o644),
        ("etc/ssl/", b'5', 0o755),
        ("etc/ssl/certs/", b'5', 0o755),
        ("etc/ssl/certs/ca-certificates.crt", b'0', 0o644),
        ("netprobe", b'0', 0o755),
    ];
    assert_eq!(told, expected);
    assert!(files["netprobe"].4 == program(), "the program came out different");
    assert_eq!(files["etc/nsswitch.conf"].4, b"hosts: files dns\n");
    assert!(files["etc/ssl/certs/ca-certificates.crt"].4 == crate::authorities::bundle().into_bytes());
    for (path, (_, _, owner, time, _)) in all.iter().chain(&files) {
        assert_eq!((*owner, *time), ((0, 0), 0), "{path}");
    }
}

#[test]
fn the_same_program_gives_the_same_bytes_and_another_name_the_same_image() {
    let (first, second) = (image("localhost/netprobe:9"), image("localhost/netprobe:9"));
    assert!(first.0 == second.0 && first.1 == second.1);
    let renamed = image("localhost/netprobe:10");
    assert!(renamed.0 != first.0 && renamed.1.digest == first.1.digest);
}

#[test]
fn a_program_that_changes_its_size_meanwhile_is_no_image() {
    /// Says at first that it is so much larger than it turns out to be.
    struct Changing(Cursor<Vec<u8>>, i64);
    impl Read for Changing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(buffer)
        }
    }
    impl Seek for Changing {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            let place = self.0.seek(to)?;
            Ok(if matches!(to, SeekFrom::End(_)) { place.strict_add_signed(self.1) } else { place })
        }
    }
    for (content, said_larger) in [(Elf::default().bytes(), 1), (program(), -1)] {
        let mut program = Program::read(Changing(Cursor::new(content), said_larger)).unwrap();
        let error = write(&mut program, &ImageName::standard(), Vec::new()).unwrap_err();
        assert!(error.to_string().contains("changed while it was read"), "{said_larger}: {error}");
    }
}

#[test]
fn what_is_still_held_back_at_the_end_is_written_out() {
    /// Loses what it holds back.
    struct Buffer;
    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::Error::other("lost"))
        }
    }
    let mut program = Program::read(Cursor::new(program())).unwrap();
    assert_eq!(write(&mut program, &ImageName::standard(), Buffer).unwrap_err().to_string(), "lost");
}

#[test]
fn a_full_disk_is_an_error() {
    let mut small = [0; 4096];
    let mut program = Program::read(Cursor::new(program())).unwrap();
    let error = write(&mut program, &ImageName::standard(), small.as_mut_slice()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::WriteZero);
}
