//! The catalogue of rules, and nothing else: what can be found, in the order in which it is told.

mod address_family_broken;
mod address_record_lost;
mod advertisement_slow;
mod authentication_refused;
mod certificate_chain_incomplete;
mod certificate_expired;
mod certificate_expires_soon;
mod certificate_untrusted;
mod certificate_wrong_name;
mod client_cpu_starved;
mod connect_lossy;
mod connect_refused;
mod connect_silent;
mod connect_unreachable;
mod connection_cut;
mod cut_for_budget;
mod exec_refused;
mod flux_cannot_dial;
mod flux_gives_up;
mod flux_secret_unusable;
mod flux_takes_no_host_certificate;
mod healthy;
mod host_key_changed;
mod host_key_revoked;
mod host_key_types_mixed;
mod host_key_unknown;
mod http_status;
mod idle_flow_forgotten;
mod key_exchange_not_digested;
mod look_up_cost;
mod malformed;
mod name_answers_differ;
mod name_answers_lost;
mod name_lookup_slow;
mod name_not_found;
mod name_server_failure;
mod name_server_silent;
mod near_timeout;
mod no_common_algorithm;
mod no_credential;
mod not_measured;
mod over_timeout;
mod pack_corrupt;
mod path_mtu_black_hole;
mod proxy_refused;
mod rate_limited;
mod ref_not_found;
mod remote_error;
mod repository_empty;
mod repository_not_found;
mod server_computing;
mod server_connection_limit;
mod server_silent;
mod ssh_filtered_by_content;
mod stalled;
mod tls_failed;
mod tls_intercepted;
mod tls_large_hello_dropped;
mod tls_name_filtered;
mod unexplained;

use crate::case::Case;
use crate::judgement::Judgement;
use crate::policy::Policy;

pub(crate) use host_key_types_mixed::strangers;

/// One thing that can be found.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Stable across versions; a finding carries it.
    pub id: &'static str,
    /// What is found, in a few words, as a heading has it.
    pub title: &'static str,
    /// How its word weighs.
    pub weight: Weight,
    pub(crate) judge: fn(&Case<'_>, &Policy) -> Option<Judgement>,
}

/// How a rule's word weighs against those of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// It stands, unless another finding accounts for it.
    Stands,
    /// It stands, and the report's question stays open.
    LeavesOpen,
    /// It is heard only where no other rule spoke of the same run.
    LastWord,
}

/// Every rule: causes before symptoms, what is known before what is open. The order decides which of two findings of
/// the same severity is told first.
pub static RULES: &[Rule] = &[
    name_answers_differ::RULE,
    address_record_lost::RULE,
    name_server_silent::RULE,
    name_answers_lost::RULE,
    name_lookup_slow::RULE,
    name_not_found::RULE,
    name_server_failure::RULE,
    address_family_broken::RULE,
    connect_refused::RULE,
    connect_unreachable::RULE,
    connect_silent::RULE,
    connect_lossy::RULE,
    proxy_refused::RULE,
    flux_secret_unusable::RULE,
    flux_takes_no_host_certificate::RULE,
    host_key_changed::RULE,
    host_key_revoked::RULE,
    host_key_unknown::RULE,
    host_key_types_mixed::RULE,
    no_common_algorithm::RULE,
    server_connection_limit::RULE,
    ssh_filtered_by_content::RULE,
    tls_name_filtered::RULE,
    tls_large_hello_dropped::RULE,
    tls_intercepted::RULE,
    certificate_chain_incomplete::RULE,
    certificate_untrusted::RULE,
    certificate_expired::RULE,
    certificate_wrong_name::RULE,
    tls_failed::RULE,
    authentication_refused::RULE,
    no_credential::RULE,
    exec_refused::RULE,
    rate_limited::RULE,
    http_status::RULE,
    malformed::RULE,
    repository_not_found::RULE,
    repository_empty::RULE,
    ref_not_found::RULE,
    remote_error::RULE,
    pack_corrupt::RULE,
    path_mtu_black_hole::RULE,
    key_exchange_not_digested::RULE,
    idle_flow_forgotten::RULE,
    client_cpu_starved::RULE,
    server_computing::RULE,
    server_silent::RULE,
    connection_cut::RULE,
    stalled::RULE,
    advertisement_slow::RULE,
    flux_cannot_dial::RULE,
    over_timeout::RULE,
    flux_gives_up::RULE,
    near_timeout::RULE,
    certificate_expires_soon::RULE,
    cut_for_budget::RULE,
    not_measured::RULE,
    unexplained::RULE,
    healthy::RULE,
];
