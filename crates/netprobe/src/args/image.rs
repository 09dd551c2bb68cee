//! `netprobe image`: the image that runs on nodes.

use std::path::PathBuf;

use image::ImageName;

/// Write the container image of netprobe: one archive for `docker load`, `ctr images import` and their kin.
///
/// It holds one static program and the public certificate authorities, and is made here, without a network and without Docker. The
/// same program and name give the same bytes.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ImageArgs {
    /// The file to write; `-` is stdout, for a pipe.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,

    /// The program that goes in: a static netprobe of this version, for x86-64 or 64-bit Arm. Without it: the one that runs,
    /// which has to be static as well.
    #[arg(long, value_name = "FILE")]
    pub(crate) binary: Option<PathBuf>,

    /// The image's name. Without a registry it is one of Docker Hub's, without a tag it gets the version.
    #[arg(long, value_name = "NAME", default_value_t)]
    pub(crate) name: ImageName,
}

const EXAMPLES: &str = "\
Examples:
  netprobe image -o netprobe.tar && kind load image-archive netprobe.tar
  netprobe image -o - | ssh node1 sudo ctr -n k8s.io images import -
  netprobe image -o netprobe.tar --name registry.example.org/tools/netprobe

More in docs/guides/image.md.";
