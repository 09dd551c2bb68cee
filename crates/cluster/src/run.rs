//! One Job from its making to its end: made, watched, its log read, deleted again whatever happened. Speaks to the API
//! server and judges nothing: what a pod came to is said by [`crate::state`], what its report means by nobody here.
//!
//! Nothing is waited for without a bound, and no watch is used: a run takes a minute, and asking again every two seconds
//! shows the same with fewer rights and no second way to break.

mod clean_up;
mod faults;
mod follow;
mod log;
mod reading;
mod sight;
mod submit;

use std::pin::pin;
use std::time::Duration;

pub use clean_up::delete_command;
pub use submit::check_admission;

use crate::contact::Contact;
use crate::job::JobWish;
use crate::state::PodFault;
use follow::Follower;
use frame::Beat;
use submit::Submitted;

/// How a run is made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Manner {
    /// Leave the Job where it is, for looking at it.
    pub keep: bool,
}

/// What happens while it happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sign {
    /// One line for the user.
    Told(String),
    /// One line of the pod's journal.
    Record(String),
    /// The pod lives; where its run stands.
    Beat(Beat),
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct PodRun {
    /// The pod's journal, line by line.
    pub records: Vec<String>,
    /// How it ended.
    pub ended: PodEnded,
    /// What is left in the cluster and the command that deletes it; none where nothing is left.
    pub left: Option<String>,
}

/// How a run in a pod ended.
#[derive(Debug, Clone)]
pub enum PodEnded {
    /// The journal is whole: count, length and SHA-256 agree.
    Whole,
    /// The pod ran and its journal is not whole: the records are what came through, or its summary.
    Partial(PodFault),
    /// No journal: the pod never ran, or nothing of it came through.
    Never(PodFault),
    /// The caller asked to stop; the records are what came until then.
    Stopped,
}

/// Makes the Job, follows its pod and deletes it. Ends at the latest when the Job's own deadline has passed, and a few
/// seconds after `stop`.
pub async fn run_job(
    contact: &Contact,
    wish: &JobWish,
    manner: &Manner,
    on: &(dyn Fn(Sign) + Sync),
    stop: impl Future<Output = ()>,
) -> PodRun {
    // Boxed: what all the requests need together is too large for a caller's stack.
    Box::pin(carry_out(contact, wish, manner, on, stop)).await
}

async fn carry_out(
    contact: &Contact,
    wish: &JobWish,
    manner: &Manner,
    on: &(dyn Fn(Sign) + Sync),
    stop: impl Future<Output = ()>,
) -> PodRun {
    let mut stop = pin!(stop);
    let admitted = tokio::select! {
        biased;
        () = &mut stop => return PodRun { records: Vec::new(), ended: PodEnded::Stopped, left: None },
        admitted = check_admission(contact, wish) => admitted,
    };
    if let Err(fault) = admitted {
        return PodRun { records: Vec::new(), ended: PodEnded::Never(fault), left: None };
    }
    // From here on the Job may exist, whatever the answer will be: its name is known, so it can be deleted.
    let mut follower = Follower::new(contact, wish, on);
    let submitting = submit::submit(contact, wish);
    let (submitted, stopped) = with_grace(submitting, &mut stop).await;
    let ended = match submitted {
        Some(Submitted::Foreign(fault)) => {
            return PodRun { records: Vec::new(), ended: PodEnded::Never(fault), left: None };
        }
        Some(Submitted::Unclear(fault)) => {
            let left = Some(clean_up::unclear(contact, wish));
            return PodRun { records: Vec::new(), ended: PodEnded::Never(fault), left };
        }
        Some(Submitted::Refused(fault)) => PodEnded::Never(fault),
        _ if stopped => PodEnded::Stopped,
        _ => tokio::select! {
            biased;
            () = &mut stop => PodEnded::Stopped,
            ended = follower.follow() => ended,
        },
    };
    let left = if manner.keep {
        Some(clean_up::kept(contact, wish))
    } else {
        let deleted = clean_up::delete(contact, wish).await;
        if matches!(ended, PodEnded::Stopped) {
            follower.last_words(LAST_WORDS).await;
        }
        clean_up::wait_until_gone(contact, wish, deleted).await
    };
    PodRun { records: follower.into_records(), ended, left }
}

/// Waits for the POST. Asked to stop meanwhile, it waits a little longer, since a Job that is made after its deletion stays.
async fn with_grace(
    submitting: impl Future<Output = Submitted>,
    stop: &mut (impl Future<Output = ()> + Unpin),
) -> (Option<Submitted>, bool) {
    let mut submitting = pin!(submitting);
    tokio::select! {
        biased;
        () = stop => (tokio::time::timeout(POST_GRACE, submitting).await.ok(), true),
        submitted = &mut submitting => (Some(submitted), false),
    }
}

/// How long a POST that is under way is waited for after a stop.
const POST_GRACE: Duration = Duration::from_secs(2);
/// How long an agent that was told to end may go on telling what it has: its pod's grace period.
const LAST_WORDS: Duration = Duration::from_secs(5);
