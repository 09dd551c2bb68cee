//! The same three ends at every stage of both transports: the connection is closed, garbage comes, nothing comes. Those of
//! TLS and of proxies are in their own families.

use std::io;
use std::net::TcpStream;

use model::Stage;

use crate::bed::{Behaviour, Way, all};
use crate::git::{Wire, garbage};

#[test]
fn closed_at_every_stage() {
    each(
        "closed",
        |wire| {
            drop(wire);
            Ok(())
        },
        |way, stage| match (way, stage) {
            (_, Stage::End) => "healthy",               // The pack is there.
            (Way::Http, Stage::Request) => "malformed", // The request comes on a connection of its own, to the same answer.
            _ => "connection-cut",
        },
    );
}

#[test]
fn garbage_at_every_stage() {
    let talk = |mut wire: Wire| {
        wire.say(&garbage(70_000))?;
        wire.be_silent()
    };
    // Behind the end nobody reads it.
    each("garbage", talk, |_, stage| if stage == Stage::End { "stalled" } else { "malformed" });
}

#[test]
fn silent_at_every_stage() {
    each("silence", Wire::be_silent, |way, stage| match (way, stage) {
        (Way::Http, Stage::Request) => "malformed",
        // The service's name comes first.
        (Way::Http, Stage::AdvertisementWait)
        | (_, Stage::AdvertisementTransfer | Stage::PackStart | Stage::PackTransfer | Stage::End) => "stalled",
        _ => "server-silent",
    });
}

fn each(what: &str, serve: fn(Wire) -> io::Result<()>, finding: impl Fn(Way, Stage) -> &'static str) {
    let behaviour = |way: Way, stage: Stage| {
        let name = format!("{way:?}: {what} in the {}", stage.words());
        let serve = move |stream: TcpStream| serve(Wire::until(stage, way, stream)?);
        Behaviour::new(name, way, serve, finding(way, stage))
    };
    let conversation = Stage::ALL.into_iter().filter(|stage| !stage.is_handshake());
    let http = conversation.clone().map(|stage| behaviour(Way::Http, stage));
    let greeted = [Stage::Greeting, Stage::KeyExchange, Stage::Authenticate, Stage::Exec];
    let ssh = greeted.into_iter().chain(conversation).map(|stage| behaviour(Way::Ssh, stage));
    all(&http.chain(ssh).collect::<Vec<_>>());
}
