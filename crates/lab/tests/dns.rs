//! The C library of a host asks name servers of the laboratory, sound and broken ones.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use lab::host::{self, Host};
use lab::place::Place;
use lab::process::Finished;
use lab::programs::{self, IP, SSH};
use lab::resolver::{ResolvConf, resolve_by};
use lab::servers::{Aaaa, Answers, NameServer, NameServerFaults, NameServerOptions, Zone};

/// A client with two name servers on itself, so that only they are tested here.
struct Bed {
    host: Arc<Host>,
}

impl Bed {
    /// `None`: skip, as was said.
    fn start() -> Result<Option<Self>> {
        if !host::possible()? || !programs::ready(&[IP, SSH])? {
            return Ok(None);
        }
        let host = Arc::new(Host::start("client")?);
        for address in [format!("{FIRST}/32"), format!("{SECOND}/32"), format!("{FIRST_V6}/128")] {
            host.must(Command::new(IP.path()?).args(["addr", "add", &address, "dev", "lo"]))?;
        }
        Ok(Some(Self { host }))
    }

    fn name_server(&self, addresses: &[IpAddr], faults: NameServerFaults) -> Result<NameServer> {
        let zone = Zone::new(&["lab.test", "cluster.test"])?.with(NAME, &[GIT, GIT_V6])?;
        let place = Place::Host(Arc::clone(&self.host));
        NameServer::start(&NameServerOptions { place, addresses: addresses.to_vec(), zone, faults })
    }

    /// Asks for the addresses of a name as programs do.
    fn look_up(&self, conf: &ResolvConf) -> Result<LookedUp> {
        resolve_by(&self.host, conf, "")?;
        let begun = Instant::now();
        let finished = self.host.run(Command::new("getent").args(["ahosts", NAME]), BOUND)?;
        let addresses: Vec<IpAddr> = finished
            .stdout
            .lines()
            .filter(|line| line.contains("STREAM"))
            .filter_map(|line| line.split_ascii_whitespace().next()?.parse().ok())
            .collect();
        ensure!(!finished.killed, "getent did not end");
        Ok(LookedUp { addresses, took: begun.elapsed() })
    }

    /// One broken server asked once, and how many of its questions the fault met.
    fn with(&self, faults: NameServerFaults, conf: &ResolvConf) -> Result<(LookedUp, u64)> {
        let server = self.name_server(&[FIRST], faults)?;
        let looked_up = self.look_up(conf)?;
        Ok((looked_up, server.struck()))
    }

    fn ssh_says(&self, answers: Answers) -> Result<Finished> {
        let _server = self.name_server(&[FIRST], NameServerFaults { answers, ..NameServerFaults::default() })?;
        resolve_by(&self.host, &conf(&[FIRST]), "")?;
        let mut command = Command::new(SSH.path()?);
        self.host.run(command.args(["-F", "none", "-o", "BatchMode=yes", NAME]), BOUND)
    }
}

#[derive(Debug)]
struct LookedUp {
    addresses: Vec<IpAddr>,
    took: Duration,
}

fn conf(servers: &[IpAddr]) -> ResolvConf {
    ResolvConf { servers: servers.to_vec(), ..ResolvConf::default() }
}

/// With a second in place of five, so that the test is not about waiting.
fn impatient(servers: &[IpAddr]) -> ResolvConf {
    ResolvConf { timeout_secs: Some(1), ..conf(servers) }
}

/// Nobody was waited for: that would have taken the C library's five seconds.
fn at_once(looked_up: &LookedUp) {
    assert!(looked_up.took < Duration::from_secs(5), "{looked_up:?}");
}

fn took(looked_up: &LookedUp, at_least: Duration) {
    assert!(looked_up.took >= at_least, "{looked_up:?}");
}

#[test]
fn a_sound_server_gives_both_families_over_both() -> Result<()> {
    let Some(bed) = Bed::start()? else { return Ok(()) };
    let server = bed.name_server(&[FIRST, FIRST_V6], NameServerFaults::default())?;
    for address in [FIRST, FIRST_V6] {
        let looked_up = bed.look_up(&conf(&[address]))?;
        assert_eq!(looked_up.addresses, [GIT_V6, GIT], "IPv6 first, as RFC 6724 has it");
        at_once(&looked_up);
    }
    assert_eq!((server.questions(), server.struck()), (4, 0));
    Ok(())
}

#[test]
fn a_search_list_multiplies_the_questions() -> Result<()> {
    let Some(bed) = Bed::start()? else { return Ok(()) };
    let server = bed.name_server(&[FIRST], NameServerFaults::default())?;
    let search = ["flux.svc.cluster.test", "svc.cluster.test", "cluster.test"].map(str::to_owned).to_vec();
    let looked_up = bed.look_up(&ResolvConf { search, ndots: Some(5), ..conf(&[FIRST]) })?;
    assert_eq!(looked_up.addresses, [GIT_V6, GIT]);
    assert_eq!(server.questions(), 8, "two for each domain that is searched, and two for the name itself");
    Ok(())
}

#[test]
fn servers_that_refuse_fail_at_once() -> Result<()> {
    let Some(bed) = Bed::start()? else { return Ok(()) };
    let with = |answers| NameServerFaults { answers, ..NameServerFaults::default() };
    let absent = NameServerFaults { listening: false, ..NameServerFaults::default() };
    for faults in [with(Answers::Servfail), with(Answers::Nxdomain), absent] {
        let counts = faults.listening;
        let (looked_up, struck) = bed.with(faults, &conf(&[FIRST]))?;
        assert_eq!(looked_up.addresses, [] as [IpAddr; 0]);
        at_once(&looked_up);
        assert_eq!(struck > 0, counts);
    }
    Ok(())
}

#[test]
fn clients_tell_a_failure_from_a_name_that_does_not_exist() -> Result<()> {
    let Some(bed) = Bed::start()? else { return Ok(()) };
    let (failed, denied) = (bed.ssh_says(Answers::Servfail)?.stderr, bed.ssh_says(Answers::Nxdomain)?.stderr);
    assert!(failed.contains("Temporary failure in name resolution"), "{failed}");
    assert!(denied.contains("Name or service not known"), "{denied}");
    Ok(())
}

#[test]
fn silence_costs_each_attempt_its_whole_time() -> Result<()> {
    let Some(bed) = Bed::start()? else { return Ok(()) };
    let silent = NameServerFaults { answers: Answers::Silent, ..NameServerFaults::default() };
    let (looked_up, struck) = bed.with(silent.clone(), &impatient(&[FIRST]))?;
    assert_eq!((looked_up.addresses.as_slice(), struck), ([].as_slice(), 4), "two questions, two attempts");
    took(&looked_up, Duration::from_secs(2));

    // The first of two is silent: its time is lost, and then all is well.
    let _second = bed.name_server(&[SECOND], NameServerFaults::default())?;
    let (looked_up, struck) = bed.with(silent, &impatient(&[FIRST, SECOND]))?;
    assert_eq!((looked_up.addresses.as_slice(), struck), ([GIT_V6, GIT].as_slice(), 2));
    took(&looked_up, Duration::from_secs(1));
    Ok(())
}

#[test]
fn a_slow_second_server_is_never_noticed() -> Result<()> {
    let Some(bed) = Bed::start()? else { return Ok(()) };
    let slow = NameServerFaults { delay: Some("3s".parse()?), ..NameServerFaults::default() };
    let second = bed.name_server(&[SECOND], slow)?;
    let (looked_up, _) = bed.with(NameServerFaults::default(), &conf(&[FIRST, SECOND]))?;
    assert_eq!((looked_up.addresses.as_slice(), second.questions()), ([GIT_V6, GIT].as_slice(), 0));
    at_once(&looked_up);
    Ok(())
}

#[test]
fn a_slow_server_delays_both_answers_together() -> Result<()> {
    let Some(bed) = Bed::start()? else { return Ok(()) };
    let slow = NameServerFaults { delay: Some("1s".parse()?), ..NameServerFaults::default() };
    let (looked_up, struck) = bed.with(slow, &conf(&[FIRST]))?;
    assert_eq!((looked_up.addresses.as_slice(), struck), ([GIT_V6, GIT].as_slice(), 2));
    took(&looked_up, Duration::from_secs(1));
    Ok(())
}

#[test]
fn an_answer_that_is_cut_off_needs_tcp() -> Result<()> {
    let Some(bed) = Bed::start()? else { return Ok(()) };
    let cut = NameServerFaults { truncates: true, ..NameServerFaults::default() };
    let (looked_up, struck) = bed.with(cut.clone(), &conf(&[FIRST]))?;
    assert_eq!(looked_up.addresses, [GIT_V6, GIT]);
    assert!(struck > 0);
    let (looked_up, _) = bed.with(NameServerFaults { tcp: false, ..cut }, &conf(&[FIRST]))?;
    assert_eq!(looked_up.addresses, [] as [IpAddr; 0]);
    Ok(())
}

#[test]
fn one_type_of_question_can_be_dropped_or_denied() -> Result<()> {
    let Some(bed) = Bed::start()? else { return Ok(()) };
    let with = |aaaa| NameServerFaults { aaaa, ..NameServerFaults::default() };
    let (looked_up, _) = bed.with(with(Aaaa::NoData), &conf(&[FIRST]))?;
    assert_eq!(looked_up.addresses, [GIT]);
    at_once(&looked_up);
    let (looked_up, _) = bed.with(with(Aaaa::Silent), &impatient(&[FIRST]))?;
    assert_eq!(looked_up.addresses, [GIT], "all the time is spent, and what was answered is used");
    took(&looked_up, Duration::from_secs(1));
    Ok(())
}

#[test]
fn a_liar_is_believed() -> Result<()> {
    let Some(bed) = Bed::start()? else { return Ok(()) };
    let lying = NameServerFaults { lie: vec![SECOND], ..NameServerFaults::default() };
    assert_eq!(bed.with(lying, &conf(&[FIRST]))?.0.addresses, [SECOND]);
    Ok(())
}

#[test]
fn a_hosts_files_are_its_own() -> Result<()> {
    let Some(bed) = Bed::start()? else { return Ok(()) };
    let before = fs::read_to_string("/etc/hosts")?;
    resolve_by(&bed.host, &conf(&[FIRST]), "198.18.7.7 by-file.lab.test\n")?;
    let found = bed.host.must(Command::new("getent").args(["ahostsv4", "by-file.lab.test"]))?;
    assert!(found.starts_with("198.18.7.7"), "{found}");
    assert_eq!(fs::read_to_string("/etc/hosts")?, before);
    assert!(!bed.host.must(Command::new("cat").arg("/proc/mounts"))?.contains(" /mnt "), "no passage stays open");
    Ok(())
}

#[test]
fn a_server_ends_when_it_is_dropped_even_in_the_middle_of_a_delay() -> Result<()> {
    let Some(bed) = Bed::start()? else { return Ok(()) };
    let slow = NameServerFaults { delay: Some("1000s".parse()?), ..NameServerFaults::default() };
    let server = bed.name_server(&[FIRST], slow)?;
    bed.look_up(&impatient(&[FIRST]))?;
    assert!(server.questions() > 0);
    let begun = Instant::now();
    drop(server);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    // Its ports are free again.
    bed.name_server(&[FIRST], NameServerFaults::default()).map(drop)
}

#[test]
fn a_file_cannot_ask_for_faults_that_do_not_exist() {
    let text = r#"{"answers": "servfail", "aaaa": "no-data", "delay": "3s", "loss": "30%", "lie": ["198.18.9.9"]}"#;
    let faults: NameServerFaults = serde_json::from_str(text).unwrap();
    assert!(faults.answers == Answers::Servfail && faults.aaaa == Aaaa::NoData && faults.listening);
    assert!(serde_json::from_str::<NameServerFaults>(r#"{"slow": "3s"}"#).is_err());
}

const NAME: &str = "git.lab.test";
const GIT: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 18, 2, 2));
const GIT_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 2, 0, 0, 0, 0, 2));
const FIRST: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 18, 0, 53));
const SECOND: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 18, 0, 54));
const FIRST_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x53));
const BOUND: Duration = Duration::from_mins(1);
