//! Hosts of the laboratory are machines of their own, and leave nothing.

use std::fs;
use std::process::Command;
use std::time::Duration;

use lab::host::{Host, possible};

#[test]
fn a_host_sees_neither_our_interfaces_nor_our_processes() {
    if !possible().unwrap() {
        return;
    }
    let host = Host::start("alone").unwrap();
    assert_eq!(host.must(Command::new("ls").arg("/sys/class/net")).unwrap().trim(), "lo");
    let processes = host.must(Command::new("sh").args(["-c", "ls -d /proc/[0-9]*"])).unwrap();
    assert!(processes.lines().count() <= 3, "{processes}");
}

#[test]
fn what_runs_on_a_host_ends_with_it() {
    if !possible().unwrap() {
        return;
    }
    let host = Host::start("short").unwrap();
    let script = "setsid sleep 600 >/dev/null & echo started";
    let said = host.run(Command::new("sh").args(["-c", script]), Duration::from_secs(10)).unwrap();
    assert_eq!(said.stdout.trim(), "started");
    let (id, sleep) = (host.id(), host.start_background(Command::new("sleep").arg("600")).unwrap().id());
    drop(host);
    assert!(!fs::exists(format!("/proc/{id}")).unwrap() && !fs::exists(format!("/proc/{sleep}")).unwrap());
}
