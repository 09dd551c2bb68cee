//! A connection left idle, and then something small asked on it: whether anybody on the way forgets connections that say
//! nothing.

use std::time::Duration;

use measure::{Meter, Timeline};
use model::{Failure, FailureKind, Hold, Micros, Seen};

use crate::Halt;

/// Sends nothing for `idle_us`, then awaits `ask` for at most `patience_us`, and writes down what came of it. `asked` names
/// the question. Halts where the run's time or somebody's wish ended it before the question.
pub async fn hold(
    timeline: &Timeline,
    idle_us: Micros,
    patience_us: Micros,
    asked: &str,
    ask: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Halt> {
    let context = timeline.context();
    let left = context.deadline_us.since(context.clock.now()).since(LAST_LOOK);
    if left <= idle_us {
        context.recorder.remark("the time that was left is shorter than the connection was to be left idle");
        return Err(Halt);
    }
    let meter = timeline.meter();
    let spoke = |meter: &Meter| meter.last_received().max(meter.last_sent());
    let silent_from = meter.as_ref().map_or_else(|| context.clock.now(), spoke);
    tokio::select! {
        () = tokio::time::sleep(idle_us.into()) => {}
        () = context.stop.asked() => return Err(Halt),
    }
    // Whoever spoke in between, a server that greets late or that closes, made the silence shorter.
    let last = meter.as_ref().map_or(silent_from, spoke).max(silent_from);
    let asked_at = context.clock.now();
    let patience = Duration::from(patience_us.min(left.since(idle_us)));
    let answer = tokio::select! {
        answer = tokio::time::timeout(patience, ask) => answer,
        () = context.stop.asked() => return Err(Halt),
    };
    let took = context.clock.now().since(asked_at);
    let problem = match answer {
        Ok(answer) => answer.err(),
        Err(_) => Some(Failure::new(FailureKind::Stalled { silent_us: took }, asked)),
    };
    context.recorder.write(Seen::Hold(Hold {
        idle_us: asked_at.since(last),
        asked: asked.to_owned(),
        answered_us: problem.is_none().then_some(took),
        problem,
        tcp: meter.as_ref().and_then(Meter::tcp),
    }));
    Ok(())
}

/// Kept free before a deadline, for closing up.
const LAST_LOOK: Micros = Micros::from_millis(300);
