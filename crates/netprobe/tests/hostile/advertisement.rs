//! The ref advertisement, over SSH and over HTTP alike.

use std::io;

use crate::bed::{Behaviour, Way, all};
use crate::git::{ESCAPES, Wire, advertisement, first_line, garbage, id, line};

#[test]
fn advertisements() {
    let over = |way| TABLE.iter().map(move |row| behaviour(way, row));
    all(&over(Way::Ssh).chain(over(Way::Http)).collect::<Vec<_>>());
}

fn behaviour(way: Way, (name, serve, finding): &'static Row) -> Behaviour {
    let serve = move |stream| serve(Wire::open(way, stream)?);
    let behaviour = Behaviour::new(format!("{way:?}: {name}"), way, serve, finding);
    if name.ends_with("without end") { behaviour.flood() } else { behaviour }
}

type Row = (&'static str, fn(Wire) -> io::Result<()>, &'static str);

const TABLE: &[Row] = &[
    (
        "references without end",
        |mut wire| {
            wire.say(&first_line())?;
            wire.flood(&line(format!("{} refs/heads/again\n", id()).as_bytes()))
        },
        "advertisement-slow|cut-for-budget",
    ),
    ("version 1 without end", |mut wire| wire.flood(&line(b"version 1\n")), "malformed"),
    (
        "a name of 65 KiB",
        |mut wire| {
            let long = line(format!("{} refs/heads/{}\n", id(), "x".repeat(65_400)).as_bytes());
            wire.say(&[first_line(), long, b"0000".to_vec()].concat())?;
            wire.be_silent()
        },
        "server-silent|malformed",
    ),
    (
        "packets of 65,520 bytes without end",
        |mut wire| {
            wire.say(&first_line())?;
            wire.flood(&line(format!("{} refs/heads/{}", id(), "x".repeat(65_516 - 52)).as_bytes()))
        },
        "advertisement-slow|cut-for-budget",
    ),
    ("length 0001", |wire| once(wire, b"0001"), "malformed"),
    ("length 0002", |wire| once(wire, b"0002"), "malformed"),
    ("length 0003", |wire| once(wire, b"0003"), "malformed"),
    ("length 0004 without end", |mut wire| wire.flood(b"0004"), "malformed"),
    ("length ffff", |wire| once(wire, b"ffffx"), "malformed"),
    ("a length that is none", |wire| once(wire, b"\x1b[2J0000"), "malformed"),
    ("an error full of escapes", |wire| once(wire, &line(format!("ERR {ESCAPES}").as_bytes())), "remote-error"),
    (
        "protocol v2 without being asked",
        |wire| once(wire, &[line(b"version 2\n"), line(b"agent=x\n"), b"0000".to_vec()].concat()),
        "stalled|malformed",
    ),
    (
        "capabilities of v2 without end",
        |mut wire| {
            wire.say(&line(b"version 2\n"))?;
            wire.flood(&line(b"server-option\n"))
        },
        "malformed",
    ),
    (
        "10,000 capabilities",
        |wire| once(wire, &line(format!("{} HEAD\0{}\n", id(), "cap ".repeat(10_000)).as_bytes())),
        "malformed",
    ),
    (
        "a capability of 60 KiB",
        |wire| {
            once(
                wire,
                &[line(format!("{} HEAD\0agent={}\n", id(), "\x1b[31m".repeat(12_000)).as_bytes()), b"0000".to_vec()]
                    .concat(),
            )
        },
        "server-silent|malformed",
    ),
    (
        "only shallow lines without end",
        |mut wire| {
            wire.say(&first_line())?;
            wire.flood(&line(format!("shallow {}", id()).as_bytes()))
        },
        "advertisement-slow|cut-for-budget",
    ),
    ("garbage", |wire| once(wire, &garbage(100_000)), "malformed"),
    ("garbage in the middle", |wire| once(wire, &[first_line(), garbage(100_000)].concat()), "malformed"),
    ("more behind the end", |wire| once(wire, &[advertisement(), garbage(5_000)].concat()), "malformed"),
    (
        "a byte a second",
        |mut wire| wire.drip(advertisement().into_iter().map(|byte| vec![byte])),
        "advertisement-slow|cut-for-budget",
    ),
    ("half a packet", |wire| once(wire, &first_line()[..60]), "stalled"),
];

fn once(mut wire: Wire, bytes: &[u8]) -> io::Result<()> {
    wire.say(bytes)?;
    wire.be_silent()
}
