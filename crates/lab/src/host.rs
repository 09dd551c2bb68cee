//! A machine of the laboratory: network, mounts and processes of its own on this computer.
//!
//! Knows namespaces(7) and how to get in. Refuses to know what is connected to what: `network` does. A host has no name
//! in the file system: when its owner ends, even by SIGKILL, the kernel ends its first process, with that all others,
//! and with these its interfaces, routes and mounts. Nothing is left that somebody would have to sweep.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::cpu_quota::CpuQuota;
use crate::process::{self, Background, Finished};
use crate::programs::{NSENTER, SETPRIV, announce};

/// One machine. Dropping it ends everything that runs on it.
#[derive(Debug)]
pub struct Host {
    name: String,
    init: u32,
    network: File,
    mounts: File,
    processes: File,
    /// The thread that is the parent of the first process: the kernel ties the two together by `PR_SET_PDEATHSIG`, which
    /// is about threads (prctl(2)).
    keeper: Option<JoinHandle<()>>,
    /// Goes after its processes, which end when this is dropped.
    cpu: OnceLock<CpuQuota>,
}

impl Host {
    /// Makes a machine with a loopback interface that is up, and nothing else. Needs root.
    pub fn start(name: &str) -> Result<Self> {
        let (sender, receiver) = mpsc::channel();
        let keeper = thread::Builder::new().name(format!("lab-{name}")).spawn(move || keep(&sender))?;
        let begun = receiver.recv().context("the thread that keeps a host is gone").flatten();
        let init = begun.with_context(|| format!("cannot make the host `{name}` of the laboratory"))?;
        let open = |kind: &str| File::open(format!("/proc/{init}/ns/{kind}"));
        Ok(Self {
            name: name.to_owned(),
            init,
            network: open("net")?,
            mounts: open("mnt")?,
            processes: open("pid")?,
            keeper: Some(keeper),
            cpu: OnceLock::new(),
        })
    }

    /// What it is called in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first process, as this computer counts: `ip link set … netns PID` and `nsenter --target PID` take it.
    pub fn id(&self) -> u32 {
        self.init
    }

    /// Does something on this host: sockets that are opened, files that are mounted and processes that are started
    /// belong to it. `work` must not start threads (`pid_namespaces(7)` forbids it there).
    pub fn enter<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        self.apart(|| {
            // A thread may change its mounts only if it shares its root and working directory with no other.
            unshare(CloneFlags::CLONE_FS)?;
            setns(self.network.as_fd(), CloneFlags::CLONE_NEWNET)?;
            setns(self.mounts.as_fd(), CloneFlags::CLONE_NEWNS)?;
            setns(self.processes.as_fd(), CloneFlags::CLONE_NEWPID)?;
            work()
        })
    }

    /// Does something in this host's network only: the rest is this computer's, the numbers of processes among it.
    pub fn enter_network<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        self.apart(|| {
            setns(self.network.as_fd(), CloneFlags::CLONE_NEWNET)?;
            work()
        })
    }

    /// In a thread of its own, since a thread that has entered a host cannot come back.
    fn apart<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        thread::scope(|scope| scope.spawn(work).join())
            .map_err(|panic| anyhow!("a panic on {}: {panic:?}", self.name))?
            .with_context(|| format!("on {}", self.name))
    }

    /// A command that runs another one here, for those who have to start it themselves.
    pub fn entering(&self, command: &Command) -> Result<Command> {
        let mut entering = Command::new(NSENTER.path()?);
        entering.args(["--target", &self.init.to_string(), "--net", "--mount", "--pid", "--"]);
        entering.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => entering.env(name, value),
                None => entering.env_remove(name),
            };
        }
        Ok(entering)
    }

    /// Runs a command here until it ends or `bound` is over.
    pub fn run(&self, command: &mut Command, bound: Duration) -> Result<Finished> {
        let Some(quota) = self.cpu.get() else {
            return process::finish(self.enter(|| process::begin(command))?, bound);
        };
        let begun = self.enter(|| {
            quota.enter()?;
            process::begin(command)
        })?;
        quota.adopt(begun.id())?;
        process::finish(begun, bound)
    }

    /// Starts a command here whose output is to be collected by [`process::finish`].
    pub fn begin(&self, command: &mut Command) -> Result<process::Begun> {
        self.enter(|| process::begin(command))
    }

    /// Leaves what [`Host::run`] starts from now on this share of one processor.
    pub(crate) fn limit_cpu(&self, quota: CpuQuota) -> Result<()> {
        self.cpu.set(quota).map_err(|_| anyhow!("the processor of {} is limited already", self.name))
    }

    /// The limit, if there is one.
    pub(crate) fn cpu(&self) -> Option<&CpuQuota> {
        self.cpu.get()
    }

    /// A command that is under that limit from its first instruction on. It takes root where it runs.
    pub(crate) fn limited(&self, program: &Path) -> Command {
        self.cpu.get().map_or_else(|| Command::new(program), |quota| quota.entering(program))
    }

    /// Runs a short command of the set-up here and returns what it printed.
    pub fn must(&self, command: &mut Command) -> Result<String> {
        self.must_read("", command)
    }

    /// The same with something on its standard input, for commands that read what they are to do.
    pub fn must_read(&self, input: &str, command: &mut Command) -> Result<String> {
        let what = format!("{} on {}", command.get_program().display(), self.name);
        process::finish_fed(self.enter(|| process::begin_fed(command))?, input, SET_UP)?.success(&what)
    }

    /// The same in this host's network only, for commands that name a process of this computer.
    pub fn must_read_outside(&self, input: &str, command: &mut Command) -> Result<String> {
        let what = format!("{} in the network of {}", command.get_program().display(), self.name);
        process::finish_fed(self.enter_network(|| process::begin_fed(command))?, input, SET_UP)?.success(&what)
    }

    /// Starts a command that goes on in the background here.
    pub fn start_background(&self, command: &mut Command) -> Result<Background> {
        self.enter(|| Background::start(command))
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Ok(pid) = i32::try_from(self.init) {
            // It cannot be gone: nobody else has waited for it.
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        if let Some(keeper) = self.keeper.take() {
            // A panic there has already been printed.
            let _ = keeper.join();
        }
    }
}

/// Makes the namespaces, reports the first process in them, and stays until that has ended.
fn keep(report: &mpsc::Sender<Result<u32>>) {
    match begin() {
        Ok(mut init) => {
            // A receiver that is gone has given up; the process is then ended below like any other.
            if report.send(Ok(init.id())).is_err() {
                let _ = init.kill();
            }
            let _ = init.wait();
        }
        Err(error) => drop(report.send(Err(error))),
    }
}

fn begin() -> Result<Child> {
    unshare(CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWPID)
        .context("no permission to make namespaces: the laboratory needs root")?;
    // Else a mount made here would appear on the computer itself.
    mount(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>)?;
    let mut init = Command::new(SETPRIV.path()?)
        .args(["--pdeathsig", "KILL", "sh", "-c", FIRST_PROCESS])
        .env(NUMBERS.0, NUMBERS.1)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start setpriv")?;
    let mut said = String::new();
    BufReader::new(init.stdout.take().context("no pipe")?).read_line(&mut said)?;
    if said.trim() != READY {
        bail!("the first process of a host did not get ready and said `{}`", said.trim());
    }
    Ok(init)
}

/// `/proc` and `/sys` show the namespace of who mounted them, so both are mounted anew. Control groups, which lie below `/sys`,
/// are the computer's; who runs here sees them as anywhere else. The last word of the script is what reaps no one and dies of
/// nothing but SIGKILL.
///
/// Processes are numbered from 300 on, as on a computer that has been started: fcgiwrap 1.1.0 ends an abandoned program
/// with the arguments of kill(2) swapped, and so sends small numbers as signals to whatever is process 15.
const FIRST_PROCESS: &str = "mount -t proc proc /proc && exec 3</sys/fs/cgroup && mount -t sysfs sysfs /sys && \
                             mount --no-canonicalize --rbind /proc/self/fd/3 /sys/fs/cgroup && exec 3<&- && \
                             { [ ! -w $NUMBERS ] || echo 300 >$NUMBERS; } && ip link set lo up && \
                             echo ready && exec sleep infinity >/dev/null";
const NUMBERS: (&str, &str) = ("NUMBERS", "/proc/sys/kernel/ns_last_pid");
const READY: &str = "ready";
const SET_UP: Duration = Duration::from_secs(20);

/// Whether this process may make hosts. `Ok(false)` means: skip; it was said on stderr. Where the environment variable
/// `CI` is set that is an error instead.
pub fn possible() -> Result<bool> {
    if nix::unistd::geteuid().is_root() {
        return Ok(true);
    }
    announce("SKIPPED: network namespaces of our own take root");
    if std::env::var_os("CI").is_some() {
        bail!("not root where CI is set: what needs network namespaces must not be skipped there");
    }
    Ok(false)
}
