//! Names of images, as registries, Docker and containerd agree on them (the grammar of `distribution/reference`).

use std::fmt;
use std::str::FromStr;

/// A whole name: registry, path and tag.
///
/// Whole, since containerd files an image under exactly the name in the archive, and Kubernetes asks for whole names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageName {
    repository: String,
    tag: String,
}

/// Why a text is no name of an image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// It says which content it wants, which follows from the program.
    #[error(
        "a digest cannot be chosen: it follows from the content; name a tag, such as `registry.example.org/tools/netprobe:{}`",
        crate::VERSION
    )]
    Digest,
    /// The path breaks the grammar.
    #[error(
        "`{0}` is no path of an image: lower-case letters, digits, and single `.`, `_` or `-` between them, such as `registry.example.org/tools/netprobe`"
    )]
    Path(String),
    /// The registry breaks the grammar.
    #[error("`{0}` is no registry: a host name or an address, and a port if need be")]
    Registry(String),
    /// The tag breaks the grammar.
    #[error(
        "`{0}` is no tag: up to 128 letters, digits, `.`, `_` and `-`, of which it begins with none of `.` and `-`"
    )]
    Tag(String),
    /// Longer than any registry takes.
    #[error("the name is longer than 255 characters")]
    TooLong,
}

impl ImageName {
    /// The name that `netprobe run --from-node` looks for if it is told no other: `localhost/netprobe:VERSION`. Under
    /// `localhost`, since a name without a registry means Docker Hub: where the image was forgotten, a node would fetch
    /// whatever somebody put there, and now asks itself and is refused.
    pub fn standard() -> Self {
        // `+` separates build metadata in a version and is not allowed in a tag.
        Self { repository: "localhost/netprobe".to_owned(), tag: crate::VERSION.replace('+', "-") }
    }

    /// Registry and path.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// What distinguishes images of one repository.
    pub fn tag(&self) -> &str {
        &self.tag
    }
}

impl Default for ImageName {
    fn default() -> Self {
        Self::standard()
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.repository, self.tag)
    }
}

impl FromStr for ImageName {
    type Err = NameError;

    /// Short names become whole as Docker makes them whole; a missing tag becomes the version.
    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.contains('@') {
            return Err(NameError::Digest);
        }
        // A colon before the last slash is one of a port.
        let (repository, tag) = match text.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, tag.to_owned()),
            _ => (text, Self::standard().tag),
        };
        let (registry, path) = match repository.split_once('/') {
            Some((first, path)) if is_registry(first) => (first, path.to_owned()),
            Some(_) => (HUB, repository.to_owned()),
            None => (HUB, format!("library/{repository}")),
        };
        if !registry_is_sound(registry) {
            return Err(NameError::Registry(registry.to_owned()));
        }
        if !path.split('/').all(component_is_sound) {
            return Err(NameError::Path(path));
        }
        if !tag_is_sound(&tag) {
            return Err(NameError::Tag(tag));
        }
        let repository = format!("{registry}/{path}");
        if repository.len() > MAX_REPOSITORY { Err(NameError::TooLong) } else { Ok(Self { repository, tag }) }
    }
}

/// Docker's rule for what stands before the first slash.
fn is_registry(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost" || first.contains(|c: char| c.is_ascii_uppercase())
}

fn registry_is_sound(registry: &str) -> bool {
    let (host, port) = match registry.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (registry, None),
    };
    let label = |label: &str| {
        let inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !label.is_empty() && label.chars().all(inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let host = address.map_or_else(
        || host.split('.').all(label),
        |address| !address.is_empty() && address.chars().all(|c| c.is_ascii_hexdigit() || c == ':'),
    );
    host && port.is_none_or(|port| !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()))
}

/// Runs of letters and digits with one separator between each two: `.`, `_`, `__`, or dashes.
fn component_is_sound(component: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !component.starts_with(is_letter) || !component.ends_with(is_letter) {
        return false;
    }
    let mut separators = component.split(is_letter).filter(|separator| !separator.is_empty());
    separators.all(|separator| matches!(separator, "." | "_" | "__") || separator.chars().all(|c| c == '-'))
}

fn tag_is_sound(tag: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    (1..=MAX_TAG).contains(&tag.len()) && tag.chars().all(inner) && !tag.starts_with(['.', '-'])
}

/// What a name without a registry means.
const HUB: &str = "docker.io";
/// `distribution/reference`, `RepositoryNameTotalLengthMax`.
const MAX_REPOSITORY: usize = 255;
/// OCI distribution specification, "Pulling manifests".
const MAX_TAG: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_whole() {
        let version = ImageName::standard().tag;
        for (given, whole) in [
            ("localhost/netprobe:1", "localhost/netprobe:1".to_owned()),
            ("localhost/netprobe", format!("localhost/netprobe:{version}")),
            (
                "registry.example.org:5000/tools/netprobe:1.2-rc_1",
                "registry.example.org:5000/tools/netprobe:1.2-rc_1".to_owned(),
            ),
            ("registry.example.org:5000/netprobe", format!("registry.example.org:5000/netprobe:{version}")),
            ("[2001:db8::1]:5000/netprobe:1", "[2001:db8::1]:5000/netprobe:1".to_owned()),
            ("[2001:db8::1]/netprobe:1", "[2001:db8::1]/netprobe:1".to_owned()),
            ("Registry/netprobe:1", "Registry/netprobe:1".to_owned()),
            ("netprobe:1", "docker.io/library/netprobe:1".to_owned()),
            ("acme/net--probe__a.b:1", "docker.io/acme/net--probe__a.b:1".to_owned()),
        ] {
            assert_eq!(given.parse::<ImageName>().map(|name| name.to_string()), Ok(whole), "{given}");
        }
        assert_eq!(ImageName::standard().to_string().parse(), Ok(ImageName::standard()));
    }

    #[test]
    fn what_no_registry_takes_is_refused_by_its_part() {
        let refused = |text: &str| text.parse::<ImageName>().unwrap_err();
        assert_eq!(refused("localhost/netprobe@sha256:00"), NameError::Digest);
        for path in ["", "/", "localhost/", "localhost//a", "localhost/A", "a b", "a..b", "a___b", "-a", "a/b-", "ä"] {
            assert!(matches!(refused(path), NameError::Path(_)), "{path}: {:?}", refused(path));
        }
        for registry in ["-a.b/c", "a..b/c", "a:b/c", "a::1/c", "a.b:/c", "[]:1/c", "[::1/c"] {
            assert!(matches!(refused(registry), NameError::Registry(_)), "{registry}: {:?}", refused(registry));
        }
        for tag in ["localhost/a:", "localhost/a:.b", "localhost/a:-b", "localhost/a:b+c", "localhost/a:ä"] {
            assert!(matches!(refused(tag), NameError::Tag(_)), "{tag}: {:?}", refused(tag));
        }
        assert!(matches!(refused(&format!("localhost/a:{}", "b".repeat(129))), NameError::Tag(_)));
        assert_eq!(refused(&format!("localhost/{}", "a".repeat(246))), NameError::TooLong);
        // As long as can be.
        format!("localhost/{}:{}", "a".repeat(245), "b".repeat(128)).parse::<ImageName>().unwrap();
    }
}
