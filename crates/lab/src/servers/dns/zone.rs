//! What a name server knows: zones, and the addresses of names in them.

use std::net::IpAddr;

use anyhow::{Context as _, Result, ensure};
use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::{Name, RData, Record, RecordType};

/// Zones and the names in them. All else below the zones does not exist, and all outside is refused.
#[derive(Debug, Clone)]
pub struct Zone {
    origins: Vec<Name>,
    names: Vec<(Name, Vec<IpAddr>)>,
}

/// What a zone says of a name and a type.
#[derive(Debug, PartialEq)]
pub(super) enum Known {
    /// Records; none where the name has none of the type.
    Name(Vec<Record>),
    /// No such name.
    Nothing,
    /// Nobody asked us to know it.
    Outside,
}

impl Zone {
    /// Zones by name, such as `lab.test` and whatever a client searches.
    pub fn new(origins: &[&str]) -> Result<Self> {
        Ok(Self { origins: origins.iter().map(|origin| absolute(origin)).collect::<Result<_>>()?, names: Vec::new() })
    }

    /// Adds a name with its addresses, which come in this order.
    pub fn with(mut self, name: &str, addresses: &[IpAddr]) -> Result<Self> {
        let name = absolute(name)?;
        ensure!(self.origin_of(&name).is_some(), "{name} is in none of the server's zones");
        self.names.push((name, addresses.to_vec()));
        Ok(self)
    }

    /// What there is. `lie`, unless empty, takes the place of the addresses of any name.
    pub(super) fn look_up(&self, name: &Name, kind: RecordType, lie: &[IpAddr]) -> Known {
        if self.origin_of(name).is_none() {
            return Known::Outside;
        }
        let Some((_, addresses)) = self.names.iter().find(|(known, _)| known == name) else {
            // A zone's own name and those between it and a known name exist, with nothing to them (RFC 8020).
            let between = self.origins.contains(name) || self.names.iter().any(|(known, _)| name.zone_of(known));
            return if between { Known::Name(Vec::new()) } else { Known::Nothing };
        };
        let addresses = if lie.is_empty() { addresses.as_slice() } else { lie };
        Known::Name(records(name, kind, addresses))
    }

    /// What a denial has to carry (RFC 2308, section 3).
    pub(super) fn authority(&self, name: &Name) -> Option<Record> {
        let origin = self.origin_of(name)?;
        let hour_secs = 3600;
        let soa = SOA::new(origin.clone(), origin.clone(), 1, hour_secs, hour_secs, hour_secs, TTL_SECS);
        Some(Record::from_rdata(origin.clone(), TTL_SECS, RData::SOA(soa)))
    }

    fn origin_of(&self, name: &Name) -> Option<&Name> {
        self.origins.iter().find(|origin| origin.zone_of(name))
    }
}

/// Those of the addresses that are of this kind, as records of the name.
pub(super) fn records(name: &Name, kind: RecordType, addresses: &[IpAddr]) -> Vec<Record> {
    let records = addresses.iter().map(|address| Record::from_rdata(name.clone(), TTL_SECS, RData::from(*address)));
    records.filter(|record| record.record_type() == kind).collect()
}

fn absolute(name: &str) -> Result<Name> {
    let mut parsed = Name::from_ascii(name).with_context(|| format!("`{name}` is no name"))?;
    parsed.set_fqdn(true);
    Ok(parsed)
}

/// As a cluster's `CoreDNS` has it (the plugins `kubernetes` and `cache`).
const TTL_SECS: u32 = 30;
