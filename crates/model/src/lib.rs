//! The vocabulary of netprobe, in reading order: a [`Target`] is asked about by a [`Plan`] of [`Run`]s, seen from a
//! [`Vantage`]; each run leaves [`Observation`]s, and all of it together is a [`Report`].
//!
//! Pure data: this crate opens nothing, reads no clock and passes no judgement. Times are whole microseconds since the
//! report's zero, sizes whole bytes. No secret can be written down in any of these types.

mod certificate;
mod connect;
mod dns;
mod failure;
mod flux_version;
mod git_ref;
mod hold;
mod host;
mod hoster;
mod http;
pub mod journal;
mod machine;
mod measurement;
mod objection;
mod observation;
mod parameters;
mod plan;
mod report;
mod ssh;
mod stage;
mod step;
mod symptom;
mod target;
mod tcp;
mod text;
mod units;
mod vantage;

pub use certificate::{Certificate, CertificateDetails, TlsTrust};
pub use connect::{ConnectAttempt, Door, Parting, PartingEnd, RttHistogram, TcpHandshake};
pub use dns::{DnsAnswer, DnsCode, DnsOutcome, DnsQuery, DnsRecord, DnsTransport, Resolver};
pub use failure::{Failure, FailureKind};
pub use flux_version::{FluxVersion, FluxVersionError};
pub use git_ref::{GitRef, GitRefError};
pub use hold::Hold;
pub use host::{
    CpuLimit, Found, Host, Link, MemoryLimit, Offloads, ProxyVariable, Route, RouteFound, Throttling, WallClock,
};
pub use hoster::Hoster;
pub use http::HttpRefusal;
pub use journal::{Journal, JournalError, Record};
pub use machine::MachineUse;
pub use measurement::{Cap, Ended, Measurement, StopCause};
pub use objection::{Objection, SecretUse};
pub use observation::{Observation, Seen, StageSeen, StallSnapshot, TransferSample, WireCount};
pub use parameters::{
    Caps, Depth, DnsParameters, Endpoint, Filter, Parameters, Protocol, SshHandshakeParameters, SshKeyExchange,
    SshOpening, TcpConnectParameters, TlsHandshakeParameters, TlsHello, TlsServerName, UploadPackParameters,
};
pub use plan::{Plan, Profile, Purpose, Run, RunId};
pub use report::{Ending, Header, Note, Report, Tool};
pub use ssh::{KnownKeyTypes, SshOpened, SshServerOffer};
pub use stage::Stage;
pub use step::{
    AckKind, Advertisement, FlightSize, HostKey, HostKeyVerdict, PackProgress, SshAlgorithms, Step, Trailer,
};
pub use symptom::{ClusterEvent, Condition, Symptom};
pub use target::{Target, TargetError, Transport, UrlPassword};
pub use tcp::TcpInfo;
pub use text::RemoteText;
pub use units::{Bytes, Micros};
pub use vantage::{Interface, Likeness, PodNetwork, PodPlace, Vantage, VantageKind};

/// Version of everything that is written to disk. Optional additions keep it; a changed meaning raises it.
pub const REPORT_VERSION: u32 = 1;
