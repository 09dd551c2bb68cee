//! What to do about a message: the entry's steps, with what is known of the repository put in. A text goes into a command
//! only quoted.

use model::{Target, Transport};

use crate::entry::{Client, Connection, Entry, Step};
use crate::sighting::Object;

/// What can be put into a step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) client: Client,
    pub(crate) connection: Option<Connection>,
    pub(crate) target: Option<&'a Target>,
    pub(crate) options: &'a [String],
    pub(crate) object: Option<&'a Object>,
}

/// Sentences, which end with a full stop, and commands, which do not.
pub(crate) fn steps(entry: &Entry, known: Known<'_>) -> Vec<String> {
    entry.next.iter().map(|step| written(*step, known)).collect()
}

fn written(step: Step, known: Known<'_>) -> String {
    match step {
        Step::Say(sentence) => sentence.to_owned(),
        Step::Run(more) => run(more, known),
        Step::Shell(command) => {
            let of_object = |name: &Option<model::RemoteText>| name.as_ref().map(|name| quoted(name.as_str()));
            let object = known.object;
            let name = object.map_or("NAME".to_owned(), |object| quoted(object.name.as_str()));
            let namespace = object.and_then(|object| of_object(&object.namespace));
            command
                .replace("{repository}", &repository(known.target))
                .replace(
                    "{namespace}",
                    namespace.as_deref().unwrap_or(if object.is_none() { "flux-system" } else { "NAMESPACE" }),
                )
                .replace("{name}", &name)
        }
    }
}

/// The client of the message decides whose packets are imitated; git itself speaks protocol v2.
fn run(more: &str, known: Known<'_>) -> String {
    let mut words = vec!["netprobe run".to_owned()];
    words.extend((!more.is_empty()).then(|| more.to_owned()));
    match known.client {
        Client::Flux | Client::Kubernetes => {}
        Client::Git | Client::OpenSsh | Client::Libcurl => words.push("--profile git --protocol v2".to_owned()),
    }
    words.extend((known.connection == Some(Connection::List)).then(|| "--artifact-stored".to_owned()));
    words.extend(known.options.iter().cloned());
    words.push(repository(known.target));
    words.join(" ")
}

/// Its address, or a word that stands for it.
fn repository(target: Option<&Target>) -> String {
    match target {
        // What Flux was given is a URL, and in a URL the user of HTTP can be a token.
        Some(target) if target.transport == Transport::Ssh => quoted(&target.url()),
        Some(target) => quoted(&Target { user: None, ..target.clone() }.url()),
        None => "URL".to_owned(),
    }
}

/// As a shell takes it for one word (POSIX shell, 2.2.2).
pub(crate) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}
