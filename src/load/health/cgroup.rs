//! CPU quotas of control groups, and how often they stopped the process: versions 1 and 2.
//!
//! The kernel's `Documentation/admin-guide/cgroup-v2.rst` and `Documentation/scheduler/sched-bwc.rst`
//! describe the files. A quota of any group above the process applies to it.

use std::fs;
use std::path::{Path, PathBuf};

/// The groups of the process that can limit its CPU time, the process's own first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CpuGroups {
    folders: Vec<PathBuf>,
}

/// How often a quota was enforced. The counters only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Throttling {
    pub(super) periods: u64,
    pub(super) throttled: u64,
}

impl CpuGroups {
    /// The groups of this process; `None` where there are none.
    pub(super) fn of_this_process() -> Option<Self> {
        let read = |file: &str| fs::read_to_string(file).ok();
        let groups = Self {
            folders: folders(&read("/proc/self/cgroup")?, &read("/proc/self/mountinfo")?),
        };
        let can_limit = |folder: &PathBuf| {
            folder.join("cpu.max").exists() || folder.join("cpu.cfs_quota_us").exists()
        };
        let is_root_of_v2 = |folder: &PathBuf| folder.join("cgroup.controllers").exists();
        let known = groups.folders.iter().any(|f| can_limit(f) || is_root_of_v2(f));
        known.then_some(groups)
    }

    /// The smallest quota, in processors; `None` if there is none.
    pub(super) fn quota(&self) -> Option<f64> {
        self.folders.iter().filter_map(|folder| quota_of(folder)).min_by(f64::total_cmp)
    }

    /// The counters of each group, in the same order in each reading.
    pub(super) fn throttling(&self) -> Vec<Throttling> {
        let texts = self.folders.iter().map(|folder| {
            let text = fs::read_to_string(folder.join("cpu.stat"));
            text.unwrap_or_default()
        });
        texts.map(|text| throttling_of(&text)).collect()
    }
}

/// What the group that was stopped most did between two readings.
pub(super) fn most_throttled(before: &[Throttling], after: &[Throttling]) -> Throttling {
    let since = after.iter().zip(before).map(|(after, before)| Throttling {
        periods: after.periods.saturating_sub(before.periods),
        throttled: after.throttled.saturating_sub(before.throttled),
    });
    since.max_by_key(|throttling| throttling.throttled).unwrap_or_default()
}

fn quota_of(folder: &Path) -> Option<f64> {
    let read = |name: &str| fs::read_to_string(folder.join(name)).ok();
    match read("cpu.max") {
        Some(text) => {
            let (quota, period) = text.trim().split_once(' ')?;
            processors(quota, period)
        }
        None => processors(read("cpu.cfs_quota_us")?.trim(), read("cpu.cfs_period_us")?.trim()),
    }
}

/// A quota and its period, in microseconds, as processors. `max` and -1 are no quota.
fn processors(quota: &str, period: &str) -> Option<f64> {
    let (quota, period): (f64, f64) = (quota.parse().ok()?, period.parse().ok()?);
    (quota > 0.0 && period > 0.0).then(|| quota / period)
}

/// The counters in a `cpu.stat` file.
fn throttling_of(text: &str) -> Throttling {
    let value = |name: &str| {
        let fields = text.lines().filter_map(|line| line.split_once(' '));
        fields
            .filter(|(field, _)| *field == name)
            .find_map(|(_, value)| value.trim().parse().ok())
            .unwrap_or(0)
    };
    Throttling {
        periods: value("nr_periods"),
        throttled: value("nr_throttled"),
    }
}

/// The folders of a process's CPU groups, from the texts of `/proc/self/cgroup` and
/// `/proc/self/mountinfo`. Where both versions have a CPU controller, those of version 1 are used:
/// a controller is in one hierarchy only, and version 2 is mounted beside it without it.
fn folders(memberships: &str, mounts: &str) -> Vec<PathBuf> {
    let is_cpu = |controllers: &str| controllers.split(',').any(|name| name == "cpu");
    let mut v1 = None;
    let mut v2 = None;
    for line in memberships.lines() {
        let mut fields = line.splitn(3, ':');
        match (fields.next(), fields.next(), fields.next()) {
            (Some("0"), Some(""), Some(path)) => v2 = Some(path),
            (Some(_), Some(controllers), Some(path)) if is_cpu(controllers) => v1 = Some(path),
            _ => {}
        }
    }
    let mounted = |kind: &str, path: &str| {
        let mut found = mounts.lines().filter_map(Mount::parse);
        found
            .find(|mount| mount.kind == kind && (kind == "cgroup2" || is_cpu(mount.options)))
            .map(|mount| mount.folders(path))
    };
    v1.and_then(|path| mounted("cgroup", path))
        .or_else(|| v2.and_then(|path| mounted("cgroup2", path)))
        .unwrap_or_default()
}

/// A line of `mountinfo`: proc(5).
struct Mount<'t> {
    /// Which part of the file system is mounted.
    root: &'t str,
    point: &'t str,
    kind: &'t str,
    /// Those of the file system: the controllers, among others.
    options: &'t str,
}

impl<'t> Mount<'t> {
    fn parse(line: &'t str) -> Option<Self> {
        let (mount, system) = line.split_once(" - ")?;
        let mut mount = mount.split(' ').skip(3);
        let mut system = system.split(' ');
        Some(Self {
            root: mount.next()?,
            point: mount.next()?,
            kind: system.next()?,
            options: system.nth(1)?,
        })
    }

    /// The folder of a group and of all above it. In a container the root of the mount is the
    /// container's own group, and the group's path may begin with it or not.
    fn folders(&self, group: &str) -> Vec<PathBuf> {
        let below = match group.strip_prefix(self.root) {
            Some(rest) if self.root == "/" || rest.is_empty() || rest.starts_with('/') => rest,
            _ => group,
        };
        let point = Path::new(self.point);
        let relative = Path::new(below.trim_start_matches('/'));
        relative.ancestors().map(|part| point.join(part)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V1: &str = "33 24 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n\
                      34 24 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
                      41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
    const V2: &str = "24 23 0:22 / /sys rw shared:7 - sysfs sysfs rw\n\
                      30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n";
    const CONTAINER: &str =
        "34 24 0:29 /docker/ab12 /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n";

    #[test]
    fn the_groups_are_found_in_both_versions_and_in_containers() {
        for (memberships, mounts, expected) in [
            (
                "4:memory:/m\n3:cpu,cpuacct:/a/b\n0::/\n",
                V1,
                &["cpu,cpuacct/a/b", "cpu,cpuacct/a", "cpu,cpuacct/"][..],
            ),
            ("0::/user.slice/run\n", V2, &["user.slice/run", "user.slice", ""]),
            ("0::/\n", V2, &[""]),
            ("3:cpu:/docker/ab12\n", CONTAINER, &["cpu/"]),
            ("3:cpu:/docker/ab12/c\n", CONTAINER, &["cpu/c", "cpu/"]),
            // A namespace of its own: the path is that inside.
            ("3:cpu:/\n", CONTAINER, &["cpu/"]),
            ("4:memory:/m\n", V2, &[]),
            ("", "", &[]),
            ("nonsense", "nonsense - nonsense", &[]),
        ] {
            let expected: Vec<_> =
                expected.iter().map(|path| Path::new("/sys/fs/cgroup").join(path)).collect();
            assert_eq!(folders(memberships, mounts), expected, "{memberships:?}");
        }
    }

    #[test]
    fn quotas_are_processors() {
        for (quota, period, found) in [
            ("10000", "100000", Some(0.1)),
            ("150000", "100000", Some(1.5)),
            ("max", "100000", None),
            ("-1", "100000", None),
            ("0", "100000", None),
            ("10000", "0", None),
            ("", "", None),
        ] {
            assert_eq!(processors(quota, period), found, "{quota} {period}");
        }
    }

    #[test]
    fn throttled_periods_are_those_of_the_group_stopped_most() {
        let v1 = throttling_of("nr_periods 43\nnr_throttled 37\nthrottled_time 12\n");
        assert_eq!(v1, Throttling { periods: 43, throttled: 37 });
        let v2 = "usage_usec 9\nuser_usec 4\nsystem_usec 5\nnr_periods 7\nnr_throttled 1\n\
                  throttled_usec 3\n";
        assert_eq!(throttling_of(v2), Throttling { periods: 7, throttled: 1 });
        assert_eq!(throttling_of("usage_usec 9\n"), Throttling::default());
        let own = |periods, throttled| Throttling { periods, throttled };
        let before = [own(10, 10), own(100, 0)];
        let after = [own(20, 11), own(150, 5)];
        assert_eq!(most_throttled(&before, &after), own(50, 5));
        assert_eq!(most_throttled(&[], &[]), own(0, 0));
    }
}
