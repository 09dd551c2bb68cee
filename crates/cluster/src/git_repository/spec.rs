//! The fields of `spec` that need reading: reference, duration, and what netprobe does not do.

use model::{GitRef, Micros};
use serde_json::Value;

use super::text_at;

/// `spec.ref` by Flux's precedence: commit over name over semver over tag over branch; none is branch `master`
/// (source-controller, `gitrepository_types.go` and `git/gogit/client.go`).
pub(super) fn git_ref(object: &Value) -> Result<GitRef, String> {
    let field = |name: &str| text_at(object, &format!("/spec/ref/{name}")).filter(|text| !text.is_empty());
    let branch = field("branch");
    let asked = if let Some(commit) = field("commit") {
        let on_branch = branch.map_or_else(String::new, |branch| format!("@{branch}"));
        format!("commit={commit}{on_branch}")
    } else if let Some(name) = field("name") {
        format!("name={name}")
    } else if let Some(range) = field("semver") {
        format!("semver={range}")
    } else if let Some(tag) = field("tag") {
        format!("tag={tag}")
    } else {
        format!("branch={}", branch.unwrap_or("master"))
    };
    GitRef::parse(&asked).map_err(|error| format!("`spec.ref`: {error}"))
}

/// A Go duration as the API accepts it: numbers with `ms`, `s`, `m` or `h`, one behind the other.
pub(super) fn duration(text: &str) -> Option<Micros> {
    let mut rest = text.trim();
    let mut total = 0_f64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (number, behind) = rest.split_at_checked(digits)?;
        let unit = behind.find(|character: char| character.is_ascii_digit()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at_checked(unit)?;
        let micros = match unit {
            "us" | "µs" => 1.0,
            "ms" => 1e3,
            "s" => 1e6,
            "m" => 60e6,
            "h" => 3_600e6,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * micros;
        rest = behind;
    }
    // Longer than a day is no time-out, and above 2^53 µs the sum would not be exact.
    std::time::Duration::try_from_secs_f64(total / 1e6).ok().filter(|total| total.as_secs() <= 86_400).map(Micros::from)
}

/// What the object asks for beyond one fetch.
pub(super) fn unsupported(object: &Value) -> Vec<String> {
    let set = |field: &str| match object.pointer(&format!("/spec/{field}")) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::String(text)) => !text.is_empty(),
        Some(_) => true,
    };
    let mut notes: Vec<String> = [
        ("recurseSubmodules", "the submodules are not fetched, only the repository itself"),
        ("include", "the included repositories are not fetched"),
        ("sparseCheckout", "Flux fetches the whole commit all the same, and so does netprobe"),
        ("verify", "signatures are not checked"),
    ]
    .into_iter()
    .filter(|(field, _)| set(field))
    .map(|(field, what)| format!("spec.{field}: {what}"))
    .collect();
    if let Some(provider) = text_at(object, "/spec/provider").filter(|provider| *provider != "generic") {
        notes.push(format!(
            "spec.provider {provider}: its token exchange is not made; what comes before the login is measured"
        ));
    }
    if text_at(object, "/spec/gitImplementation") == Some("libgit2") {
        notes.push(
            "spec.gitImplementation libgit2: Flux has dropped it (2.0), and the fetch is made as go-git makes it"
                .to_owned(),
        );
    }
    notes
}
