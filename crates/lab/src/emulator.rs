//! The link of the laboratory: what one host sends into its TUN interface comes out of the other's, in the way a plan says.
//!
//! Knows how to move packets between two interfaces and how to spoil them on the way. Refuses to know addresses and
//! routes: to both hosts the link is an ordinary interface, given its addresses, MTU and rules like any other.
//!
//! ```text
//! near host: TUN ─ read ─► pipeline: impairment 1 ─► impairment 2 ─► … ─ write ─► TUN :far host     (to server)
//! ```

mod counters;
mod driver;
mod interface;
mod machine;
mod packet;
mod pipeline;
mod plan;
mod real_time;
mod selector;

use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::unistd::gettid;

pub use self::counters::{Counters, ImpairmentCounters, Traffic};
use self::driver::{Driver, Order};
use self::pipeline::Pipeline;
pub use self::plan::{Direction, Effect, Impairment, LinkPlan};
pub use self::selector::{Dscp, Family, Protocol, Selector};
use crate::host::Host;

/// A link between two hosts. Dropping it takes both interfaces away.
#[derive(Debug)]
pub struct Link {
    orders: Option<Sender<Order>>,
    wake: Arc<EventFd>,
    driver: Option<JoinHandle<()>>,
    real_time: bool,
}

impl Link {
    /// Makes an interface `name` on either host and begins to move packets. The interfaces are down and have no addresses;
    /// none comes by itself when they are brought up, not even a link-local one.
    pub fn start(near: &Host, far: &Host, name: &str, plan: LinkPlan) -> Result<Self> {
        let (near, far) = (interface::create(near, name)?, interface::create(far, name)?);
        let wake = Arc::new(EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC)?);
        let (orders, inbox) = mpsc::channel();
        let (report, begun) = mpsc::channel();
        let driver = Driver::new(near, far, Pipeline::new(plan, Instant::now()), inbox, Arc::clone(&wake));
        let driver = thread::Builder::new().name(format!("lab-{name}")).spawn(move || {
            // Nobody to tell means that the link was given up; the inbox is then closed as well.
            let _ = report.send(gettid());
            driver.run();
        })?;
        let thread = begun.recv().context("the thread of the link is gone")?;
        let real_time = real_time::acquire(thread);
        Ok(Self { orders: Some(orders), wake, driver: Some(driver), real_time })
    }

    /// Follows another plan. When this returns it is in force for every packet that comes. Impairments that were there
    /// before keep what they know (queues, flows) and their counters; packets on their way are not recalled.
    pub fn set(&self, plan: LinkPlan) -> Result<()> {
        self.ask(|answer| Order::Follow(plan, answer))
    }

    /// What happened so far.
    pub fn counters(&self) -> Result<Counters> {
        self.ask(Order::Count)
    }

    /// Whether the kernel runs the link before everything ordinary (`SCHED_FIFO`), as it said itself. Where not, times
    /// are right only while the machine is idle.
    pub fn is_real_time(&self) -> bool {
        self.real_time
    }

    fn ask<T>(&self, order: impl FnOnce(Sender<T>) -> Order) -> Result<T> {
        let (answer, answered) = mpsc::channel();
        let ended = || anyhow!("the thread of the link has ended: what it said is above");
        self.orders.as_ref().and_then(|orders| orders.send(order(answer)).ok()).ok_or_else(ended)?;
        self.wake.write(1)?;
        answered.recv().map_err(|_| ended())
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        drop(self.orders.take());
        // Fails only if it has been woken 2⁶⁴ times and not looked.
        let _ = self.wake.write(1);
        if let Some(driver) = self.driver.take() {
            // A panic there has already been printed.
            let _ = driver.join();
        }
    }
}
