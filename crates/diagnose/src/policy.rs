//! Every threshold that judgement uses, each with its source. Knows numbers only; what follows from crossing one is
//! the business of the rules and of the follow-up.

use model::{Bytes, Micros};

/// The thresholds of judgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// `TCP_MAXSEG` of the run that tests for lost large packets. 1200 bytes make IP packets of 1240 (IPv4) or 1260
    /// (IPv6) bytes: below every tunnel in use (flux-git.md §7 R1, R2: 1296 and up) and at most IPv6's minimum MTU
    /// of 1280 (RFC 8200 §5).
    pub clamp_mss_bytes: u16,
    /// A server that computes longer than this before the first pack byte is called slow: git sends its first
    /// keepalive then (git-config(1), `uploadpack.keepAlive`, default 5 s).
    pub slow_server_us: Micros,
    /// A look-up is slow from this time on. Six names, as in a pod, over 300 ms of delay take less.
    pub slow_look_up_us: Micros,
    /// A look-up that lost a question took longer than this: resolvers wait 5 s for each (resolv.conf(5), `timeout`).
    pub lost_question_us: Micros,
    /// A name server that was waited for as long as this is called silent.
    pub silent_server_us: Micros,
    /// As many pairs of questions have to lose one until it is no chance.
    pub least_lost_pairs: u32,
    /// An advertisement is slow from this time on, if its share of the run is large too.
    pub slow_advertisement_us: Micros,
    /// The share of the run, in percent, that makes a slow advertisement worth a word.
    pub slow_advertisement_percent: u64,
    /// An advertisement is large from here on whatever it took: about 20,000 references (flux-git.md §2.3, 46 bytes and
    /// a name each).
    pub large_advertisement: Bytes,
    /// How much faster protocol v2 must have been, as a factor, to say that the references are the cause.
    pub advertisement_gain: u64,
    /// The share of `spec.timeout`, in percent, above which a clone that fits deserves attention: the sheet asks for a
    /// timeout of twice the measured time (flux-git.md §9).
    pub near_timeout_percent: u64,
    /// From this share of a run on, in percent, spent held back by a CPU limit, its times are not the network's. A client that
    /// is held back at all needs more than its limit; below a quarter the others of its figures still stand.
    pub held_percent: u64,
    /// Held back for less than this, nobody notices: a limit of half a core holds a handshake of some 100 ms of work for as
    /// long again.
    pub least_held_us: Micros,
    /// The same share where other programs had the processors. Higher, as it comes and goes. Measured on two of them: at
    /// a load of 8 from builds a clone of 0.5 s waited for 7 to 22 % of it; beside eight programs more that never rest one of
    /// 0.6 s took 2.5 to 7 s, and waited for 80 to 90 % of them.
    pub crowded_percent: u64,
    /// And the least time of it.
    pub least_crowded_us: Micros,
    /// A stage that took less did not wait for smaller packets: Linux looks for them after three timeouts in a row
    /// (tcp(7), `tcp_retries1`), and these are 0.2, 0.4 and 0.8 s at the least.
    pub least_healing_us: Micros,
    /// An address is called silent after so many SYNs without an answer: a path that loses a tenth of the packets each way
    /// fails so 7 times in 1,000.
    pub syns_that_tell: u32,
    /// So many prove it: 1 in 1,000 on such a path.
    pub syns_that_prove: u32,
    /// Fewer connects than this have no share of losses.
    pub least_connects: usize,
    /// So many of them must have needed more than one SYN, at least.
    pub lossy_connects: usize,
    /// And this share of them, in percent: a path that loses 2 % of the packets each way comes to 4, and reaches this once
    /// in a hundred runs.
    pub lossy_connects_percent: usize,
    /// How long another door is waited for: a second SYN goes out after 1 s (RFC 6298 §2).
    pub door_patience_us: Micros,
    /// A follow-up is not begun with less than this left: a handshake over 100 ms takes about a second (flux-git.md
    /// §6.1, up to 9 round trips).
    pub least_left_us: Micros,
    /// A run that only waits longer is not begun with less than this left; anything shorter repeats what is known.
    pub least_left_for_patience_us: Micros,
    /// Kept free at the end of a run that waits longer, so that a stall is still looked at before the budget ends it.
    pub patience_margin_us: Micros,
    /// How long the answer on a connection that was left idle is waited for: one round trip, and one or two retransmissions
    /// where a packet is lost (RFC 6298 §2).
    pub idle_answer_us: Micros,
    /// How long one TLS handshake that changes a single thing is waited for: an answer to one that gets through takes two
    /// round trips, and a lost packet costs a second (RFC 6298 §2).
    pub hello_patience_us: Micros,
    /// `TCP_MAXSEG` of a TLS handshake whose long hello goes in packets as small as a short one's, which has some 250 bytes.
    pub piece_mss_bytes: u16,
    /// A certificate that has less left deserves a word: two weeks, in seconds. What renews by itself does so earlier (the
    /// default of certbot and cert-manager is a third of the lifetime).
    pub expiry_warning_s: i64,
    /// Two places differ in a duration or a rate from here on, in percent of the better one. Two runs from the same place come
    /// to less than twice one another, as long as nothing is lost.
    pub difference_percent: u64,
    /// And in a duration by so much at least: less is nothing that anybody waits for, and one lost packet costs 200 ms (Linux's
    /// least retransmission timeout).
    pub least_difference_us: Micros,
    /// The same of round trips: another town is no fault, another continent is worth a word.
    pub least_round_trip_difference_us: Micros,
    /// Packs of the same commit may differ by so many percent: which deltas a server finds depends on its threads.
    pub pack_difference_percent: u64,
    /// A transfer that took less has no rate that could be compared: the window has not opened (RFC 5681 §3.1).
    pub least_rate_us: Micros,
}

impl Policy {
    /// What is in force where nobody says otherwise.
    pub const STANDARD: Self = Self {
        clamp_mss_bytes: 1_200,
        slow_server_us: Micros::from_secs(5),
        slow_look_up_us: Micros::from_secs(2),
        lost_question_us: Micros::from_millis(4_500),
        silent_server_us: Micros::from_millis(1_900),
        least_lost_pairs: 2,
        slow_advertisement_us: Micros::from_secs(2),
        slow_advertisement_percent: 20,
        large_advertisement: Bytes::from_mebibytes(1),
        advertisement_gain: 2,
        near_timeout_percent: 50,
        held_percent: 25,
        least_held_us: Micros::from_millis(500),
        crowded_percent: 50,
        least_crowded_us: Micros::from_secs(2),
        least_healing_us: Micros::from_secs(1),
        syns_that_tell: 3,
        syns_that_prove: 4,
        least_connects: 12,
        lossy_connects: 4,
        lossy_connects_percent: 15,
        door_patience_us: Micros::from_millis(1_500),
        least_left_us: Micros::from_secs(2),
        least_left_for_patience_us: Micros::from_secs(8),
        patience_margin_us: Micros::from_secs(1),
        idle_answer_us: Micros::from_millis(2_500),
        hello_patience_us: Micros::from_secs(3),
        piece_mss_bytes: 256,
        expiry_warning_s: 14 * 86_400,
        difference_percent: 200,
        least_difference_us: Micros::from_millis(100),
        least_round_trip_difference_us: Micros::from_millis(20),
        pack_difference_percent: 5,
        least_rate_us: Micros::from_millis(500),
    };
}

impl Default for Policy {
    fn default() -> Self {
        Self::STANDARD
    }
}
