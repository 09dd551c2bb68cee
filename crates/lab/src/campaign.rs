//! Many trials: side by side where they do not mind, one at a time where they would disturb each other.
//!
//! Knows the order and keeps every record the moment it is there. Refuses to choose scenarios and to print.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::Result;
use model::Transport;

use crate::record::Record;
use crate::results::Results;
use crate::scenario::Scenario;
use crate::stored;
use crate::trial::Programs;

/// What is to be tried, and how.
#[derive(Debug)]
pub struct Campaign<'a> {
    /// Who takes part.
    pub programs: &'a Programs,
    /// The scenarios, each over every transport of which it expects something.
    pub scenarios: Vec<&'a Scenario>,
    /// Trials at a time.
    pub jobs: NonZeroUsize,
    /// What becomes of trials that take minutes.
    pub studies: Studies,
}

/// What becomes of trials that take minutes: those of scenarios with the tag `study`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Studies {
    /// They are made like any other.
    Live,
    /// What was seen when they were made is judged again.
    Stored,
    /// They are made, as is everything else of this campaign, and kept to be judged again.
    Store,
}

/// A trial that has just been made, or was found among the results.
#[derive(Debug)]
pub struct Progress<'a> {
    /// What it was a trial of.
    pub scenario: &'a Scenario,
    /// What was seen.
    pub record: &'a Record,
    /// Whether it was there already.
    pub resumed: bool,
    /// Trials so far, this one included.
    pub done: usize,
    /// Trials in all.
    pub of: usize,
}

type Work<'a> = (&'a Scenario, Transport);

impl Campaign<'_> {
    /// Makes every trial that is not among the results yet. `tell` hears of each as soon as it is kept.
    pub fn run(&self, results: &mut Results, tell: impl Fn(&Progress<'_>) + Sync) -> Result<()> {
        let all: Vec<Work<'_>> = self
            .scenarios
            .iter()
            .flat_map(|scenario| scenario.content.expect.iter().map(move |(transport, _)| (*scenario, transport)))
            .collect();
        let (alone, together): (Vec<_>, Vec<_>) = all.iter().partition(|(scenario, _)| scenario.has_tag(ALONE));
        let keeper = Mutex::new(Keeper { results, done: 0, of: all.len() });
        self.work_off(together, self.jobs.get(), &keeper, &tell)?;
        self.work_off(alone, 1, &keeper, &tell)
    }

    fn make(&self, scenario: &Scenario, transport: Transport) -> Result<Record> {
        match self.studies {
            Studies::Stored if scenario.has_tag(stored::TAG) => Ok(self.programs.judge_again(scenario, transport)),
            Studies::Store => self.programs.store(scenario, transport),
            Studies::Live | Studies::Stored => Ok(self.programs.try_out(scenario, transport)),
        }
    }

    fn work_off(
        &self,
        work: Vec<Work<'_>>,
        jobs: usize,
        keeper: &Mutex<Keeper<'_>>,
        tell: &(impl Fn(&Progress<'_>) + Sync),
    ) -> Result<()> {
        let queue = Mutex::new(VecDeque::from(work));
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let worker = || -> Result<()> {
            while let Some((scenario, transport)) = next() {
                let key = self.programs.key(scenario, transport);
                let known = keeper.lock().unwrap_or_else(PoisonError::into_inner).results.done(&key).cloned();
                let resumed = known.is_some();
                let record = match known {
                    Some(record) => record,
                    None => self.make(scenario, transport)?,
                };
                keeper.lock().unwrap_or_else(PoisonError::into_inner).keep(scenario, &record, resumed, tell)?;
            }
            Ok(())
        };
        thread::scope(|scope| {
            let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(worker)).collect();
            workers.into_iter().try_for_each(|worker| {
                worker.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a thread that made trials panicked")))
            })
        })
    }
}

struct Keeper<'a> {
    results: &'a mut Results,
    done: usize,
    of: usize,
}

impl Keeper<'_> {
    fn keep(
        &mut self,
        scenario: &Scenario,
        record: &Record,
        resumed: bool,
        tell: &impl Fn(&Progress<'_>),
    ) -> Result<()> {
        if !resumed {
            self.results.keep(record.clone())?;
        }
        self.done += 1;
        tell(&Progress { scenario, record, resumed, done: self.done, of: self.of });
        Ok(())
    }
}

/// The tag of scenarios whose figures would suffer from company on the same computer.
const ALONE: &str = "alone";
