use model::{Endpoint, Parameters, Step, TcpConnectParameters};

use super::*;
use crate::follow_up;
use crate::samples::connect::{AT_ONCE, Came, SISTER, at, connects, hung, well};
use crate::samples::{Story, V4, V6, calm};

fn next(story: Story) -> Option<Parameters> {
    follow_up(&story.done(), Micros::from_secs(20)).map(|run| run.parameters)
}

fn exchange_at(parameters: Option<Parameters>) -> Option<IpAddr> {
    parameters?.upload_pack()?.address
}

fn tried(parameters: Option<Parameters>) -> TcpConnectParameters {
    match parameters {
        Some(Parameters::TcpConnect(asked)) => asked,
        other => panic!("{other:?}"),
    }
}

fn with(story: Story, seen: impl IntoIterator<Item = model::Seen>) -> Story {
    story.around(connects(1, &[]), seen)
}

#[test]
fn the_address_that_answers_gets_the_whole_exchange_of_whichever_family() {
    let both = [V6, SISTER, V4];
    let story = with(hung(Story::ssh(), &both, V6), [at(V6, Came::Silent), at(SISTER, Came::Silent), at(V4, AT_ONCE)]);
    assert_eq!(exchange_at(next(story)), Some(V4));
    let sisters = with(hung(Story::ssh(), &[SISTER, V4], SISTER), [at(SISTER, Came::Silent), at(V4, AT_ONCE)]);
    assert_eq!(exchange_at(next(sisters)), Some(V4));
    let unknown = hung(Story::ssh(), &[V6, V4], V6);
    assert_eq!(exchange_at(next(unknown)), Some(V4), "the other family was not asked yet");
}

#[test]
fn an_address_that_is_known_to_be_dead_gets_no_exchange_and_the_doors_are_tried() {
    let dead = with(hung(Story::ssh(), &[V6, V4], V6), [at(V6, Came::Silent), at(V4, Came::Silent)]);
    let asked = tried(next(dead));
    assert_eq!((asked.connects, asked.addresses.len()), (0, 0));
    assert_eq!(asked.also, [Endpoint { host: V6.to_string(), port: 443 }]);
}

#[test]
fn a_hosters_other_door_is_tried_and_a_proxys_are_not() {
    let silent = |story: Story, host: &'static str| {
        let https = story.report.header.plan.target.transport == model::Transport::Https;
        let resolve = Step::Resolve { host: host.into(), addresses: vec![V4] };
        let peer = (V4, if https { 443 } else { 22 }).into();
        let connect = Step::Connect { peer, local: None, mss_clamp_bytes: None };
        story.run(|run| run.good(resolve, 5).stalls(connect, calm()))
    };
    let hosted = silent(Story::at("ssh://git@github.com/org/repo.git"), "github.com");
    let doors = tried(next(hosted)).also;
    assert_eq!(doors[1], Endpoint { host: "ssh.github.com".into(), port: 443 });
    assert_eq!(next(silent(Story::ssh(), "proxy.example")), None);
    let https = tried(next(silent(Story::at("https://github.com/org/repo.git"), "github.com"))).also;
    assert_eq!(https, [Endpoint { host: V4.to_string(), port: 22 }], "another SSH door is of no use over HTTPS");
}

#[test]
fn a_doubtful_silence_is_looked_into_once() {
    let doubtful = || with(well(Story::ssh(), &[V6, V4], V6), [at(V6, AT_ONCE), at(V4, Came::Silent)]);
    let asked = tried(next(doubtful()));
    assert_eq!((asked.connects, asked.addresses.as_slice()), (1, &[V4][..]));
    assert_eq!(next(doubtful().around(connects(1, &[V4]), [at(V4, Came::Silent)])), None);
    assert_eq!(next(doubtful().around(connects(1, &[V4]), [at(V4, AT_ONCE)])), None);
    let no_route = with(well(Story::ssh(), &[V6, V4], V6), [at(V6, AT_ONCE), at(V4, Came::NoRoute)]);
    assert_eq!(next(no_route), None);
}
