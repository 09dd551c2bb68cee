//! The path of the laboratory as its hosts see it: complete in both families, quick to build, gone afterwards.

use std::process::Command;
use std::time::{Duration, Instant};

use lab::emulator::{Effect, Impairment, LinkPlan};
use lab::network::{Network, SERVER};
use lab::programs::{announce, ready};
use lab::scenario::{Machine, Router};

#[test]
fn both_families_reach_the_server_by_three_hops_and_a_small_hop_tells() {
    if !lab::host::possible().unwrap() || !ready(&[lab::programs::IP, lab::programs::NFT]).unwrap() {
        return;
    }
    let delay = Effect::Delay { delay: "5ms".parse().unwrap(), jitter: "0ms".parse().unwrap() };
    let started = Instant::now();
    let network = Network::up(LinkPlan::new(vec![Impairment::from(delay)])).unwrap();
    announce(&format!("the path was up after {:.0} ms", started.elapsed().as_secs_f64() * 1e3));
    let client = network.host(Machine::Client);
    for address in SERVER.both() {
        let started = Instant::now();
        let listener = {
            let server = network.host(Machine::Server);
            server.enter(|| Ok(std::net::TcpListener::bind((address, 7))?)).unwrap()
        };
        client.enter(|| Ok(std::net::TcpStream::connect((address, 7))?)).unwrap();
        let (_, from) = listener.accept().unwrap();
        assert!(started.elapsed() >= Duration::from_millis(10), "{:?}", started.elapsed());
        assert_eq!(from.is_ipv4(), address.is_ipv4());
    }

    network.limit_mtu(Router::Near, 1400, true).unwrap();
    let route = |args: &[&str]| client.must(Command::new(lab::programs::IP.path().unwrap()).args(args)).unwrap();
    for (address, shown) in [(SERVER.both()[0], "mtu 1400"), (SERVER.both()[1], "mtu 1400")] {
        let socket = client.enter(|| {
            let socket = std::net::UdpSocket::bind(if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" })?;
            socket.connect((address, 9))?;
            socket.send(&[0; 1440])?;
            // The router's word comes back as an error of the next call, or of the one after that.
            let _ = socket.recv(&mut [0; 16]);
            Ok(socket)
        });
        drop(socket);
        let told = route(&["route", "get", &address.to_string()]);
        assert!(told.contains(shown), "{told}");
    }
}
