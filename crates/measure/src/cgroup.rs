//! The control group that this process is in: what it leaves of processors and memory, and how often it held us. Reads files
//! of `/proc/self` and of the group's file system, version 1 (Documentation/admin-guide/cgroup-v1) or 2
//! (Documentation/admin-guide/cgroup-v2.rst, both of Linux 6.18).

use std::fs;
use std::path::{Path, PathBuf};

use model::{Bytes, CpuLimit, MemoryLimit, Micros, Throttling};

/// A group's place for one controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cgroup {
    version: Version,
    mount: PathBuf,
    /// Below `mount`; empty for its root.
    own: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

impl Cgroup {
    /// The group of this process for a controller, such as `cpu`.
    ///
    /// # Errors
    /// One clause that says why there is none to be seen.
    pub fn of_this_process(controller: &str) -> Result<Self, String> {
        Self::read(Path::new("/proc/self"), controller)
    }

    fn read(process: &Path, controller: &str) -> Result<Self, String> {
        let (memberships, mounts) = (text(&process.join("cgroup"))?, text(&process.join("mountinfo"))?);
        let (version, own) = membership(&memberships, controller)
            .ok_or_else(|| format!("this process is in no control group for `{controller}`"))?;
        let (root, mount) = mount(&mounts, version, controller)
            .ok_or_else(|| format!("no file system of control groups for `{controller}` is mounted here"))?;
        // Outside of what is mounted, as in a namespace of its own, the mount's root is the nearest that can be seen.
        let below = own.strip_prefix(root.trim_end_matches('/')).unwrap_or_default();
        let own = Path::new(if below.split('/').any(|part| part == "..") { "" } else { below.trim_start_matches('/') });
        Ok(Self { version, mount: mount.into(), own: own.to_owned() })
    }

    /// The tightest share of the processors from here upwards.
    ///
    /// # Errors
    /// Which file could not be read.
    pub fn cpu(&self) -> Result<CpuLimit, String> {
        let mut tightest: Option<(Micros, Micros, &Path)> = None;
        let mut period_us = PERIOD;
        for group in self.own.ancestors() {
            let Some((quota, period)) = self.quota(group)? else { continue };
            if group == self.own {
                period_us = period;
            }
            let share = |quota: Micros, period: Micros| quota.as_secs_f64() / period.as_secs_f64();
            if let Some(quota) = quota
                && tightest.is_none_or(|(least, of, _)| share(quota, period) < share(least, of))
            {
                tightest = Some((quota, period, group));
            }
        }
        let group = tightest.map_or(self.own.as_path(), |(_, _, group)| group);
        Ok(CpuLimit {
            cgroup_version: self.version.number(),
            group: shown(group),
            quota_us: tightest.map(|(quota, _, _)| quota),
            period_us: tightest.map_or(period_us, |(_, period, _)| period),
            throttling: self.throttling_of(group).into(),
        })
    }

    /// The tightest limit of memory from here upwards.
    ///
    /// # Errors
    /// Which file could not be read.
    pub fn memory(&self) -> Result<MemoryLimit, String> {
        let (limit, used) = match self.version {
            Version::One => ("memory.limit_in_bytes", "memory.usage_in_bytes"),
            Version::Two => ("memory.max", "memory.current"),
        };
        let read = |group: &Path, name: &str| text(&self.mount.join(group).join(name));
        let mut tightest: Option<(u64, &Path)> = None;
        for group in self.own.ancestors() {
            let bytes = read(group, limit).ok().and_then(|text| text.parse::<u64>().ok());
            // Version 1 writes the largest number of pages where there is no limit.
            if let Some(bytes) = bytes.filter(|bytes| *bytes < 1 << 62)
                && tightest.is_none_or(|(least, _)| bytes < least)
            {
                tightest = Some((bytes, group));
            }
        }
        let group = tightest.map_or(self.own.as_path(), |(_, group)| group);
        let used = read(group, used)?;
        Ok(MemoryLimit {
            cgroup_version: self.version.number(),
            group: shown(group),
            limit: tightest.map(|(bytes, _)| Bytes(bytes)),
            used: Bytes(used.parse().map_err(|_| format!("the memory in use reads `{used}`"))?),
        })
    }

    /// The group among this one and those above it whose counters tell of the tightest quota: to be asked for often.
    pub(crate) fn with_the_quota(self) -> Self {
        let own = self.cpu().map(|limit| PathBuf::from(limit.group.trim_start_matches('/')));
        Self { own: own.unwrap_or_else(|_| self.own.clone()), ..self }
    }

    /// How often and how long this group was held.
    pub(crate) fn throttling(&self) -> Result<Throttling, String> {
        self.throttling_of(&self.own)
    }

    fn throttling_of(&self, group: &Path) -> Result<Throttling, String> {
        let path = self.mount.join(group).join("cpu.stat");
        let stat = text(&path)?;
        let field = |name: &str| {
            let mut lines = stat.lines().filter_map(|line| line.split_once(' '));
            lines.find(|(key, _)| *key == name).and_then(|(_, value)| value.parse::<u64>().ok())
        };
        let told = || {
            let throttled_us = match self.version {
                Version::One => field("throttled_time")? / 1_000,
                Version::Two => field("throttled_usec")?,
            };
            Some(Throttling {
                periods: field("nr_periods")?,
                throttled_periods: field("nr_throttled")?,
                throttled_us: Micros(throttled_us),
            })
        };
        told().ok_or_else(|| {
            format!("{} tells of no quota: the group has none, or the kernel has no quotas", path.display())
        })
    }

    /// Quota, where there is one, and period of one group; none at a root that has no such file.
    fn quota(&self, group: &Path) -> Result<Option<(Option<Micros>, Micros)>, String> {
        let folder = self.mount.join(group);
        let number = |text: &str| text.parse::<u64>().ok().map(Micros);
        let pair = match self.version {
            Version::One => {
                let quota = text(&folder.join("cpu.cfs_quota_us"))?;
                Some((number(&quota), number(&text(&folder.join("cpu.cfs_period_us"))?)))
            }
            Version::Two => {
                let path = folder.join("cpu.max");
                // The root of the whole hierarchy has none, and neither has a group whose parent does not pass it on.
                if !path.exists() {
                    return Ok(None);
                }
                let max = text(&path)?;
                max.split_once(' ').map(|(quota, period)| (number(quota), number(period)))
            }
        };
        Ok(pair.and_then(|(quota, period)| Some((quota, period.filter(|period| period.0 > 0)?))))
    }
}

impl Version {
    const fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

/// A line of `/proc/self/cgroup` is `number:controllers:path`; version 2 has number 0 and no controllers (cgroups(7)).
fn membership<'a>(lines: &'a str, controller: &str) -> Option<(Version, &'a str)> {
    let parts = || lines.lines().filter_map(|line| line.splitn(3, ':').skip(1).collect::<Vec<_>>().try_into().ok());
    let one = parts().find(|[controllers, _]: &[&str; 2]| controllers.split(',').any(|one| one == controller));
    let two = || parts().find(|[controllers, _]: &[&str; 2]| controllers.is_empty());
    one.map(|[_, path]| (Version::One, path)).or_else(|| two().map(|[_, path]| (Version::Two, path)))
}

/// Root and place of the mount that shows the groups (`mountinfo` in proc(5)).
fn mount<'a>(lines: &'a str, version: Version, controller: &str) -> Option<(&'a str, &'a str)> {
    lines.lines().find_map(|line| {
        let (mount, file_system) = line.split_once(" - ")?;
        let mut words = file_system.split(' ');
        let (kind, options) = (words.next()?, words.nth(1)?);
        let shows = match version {
            Version::One => kind == "cgroup" && options.split(',').any(|option| option == controller),
            Version::Two => kind == "cgroup2",
        };
        let mut fields = mount.split(' ').skip(3);
        shows.then_some((fields.next()?, fields.next()?))
    })
}

fn shown(group: &Path) -> String {
    format!("/{}", group.display())
}

fn text(path: &Path) -> Result<String, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    Ok(text.trim().to_owned())
}

/// The kernel's default.
const PERIOD: Micros = Micros::from_millis(100);

#[cfg(test)]
mod tests;
