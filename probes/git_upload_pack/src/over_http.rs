//! The exchange over smart HTTP (gitprotocol-http(5)): a GET for the advertisement, a POST for the pack.

mod door;
mod origin;

use std::time::Duration;

use access::{Access, HttpAccess, Surroundings};
use exchange::Halt;
use exchange::http::{Answer, Ask, Body};
use exchange::tls::Trust;
use exchange::upload_pack::{Progress, ls_refs_v2};
use measure::Timeline;
use model::{Bytes, Ended, Failure, FailureKind, RemoteText, Seen, Stage, Step, UploadPackParameters};

use crate::advertise::{Advertising, closed};
use crate::respond::Responding;
use crate::talk::{Talk, came, prefixes, sent, written};
use door::{Door, Means};
use origin::Origin;

pub(crate) async fn fetch(
    timeline: &Timeline,
    parameters: &UploadPackParameters,
    access: &Access<HttpAccess>,
    surroundings: &Surroundings,
    trust: &Trust,
) -> Result<Ended, Halt> {
    let talk = Talk::new(timeline, parameters);
    let means = Means { access, surroundings, trust };
    let mut origin = Origin::of(&access.way.url);
    let mut door = Door::open(&talk, &origin, means).await?;
    let mut redirects = 0;
    let mut advertising = loop {
        let mut advertising = Advertising::start(&talk, true);
        let answer = match first_answer(&talk, &mut door).await {
            Ok(answer) => answer,
            Err(problem) => return Err(advertising.fail(problem)),
        };
        advertising.headers(answer.status);
        match verdict(&answer, door.shows_a_credential()) {
            Next::Read => break advertise(&talk, &mut door, advertising, answer.body).await?,
            Next::Redirect(location) => {
                redirects += 1;
                let next = origin.redirected(&location).filter(|_| redirects <= MAX_REDIRECTS);
                let Some(next) = next else {
                    return Err(advertising.fail(not_followed(&location)));
                };
                timeline.end(Step::AdvertisementWait { http_status: Some(answer.status) });
                timeline.context().recorder.write(Seen::Redirect { to: next.advertisement().into() });
                door = Door::open(&talk, &next, means).await?;
                origin = next;
            }
            Next::LogIn => door.log_in(&talk, answer).await?,
            Next::Fail(kind) => {
                let text = answer_text(timeline, answer).await;
                return Err(advertising.fail(Failure::new(kind, "ask for the ref advertisement").saying(text)));
            }
        }
    };
    if let Some(cut) = advertising.cut.take() {
        return Ok(cut);
    }
    converse(&talk, &mut door, &advertising.advertising).await
}

/// An advertisement that was read, or cut.
struct Advertised<'a> {
    advertising: Advertising<'a>,
    cut: Option<Ended>,
}

async fn first_answer(talk: &Talk<'_>, door: &mut Door<'_>) -> Result<Answer, Failure> {
    let uri = door.uri("/info/refs?service=git-upload-pack");
    talk.timeline.watch(door.ask(Ask { uri: &uri, git_protocol: talk.v2().then_some(V2), ..Ask::default() })).await?
}

async fn advertise<'a>(
    talk: &'a Talk<'a>,
    door: &mut Door<'_>,
    mut advertising: Advertising<'a>,
    mut body: Body,
) -> Result<Advertised<'a>, Halt> {
    let read = async {
        loop {
            let Some(bytes) = body.next().await? else { return Err(closed(RemoteText::default())) };
            match advertising.feed(&bytes)? {
                Progress::Complete => return Ok(None),
                Progress::More => {}
                Progress::AskForRefs => {
                    // The connection is free for the next request only behind the end of this body.
                    while body.next().await?.is_some() {}
                    let wanted = prefixes(&talk.timeline.context().git_ref);
                    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
                    let request = ls_refs_v2(&wanted, advertising.reader.capabilities());
                    let answer = post(door, request, true).await?;
                    if answer.status != 200 {
                        let text = format!("HTTP {}", answer.status);
                        let kind = refusal(answer.status, door.shows_a_credential());
                        return Err(Failure::new(kind, "ask for the references").saying(text));
                    }
                    body = answer.body;
                    advertising.reader.expect_refs();
                }
            }
            if let Some(cut) = talk.cap_reached() {
                return Ok(Some(cut));
            }
        }
    };
    match talk.timeline.watch(read).await.and_then(std::convert::identity) {
        Ok(cut) => {
            advertising.end();
            if cut.is_none() {
                // The connection is free behind the end of the body; one that does not end is opened anew.
                let rest = async { while let Ok(Some(_)) = body.next().await {} };
                let _ = talk.timeline.watch(tokio::time::timeout(REST_OF_BODY, rest)).await;
            }
            Ok(Advertised { advertising, cut })
        }
        Err(problem) => Err(advertising.fail(problem)),
    }
}

async fn converse(talk: &Talk<'_>, door: &mut Door<'_>, advertising: &Advertising<'_>) -> Result<Ended, Halt> {
    let timeline = talk.timeline;
    let reader = &advertising.reader;
    let selection = talk.select(reader)?;
    let (request, step) = talk.request(&selection, reader);
    let v2 = reader.protocol() == Some(model::Protocol::V2);
    door.ensure_open(talk).await?;
    timeline.enter(Stage::Request);
    let before = timeline.wire();
    let due = before.sent + Bytes::of(&request);
    let with_credential = door.shows_a_credential();
    let asking = post(door, request, v2);
    let mut asking = std::pin::pin!(asking);
    let mut early = None;
    let sending = async {
        tokio::select! {
            biased;
            answer = &mut asking => early = Some(answer),
            () = written(timeline, due) => {}
        }
    };
    if let Err(problem) = timeline.watch(sending).await {
        timeline.fail(step, problem);
        return Err(Halt);
    }
    sent(timeline, step, before);

    let mut responding = Responding::start(talk, talk.response(&selection, reader), selection.depth.is_some());
    let answered = match early {
        Some(answer) => answer,
        None => timeline.watch(asking).await.and_then(std::convert::identity),
    };
    let answer = answered.map_err(|problem| responding.fail(problem))?;
    responding.headers(answer.status);
    if let Next::Redirect(location) = verdict(&answer, false) {
        return Err(responding.fail(not_followed(&location)));
    }
    if answer.status != 200 {
        let kind = refusal(answer.status, with_credential);
        let text = answer_text(timeline, answer).await;
        return Err(responding.fail(Failure::new(kind, "ask for the pack").saying(text)));
    }
    let mut body = answer.body;
    let responded = timeline.watch(respond(&mut body, &mut responding)).await.and_then(std::convert::identity);
    if let Some(cut) = responded.map_err(|problem| responding.fail(problem))? {
        responding.cut();
        return Ok(cut);
    }
    if responding.is_corrupt() {
        return Err(Halt);
    }
    let step = Step::End { exit_status: None };
    match timeline.watch(async { while let Ok(Some(_)) = body.next().await {} }).await {
        Ok(()) => {
            timeline.end_at(step, came(timeline), timeline.wire());
            Ok(Ended::Complete)
        }
        Err(problem) => {
            timeline.fail(step, problem);
            Err(Halt)
        }
    }
}

/// Until the pack is whole, or a cap is reached.
async fn respond(body: &mut Body, responding: &mut Responding<'_>) -> Result<Option<Ended>, Failure> {
    while !responding.reader.is_done() {
        match body.next().await? {
            Some(bytes) => {
                if let Some(cut) = responding.feed(&bytes)? {
                    return Ok(Some(cut));
                }
                // What has come meanwhile is read, and its time noted, before what is here is worked on.
                tokio::task::yield_now().await;
            }
            None => responding.end_of_stream(RemoteText::default())?,
        }
    }
    Ok(None)
}

async fn post(door: &mut Door<'_>, body: Vec<u8>, v2: bool) -> Result<Answer, Failure> {
    let uri = door.uri("/git-upload-pack");
    door.ask(Ask { uri: &uri, body: Some(body), git_protocol: v2.then_some(V2), ..Ask::default() }).await
}

/// What an answer to the first request calls for.
enum Next {
    Read,
    Redirect(String),
    LogIn,
    Fail(FailureKind),
}

fn verdict(answer: &Answer, with_credential: bool) -> Next {
    match answer.status {
        200 if answer.content_type.as_str().starts_with(ADVERTISEMENT) => Next::Read,
        // A page where an advertisement was due: a captive portal, a proxy's own words, a login form.
        200 => Next::Fail(FailureKind::Malformed),
        301 | 302 | 303 | 307 | 308 => match &answer.location {
            Some(location) => Next::Redirect(location.clone()),
            None => Next::Fail(FailureKind::Redirect),
        },
        401 => Next::LogIn,
        status => Next::Fail(refusal(status, with_credential)),
    }
}

/// Who showed nothing was refused no login: what forbids then is a rule of the server, or of something before it.
fn refusal(status: u16, with_credential: bool) -> FailureKind {
    match status {
        401 => FailureKind::AuthenticationRefused,
        403 if with_credential => FailureKind::AuthenticationRefused,
        404 => FailureKind::RepositoryNotFound,
        407 => FailureKind::ProxyRefused,
        status => FailureKind::HttpStatus { status },
    }
}

/// What stands behind the question mark may be a signed token.
fn not_followed(location: &str) -> Failure {
    let shown = location.split(['?', '#']).next().unwrap_or_default();
    Failure::new(FailureKind::Redirect, "follow the redirect").saying(shown)
}

/// The first words of a refusal, for the report; they are not waited for long.
async fn answer_text(timeline: &Timeline, mut answer: Answer) -> RemoteText {
    timeline.context().recorder.write(Seen::Refusal(answer.refusal));
    let text = timeline.watch(tokio::time::timeout(Duration::from_secs(1), answer.body.text(2_048))).await;
    let text = RemoteText::from_bytes(&text.ok().and_then(Result::ok).unwrap_or_default());
    format!("HTTP {} {} {text}", answer.status, answer.content_type).into()
}

/// For what is left of a body when everything in it is known.
const REST_OF_BODY: Duration = Duration::from_secs(1);

const V2: &str = "version=2";
const ADVERTISEMENT: &str = "application/x-git-upload-pack-advertisement";

/// Go's client follows ten.
const MAX_REDIRECTS: u32 = 10;
