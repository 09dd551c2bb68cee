//! No source file is longer than can be held in mind.

/// The hard wall, in lines.
const WALL: usize = 500;

/// Every file behind the wall.
pub(super) fn complaints(sizes: &[(String, usize)]) -> Vec<String> {
    let behind = sizes.iter().filter(|(_, lines)| *lines > WALL);
    behind.map(|(file, lines)| format!("{file} has {lines} lines; the wall is {WALL}")).collect()
}

/// How the files are spread, for people who watch the trend.
pub(super) fn summary(sizes: &[(String, usize)]) -> String {
    let mut lines: Vec<usize> = sizes.iter().map(|(_, lines)| *lines).collect();
    lines.sort_unstable();
    let at = |percent: usize| lines.get((lines.len() * percent / 100).min(lines.len().saturating_sub(1)));
    match (at(50), at(90), lines.last()) {
        (Some(median), Some(p90), Some(most)) => {
            format!("{} files, median {median} lines, 90th percentile {p90}, longest {most}", lines.len())
        }
        _ => "no files".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(lines: &[usize]) -> Vec<(String, usize)> {
        lines.iter().map(|lines| (format!("{lines}.rs"), *lines)).collect()
    }

    #[test]
    fn the_wall_itself_is_allowed() {
        assert_eq!(complaints(&sizes(&[500, 501])), ["501.rs has 501 lines; the wall is 500"]);
    }

    #[test]
    fn the_summary_counts() {
        let expected = "10 files, median 6 lines, 90th percentile 10, longest 10";
        assert_eq!(summary(&sizes(&[10, 9, 8, 7, 6, 5, 4, 3, 2, 1])), expected);
        assert_eq!(summary(&[]), "no files");
    }
}
