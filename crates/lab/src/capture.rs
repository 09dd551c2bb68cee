//! What a bystander sees on a host's cable: a real packet capture, read back.
//!
//! Knows tcpdump and how to be sure that it has seen everything. Refuses to decrypt and to believe netprobe: what is found
//! here is found in packets and their kernel's timestamps alone.

mod connection;
mod frame;
mod look_up;
mod moment;
mod packet;
mod ssh;
mod tls;

use std::io::{BufRead as _, BufReader, PipeReader, Read as _};
use std::net::UdpSocket;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::host::Host;
use crate::network::NEAR;
use crate::process::Background;
use crate::programs::TCPDUMP;

pub use self::connection::{Connection, Silence, Stream};
pub use self::look_up::{LookUp, look_up};
pub use self::moment::Moment;
pub use self::packet::{Content, Packet, Tcp};
pub use self::ssh::SshHandshake;
pub use self::tls::TlsHandshake;

/// tcpdump at work on one interface.
#[derive(Debug)]
pub struct Capture {
    host: Arc<Host>,
    tcpdump: Background,
    said: BufReader<PipeReader>,
    written: Receiver<Vec<u8>>,
}

impl Capture {
    /// Begins; every packet from now on is seen.
    pub fn start(host: &Arc<Host>, interface: &str) -> Result<Self> {
        let (output, stdout) = std::io::pipe()?;
        let (errors, stderr) = std::io::pipe()?;
        let mut command = Command::new(TCPDUMP.path()?);
        command.args(["-i", interface, "-n", "-U", "--immediate-mode", "--time-stamp-precision=nano"]);
        command.args(["-s", "0", "-B", KERNEL_BUFFER_KIB, "-w", "-"]);
        command.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
        let tcpdump = host.start_background(&mut command)?;
        // Our copies of the pipes' ends: with them the pipes would not end with tcpdump.
        drop(command);
        let written = pass_on(output);
        let mut said = BufReader::new(errors);
        let mut words = String::new();
        while !words.contains(READY) {
            ensure!(said.read_line(&mut words)? > 0, "tcpdump cannot listen on {interface}: {}", words.trim());
        }
        Ok(Self { host: Arc::clone(host), tcpdump, said, written })
    }

    /// Everything seen until now. A packet that the kernel dropped is an error: what was not seen cannot be compared.
    pub fn finish(mut self) -> Result<Vec<Packet>> {
        // tcpdump forgets what it has not read when it is told to end. So it has to have seen a packet of ours first.
        self.host.enter(|| {
            let socket = UdpSocket::bind("0.0.0.0:0")?;
            socket.send_to(LAST_WORD, (NEAR.lan.v4, DISCARD)).context("cannot send the packet that ends a capture")?;
            Ok(())
        })?;
        let deadline = Instant::now() + PATIENCE;
        let mut bytes = Vec::new();
        loop {
            let piece = self.written.recv_timeout(deadline.saturating_duration_since(Instant::now()));
            let searched = bytes.len();
            bytes.extend(piece.context("tcpdump does not show the packet that was sent to end it")?);
            let fresh = bytes.get(searched.saturating_sub(LAST_WORD.len())..).unwrap_or_default();
            if fresh.windows(LAST_WORD.len()).any(|window| window == LAST_WORD) {
                break;
            }
        }
        kill(Pid::from_raw(i32::try_from(self.tcpdump.id())?), Signal::SIGINT)?;
        let mut words = String::new();
        self.said.read_to_string(&mut words)?;
        ensure!(words.contains("\n0 packets dropped by kernel"), "the capture has holes: {}", words.trim());
        while let Ok(piece) = self.written.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            bytes.extend(piece);
        }
        let frames = frame::read(&bytes).context("tcpdump wrote something that is no capture of an Ethernet")?;
        let mut packets: Vec<Packet> = frames.iter().filter_map(Packet::read).collect();
        // Both directions have queues of their own, so they may be written in another order than they were seen in.
        packets.sort_by_key(|packet| packet.at);
        if packets.is_empty() {
            bail!("a capture on {} saw nothing", self.host.name());
        }
        Ok(packets)
    }
}

/// Reads a pipe in a thread of its own, so that it never fills.
fn pass_on(mut pipe: PipeReader) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Some(piece) = pipe.read(&mut buffer).ok().and_then(|count| buffer.get(..count)) {
            if piece.is_empty() || sender.send(piece.to_vec()).is_err() {
                break;
            }
        }
    });
    receiver
}

/// tcpdump(8) says it once its socket is open.
const READY: &str = "listening on";
const LAST_WORD: &[u8] = b"the last packet of a capture of the laboratory";
/// RFC 863. Nobody listens there, and nobody has to.
const DISCARD: u16 = 9;
/// Holds every packet of a run even if tcpdump never gets the processor meanwhile.
const KERNEL_BUFFER_KIB: &str = "16384";
const PATIENCE: Duration = Duration::from_secs(20);
