//! Where the report goes: where it was told to, else into the user's state folder (XDG Base Directory Specification).

use std::path::PathBuf;

use access::Environment;
use anyhow::Context as _;
use jiff::Timestamp;

use crate::args::run::ReportArgs;

/// The file, or none where none is kept.
pub(super) fn place(args: &ReportArgs, host: &str, environment: &Environment) -> anyhow::Result<Option<PathBuf>> {
    if args.no_report {
        return Ok(None);
    }
    if let Some(path) = &args.output {
        return Ok(Some(path.clone()));
    }
    // The specification: a path that is not absolute is to be ignored.
    let folder = |name| environment.filled(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")));
    let state = state.context(
        "there is no place for the report: neither XDG_STATE_HOME nor HOME is set; name a file with --output, or keep none with --no-report",
    )?;
    Ok(Some(state.join("netprobe/reports").join(name(Timestamp::now(), host))))
}

/// Sorts by time, and tells runs of one second apart.
fn name(now: Timestamp, host: &str) -> String {
    let host: String =
        host.chars().map(|c| if c.is_ascii_alphanumeric() || "-.".contains(c) { c } else { '_' }).collect();
    format!("{}-{host}.jsonl", now.strftime("%Y%m%dT%H%M%S.%3fZ"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(set: &[(&str, &str)]) -> anyhow::Result<Option<PathBuf>> {
        let args = ReportArgs { output: None, no_report: false, quiet: false };
        place(&args, "host", &set.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn the_state_folder_is_found() {
        let folder = |set| placed(set).unwrap().unwrap().parent().unwrap().display().to_string();
        assert_eq!(folder(&[("XDG_STATE_HOME", "/s"), ("HOME", "/h")]), "/s/netprobe/reports");
        assert_eq!(folder(&[("XDG_STATE_HOME", "s"), ("HOME", "/h")]), "/h/.local/state/netprobe/reports");
        assert!(placed(&[]).unwrap_err().to_string().contains("--no-report"));
    }

    #[test]
    fn names_sort_by_time_and_hold_no_surprises() {
        let time: Timestamp = "2025-03-04T05:06:07.089Z".parse().unwrap();
        assert_eq!(name(time, "git.example.org"), "20250304T050607.089Z-git.example.org.jsonl");
        assert_eq!(name(time, "2001:db8::1/.."), "20250304T050607.089Z-2001_db8__1_...jsonl");
    }
}
