//! The run as somebody sees it: a terminal on both streams, with the line that rewrites itself, while the server writes
//! escapes wherever it may write.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::bed::{Way, begin, serve};
use crate::git::{ESCAPES, Wire, band, line};
use crate::ssh::Ssh;

#[test]
fn a_terminal_obeys_nobody_but_us() {
    let greeting = shown(Way::Ssh, |mut stream| stream.write_all(format!("{ESCAPES}\r\n").as_bytes()));
    assert!(greeting.contains("SSH greeting"), "{greeting:?}");
    let farewell = shown(Way::Ssh, |stream| {
        let mut ssh = Ssh::encrypted(stream)?;
        ssh.say(&[&[1, 0, 0, 0, 11][..], &crate::ssh::string(ESCAPES.as_bytes()), &[0; 4]].concat())?;
        ssh.be_silent()
    });
    assert!(farewell.contains("said why"), "{farewell:?}");
    for way in [Way::Ssh, Way::Http] {
        let refused = shown(way, move |stream| {
            let mut wire = Wire::open(way, stream)?;
            wire.say(&line(format!("ERR {ESCAPES}").as_bytes()))?;
            wire.be_silent()
        });
        assert!(refused.contains("desrever"), "its words are shown, and not obeyed: {refused:?}");
        let progress = shown(way, move |stream| {
            let mut wire = Wire::acknowledged(way, stream)?;
            for _ in 0..100 {
                wire.say(&band(2, format!("{ESCAPES}\r").as_bytes()))?;
            }
            wire.say(&band(3, ESCAPES.as_bytes()))?;
            wire.be_silent()
        });
        assert!(progress.contains("desrever"), "{progress:?}");
    }
}

/// All that a terminal is sent by a run against this server.
fn shown(way: Way, server: impl Fn(std::net::TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> String {
    let home = tempfile::tempdir().unwrap();
    let mut command = begin(home.path(), way, serve(server), &["--no-report", "--color", "always"]);
    let keeper = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&keeper).unwrap();
    unlockpt(&keeper).unwrap();
    let name = ptsname(&keeper, Vec::new()).unwrap().into_string().unwrap();
    let terminal = OpenOptions::new().read(true).write(true).open(name).unwrap();
    let mut child =
        command.env("COLUMNS", "100").stdout(terminal.try_clone().unwrap()).stderr(terminal).spawn().unwrap();
    // Our ends of the terminal's side are gone with it, so that reading ends when the program does.
    drop(command);
    let mut bytes = Vec::new();
    // Linux says EIO where the other side is closed.
    let _ = File::from(keeper).read_to_end(&mut bytes);
    child.wait().unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("\x1b["), "there is colour: {text:?}");
    for obeyed in ["\x1b]", "\x1b[2J", "\x1b[6n", "\x1b[31mred", "\u{9b}", "\u{202e}", "\x07", "\x08", "\x7f"] {
        assert!(!text.contains(obeyed), "{obeyed:?} in {text:?}");
    }
    text
}
