//! What an entry of the table is made of. Pure data: which words, from which client, at which place, and what follows.

use model::{Stage, Transport};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One message that is known, in all its spellings.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Its name, for scripts. It does not change between versions.
    pub id: &'static str,
    /// What kind of news it is.
    pub nature: Nature,
    /// Whose words they are.
    pub client: Client,
    /// Where in a fetch it comes from, unless a pattern knows better.
    pub place: Place,
    /// How it reads.
    pub patterns: &'static [Pattern],
    /// What it means, in a sentence or two.
    pub means: &'static str,
    /// The stage before which everything had worked, where it is not that of `place`.
    pub worked_before: Option<Stage>,
    /// What the time that it took tells; empty where nothing is known.
    pub clock: &'static str,
    /// What it cannot be any more.
    pub rules_out: &'static [&'static str],
    /// What it can be, likeliest first.
    pub causes: &'static [Cause],
    /// What to do to know.
    pub next: &'static [Step],
}

impl Entry {
    /// A failure of Flux's client of which nothing is said yet.
    pub(crate) const FLUX: Self = Self {
        id: "",
        nature: Nature::Fault,
        client: Client::Flux,
        place: Place::Untold,
        patterns: &[],
        means: "",
        worked_before: None,
        clock: "",
        rules_out: &[],
        causes: &[],
        next: RUN,
    };
    /// The same of git.
    pub(crate) const GIT: Self = Self { client: Client::Git, ..Self::FLUX };
    /// The same of OpenSSH.
    pub(crate) const OPENSSH: Self = Self { client: Client::OpenSsh, ..Self::FLUX };
    /// The same of libcurl, by itself or inside git.
    pub(crate) const LIBCURL: Self = Self { client: Client::Libcurl, ..Self::FLUX };
    /// The same of Kubernetes and Flux's controllers around the fetch.
    pub(crate) const KUBERNETES: Self = Self { client: Client::Kubernetes, ..Self::FLUX };
}

/// Make the run; it sees by itself what to try after a stall.
pub(crate) const RUN: &[Step] = &[Step::Run("")];

/// What kind of news a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Nature {
    /// Something failed, and the message says where.
    Fault,
    /// It can be as it should be, or the only sign of a fault.
    Sign,
    /// It says only that something failed before: of use where nothing better was said.
    Echo,
    /// Nothing is wrong.
    Fine,
}

/// Whose words they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Client {
    /// Flux's source-controller, and go-git and Go's libraries in it.
    Flux,
    /// `git` itself.
    Git,
    /// The OpenSSH client, as `git` calls it.
    OpenSsh,
    /// libcurl: `curl`, or `git` over HTTP.
    Libcurl,
    /// Kubernetes, or a controller of Flux's around the fetch.
    Kubernetes,
}

impl Client {
    /// As a sentence names it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Flux => "Flux (go-git)",
            Self::Git => "git",
            Self::OpenSsh => "OpenSSH",
            Self::Libcurl => "libcurl",
            Self::Kubernetes => "Flux's controllers on Kubernetes",
        }
    }
}

/// Where in a fetch a message comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "place", rename_all = "snake_case")]
pub enum Place {
    /// One stage.
    Stage {
        /// It.
        stage: Stage,
    },
    /// One of several stages in a row; the message does not say which.
    Stages {
        /// The first that it can be.
        from: Stage,
        /// The last that it can be.
        to: Stage,
    },
    /// Before any packet: what the client was given to work with.
    Configuration,
    /// The revision that was asked for, among the references that the server has.
    Reference,
    /// The disk or the memory of the machine that fetches.
    Storage,
    /// The controller's loop around the fetch.
    Reconciliation,
    /// The message does not say.
    Untold,
}

impl Place {
    /// One stage.
    pub(crate) const fn at(stage: Stage) -> Self {
        Self::Stage { stage }
    }

    /// One of several.
    pub(crate) const fn between(from: Stage, to: Stage) -> Self {
        Self::Stages { from, to }
    }

    /// The first stage that it can be.
    pub const fn earliest(self) -> Option<Stage> {
        match self {
            Self::Stage { stage } | Self::Stages { from: stage, .. } => Some(stage),
            // The references are there, and nothing was asked for yet.
            Self::Reference => Some(Stage::Request),
            _ => None,
        }
    }

    /// In a few plain words.
    pub fn words(self) -> String {
        match self {
            Self::Stage { stage } => stage.words().to_owned(),
            Self::Stages { from, to } => format!("{} … {}", from.words(), to.words()),
            Self::Configuration => "configuration, before any packet".to_owned(),
            Self::Reference => "choice of the revision".to_owned(),
            Self::Storage => "disk and memory".to_owned(),
            Self::Reconciliation => "the controller's loop around the fetch".to_owned(),
            Self::Untold => "the message does not say".to_owned(),
        }
    }
}

/// Which of Flux's two connections a message is about (source-controller, `gitCheckout`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// The first: the references are listed, where an artifact is stored already or `spec.ref.name` is set.
    List,
    /// The second, or the only one: the clone.
    Clone,
}

/// Something that it can be.
#[derive(Debug, Clone, Copy)]
pub struct Cause {
    /// What.
    pub cause: &'static str,
    /// The measurement that tells it from the others.
    pub tell: &'static str,
}

impl Cause {
    pub(crate) const fn new(cause: &'static str, tell: &'static str) -> Self {
        Self { cause, tell }
    }
}

/// Something to do.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// `netprobe run` with these options more, against the repository of the message.
    Run(&'static str),
    /// Any other command; `{name}`, `{namespace}`, `{host}` and `{port}` stand for what the message says.
    Shell(&'static str),
    /// A sentence.
    Say(&'static str),
}

/// One spelling of a message. The text is found anywhere; `*` stands for anything, `^` for the beginning and `$` for the end
/// of what is left when the words that Flux puts before an error are taken off.
#[derive(Debug, Clone, Copy)]
pub struct Pattern {
    /// The text.
    pub text: &'static str,
    /// Only where the repository is reached this way.
    pub transport: Option<Transport>,
    /// Only on this connection of Flux's.
    pub connection: Option<Connection>,
    /// Where it comes from, if this spelling knows better than its entry.
    pub place: Option<Place>,
}

/// A spelling that fits everywhere.
pub(crate) const fn text(text: &'static str) -> Pattern {
    Pattern { text, transport: None, connection: None, place: None }
}

impl Pattern {
    pub(crate) const fn over(mut self, transport: Transport) -> Self {
        self.transport = Some(transport);
        self
    }

    pub(crate) const fn on(mut self, connection: Connection) -> Self {
        self.connection = Some(connection);
        self
    }

    pub(crate) const fn means(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }
}
