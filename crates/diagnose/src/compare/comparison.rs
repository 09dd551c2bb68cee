//! What a comparison comes to, as data: columns, rows, and where the fault lies.

use model::{Micros, PodPlace, Stage};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::row::Row;
use crate::{Confidence, FluxOutcome, Verdict};

/// Several reports side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// One for each report, in the order in which they were given.
    pub columns: Vec<Column>,
    /// One for each thing that can be compared, in the order of the exchange.
    pub rows: Vec<Row>,
    /// Where the fault lies, as far as these reports tell.
    pub place: FaultPlace,
    /// The same as one sentence or a few, for people. Where the fault is that of a node it says "only from the node".
    pub sentence: String,
    /// How sure the findings are that the sentence rests on: the least sure of them; none where there is no fault.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub confidence: Option<Confidence>,
    /// What a reader should bear in mind, one sentence each: why cells are not comparable, which servers answered.
    pub caveats: Vec<String>,
    /// What the cluster says, held against what netprobe foretells; none where no report has a symptom.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub told: Option<Told>,
    /// From where on a difference is called one.
    pub bound: DifferenceBound,
}

/// One report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Column {
    /// Heads the column: `here · nb-17`, `node npk-n2 · pod network`.
    pub label: String,
    /// Its place as the object of "from": `here`, `the node npk-n2`.
    pub called: String,
    /// The same for a narrow cell: `here`, `npk-n2`.
    pub short: String,
    /// The report's id.
    pub report: String,
    /// Where in a cluster, if it is a pod of netprobe's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pod: Option<PodPlace>,
    /// The diagnosis in a word.
    pub verdict: Verdict,
    /// The diagnosis in a sentence.
    pub headline: String,
    /// How sure its first finding is; none where there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub confidence: Option<Confidence>,
    /// What Flux would come to from there.
    pub flux_outcome: FluxOutcome,
    /// What Flux would log from there, word for word, as far as it can be foretold.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub flux_message: Option<String>,
    /// How the exchange ended.
    pub end: ExchangeEnd,
    /// The whole report, all its runs together.
    pub took_us: Micros,
}

/// How the exchange of a column ended, as far as it matters to where a fault lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum ExchangeEnd {
    /// It works from there.
    Well,
    /// All was well up to the login, and there was nothing to log in with, or it was not taken. No fault of the network.
    NoLogin {
        /// The stage that could not be passed.
        stage: Stage,
    },
    /// Flux cannot use its Secret. That is a fault, and none of the network.
    Secret {
        /// The stage that could not be passed without it; none where the exchange came to its end all the same.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        stage: Option<Stage>,
    },
    /// A fault was seen.
    Fault {
        /// Where the exchange failed; none where it came to its end, and is a fault for another reason.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        stage: Option<Stage>,
        /// The rule of the first finding.
        rule: String,
    },
    /// Nothing can be concluded from it: interrupted, out of time, broken off, never made.
    Open {
        /// Why, one clause.
        why: String,
    },
}

/// From where on a difference is called one. Both parts of a bound must be exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DifferenceBound {
    /// So many percent of the fastest, for durations and rates.
    pub percent: u64,
    /// And so much longer, for durations.
    pub least_us: Micros,
    /// The same for round trips.
    pub least_round_trip_us: Micros,
    /// Percent by which sizes of packs may differ.
    pub size_percent: u64,
    /// Rates over less time than this are not compared.
    pub least_rate_us: Micros,
}

/// Where the fault lies, as far as the reports tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "place", rename_all = "snake_case")]
pub enum FaultPlace {
    /// There is none: it works from every place.
    Nowhere,
    /// It works from every place, and slower from some.
    SlowerFromSome {
        /// Indices of these columns.
        columns: Vec<usize>,
    },
    /// From pods on nodes, and not from outside the cluster.
    OnlyFromNode {
        /// Indices of the columns with the fault.
        columns: Vec<usize>,
    },
    /// From outside the cluster, and not from its nodes.
    OnlyFromHere {
        /// Indices of the columns with the fault.
        columns: Vec<usize>,
    },
    /// Through a node's pod network, and not through the node's own.
    OnlyPodNetwork {
        /// Indices of the columns with the fault.
        columns: Vec<usize>,
    },
    /// Through a node's own network, and not through its pod network.
    OnlyHostNetwork {
        /// Indices of the columns with the fault.
        columns: Vec<usize>,
    },
    /// From some places of one kind and not from others.
    OnlyFromSome {
        /// Indices of the columns with the fault.
        columns: Vec<usize>,
    },
    /// The same from every place.
    Everywhere,
    /// Nowhere on the way: in the Secret that the GitRepository names.
    Secret {
        /// Indices of the columns whose pods had it.
        columns: Vec<usize>,
    },
    /// From every place, but not the same.
    Different,
    /// It cannot be told.
    Open,
}

/// What the cluster says of the repository, held against what netprobe foretells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Told {
    /// Index of the column whose report has the symptom.
    pub column: usize,
    /// Its words that netprobe foretells letter by letter.
    pub echoes: Vec<Echo>,
    /// What that comes to, one sentence or a few.
    pub sentence: String,
}

/// Words of the cluster's that are netprobe's own forecast, letter by letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Echo {
    /// Who said them: `Ready`, or another condition, or `event GitOperationFailed`.
    pub said_by: String,
    /// Indices of the columns from which netprobe foretells them.
    pub columns: Vec<usize>,
}
