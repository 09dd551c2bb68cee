use model::Found;
use tempfile::TempDir;

use super::*;

/// A process and the files of its groups; paths of mounts are below the folder.
fn process(cgroup: &str, mountinfo: &str, files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("cgroup", cgroup);
    write("mountinfo", &mountinfo.replace('@', folder.path().to_str().unwrap()));
    for (name, text) in files {
        write(name, text);
    }
    folder
}

const MOUNT_1: &str = "30 25 0:26 / @/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct\n\
                       31 25 0:27 / @/memory rw,relatime - cgroup cgroup rw,memory\n";

#[test]
fn version_1_takes_the_tightest_quota_on_the_way_up() {
    let folder = process(
        "5:cpu,cpuacct:/pod/box\n4:memory:/pod/box\n0::/pod/box\n",
        MOUNT_1,
        &[
            ("cpu/cpu.cfs_quota_us", "-1\n"),
            ("cpu/cpu.cfs_period_us", "100000\n"),
            ("cpu/pod/cpu.cfs_quota_us", "5000\n"),
            ("cpu/pod/cpu.cfs_period_us", "100000\n"),
            ("cpu/pod/cpu.stat", "nr_periods 61\nnr_throttled 60\nthrottled_time 5612040315\n"),
            ("cpu/pod/box/cpu.cfs_quota_us", "100000\n"),
            ("cpu/pod/box/cpu.cfs_period_us", "100000\n"),
            ("memory/memory.limit_in_bytes", "9223372036854771712\n"),
            ("memory/pod/memory.limit_in_bytes", "9223372036854771712\n"),
            ("memory/pod/box/memory.limit_in_bytes", "67108864\n"),
            ("memory/pod/box/memory.usage_in_bytes", "1048576\n"),
        ],
    );
    let limit = Cgroup::read(folder.path(), "cpu").unwrap().cpu().unwrap();
    assert_eq!((limit.cgroup_version, limit.group.as_str()), (1, "/pod"));
    assert_eq!((limit.quota_us, limit.period_us), (Some(Micros(5_000)), Micros(100_000)));
    let held = Throttling { periods: 61, throttled_periods: 60, throttled_us: Micros(5_612_040) };
    assert_eq!(limit.throttling, Found::Value(held));
    assert_eq!(Cgroup::read(folder.path(), "cpu").unwrap().with_the_quota().throttling(), Ok(held));
    let memory = Cgroup::read(folder.path(), "memory").unwrap().memory().unwrap();
    assert_eq!((memory.limit, memory.used), (Some(Bytes(64 << 20)), Bytes(1 << 20)));
}

#[test]
fn version_2_in_a_namespace_of_its_own() {
    let folder = process(
        "0::/\n",
        "29 23 0:25 / @/unified rw - cgroup2 cgroup2 rw,nsdelegate\n",
        &[
            ("unified/cpu.max", "50000 100000\n"),
            ("unified/cpu.stat", "usage_usec 17\nnr_periods 4\nnr_throttled 1\nthrottled_usec 900\nnr_bursts 0\n"),
            ("unified/memory.max", "max\n"),
            ("unified/memory.current", "2097152\n"),
        ],
    );
    let limit = Cgroup::read(folder.path(), "cpu").unwrap().cpu().unwrap();
    assert_eq!((limit.cgroup_version, limit.group.as_str(), limit.quota_us), (2, "/", Some(Micros(50_000))));
    assert_eq!(limit.throttling.value().unwrap().throttled_us, Micros(900));
    let memory = Cgroup::read(folder.path(), "memory").unwrap().memory().unwrap();
    assert_eq!((memory.limit, memory.used), (None, Bytes(2 << 20)));
}

#[test]
fn the_root_of_version_2_has_no_quota_and_says_so() {
    let folder = process(
        "0::/\n",
        "29 23 0:25 / @/unified rw - cgroup2 cgroup2 rw\n",
        &[("unified/cpu.stat", "usage_usec 17\nuser_usec 9\n")],
    );
    let limit = Cgroup::read(folder.path(), "cpu").unwrap().cpu().unwrap();
    assert_eq!((limit.quota_us, limit.period_us), (None, PERIOD));
    assert!(limit.throttling.value().is_none());
}

#[test]
fn a_bind_mount_of_the_own_group_is_its_root() {
    let mounts = "30 25 0:26 /docker/abc @/cpu ro - cgroup cgroup rw,cpu\n";
    let root = Cgroup::read(process("5:cpu:/docker/abc\n", mounts, &[]).path(), "cpu").unwrap();
    assert_eq!(root.own, Path::new(""));
    let inner = Cgroup::read(process("5:cpu:/docker/abc/inner\n", mounts, &[]).path(), "cpu").unwrap();
    assert_eq!(inner.own, Path::new("inner"));
    let elsewhere = Cgroup::read(process("5:cpu:/../../other\n", MOUNT_1, &[]).path(), "cpu").unwrap();
    assert_eq!(elsewhere.own, Path::new(""));
}

#[test]
fn what_is_not_there_is_said() {
    let none = Cgroup::read(process("", MOUNT_1, &[]).path(), "cpu").unwrap_err();
    assert_eq!(none, "this process is in no control group for `cpu`");
    let unmounted = Cgroup::read(process("5:cpu:/\n", "", &[]).path(), "cpu").unwrap_err();
    assert_eq!(unmounted, "no file system of control groups for `cpu` is mounted here");
    let hidden = Cgroup::read(process("5:cpu:/\n", MOUNT_1, &[]).path(), "cpu").unwrap().cpu().unwrap_err();
    assert!(hidden.starts_with("cannot read ") && hidden.contains("cpu.cfs_quota_us"), "{hidden}");
}

#[test]
fn this_process_is_told_something() {
    match Cgroup::of_this_process("cpu") {
        Ok(group) => assert!(group.cpu().is_ok_and(|limit| limit.period_us.0 > 0) || group.cpu().is_err()),
        Err(why) => assert!(!why.is_empty()),
    }
}
