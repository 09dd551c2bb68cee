//! In the clear, between the identification lines and the first encrypted packet: lengths, lists, keys.

use std::io;

use crate::bed::{Behaviour, Way, all};
use crate::git::{ESCAPES, garbage};
use crate::http::flood;
use crate::pace::slowly;
use crate::ssh::{DEBUG, IGNORE, Ssh, kexinit, string};

#[test]
fn key_exchanges() {
    all(&[
        kex("a packet of length 0", |ssh| raw(ssh, &[0; 64]), "malformed"),
        kex("a packet of length 1", |ssh| raw(ssh, &[0, 0, 0, 1, 0, 0, 0, 0]), "server-silent"),
        kex("a packet of 2 GiB", |mut ssh| lying(&mut ssh, 1 << 31), "malformed"),
        kex("a packet of 4 GiB", |mut ssh| lying(&mut ssh, u32::MAX), "malformed"),
        kex("a packet of 256 KiB of padding", |mut ssh| lying(&mut ssh, 256 << 10), "no-common-algorithm"),
        kex(
            "more padding than packet",
            |ssh| raw(ssh, &[0, 0, 0, 12, 255, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            "malformed",
        ),
        kex(
            "a packet without a message",
            |ssh| raw(ssh, &[0, 0, 0, 12, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            "server-silent",
        ),
        kex(
            "lists that end behind their packet",
            |mut ssh| {
                ssh.say(&[&[20][..], &[7; 16], &u32::MAX.to_be_bytes(), b"curve"].concat())?;
                ssh.be_silent()
            },
            "malformed",
        ),
        kex(
            "a list of 200 KiB",
            |mut ssh| {
                let mut lists = kexinit();
                lists.splice(17..21, string("a,".repeat(100_000).as_bytes()));
                ssh.say(&lists)?;
                ssh.be_silent()
            },
            "malformed",
        ),
        kex(
            "nothing in common, told in escapes",
            |mut ssh| {
                let lists: Vec<u8> = (0..10).flat_map(|_| string(ESCAPES.as_bytes())).collect();
                ssh.say(&[&[20][..], &[7; 16], &lists, &[0; 5]].concat())?;
                ssh.be_silent()
            },
            "malformed",
        ),
        kex(
            "SSH_MSG_IGNORE without end",
            |mut ssh| repeat(&mut ssh, &[&[IGNORE][..], &string(&[7; 30_000])].concat()),
            "malformed",
        )
        .flood(),
        kex("SSH_MSG_DEBUG without end", |mut ssh| repeat(&mut ssh, &debug()), "malformed").flood(),
        kex(
            "SSH_MSG_IGNORE of one byte without end",
            |mut ssh| repeat(&mut ssh, &[&[IGNORE][..], &string(b"x")].concat()),
            "malformed",
        )
        .flood(),
        kex(
            "a farewell full of escapes",
            |mut ssh| {
                ssh.say(&[&[1, 0, 0, 0, 2][..], &string(ESCAPES.as_bytes()), &string(b"en")].concat())?;
                ssh.be_silent()
            },
            "remote-error",
        ),
        kex(
            "a key exchange of garbage",
            |mut ssh| {
                ssh.say(&kexinit())?;
                ssh.hear(30)?;
                ssh.say(&[&[31][..], &garbage(500)].concat())?;
                ssh.be_silent()
            },
            "malformed",
        ),
        kex(
            "a host key of 200 KiB",
            |mut ssh| {
                ssh.say(&kexinit())?;
                ssh.hear(30)?;
                ssh.say(&[&[31][..], &string(&[7; 200_000]), &string(&[9; 32]), &string(&[8; 64])].concat())?;
                ssh.be_silent()
            },
            "malformed",
        ),
        kex(
            "a point of zeros",
            |mut ssh| {
                ssh.say(&kexinit())?;
                ssh.hear(30)?;
                ssh.say(&[&[31][..], &string(&[7; 51]), &string(&[0; 32]), &string(&[8; 64])].concat())?;
                ssh.be_silent()
            },
            "malformed",
        ),
        kex("key exchanges without an answer", |mut ssh| repeat(&mut ssh, &kexinit()), "malformed").flood(),
        kex(
            "KEXINIT and silence",
            |mut ssh| {
                ssh.say(&kexinit())?;
                ssh.be_silent()
            },
            "server-silent",
        ),
        kex(
            "KEXINIT, a byte a second",
            |mut ssh| slowly(&ssh.socket()?, [0, 0, 2, 0, 4, 20, 7, 7, 7, 7, 7], |byte| ssh.raw(&[byte])),
            "cut-for-budget",
        ),
        encrypted(
            "garbage behind the keys",
            |mut ssh| {
                ssh.raw(&garbage(100_000))?;
                ssh.be_silent()
            },
            "malformed",
        ),
        encrypted(
            "zeros behind the keys",
            |mut ssh| {
                ssh.raw(&[0; 100_000])?;
                ssh.be_silent()
            },
            "malformed",
        ),
        encrypted(
            "a sealed packet that says nothing",
            |mut ssh| {
                ssh.say(&[])?;
                ssh.be_silent()
            },
            "server-silent",
        ),
    ]);
}

fn kex(name: &str, serve: impl Fn(Ssh) -> io::Result<()> + Send + Sync + 'static, finding: &'static str) -> Behaviour {
    Behaviour::new(name, Way::Ssh, move |stream| serve(Ssh::greeted(stream)?), finding)
}

fn encrypted(
    name: &str,
    serve: impl Fn(Ssh) -> io::Result<()> + Send + Sync + 'static,
    finding: &'static str,
) -> Behaviour {
    Behaviour::new(name, Way::Ssh, move |stream| serve(Ssh::encrypted(stream)?), finding)
}

/// A length that is not kept, and what never fills it.
fn lying(ssh: &mut Ssh, length: u32) -> io::Result<()> {
    ssh.raw(&length.to_be_bytes())?;
    ssh.raw(&[200, 20])?;
    flood(ssh, &[0])
}

pub(crate) fn repeat(ssh: &mut Ssh, payload: &[u8]) -> io::Result<()> {
    loop {
        ssh.say(payload)?;
    }
}

pub(crate) fn debug() -> Vec<u8> {
    [&[DEBUG, 1][..], &string(ESCAPES.as_bytes()), &string(b"en")].concat()
}

fn raw(mut ssh: Ssh, bytes: &[u8]) -> io::Result<()> {
    ssh.raw(bytes)?;
    ssh.be_silent()
}
