//! The path of the laboratory as its hosts see it: complete in both families, quick to build, gone afterwards.

use std::process::Command;
use std::time::{Duration, Instant};

use lab::emulator::{Effect, Impairment, LinkPlan};
use lab::network::{Network, SERVER};
use lab::programs::{announce, ready};
use lab::scenario::{Machine, Router, Tunnel};

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
    assert_is_told(&network, "mtu 1400");
}

#[test]
fn a_tunnel_takes_what_client_and_server_send_and_tells_how_much_fits() {
    if !lab::host::possible().unwrap() || !ready(&[lab::programs::IP, lab::programs::NFT]).unwrap() {
        return;
    }
    for bridged in [false, true] {
        let network = Network::up(LinkPlan::default()).unwrap();
        let tunnel = Tunnel { mtu: 1450, tells: true, bridged };
        network.dig(&tunnel).unwrap();
        let dug = network.tunnel(&tunnel).unwrap();
        for address in SERVER.both() {
            let server = network.host(Machine::Server);
            let listener = server.enter(|| Ok(std::net::TcpListener::bind((address, 7))?)).unwrap();
            let client = network.host(Machine::Client);
            client.enter(|| Ok(std::net::TcpStream::connect((address, 7))?)).unwrap();
            listener.accept().unwrap();
        }
        // Two handshakes of three packets each at the least.
        let used = network.tunnel(&tunnel).unwrap();
        assert!(used.packets >= dug.packets + 6, "{dug:?} {used:?}");
        assert_eq!(used.kept_back, None);
        if !bridged {
            assert_is_told(&network, "mtu 1450");
        }
    }
}

/// A packet that is too large makes the client know what would fit.
fn assert_is_told(network: &Network, shown: &str) {
    let client = network.host(Machine::Client);
    for address in SERVER.both() {
        let socket = client.enter(|| {
            let socket = std::net::UdpSocket::bind(if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" })?;
            socket.connect((address, 9))?;
            socket.send(&[0; 1440])?;
            // The router's word comes back as an error of the next call, or of the one after that.
            let _ = socket.recv(&mut [0; 16]);
            Ok(socket)
        });
        drop(socket);
        let ip = lab::programs::IP.path().unwrap();
        let told = client.must(Command::new(ip).args(["route", "get", &address.to_string()])).unwrap();
        assert!(told.contains(shown), "{told}");
    }
}
