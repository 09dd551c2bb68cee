//! The response to a fetch and its side-bands, over SSH and over HTTP alike.

use std::io;
use std::net::TcpStream;

use crate::bed::{Behaviour, Way, all};
use crate::git::{ESCAPES, Wire, band, garbage, id, line, pack};

#[test]
fn responses() {
    let over = |way| {
        let asked = ASKED.iter().map(move |row| behaviour(way, Wire::asked, row));
        asked.chain(ACKNOWLEDGED.iter().map(move |row| behaviour(way, Wire::acknowledged, row)))
    };
    all(&over(Way::Ssh).chain(over(Way::Http)).collect::<Vec<_>>());
}

type Row = (&'static str, fn(Wire) -> io::Result<()>, &'static str);

fn behaviour(
    way: Way,
    reach: fn(Way, TcpStream) -> io::Result<Wire>,
    (name, serve, finding): &'static Row,
) -> Behaviour {
    let behaviour = Behaviour::new(format!("{way:?}: {name}"), way, move |stream| serve(reach(way, stream)?), finding);
    let behaviour = if name.contains("progress") { behaviour.with(&["--server-progress"]) } else { behaviour };
    if name.ends_with("without end") { behaviour.flood() } else { behaviour }
}

const ASKED: &[Row] = &[
    ("shallow commits without end", |mut wire| wire.flood(&line(format!("shallow {}", id()).as_bytes())), "malformed"),
    ("an error full of escapes", |wire| once(wire, &line(format!("ERR {ESCAPES}").as_bytes())), "remote-error"),
    (
        "ACKs without end",
        |mut wire| {
            wire.say(b"0000")?;
            wire.flood(&line(format!("ACK {} common\n", id()).as_bytes()))
        },
        "malformed",
    ),
    (
        "NAKs without end",
        |mut wire| {
            wire.say(b"0000")?;
            wire.flood(b"0008NAK\n")
        },
        "malformed",
    ),
    ("flushes without end", |mut wire| wire.flood(b"0000"), "malformed"),
    ("empty packets without end", |mut wire| wire.flood(b"0004"), "malformed"),
    ("garbage for a response", |wire| once(wire, &garbage(100_000)), "malformed"),
    ("half a length", |wire| once(wire, b"00"), "server-silent"),
];

const ACKNOWLEDGED: &[Row] = &[
    ("band 4", |wire| once(wire, &band(4, b"x")), "malformed"),
    ("band 27", |wire| once(wire, &band(27, b"[2J")), "malformed"),
    ("band 3 full of escapes", |wire| once(wire, &band(3, ESCAPES.as_bytes())), "remote-error"),
    ("progress full of escapes", |wire| once(wire, &band(2, format!("{ESCAPES}\n").as_bytes())), "stalled"),
    ("band 3 of 65 KiB", |wire| once(wire, &band(3, ESCAPES.repeat(1_200).as_bytes())), "remote-error"),
    ("progress in one line without end", |mut wire| wire.flood(&band(2, &[b'x'; 60_000])), "malformed"),
    ("keepalives without end", |mut wire| wire.flood(b"0005\x01"), "malformed"),
    ("packets without a band without end", |mut wire| wire.flood(b"0004"), "malformed"),
    ("a keepalive now and then", |mut wire| wire.drip(std::iter::repeat(b"0005\x01".to_vec())), "cut-for-budget"),
    ("4,294,967,295 objects", |wire| once(wire, &band(1, b"PACK\0\0\0\x02\xff\xff\xff\xff")), "stalled"),
    (
        "a pack of zeros without end",
        |mut wire| {
            wire.say(&band(1, b"PACK\0\0\0\x02\xff\xff\xff\xff"))?;
            wire.flood(&band(1, &[0; 60_000]))
        },
        "cut-for-budget",
    ),
    (
        "an object that inflates without end",
        |mut wire| {
            wire.say(&band(1, b"PACK\0\0\0\x02\0\0\0\x01\xbf\xff\xff\xff\xff\x0f"))?;
            let mut deflate = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
            let zeros = vec![0; 1 << 20];
            loop {
                io::Write::write_all(&mut deflate, &zeros)?;
                let some = std::mem::take(deflate.get_mut());
                if !some.is_empty() {
                    wire.say(&band(1, &some))?;
                }
            }
        },
        "cut-for-budget",
    ),
    ("something else than a pack", |wire| once(wire, &band(1, b"\x1b[31mPILE\0\0\0\x02")), "malformed"),
    (
        "a pack of garbage",
        |mut wire| {
            wire.say(&band(1, b"PACK\0\0\0\x02\0\0\0\x05"))?;
            once(wire, &[band(1, &garbage(10_000)), b"0000".to_vec()].concat())
        },
        "pack-corrupt",
    ),
    (
        "a pack that ends in its header",
        |wire| once(wire, &[band(1, b"PACK\0\0"), b"0000".to_vec()].concat()),
        "malformed",
    ),
    (
        "a pack, and garbage behind it without end",
        |mut wire| {
            wire.say(&[band(1, &pack()), b"0000".to_vec()].concat())?;
            wire.flood(&garbage(60_000))
        },
        "malformed",
    ),
    (
        "a length that is none in the pack",
        |wire| once(wire, &[band(1, b"PACK\0\0\0\x02\0\0\0\x05"), b"\x1b[2J".to_vec()].concat()),
        "malformed",
    ),
    (
        "the pack, a byte a second",
        |mut wire| wire.drip(pack().into_iter().map(|byte| band(1, &[byte]))),
        "cut-for-budget",
    ),
];

fn once(mut wire: Wire, bytes: &[u8]) -> io::Result<()> {
    wire.say(bytes)?;
    wire.be_silent()
}
