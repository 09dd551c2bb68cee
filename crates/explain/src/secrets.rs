//! Secrets in messages: user-info of addresses, tokens by their form, and what stands behind words that announce one.
//! Taken off before anything is compared or kept; what is doubtful goes too.

/// `text` with every secret that can be seen replaced by `[secret]`.
pub(crate) fn removed(text: &str) -> String {
    let text = announced(text);
    // User-info may hold most of what ends a word elsewhere (RFC 3986, 3.2.1): addresses come first.
    let text = replaced(&text, ends_address, of_addresses);
    replaced(
        &text,
        is_edge,
        |word| if !word.contains("://") && is_token(word) { SECRET.to_owned() } else { word.to_owned() },
    )
}

/// Each part between two edges as `of` has it.
fn replaced(text: &str, edge: fn(char) -> bool, of: impl Fn(&str) -> String) -> String {
    let mut safe = String::with_capacity(text.len());
    for piece in text.split_inclusive(edge) {
        let (part, end) = match piece.char_indices().next_back() {
            Some((at, last)) if edge(last) => piece.split_at(at),
            _ => (piece, ""),
        };
        safe.push_str(&of(part));
        safe.push_str(end);
    }
    safe
}

fn ends_address(character: char) -> bool {
    character.is_whitespace() || "\"`<>".contains(character)
}

fn is_edge(character: char) -> bool {
    ends_address(character) || "'(),".contains(character)
}

/// An address keeps its scheme and host; over SSH the user name as well, since everybody's is `git`.
fn of_addresses(part: &str) -> String {
    match part.split_once("://") {
        Some((before, rest)) => format!("{before}://{}", of_address(rest, before.ends_with("ssh"))),
        None => part.to_owned(),
    }
}

fn of_address(rest: &str, ssh: bool) -> String {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    // A password may hold a slash: then what looks like a port is none. Two addresses in one are not told apart.
    let port = authority.split_once(':').filter(|_| !authority.starts_with('[')).map_or("", |(_, port)| port);
    let odd = rest.contains("://") || !port.bytes().all(|byte| byte.is_ascii_digit());
    let at = if odd { rest.rfind('@') } else { authority.rfind('@') };
    let Some((user, host)) = at.and_then(|at| Some((rest.get(..at)?, rest.get(at + 1..)?))) else {
        return of_path(rest);
    };
    let user = match user.split_once(':') {
        Some((name, _)) if ssh && !odd_name(name) => format!("{name}:{SECRET}"),
        None if ssh && !odd_name(user) => user.to_owned(),
        _ => SECRET.to_owned(),
    };
    format!("{user}@{}", of_path(host))
}

/// More than a name.
fn odd_name(user: &str) -> bool {
    is_token(user) || user.contains(['/', '?', '#', '@'])
}

/// Paths and queries can hold tokens, too.
fn of_path(path: &str) -> String {
    let mut safe = String::with_capacity(path.len());
    for piece in path.split_inclusive(['/', '?', '&', '=', ';']) {
        let word = piece.trim_end_matches(['/', '?', '&', '=', ';']);
        let end = piece.get(word.len()..).unwrap_or_default();
        safe.push_str(if is_token(word) { SECRET } else { word });
        safe.push_str(end);
    }
    safe
}

/// By a prefix that a hoster gives its tokens, or long and mixed as only random text is.
fn is_token(word: &str) -> bool {
    if PREFIXES.iter().any(|prefix| word.starts_with(prefix) && word.len() >= prefix.len() + 8) {
        return true;
    }
    let random = word.len() >= RANDOM && !word.starts_with("SHA256:");
    let has = |kind: fn(&u8) -> bool| word.bytes().any(|byte| kind(&byte));
    let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || b"+=_-.".contains(&byte);
    random
        && word.bytes().all(alphabet)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
}

/// Cuts off what stands behind the words that announce a secret, up to the next space or edge; behind a header's name, up to
/// the end. One pass, whatever the text.
fn announced(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let here = lower.get(text.len() - rest.len()..).unwrap_or_default();
        let announced = |words: &[&str]| words.iter().find(|word| here.starts_with(**word)).map(|word| word.len());
        let (length, whole) = match (announced(&HEADERS), announced(&ANNOUNCEMENTS)) {
            (Some(length), _) => (length, true),
            (None, Some(length)) => (length, false),
            (None, None) => (0, false),
        };
        let (said, behind) = rest.split_at_checked(length.max(next.len_utf8())).unwrap_or((rest, ""));
        safe.push_str(said);
        rest = behind;
        if length > 0 {
            let value = rest.trim_start_matches([' ', '"', '\'']);
            let end = if whole { value.len() } else { value.find(|c| is_edge(c) || c == '&').unwrap_or(value.len()) };
            safe.push_str(rest.get(..rest.len() - value.len()).unwrap_or_default());
            safe.push_str(if end > 0 { SECRET } else { "" });
            rest = value.get(end..).unwrap_or_default();
        }
    }
    safe
}

const SECRET: &str = "[secret]";
/// Headers of HTTP, as `curl -v` and `GIT_CURL_VERBOSE` show them.
const HEADERS: [&str; 4] = ["authorization:", "cookie:", "private-token:", "x-auth-token:"];
const ANNOUNCEMENTS: [&str; 8] =
    ["password=", "passwd=", "passphrase=", "token=", "secret=", "password: ", "token: ", "bearer "];
/// GitHub, GitLab, Bitbucket and JSON Web Tokens, by their documentation.
const PREFIXES: [&str; 9] = ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "ATBB", "eyJ"];
/// Git's object names are hexadecimal and lower case, so no length of theirs is mixed.
const RANDOM: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_and_the_rest_stays() {
        for (text, expected) in [
            ("clone 'https://me:hunter2@host/r.git': x", "clone 'https://[secret]@host/r.git': x"),
            ("https://ghp_0123456789abcdef@github.com/o/r", "https://[secret]@github.com/o/r"),
            ("https://me:pa/ss@host/r", "https://[secret]@host/r"),
            ("https://me:p@ss@host/r", "https://[secret]@host/r"),
            ("clone 'https://me:a,(b)'c@host/r': x", "clone 'https://[secret]@host/r': x"),
            ("see https://a/b,https://me:x@host/r", "see https://[secret]@host/r"),
            ("ssh://git:hunter2@host/r", "ssh://git:[secret]@host/r"),
            ("\"ssh://git@host:2222/r\": EOF", "\"ssh://git@host:2222/r\": EOF"),
            ("https://host:8443/a@b/c", "https://host:8443/a@b/c"),
            ("https://[2001:db8::1]:443/a@b", "https://[2001:db8::1]:443/a@b"),
            ("https://host/r?access_token=abc&x=1", "https://host/r?access_token=[secret]&x=1"),
            ("> Authorization: Basic bWU6aHVudGVyMg==", "> Authorization: [secret]"),
            ("token glpat-0123456789abcdefghij end", "token [secret] end"),
            ("eyJhbGciOiJIUzI1NiJ9.x.y", "[secret]"),
            ("key aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3", "key [secret]"),
            (
                "main@sha1:0123456789abcdef0123456789abcdef01234567",
                "main@sha1:0123456789abcdef0123456789abcdef01234567",
            ),
            ("socks5://me:x@p:1080", "socks5://[secret]@p:1080"),
            ("git@github.com:org/repo.git", "git@github.com:org/repo.git"),
            (
                "SHA256:p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM",
                "SHA256:p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM",
            ),
        ] {
            assert_eq!(removed(text), expected);
        }
    }

    #[test]
    fn nothing_breaks_it() {
        for text in ["", "://", "@://@", "a://:@", "password=", "token=\"", "İpassword=x", "bearer bearer "] {
            assert!(removed(text).len() <= text.len() + SECRET.len() * 3, "{text}");
        }
    }
}
