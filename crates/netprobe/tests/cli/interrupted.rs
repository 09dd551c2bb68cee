//! Ctrl-C and SIGTERM in the middle: what was seen is kept, marked as stopped, and can be judged.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use endpoint::{Fault, Point};
use rustix::process::{Pid, Signal, kill_process};

use crate::bed::{Bed, Said, records};

/// Starts a run that will wait for long, and returns once it does.
fn waiting(bed: &Bed, more: &[&str]) -> (Child, BufReader<std::process::ChildStderr>) {
    let mut command: Command = bed.run();
    command.args(["--patience", "50s", "--budget", "55s"]).args(more).arg(bed.ssh());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("NAK done") {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "it ended too early");
    }
    (child, lines)
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

#[test]
fn a_signal_ends_the_run_with_what_was_seen() {
    for (sent, code, cause) in [(Signal::INT, 130, "interrupt"), (Signal::TERM, 143, "terminate")] {
        let bed = Bed::with(Fault::Freeze { at: Point::AfterNak { bytes: 0 } });
        let (child, _lines) = waiting(&bed, &[]);
        let asked = Instant::now();
        signal(&child, sent);
        let said = Said::from(child.wait_with_output().unwrap());
        assert!(asked.elapsed() < Duration::from_secs(5), "it took {:?}", asked.elapsed());
        assert_eq!(said.code, Some(code), "{said:?}");
        assert!(said.stdout.contains("Stopped by"), "{said:?}");

        let records = records(&bed.home.report());
        let end = records.last().unwrap();
        assert_eq!((&end["record"], &end["ending"], &end["cause"]), (&"end".into(), &"stopped".into(), &cause.into()));
        assert!(records.iter().any(|record| record["stage"] == "acknowledgment"), "{records:?}");
        let again = Said::by(bed.home.netprobe(&["diagnose"]).arg(bed.home.report()));
        assert_eq!(again.code, Some(0), "{again:?}");
        assert!(again.stdout.contains("Stopped by"), "{again:?}");
    }
}

#[test]
fn a_killed_run_leaves_a_report_up_to_there() {
    let bed = Bed::with(Fault::Freeze { at: Point::AfterNak { bytes: 0 } });
    let (mut child, _lines) = waiting(&bed, &[]);
    signal(&child, Signal::KILL);
    child.wait().unwrap();
    let said = Said::by(bed.home.netprobe(&["diagnose"]).arg(bed.home.report()));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.stdout.contains("breaks off") && said.stdout.contains("NAK"), "{said:?}");
}
