//! A shell inside a broken network, for people: `netprobe run "$URL"` and `git clone "$URL"` work there as they are.
//!
//! Knows how a person's own configuration would have to look, and writes it into the client's home. The command `link`
//! shows what the emulated link counts, and changes what it does while everything runs.

use std::env;
use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Deserialize;
use socket2::SockRef;

use crate::bed::Bed;
use crate::emulator::{Impairment, Link};
use crate::git;
use crate::programs::SCRIPT;
use crate::scenario::Scenario;

/// What a person should know who finds a prompt.
pub fn greeting(bed: &Bed, scenario: &Scenario) -> String {
    format!(
        "{}: {}.\nThis is the client, with a network of its own. The repository is {} ($URL).\n\n  \
         trial                         what netprobe is asked in the matrix, further options behind it:\n  \
         {}\n  \
         netprobe run \"$URL\"            what netprobe says when it is asked for nothing else\n  \
         git clone --bare \"$URL\" x     the real thing\n  \
         link                          what the emulated link has counted\n  \
         link 'loss = \"2%\"'            another fault of the link in place of the scenario's; or `link none`\n  \
         exit                          everything here is gone\n",
        scenario.name,
        scenario.content.about.trim_end_matches('.'),
        bed.url(),
        bed.question().command_line(),
    )
}

/// Opens the shell and waits for its end. `true`, whatever its last command's status: that says nothing of the
/// laboratory.
pub fn run(bed: &Bed, netprobe: &Path) -> Result<bool> {
    configure(bed, netprobe)?;
    let listener = UnixListener::bind(bed.home().join(SOCKET)).context("cannot listen for `link`")?;
    // A terminal of its own: this computer's belongs to a session that a host's processes are not part of, so Ctrl-C and
    // job control would not work on it.
    let mut shell = bed.client().limited(&SCRIPT.path()?);
    shell.args(["--quiet", "/dev/null"]);
    git::isolate(&mut shell);
    let path = env::var("PATH").unwrap_or_default();
    let ssh = format!("ssh -F {}", bed.home().join(".ssh/config").display());
    shell
        .current_dir(bed.home())
        .env("HOME", bed.home())
        .env("PATH", format!("{}:{path}", bed.home().join("bin").display()))
        .env("GIT_SSH_COMMAND", ssh)
        .env("URL", bed.url())
        .env_remove("GIT_CONFIG_GLOBAL")
        .env_remove("LC_ALL")
        // It says that somebody sweeps behind this laboratory, which is not so of one that is begun from the shell.
        .env_remove("NETPROBE_SUPERVISED")
        .env("NETPROBE_LAB_LINK", bed.home().join(SOCKET));
    thread::scope(|scope| {
        let _closing = Closing(&listener);
        scope.spawn(|| answer(&listener, |words| follow(bed, words)));
        let mut started = bed.client().enter(|| Ok(shell.spawn()?))?;
        started.wait()?;
        Ok(true)
    })
}

/// Takes no more connections once it is dropped, on whatever way out.
struct Closing<'a>(&'a UnixListener);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        // Wakes the thread from accept(2). It cannot fail: the socket is ours and listens.
        let _ = SockRef::from(self.0).shutdown(Shutdown::Both);
    }
}

/// The other side of the command `link`: sends its words and prints the answer.
pub fn ask_link(socket: &Path, words: &[String]) -> Result<String> {
    let mut stream =
        UnixStream::connect(socket).with_context(|| format!("no laboratory answers at {}", socket.display()))?;
    writeln!(stream, "{}", serde_json::to_string(words)?)?;
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer)?;
    Ok(answer)
}

fn configure(bed: &Bed, netprobe: &Path) -> Result<()> {
    let home = bed.home();
    let access = bed.access();
    for folder in ["bin", ".ssh"] {
        fs::create_dir(home.join(folder))?;
    }
    let mut ssh = "Host *\n  IdentityAgent none\n  IdentitiesOnly yes\n".to_owned();
    for (option, file) in [("IdentityFile", &access.identity), ("UserKnownHostsFile", &access.known_hosts)] {
        ssh.extend(file.iter().map(|file| format!("  {option} {}\n", file.display())));
    }
    fs::write(home.join(".ssh/config"), ssh)?;
    let authority = access.authority.map(|file| format!("[http]\n  sslCAInfo = {}\n", file.display()));
    fs::write(home.join(".gitconfig"), authority.unwrap_or_default())?;
    std::os::unix::fs::symlink(netprobe, home.join("bin/netprobe"))?;
    let xtask = env::current_exe()?;
    for (name, command) in [
        ("link", format!("exec '{}' link \"$NETPROBE_LAB_LINK\"", xtask.display())),
        ("trial", bed.question().command_line()),
    ] {
        let script = home.join("bin").join(name);
        fs::write(&script, format!("#!/bin/sh\n{command} \"$@\"\n"))?;
        fs::set_permissions(&script, Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// Answers one question a connection until the listener is shut down.
fn answer(listener: &UnixListener, follow: impl Fn(&[String]) -> Result<String>) {
    while let Ok((mut stream, _)) = listener.accept() {
        let mut question = String::new();
        // Who says nothing keeps neither the next one waiting nor the laboratory from its end.
        let asked =
            stream.set_read_timeout(Some(PATIENCE)).and_then(|()| BufReader::new(&stream).read_line(&mut question));
        if asked.is_err() || question.is_empty() {
            continue;
        }
        let words: Vec<String> = serde_json::from_str(&question).unwrap_or_default();
        let told = follow(&words).unwrap_or_else(|error| format!("{error:#}\n"));
        // Who asked may be gone.
        let _ = stream.write_all(told.as_bytes());
    }
}

fn follow(bed: &Bed, words: &[String]) -> Result<String> {
    let link = bed.network().link();
    if !words.is_empty() {
        link.set(bed.link_plan_with(&parse(words)?))?;
    }
    describe(link)
}

/// Each word is what stands in one `[[link]]` table of a scenario, its lines separated by commas.
fn parse(words: &[String]) -> Result<Vec<Impairment>> {
    #[derive(Deserialize)]
    struct Wrapped {
        link: Impairment,
    }
    if words == ["none"] {
        return Ok(Vec::new());
    }
    let read = |word: &String| {
        let wrapped: Wrapped = toml::from_str(&format!("link = {{ {word} }}")).with_context(|| {
            format!("`{word}` is no fault of a link, as in: link 'match = {{ port = 22 }}, drop = true'")
        })?;
        Ok(wrapped.link)
    };
    words.iter().map(read).collect()
}

fn describe(link: &Link) -> Result<String> {
    let counters = link.counters()?;
    let mut text = String::new();
    for (way, traffic) in [("to the client", counters.to_client), ("to the server", counters.to_server)] {
        let (came, left) = (traffic.packets_in, traffic.packets_out);
        writeln!(text, "{way}: {came} packets in, {left} out, {} lost or on their way", came.saturating_sub(left))?;
    }
    for (number, counted) in counters.impairments.iter().enumerate() {
        let (matched, acted) = (counted.matched, counted.acted);
        writeln!(text, "impairment {}: {matched} packets matched, {acted} affected", number + 1)?;
    }
    Ok(text)
}

const SOCKET: &str = "link.socket";
/// `link` has its question ready when it connects.
const PATIENCE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::Effect;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn faults_are_written_as_in_a_scenario() {
        let read = parse(&words(&["match = { port = 22 }, drop = true", "delay = \"5ms\""])).unwrap();
        assert!(matches!(read.as_slice(), [one, two] if one.effect == Effect::Drop && one.effect != two.effect));
        assert_eq!(parse(&words(&["none"])).unwrap(), []);
    }

    #[test]
    fn who_says_nothing_keeps_neither_the_next_nor_the_end_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join(SOCKET);
        let listener = UnixListener::bind(&socket).unwrap();
        // Stay open until all is over.
        let mut silent = Vec::new();
        thread::scope(|scope| {
            let _closing = Closing(&listener);
            scope.spawn(|| answer(&listener, |words| Ok(words.join("+"))));
            silent.push(UnixStream::connect(&socket).unwrap());
            drop(UnixStream::connect(&socket).unwrap());
            assert_eq!(ask_link(&socket, &words(&["one", "two"])).unwrap(), "one+two");
            silent.push(UnixStream::connect(&socket).unwrap());
        });
    }

    #[test]
    fn what_is_no_fault_is_told_with_an_example() {
        let error = format!("{:#}", parse(&words(&["lose = 1"])).unwrap_err());
        assert!(error.contains("lose = 1") && error.contains("as in: link"), "{error}");
    }
}
