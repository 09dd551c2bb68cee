//! What git on the server did, and when, in its own words: `GIT_TRACE_PACKET` (git(1)), and a hook for what that leaves
//! out.
//!
//! Knows git's trace of packets and how to switch it on. git's server side does not trace the pack (`send_sideband`), so
//! the hook around `git pack-objects` writes down when it has handed over the pack's first bytes.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::capture::Moment;
use crate::workplace::Folder;

/// Where the server's git writes, and how long it is made to wait before it packs.
#[derive(Debug)]
pub struct GitTrace {
    folder: Folder,
}

/// One fetch as the server's git saw it. Written means: handed to the kernel of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Served {
    /// The advertisement's first packet was written.
    pub advertisement: Moment,
    /// Its closing flush was written.
    pub advertised: Moment,
    /// The first `want` was read.
    pub asked: Moment,
    /// The response's first packet was written.
    pub response: Moment,
    /// The flush behind the shallow list was written, where a depth was asked for.
    pub shallow: Option<Moment>,
    /// `NAK` was written.
    pub acknowledged: Moment,
    /// The pack's first bytes were there.
    pub pack: Moment,
    /// The flush behind the pack was written.
    pub packed: Moment,
}

impl GitTrace {
    /// Prepares the files. With a `pause` before the pack an observer who cannot decrypt sees where it begins.
    pub fn new(pause: Duration) -> Result<Self> {
        let trace = Self { folder: Folder::new("git-trace")? };
        let stamps = trace.file(STAMPS);
        // Enough for git to send it on at once: it keeps only the last byte back (upload-pack.c).
        let script = format!(
            "sleep {:.3}\n\"$@\" | {{ head -c 64; echo \"$EPOCHREALTIME\" >>'{}'; exec cat; }}\n",
            pause.as_secs_f64(),
            stamps.display()
        );
        fs::write(trace.file(HOOK), script).context("cannot write the hook around git pack-objects")?;
        Ok(trace)
    }

    /// What switches it on, as protected configuration (git-config(1), "SCOPES"). It takes the place of faults of the
    /// pack, which have a hook of their own.
    pub fn environment(&self) -> Vec<(String, String)> {
        let variables = [
            ("GIT_TRACE_PACKET", self.file(PACKETS).display().to_string()),
            // git writes the local time of day.
            ("TZ", "UTC".to_owned()),
            ("GIT_CONFIG_COUNT", "1".to_owned()),
            ("GIT_CONFIG_KEY_0", "uploadpack.packObjectsHook".to_owned()),
            // EPOCHREALTIME is bash's (bash(1)): a clock that is read without starting a program.
            ("GIT_CONFIG_VALUE_0", format!("bash {}", self.file(HOOK).display())),
        ];
        variables.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// What was written since the last time, about the one fetch that took place around `near`.
    pub fn take(&self, near: Moment) -> Result<Served> {
        let take = |name: &str| -> Result<String> {
            let file = self.file(name);
            let text =
                fs::read_to_string(&file).with_context(|| format!("git has traced nothing to {}", file.display()))?;
            fs::remove_file(&file)?;
            Ok(text)
        };
        let (packets, stamps) = (take(PACKETS)?, take(STAMPS)?);
        read(&packets, &stamps, near).with_context(|| format!("git has traced no whole fetch:\n{packets}{stamps}"))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// A line of the trace.
struct Line<'a> {
    at: Moment,
    written: bool,
    text: &'a str,
}

fn read(packets: &str, stamps: &str, near: Moment) -> Option<Served> {
    let lines: Vec<Line<'_>> = packets.lines().filter_map(|line| Line::read(line, near)).collect();
    let asking = lines.iter().position(|line| !line.written && line.text.starts_with("want "))?;
    let (before, after) = lines.split_at_checked(asking)?;
    let written = |lines: &[Line<'_>], text: &str| {
        lines.iter().find(|line| line.written && line.text.starts_with(text)).map(|line| line.at)
    };
    let shallow_list = after.iter().position(|line| line.written && line.text.starts_with("shallow "));
    Some(Served {
        advertisement: written(before, "")?,
        advertised: before.iter().rfind(|line| line.written && line.text == FLUSH)?.at,
        asked: after.first()?.at,
        response: written(after, "")?,
        shallow: shallow_list.and_then(|list| written(after.get(list..)?, FLUSH)),
        acknowledged: written(after, "NAK")?,
        pack: stamp(stamps.lines().next()?)?,
        packed: after.iter().rfind(|line| line.written && line.text == FLUSH)?.at,
    })
}

impl<'a> Line<'a> {
    /// Such as `20:54:58.123456 pkt-line.c:85            packet:  upload-pack> 0000`.
    fn read(line: &'a str, near: Moment) -> Option<Self> {
        let (clock, rest) = line.split_once(' ')?;
        let (_, packet) = rest.split_once(" packet: ")?;
        let at = packet.find(['<', '>'])?;
        let (written, text) = (packet.get(at..)?.starts_with('>'), packet.get(at + 2..)?);
        Some(Self { at: near.nearest_at(time_of_day(clock)?), written, text })
    }
}

fn time_of_day(clock: &str) -> Option<Duration> {
    let (whole, fraction) = clock.split_once('.')?;
    let mut seconds = 0;
    for part in whole.split(':') {
        seconds = seconds * 60 + part.parse::<u64>().ok()?;
    }
    Some(Duration::new(seconds, nanoseconds(fraction)?))
}

/// bash writes the decimal point of its locale.
fn stamp(line: &str) -> Option<Moment> {
    let (seconds, fraction) = line.split_once(['.', ','])?;
    Some(Moment::new(seconds.parse().ok()?, nanoseconds(fraction)?))
}

/// Both write six digits.
fn nanoseconds(microseconds: &str) -> Option<u32> {
    microseconds.parse::<u32>().ok().filter(|_| microseconds.len() == 6).map(|microseconds| microseconds * 1_000)
}

const PACKETS: &str = "packets";
const STAMPS: &str = "stamps";
const HOOK: &str = "pack-objects";
const FLUSH: &str = "0000";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fetch_over_http_with_a_depth_is_read() {
        let trace = "\
00:00:01.000001 pkt-line.c:85           packet: http-backend> # service=git-upload-pack
00:00:01.000002 pkt-line.c:85           packet: http-backend> 0000
00:00:01.010000 pkt-line.c:85           packet:  upload-pack> 1a410e HEAD\\0multi_ack side-band-64k
00:00:01.010001 pkt-line.c:85           packet:  upload-pack> 0000
00:00:01.200000 pkt-line.c:85           packet:  upload-pack< want 1a410e multi_ack
00:00:01.200001 pkt-line.c:85           packet:  upload-pack< deepen 1
00:00:01.200002 pkt-line.c:85           packet:  upload-pack< 0000
00:00:01.300000 pkt-line.c:85           packet:  upload-pack> shallow 1a410e
00:00:01.300001 pkt-line.c:85           packet:  upload-pack> 0000
00:00:01.300002 pkt-line.c:85           packet:  upload-pack< done
00:00:01.300003 pkt-line.c:85           packet:  upload-pack> NAK
00:00:01.700000 pkt-line.c:85           packet:  upload-pack> 0000
";
        let at = |micros: u32| Moment::new(86_401, micros * 1_000);
        let expected = Served {
            advertisement: at(1),
            advertised: at(10_001),
            asked: at(200_000),
            response: at(300_000),
            shallow: Some(at(300_001)),
            acknowledged: at(300_003),
            pack: at(600_000),
            packed: at(700_000),
        };
        assert_eq!(read(trace, "86401.600000\n", Moment::new(86_399, 0)), Some(expected));
        assert_eq!(read(trace, "", at(0)), None, "no pack");
        assert_eq!(read(&trace.replace("want", "have"), "86401.600000\n", at(0)), None, "no request");
    }

    #[test]
    fn a_clock_that_is_none_is_refused() {
        assert_eq!(time_of_day("01:02:03.000004"), Some(Duration::new(3723, 4_000)));
        for clock in ["", "01:02:03", "01:02:xx.000004", "01:02:03.4"] {
            assert_eq!(time_of_day(clock), None, "{clock}");
        }
    }
}
