//! Behind the key exchange: logging in, the channel, the command, each sealed as it should be.

use std::io;
use std::net::TcpStream;

use crate::bed::{Behaviour, Way, all};
use crate::git::{ESCAPES, advertisement, garbage};
use crate::ssh::*;
use crate::ssh_kex::{debug, repeat};

#[test]
fn logins() {
    let login = |name, serve: fn(Ssh) -> io::Result<()>, finding| at(Ssh::asked_to_authenticate, name, serve, finding);
    all(&[
        login(
            "a banner of 200 KiB",
            |mut ssh| {
                ssh.say(&banner(&ESCAPES.repeat(4_000)))?;
                ssh.be_silent()
            },
            "server-silent",
        ),
        login(
            "a banner of 1 MiB",
            |mut ssh| {
                ssh.say(&banner(&"x".repeat(1 << 20)))?;
                ssh.be_silent()
            },
            "malformed",
        ),
        login("banners without end", |mut ssh| repeat(&mut ssh, &banner(ESCAPES)), "malformed").flood(),
        login(
            "methods of escapes",
            |mut ssh| {
                ssh.say(&[&[USERAUTH_FAILURE][..], &string(format!("publickey,{ESCAPES}").as_bytes()), &[0]].concat())?;
                ssh.be_silent()
            },
            "malformed",
        ),
        login(
            "refusals without end",
            |mut ssh| repeat(&mut ssh, &[&[USERAUTH_FAILURE][..], &string(b"none"), &[1]].concat()),
            "no-credential",
        )
        .flood(),
        login("SSH_MSG_DEBUG without end", |mut ssh| repeat(&mut ssh, &debug()), "malformed").flood(),
        login("keys without end", rekey, "malformed|cut-for-budget").flood(),
        login(
            "garbage for an answer",
            |mut ssh| {
                ssh.say(&garbage(1_000))?;
                ssh.be_silent()
            },
            "malformed",
        ),
        login("a farewell full of escapes", farewell, "remote-error"),
        login("silence", Ssh::be_silent, "server-silent"),
    ]);
}

#[test]
fn channels() {
    let channel = |name, serve: fn(Ssh) -> io::Result<()>, finding| at(Ssh::authenticated, name, serve, finding);
    all(&[
        channel(
            "a channel that is never opened",
            |mut ssh| {
                ssh.hear(CHANNEL_OPEN)?;
                ssh.be_silent()
            },
            "server-silent",
        ),
        channel(
            "a channel refused in escapes",
            |mut ssh| {
                ssh.asked_for_channel()?;
                let reason = [&[0, 0, 0, 1][..], &string(ESCAPES.as_bytes()), &string(b"en")].concat();
                ssh.on_channel(CHANNEL_OPEN_FAILURE, &reason)?;
                ssh.be_silent()
            },
            "exec-refused",
        ),
        channel(
            "a channel that nobody asked for, closed",
            |mut ssh| {
                ssh.say(&[CHANNEL_CLOSE, 0, 0, 0, 77])?;
                ssh.be_silent()
            },
            "server-silent",
        ),
        channel(
            "a window that is never opened",
            |mut ssh| {
                ssh.open(0)?;
                ssh.hear(CHANNEL_REQUEST)?;
                ssh.on_channel(CHANNEL_SUCCESS, &[])?;
                ssh.data(&advertisement())?;
                ssh.be_silent()
            },
            "server-silent",
        ),
        channel(
            "a command that is never answered",
            |mut ssh| {
                ssh.open(1 << 20)?;
                ssh.be_silent()
            },
            "server-silent",
        ),
        channel(
            "a command that is refused",
            |mut ssh| {
                ssh.open(1 << 20)?;
                ssh.hear(CHANNEL_REQUEST)?;
                ssh.stderr(ESCAPES.as_bytes())?;
                ssh.on_channel(CHANNEL_FAILURE, &[])?;
                ssh.be_silent()
            },
            "exec-refused",
        ),
        channel(
            "data for ever before the answer",
            |mut ssh| {
                ssh.open(1 << 20)?;
                ssh.hear(CHANNEL_REQUEST)?;
                loop {
                    ssh.on_channel(CHANNEL_DATA, &string(&[7; 30_000]))?;
                }
            },
            "malformed",
        )
        .flood(),
        channel("keys without end", rekey, "malformed|cut-for-budget").flood(),
    ]);
}

#[test]
fn commands() {
    let command = |name, serve: fn(Ssh) -> io::Result<()>, finding| at(Ssh::running, name, serve, finding);
    all(&[
        command(
            "stderr without end",
            |mut ssh| loop {
                ssh.stderr(&ESCAPES.as_bytes().repeat(500))?;
            },
            "malformed",
        )
        .flood(),
        command(
            "stderr without end, within the window",
            |mut ssh| loop {
                ssh.stderr(b"x")?;
            },
            "malformed|cut-for-budget",
        )
        .flood(),
        command(
            "escapes on stderr, and an exit",
            |mut ssh| {
                ssh.stderr(ESCAPES.as_bytes())?;
                ssh.on_channel(CHANNEL_REQUEST, &[&string(b"exit-status")[..], &[0, 0, 0, 0, 128]].concat())?;
                ssh.on_channel(CHANNEL_EOF, &[])?;
                ssh.on_channel(CHANNEL_CLOSE, &[])?;
                ssh.be_silent()
            },
            "remote-error",
        ),
        command(
            "an end without a close",
            |mut ssh| {
                ssh.on_channel(CHANNEL_EOF, &[])?;
                ssh.be_silent()
            },
            "connection-cut",
        ),
        command(
            "a close for another channel",
            |mut ssh| {
                ssh.say(&[CHANNEL_CLOSE, 0, 0, 0, 9])?;
                ssh.be_silent()
            },
            "server-silent",
        ),
        command(
            "data beyond the window",
            |mut ssh| {
                loop {
                    ssh.on_channel(CHANNEL_DATA, &string(&[7; 30_000]))?;
                }
            },
            "malformed",
        )
        .flood(),
        command(
            "data for a channel that is not there",
            |mut ssh| {
                let data = [&[CHANNEL_DATA, 0, 0, 0, 77][..], &string(&[7; 30_000])].concat();
                repeat(&mut ssh, &data)
            },
            "malformed",
        )
        .flood(),
        command(
            "requests without end, and their answers unread",
            |mut ssh| {
                let ask = [&[GLOBAL_REQUEST][..], &string(b"keepalive@openssh.com"), &[1]].concat();
                repeat(&mut ssh, &ask)
            },
            "malformed|server-silent|cut-for-budget",
        )
        .flood(),
        command(
            "channels to here without end",
            |mut ssh| {
                let open =
                    [&[CHANNEL_OPEN][..], &string(b"session"), &[0, 0, 0, 5, 0, 0, 0x80, 0, 0, 0, 0x80, 0]].concat();
                repeat(&mut ssh, &open)
            },
            "malformed|server-silent|cut-for-budget",
        )
        .flood(),
        command(
            "forwarded channels without end",
            |mut ssh| {
                let place = [&string(b"127.0.0.1")[..], &[0, 0, 0, 22]].concat();
                let open = [
                    &[CHANNEL_OPEN][..],
                    &string(b"forwarded-tcpip"),
                    &[0, 0, 0, 5, 0, 0, 0x80, 0, 0, 0, 0x80, 0],
                    &place,
                    &place,
                ]
                .concat();
                repeat(&mut ssh, &open)
            },
            "malformed|server-silent|cut-for-budget",
        )
        .flood(),
        command("packets of a kind that is none", |mut ssh| repeat(&mut ssh, &garbage(5_000)), "malformed").flood(),
        command(
            "a window of 4 GiB again and again",
            |mut ssh| loop {
                ssh.on_channel(CHANNEL_WINDOW_ADJUST, &[255; 4])?;
            },
            "malformed|cut-for-budget",
        )
        .flood(),
        command(
            "garbage in place of a sealed packet",
            |mut ssh| {
                ssh.raw(&garbage(100_000))?;
                ssh.be_silent()
            },
            "malformed",
        ),
        command("keys without end", rekey, "malformed|cut-for-budget").flood(),
        command("a farewell full of escapes", farewell, "remote-error"),
    ]);
}

fn at(
    reach: fn(TcpStream) -> io::Result<Ssh>,
    name: &str,
    serve: fn(Ssh) -> io::Result<()>,
    finding: &'static str,
) -> Behaviour {
    Behaviour::new(name, Way::Ssh, move |stream| serve(reach(stream)?), finding)
}

fn banner(text: &str) -> Vec<u8> {
    [&[USERAUTH_BANNER][..], &string(text.as_bytes()), &string(b"en")].concat()
}

fn rekey(mut ssh: Ssh) -> io::Result<()> {
    loop {
        ssh.exchange_keys()?;
    }
}

fn farewell(mut ssh: Ssh) -> io::Result<()> {
    ssh.say(&[&[1, 0, 0, 0, 11][..], &string(ESCAPES.as_bytes()), &string(b"en")].concat())?;
    ssh.be_silent()
}
