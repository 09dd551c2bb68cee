//! A server, a home that nobody else uses, and the program between them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use endpoint::{Endpoint, EndpointConfig, Fault, RepositorySpec};
use serde_json::Value;

/// An embedded endpoint and a home with what is needed to reach it.
pub(crate) struct Bed {
    pub(crate) endpoint: Endpoint,
    pub(crate) home: Home,
}

impl Bed {
    pub(crate) fn healthy() -> Self {
        Self::with(Fault::None)
    }

    pub(crate) fn with(fault: Fault) -> Self {
        Self::of(EndpointConfig { fault, ..EndpointConfig::default() })
    }

    pub(crate) fn of(config: EndpointConfig) -> Self {
        let repository = RepositorySpec::of_size(300_000);
        let endpoint = Endpoint::spawn_thread(EndpointConfig { repository, ..config }).unwrap();
        let home = Home::new();
        home.write("identity", endpoint.identity_pem());
        home.write("known_hosts", &endpoint.known_hosts());
        home.write("ca.pem", endpoint.ca_pem());
        Self { endpoint, home }
    }

    pub(crate) fn ssh(&self) -> String {
        self.endpoint.ssh_url().unwrap()
    }

    pub(crate) fn https(&self) -> String {
        self.endpoint.https_url().unwrap()
    }

    /// `netprobe run` with everything that this endpoint asks for.
    pub(crate) fn run(&self) -> Command {
        let mut command = self.home.netprobe(&["run"]);
        for (option, file) in [("--identity", "identity"), ("--known-hosts", "known_hosts"), ("--ca-file", "ca.pem")] {
            command.arg(option).arg(self.home.path(file));
        }
        command
    }
}

/// A home folder for one test.
pub(crate) struct Home(tempfile::TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// The program, with nothing of this machine's around it. `git` may be asked, and has no configuration but this home's.
    pub(crate) fn netprobe(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netprobe"));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.0.path())
            .env("XDG_STATE_HOME", self.path("state"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_CEILING_DIRECTORIES", self.0.path())
            .current_dir(self.0.path())
            .stdin(std::process::Stdio::null())
            .args(arguments);
        command
    }

    /// The reports that were kept in the usual place.
    pub(crate) fn reports(&self) -> Vec<PathBuf> {
        let Ok(folder) = std::fs::read_dir(self.path("state/netprobe/reports")) else { return Vec::new() };
        let mut reports: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
        reports.sort();
        reports
    }

    /// The one report that was kept.
    pub(crate) fn report(&self) -> PathBuf {
        let reports = self.reports();
        assert_eq!(reports.len(), 1, "{reports:?}");
        reports[0].clone()
    }
}

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    pub(crate) fn by(command: &mut Command) -> Self {
        Self::from(command.output().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// The records of a journal, line by line.
pub(crate) fn records(journal: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(journal).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
