//! The public hosters of git repositories, and the other doors at which they answer SSH. A table with its sources; what
//! follows from an open door is for `diagnose`.

/// A public hoster's name and its other SSH door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hoster {
    /// The host in a repository's address; with a leading dot, every name that ends so.
    host: &'static str,
    /// Host and port at which the same repositories are served over SSH as well, where the hoster documents one.
    pub also_ssh: Option<(&'static str, u16)>,
}

impl Hoster {
    /// The hoster with this host name; none for everybody else, of whom nothing is known.
    pub fn of(host: &str) -> Option<&'static Self> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        HOSTERS.iter().find(|known| match known.host.strip_prefix('.') {
            Some(domain) => host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')),
            None => host == known.host,
        })
    }
}

/// The doors behind port 443 are documented by their hosters; the others document none.
///
/// - GitHub: docs.github.com, "Using SSH over the HTTPS port"
/// - GitLab: about.gitlab.com/blog/gitlab-dot-com-now-supports-an-alternate-git-plus-ssh-port
/// - Bitbucket: support.atlassian.com, "Set up SSH", "SSH over HTTPS port"
const HOSTERS: &[Hoster] = &[
    Hoster { host: "github.com", also_ssh: Some(("ssh.github.com", 443)) },
    Hoster { host: "ssh.github.com", also_ssh: None },
    Hoster { host: "gitlab.com", also_ssh: Some(("altssh.gitlab.com", 443)) },
    Hoster { host: "altssh.gitlab.com", also_ssh: None },
    Hoster { host: "bitbucket.org", also_ssh: Some(("altssh.bitbucket.org", 443)) },
    Hoster { host: "altssh.bitbucket.org", also_ssh: None },
    Hoster { host: "codeberg.org", also_ssh: None },
    Hoster { host: "git.sr.ht", also_ssh: None },
    Hoster { host: "gitea.com", also_ssh: None },
    // Azure DevOps, old and new names; SSH is at port 22 alone.
    Hoster { host: "dev.azure.com", also_ssh: None },
    Hoster { host: "ssh.dev.azure.com", also_ssh: None },
    Hoster { host: ".visualstudio.com", also_ssh: None },
    // AWS CodeCommit: git-codecommit.REGION.amazonaws.com.
    Hoster { host: ".amazonaws.com", also_ssh: None },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_hosters_are_known_by_their_whole_name() {
        assert_eq!(Hoster::of("GitHub.com.").unwrap().also_ssh, Some(("ssh.github.com", 443)));
        assert_eq!(Hoster::of("codeberg.org").unwrap().also_ssh, None);
        assert!(Hoster::of("git-codecommit.eu-west-1.amazonaws.com").is_some());
        for other in ["notgithub.com", "github.com.evil.example", "amazonaws.com", "git.example", ""] {
            assert_eq!(Hoster::of(other), None, "{other}");
        }
    }

    #[test]
    fn another_door_is_a_hoster_as_well_and_has_none_of_its_own() {
        for (host, _) in HOSTERS.iter().filter_map(|hoster| hoster.also_ssh) {
            assert_eq!(Hoster::of(host).map(|hoster| hoster.also_ssh), Some(None), "{host}");
        }
    }
}
