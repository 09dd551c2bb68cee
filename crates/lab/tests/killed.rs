//! A laboratory that is killed leaves nothing that the next one would not sweep.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _, stdout};
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use lab::bed::Bed;
use lab::scenario::{Library, Machine};
use lab::{host, programs};
use model::Transport;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

#[test]
fn a_killed_laboratory_leaves_nothing() {
    if !host::possible().unwrap() || !programs::ready(programs::ALL).unwrap() {
        return;
    }
    if env::var_os(VICTIM).is_some() {
        return be_killed();
    }
    let mut victim = Command::new(env::current_exe().unwrap())
        .args(["--exact", "a_killed_laboratory_leaves_nothing", "--nocapture"])
        .env(VICTIM, "yes")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(victim.stdout.take().unwrap());
    let ready = said.lines().map(Result::unwrap).find_map(|line| line.strip_prefix(READY).map(str::to_owned)).unwrap();
    let (home, hosts) = ready.split_once(' ').unwrap();
    let home = PathBuf::from(home);
    let hosts: Vec<_> = hosts
        .split(' ')
        .map(|id| pidfd_open(Pid::from_raw(id.parse().unwrap()).unwrap(), PidfdFlags::empty()).unwrap())
        .collect();
    let root = home.parent().unwrap();
    assert!(root.exists() && hosts.len() == 4);

    victim.kill().unwrap();
    victim.wait().unwrap();
    for host in &hosts {
        // Readable once the process has ended (pidfd_open(2)).
        let mut wanted = [PollFd::new(host.as_fd(), PollFlags::POLLIN)];
        assert_eq!(
            poll(&mut wanted, PollTimeout::try_from(20_000).unwrap()).unwrap(),
            1,
            "a host has outlived its owner"
        );
    }
    lab::sweep().unwrap();
    assert!(!fs::exists(root).unwrap(), "{} is still there", root.display());
}

/// Holds a whole bed until it is killed.
fn be_killed() {
    let library = Library::own().unwrap();
    let scenario = *library.named(&["healthy/twenty-milliseconds"]).unwrap().first().unwrap();
    let bed = Bed::build(scenario, Transport::Ssh).unwrap();
    let machines = [Machine::Client, Machine::Near, Machine::Far, Machine::Server];
    let hosts: Vec<String> = machines.iter().map(|machine| bed.network().host(*machine).id().to_string()).collect();
    let mut said = stdout();
    writeln!(said, "\n{READY}{} {}", bed.home().display(), hosts.join(" ")).unwrap();
    // The other side of this pipe never writes.
    let _ = std::io::stdin().read(&mut [0]);
}

const VICTIM: &str = "NETPROBE_LAB_VICTIM";
const READY: &str = "ready: ";
