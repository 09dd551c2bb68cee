//! What a proxy answers, SOCKS 5 or HTTP. Promised: no byte behind its answer is taken, since that belongs to the tunnel;
//! a refusal is bounded and clean.

use std::path::Path;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use access::proxy::Proxy;
use access::{Client, Source};
use exchange::proxy::open;
use model::Failure;

use crate::promise;

/// The first byte chooses the kind of proxy, the rest is all that it ever sends.
pub(super) fn check(input: &[u8]) {
    let Some((&choice, sent)) = input.split_first() else { return };
    let proxy = proxy(choice);
    match ask(&proxy, sent) {
        (Ok(()), taken) => {
            assert!(ask(&proxy, &sent[..taken]).0.is_ok(), "it needed no more than it took");
            assert!(ask(&proxy, &sent[..taken - 1]).0.is_err(), "it did not answer before the answer was there");
        }
        (Err(failure), taken) => {
            promise::remote_text(&failure.text);
            assert_eq!(ask(&proxy, &sent[..taken]).1, taken);
        }
    }
}

/// The outcome, and how much of `sent` it took.
fn ask(proxy: &Proxy, sent: &[u8]) -> (Result<(), Failure>, usize) {
    let mut stream = tokio::io::join(sent, Vec::new());
    let asked = pin!(open(&mut stream, proxy, "git.example.org", 22)).poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(outcome) = asked else { panic!("all that it could wait for is there") };
    (outcome, sent.len() - stream.reader().len())
}

fn proxy(choice: u8) -> Proxy {
    let scheme = if choice & 1 == 0 { "socks5" } else { "http" };
    let login = if choice & 2 == 0 { "" } else { "ada:secret@" };
    let source = Source::line(Path::new("fuzz"), 1);
    Proxy::parse(&format!("{scheme}://{login}proxy.example.org:1080"), Client::Git, source).expect("this is a proxy")
}
