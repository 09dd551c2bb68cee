//! What one run used of the machine it ran on, and had to wait for: differences of counters from its start to its end.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Found, Micros, Throttling};

/// The machine's share in a run. Written once, as the run's last observation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MachineUse {
    /// Between the two looks.
    pub took_us: Micros,
    /// Time that this process spent on processors, all threads together.
    pub cpu_us: Micros,
    /// Time that this process could have run and did not get a processor, all threads together
    /// (`/proc/self/task/*/schedstat`, second field; Linux Documentation/scheduler/sched-stats.rst). What its control group
    /// held it back counts too.
    pub run_queue_us: Found<Micros>,
    /// How often and how long its control group was held because its quota was used up.
    pub throttling: Found<Throttling>,
    /// The kernel's counters of this network namespace that moved (`/proc/net/snmp`, `/proc/net/netstat`), by the names that
    /// nstat(8) has for them, such as `TcpRetransSegs`: other connections of the same place count too.
    pub counters: Found<BTreeMap<String, u64>>,
}
