//! The exchange over SSH: `git-upload-pack` on a channel, as git and go-git call it.

use access::identity::Identity;
use access::{Access, SshAccess};
use exchange::Halt;
use exchange::ssh::{Arrival, Pipe, Wanted, handshake, reach};
use exchange::upload_pack::{Progress, ls_refs_v2};
use measure::Timeline;
use model::{Bytes, Ended, Failure, FailureKind, Stage, Step, UploadPackParameters};

use crate::advertise::{Advertising, closed, ended};
use crate::respond::Responding;
use crate::talk::{Talk, came, prefixes, sent, written};

pub(crate) async fn fetch(
    timeline: &Timeline,
    parameters: &UploadPackParameters,
    access: &Access<SshAccess>,
    keys: &[Identity],
) -> Result<Ended, Halt> {
    let talk = Talk::new(timeline, parameters);
    let route = reach(timeline, access, keys, parameters.address, parameters.mss_clamp_bytes).await?;
    let mut session = Box::pin(handshake(timeline, route, &access.way.destination, &Wanted::default())).await?;
    session.authenticate(timeline, keys).await?;
    let command = command(&timeline.context().target.path);
    let mut pipe = session.exec(timeline, &command, talk.v2()).await?;

    let ended = converse(&talk, &mut pipe).await;
    // Goodbye is a courtesy: a peer that has gone silent must not cost the time that is left.
    let _ = tokio::time::timeout(GOODBYE, async {
        pipe.close().await;
        session.close().await;
    })
    .await;
    ended
}

async fn converse(talk: &Talk<'_>, pipe: &mut Pipe) -> Result<Ended, Halt> {
    let timeline = talk.timeline;
    let mut advertising = Advertising::start(talk, false);
    let advertised = timeline.watch(advertise(talk, pipe, &mut advertising)).await.and_then(std::convert::identity);
    if let Some(cut) = advertised.map_err(|problem| advertising.fail(problem))? {
        advertising.end();
        return Ok(cut);
    }
    advertising.end();

    let reader = advertising.reader;
    let selection = talk.select(&reader)?;
    let (request, step) = talk.request(&selection, &reader);
    timeline.enter(Stage::Request);
    let before = timeline.wire();
    let due = before.sent + Bytes::of(&request);
    let sending = async {
        pipe.send(request).await?;
        pipe.finish_sending().await?;
        written(timeline, due).await;
        Ok(())
    };
    let done = timeline.watch(sending).await;
    let done = done.and_then(|done: Result<(), exchange::ssh::Error>| done.map_err(|error| write_failure(&error)));
    if let Err(problem) = done {
        timeline.fail(step, problem);
        return Err(Halt);
    }
    sent(timeline, step, before);

    let mut responding = Responding::start(talk, talk.response(&selection, &reader), selection.depth.is_some());
    let responded = timeline.watch(respond(pipe, &mut responding)).await.and_then(std::convert::identity);
    if let Some(cut) = responded.map_err(|problem| responding.fail(problem))? {
        responding.cut();
        return Ok(cut);
    }
    if responding.is_corrupt() {
        return Err(Halt);
    }
    let closed = timeline.watch(drain(pipe)).await;
    let step = Step::End { exit_status: pipe.exit_status() };
    match closed {
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

/// Until the references are known, or a cap is reached.
async fn advertise(
    talk: &Talk<'_>,
    pipe: &mut Pipe,
    advertising: &mut Advertising<'_>,
) -> Result<Option<Ended>, Failure> {
    loop {
        let Arrival::Data(bytes) = pipe.next().await else {
            let said = pipe.stderr();
            if let Some(broken) = pipe.broken("read the ref advertisement").filter(|_| said.is_empty()) {
                return Err(broken);
            }
            return Err(if advertising.has_begun() { closed(said) } else { ended(pipe.exit_status(), said) });
        };
        match advertising.feed(&bytes)? {
            Progress::Complete => return Ok(None),
            Progress::More => {}
            Progress::AskForRefs => {
                let wanted = prefixes(&talk.timeline.context().git_ref);
                let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
                let request = ls_refs_v2(&wanted, advertising.reader.capabilities());
                pipe.send(request).await.map_err(|error| write_failure(&error))?;
                advertising.reader.expect_refs();
            }
        }
        if let Some(cut) = talk.cap_reached() {
            return Ok(Some(cut));
        }
    }
}

/// Until the pack is whole, or a cap is reached.
async fn respond(pipe: &mut Pipe, responding: &mut Responding<'_>) -> Result<Option<Ended>, Failure> {
    while !responding.reader.is_done() {
        match pipe.next().await {
            Arrival::Data(bytes) => {
                if let Some(cut) = responding.feed(&bytes)? {
                    return Ok(Some(cut));
                }
                // What has come meanwhile is read, and its time noted, before what is here is worked on.
                tokio::task::yield_now().await;
            }
            Arrival::End => {
                let said = pipe.stderr();
                let broken = pipe.broken("read the response").filter(|_| said.is_empty());
                responding.end_of_stream(said).map_err(|problem| broken.unwrap_or(problem))?;
            }
        }
    }
    Ok(None)
}

/// Until the command's exit status and the channel's close have come.
async fn drain(pipe: &mut Pipe) {
    while pipe.next().await != Arrival::End {}
}

/// Quoted for a POSIX shell, as git does it: the path is one word, whatever is in it.
fn command(path: &str) -> String {
    format!("git-upload-pack '{}'", path.replace('\'', r"'\''").replace('!', r"'\!'"))
}

fn write_failure(error: &impl ToString) -> Failure {
    Failure::new(FailureKind::Closed, "send the request").saying(error.to_string())
}

const GOODBYE: std::time::Duration = std::time::Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_stays_one_word_for_any_shell() {
        assert_eq!(command("/org/repo.git"), "git-upload-pack '/org/repo.git'");
        assert_eq!(command("/a'; rm -rf ~ #"), r"git-upload-pack '/a'\''; rm -rf ~ #'");
    }
}
