//! What we say to upload-pack. With the `flux` profile the v0 request has the very form and size of go-git's.

use model::{Filter, Profile};

use super::pkt_line::write;
use super::{Capabilities, Selection};

/// What a request depends on besides the selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// Let the server speak on band 2.
    pub progress: bool,
    /// Leave objects out.
    pub filter: Option<Filter>,
    /// Whose habits to follow.
    pub profile: Profile,
}

impl Ask {
    /// The filter, if the server can do it: asking without would be a protocol error.
    pub fn effective_filter(self, server: &Capabilities) -> Option<Filter> {
        self.filter.filter(|_| server.has("filter") || server.value_has("fetch", "filter"))
    }
}

/// The v0 request: wants, depth, filter, `done`. A fresh clone has nothing to negotiate.
pub fn fetch_v0(selection: &Selection, ask: Ask, server: &Capabilities) -> Vec<u8> {
    let mut out = Vec::with_capacity(256 + selection.wants.len() * 50);
    let capabilities = capabilities_v0(selection, ask, server);
    for (index, id) in selection.wants.iter().enumerate() {
        let line = if index == 0 { format!("want {id} {capabilities}\n") } else { format!("want {id}\n") };
        write(&mut out, line.as_bytes());
    }
    if let Some(depth) = selection.depth {
        write(&mut out, format!("deepen {depth}\n").as_bytes());
    }
    if let Some(filter) = ask.effective_filter(server) {
        write(&mut out, format!("filter {}\n", filter.spec()).as_bytes());
    }
    out.extend_from_slice(b"0000");
    write(&mut out, b"done\n");
    out
}

/// The v2 `ls-refs` command, limited to what the reference needs.
pub fn ls_refs_v2(prefixes: &[&str], server: &Capabilities) -> Vec<u8> {
    let mut out = Vec::new();
    command(&mut out, "ls-refs", server);
    for line in ["peel\n", "symrefs\n"] {
        write(&mut out, line.as_bytes());
    }
    for prefix in prefixes {
        write(&mut out, format!("ref-prefix {prefix}\n").as_bytes());
    }
    out.extend_from_slice(b"0000");
    out
}

/// The v2 `fetch` command.
pub fn fetch_v2(selection: &Selection, ask: Ask, server: &Capabilities) -> Vec<u8> {
    let mut out = Vec::with_capacity(256 + selection.wants.len() * 50);
    command(&mut out, "fetch", server);
    let flux = ask.profile == Profile::Flux;
    let options = [("thin-pack", !flux), ("no-progress", !ask.progress), ("include-tag", !flux), ("ofs-delta", true)];
    for (name, _) in options.iter().filter(|(_, wanted)| *wanted) {
        write(&mut out, format!("{name}\n").as_bytes());
    }
    if let Some(depth) = selection.depth {
        write(&mut out, format!("deepen {depth}\n").as_bytes());
    }
    if let Some(filter) = ask.effective_filter(server) {
        write(&mut out, format!("filter {}\n", filter.spec()).as_bytes());
    }
    for id in &selection.wants {
        write(&mut out, format!("want {id}\n").as_bytes());
    }
    write(&mut out, b"done\n");
    out.extend_from_slice(b"0000");
    out
}

fn command(out: &mut Vec<u8>, name: &str, server: &Capabilities) {
    write(out, format!("command={name}\n").as_bytes());
    if server.has("agent") {
        write(out, format!("agent={AGENT}\n").as_bytes());
    }
    if let Some(format) = server.value("object-format") {
        // The value goes back to where it came from, but only in the two forms that exist.
        let format = if format == "sha256" { "sha256" } else { "sha1" };
        write(out, format!("object-format={format}\n").as_bytes());
    }
    out.extend_from_slice(b"0001");
}

/// In go-git's order, each only where the server has it.
fn capabilities_v0(selection: &Selection, ask: Ask, server: &Capabilities) -> String {
    let flux = ask.profile == Profile::Flux;
    let agent = format!("agent={AGENT}");
    let wanted = [
        ("multi_ack_detailed", true),
        ("side-band-64k", true),
        ("thin-pack", !flux),
        ("ofs-delta", true),
        (agent.as_str(), true),
        ("include-tag", !flux),
        ("shallow", selection.depth.is_some()),
        ("no-progress", !ask.progress),
        ("filter", ask.effective_filter(server).is_some()),
        ("object-format=sha256", server.value("object-format") == Some("sha256")),
    ];
    let chosen = wanted.iter().filter(|(name, wanted)| *wanted && server.has(name.split('=').next().unwrap_or(name)));
    chosen.map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
}

/// As long as go-git's own `go-git/5.x`, so that the request has its size.
const AGENT: &str = "netprobe/1";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upload_pack::{AdvertisementReader, Selector};
    use model::GitRef;

    fn server(words: &str) -> Capabilities {
        let mut reader = AdvertisementReader::new(Selector::new(GitRef::Head), false);
        let mut out = Vec::new();
        write(&mut out, format!("{} HEAD\0{words}\n", "a".repeat(40)).as_bytes());
        out.extend_from_slice(b"0000");
        reader.feed(&mut out.as_slice()).unwrap();
        reader.capabilities().clone()
    }

    fn selection(wants: usize, depth: Option<u32>) -> Selection {
        let wants = (0..wants).map(|number| format!("{number:040x}")).collect();
        Selection { wants, depth, reference: "main".into(), object_id: "0".into() }
    }

    const GIT: &str = "multi_ack thin-pack side-band side-band-64k ofs-delta shallow deepen-since no-progress include-tag \
                       multi_ack_detailed symref=HEAD:refs/heads/main filter object-format=sha1 agent=git/2.47.3";

    #[test]
    fn the_flux_request_is_go_gits_byte_for_byte_but_for_the_name() {
        let ask = Ask { progress: false, filter: None, profile: Profile::Flux };
        let request = fetch_v0(&selection(1, Some(1)), ask, &server(GIT));
        let expected = format!(
            "0082want {} multi_ack_detailed side-band-64k ofs-delta agent=netprobe/1 shallow no-progress\n000ddeepen 1\n00000009done\n",
            "0".repeat(40)
        );
        assert_eq!(String::from_utf8(request.clone()).unwrap(), expected);
        assert_eq!(request.len(), 156, "as measured of Flux's client");
        assert_eq!(AGENT.len(), "go-git/5.x".len());
    }

    #[test]
    fn nothing_is_asked_for_that_the_server_lacks() {
        let ask = Ask { progress: true, filter: Some(Filter::TreeZero), profile: Profile::Flux };
        let request = String::from_utf8(fetch_v0(&selection(2, None), ask, &server("side-band-64k"))).unwrap();
        assert!(request.contains(" side-band-64k\n") && !request.contains("filter") && !request.contains("deepen"));
        assert_eq!(request.matches("want ").count(), 2);
    }

    #[test]
    fn a_filter_is_asked_for_where_it_can_be_had() {
        let ask = Ask { progress: false, filter: Some(Filter::TreeZero), profile: Profile::Git };
        let request = String::from_utf8(fetch_v0(&selection(1, Some(1)), ask, &server(GIT))).unwrap();
        assert!(request.contains(" filter\n") && request.contains("filter tree:0\n"), "{request}");
    }
}
