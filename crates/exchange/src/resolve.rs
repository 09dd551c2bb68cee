//! Name to addresses, the way ssh and git ask for it: the system's own resolver, with its files and its order.

use std::net::{IpAddr, SocketAddr};

use measure::Timeline;
use model::{Failure, FailureKind, Stage, Step};

use crate::Halt;

/// Looks `host` up and takes one address: `only` if given, else the resolver's first. One attempt, one address: other
/// addresses are other runs.
pub async fn resolve(timeline: &Timeline, host: &str, port: u16, only: Option<IpAddr>) -> Result<SocketAddr, Halt> {
    timeline.enter(Stage::Resolve);
    let step = |addresses: Vec<IpAddr>| Step::Resolve { host: host.to_owned(), addresses };
    let looked_up = timeline.watch(look_up(host, port)).await;
    let addresses = match looked_up {
        Ok(Ok(addresses)) => addresses,
        Ok(Err(problem)) | Err(problem) => {
            timeline.fail(step(Vec::new()), problem);
            return Err(Halt);
        }
    };
    let Some(address) = only.or(addresses.first().copied()) else {
        timeline.fail(step(addresses), Failure::new(FailureKind::NameNotFound, "look the name up"));
        return Err(Halt);
    };
    timeline.end(step(addresses));
    Ok(SocketAddr::new(address, port))
}

/// Every address of `host`, in the resolver's order; of an address, itself.
///
/// # Errors
/// The resolver's verdict: no such name, or no usable answer.
pub async fn look_up(host: &str, port: u16) -> Result<Vec<IpAddr>, Failure> {
    if let Ok(literal) = host.parse() {
        return Ok(vec![literal]);
    }
    match tokio::net::lookup_host((host, port)).await {
        Ok(found) => {
            let mut addresses: Vec<IpAddr> = Vec::new();
            for address in found.map(|address| address.ip()) {
                if !addresses.contains(&address) && addresses.len() < MAX_ADDRESSES {
                    addresses.push(address);
                }
            }
            Ok(addresses)
        }
        Err(error) => Err(refusal(&error)),
    }
}

/// The resolver's verdict comes as text only: `std` keeps `EAI_*` numbers to itself. The texts are glibc's `gai_strerror`.
fn refusal(error: &std::io::Error) -> Failure {
    let text = error.to_string();
    let unknown = ["Name or service not known", "No address associated", "Name does not resolve"];
    let kind = if unknown.iter().any(|known| text.contains(known)) {
        FailureKind::NameNotFound
    } else {
        FailureKind::NameServerFailure
    };
    Failure::new(kind, "look the name up").saying(text)
}

/// More than any name has in earnest.
const MAX_ADDRESSES: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_not_there_differs_from_a_resolver_that_does_not_answer() {
        let kind = |text: &str| refusal(&std::io::Error::other(text)).kind;
        let prefix = "failed to lookup address information: ";
        assert_eq!(kind(&format!("{prefix}Name or service not known")), FailureKind::NameNotFound);
        assert_eq!(kind(&format!("{prefix}Temporary failure in name resolution")), FailureKind::NameServerFailure);
    }
}
