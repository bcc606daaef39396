//! What keeps the generator from running makes a run inconclusive, and is never the target's doing.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use common::{
    Folder, answer, assert_balanced, ended, gander, is_installed, outcomes, read_run, scripted,
    send_signal,
};
use nix::sys::signal::Signal;

/// The closed model without think times: no send is late, for each waits for a reply. The process is
/// stopped for longer than its timeout, and the replies arrive meanwhile.
#[test]
fn a_generator_that_was_stopped_is_inconclusive_and_has_no_timeouts() {
    let (asked, requests) = channel();
    let address = scripted(move |request, stream| {
        let _ = asked.send(());
        let login = include_str!("../src/api/eltex/samples/sp_login.reply-ok.xml");
        let other = include_str!("../src/api/eltex/samples/sp_logout.reply-ok.xml");
        answer(stream, "200 OK", if request.contains("sp_login") { login } else { other })
    });
    let folder = Folder::new();
    let url = format!("http://{address}");
    let child = gander(&[
        "run",
        "session",
        "--quiet",
        "--target",
        &url,
        "--users",
        "4",
        "--ramp",
        "0s",
        "--think-time",
        "0s",
        "--duration",
        "6s",
        "--timeout",
        "2s",
        "--out",
        folder.path(),
    ])
    .stdout(Stdio::piped())
    .spawn()
    .expect("gander starts");
    requests.iter().nth(20).expect("requests come");
    send_signal(child.id(), Signal::SIGSTOP);
    thread::sleep(Duration::from_secs(3));
    send_signal(child.id(), Signal::SIGCONT);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(out.contains("INCONCLUSIVE: the generator did not run for"), "{out}");
    let run = read_run(&folder.0).expect("a report");
    assert_balanced(&run);
    let found = outcomes(&run);
    assert!(!found.iter().any(|outcome| outcome.starts_with("timeout")), "{found:?}");
    let stalls = &run["generator"]["health"]["stalls"];
    assert!(stalls["longest_seconds"].as_f64().is_some_and(|s| s > 2.5), "{stalls}");
}

/// In a network namespace of its own, with 21 ports for connections.
#[test]
fn a_machine_without_free_ports_is_not_the_targets_failure() {
    // As root, or as root of a user namespace.
    let root = ["--net"];
    let user = ["--user", "--map-root-user", "--net"];
    let as_root = Command::new("unshare").args(root).arg("true").stderr(Stdio::null()).status();
    let is_root = as_root.is_ok_and(|status| status.success());
    let options = if is_root { &root[..] } else { &user[..] };
    if !is_installed("unshare", &[options, &["ip", "link"]].concat()) {
        return;
    }
    let folder = Folder::new();
    let program = gander(&[]).get_program().to_owned();
    let mut command = Command::new("unshare");
    command.args(options).args(["sh", "-c"]).arg(format!(
        "ip link set lo up && echo '40000 40020' > /proc/sys/net/ipv4/ip_local_port_range && \
         exec '{}' run session --quiet --connections per-request --users 5 --iterations 20 \
         --ramp 0s --think-time 0s --max-lateness 1h --out '{}'",
        program.display(),
        folder.path()
    ));
    let ended = ended(command);
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(
        ended.out.contains("failed on this machine and not at the target: no free port"),
        "{ended:?}"
    );
    let run = read_run(&folder.0).expect("a report");
    assert_balanced(&run);
    let found = outcomes(&run);
    let local = "local: no free port on this machine (EADDRNOTAVAIL)".to_owned();
    assert!(
        found.contains(&local) && !found.iter().any(|o| o.starts_with("connect")),
        "{found:?}"
    );
}

/// A control group with a quota of a tenth of a processor; removed in the end.
struct Quota(PathBuf);

impl Quota {
    /// `None` where the test may not make one.
    fn new() -> Option<Self> {
        let name = format!("gander-test-{}", std::process::id());
        let v1 = Path::new("/sys/fs/cgroup/cpu").join(&name);
        let v2 = Path::new("/sys/fs/cgroup").join(&name);
        for (folder, file, quota) in
            [(v1, "cpu.cfs_quota_us", "10000"), (v2, "cpu.max", "10000 100000")]
        {
            if fs::create_dir(&folder).is_ok() {
                let group = Self(folder);
                if group.0.join(file).exists() && fs::write(group.0.join(file), quota).is_ok() {
                    return Some(group);
                }
            }
        }
        eprintln!("SKIPPED: no control group can be made here");
        None
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

/// The closed model without think times under a CPU quota: its share of the quota counts, and the
/// kernel's count of periods in which the quota stopped it.
#[test]
fn a_generator_under_a_cpu_quota_is_inconclusive() {
    let Some(quota) = Quota::new() else { return };
    let folder = Folder::new();
    let program = gander(&[]).get_program().to_owned();
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!(
        "echo $$ > '{}' && exec '{}' run session --quiet --users 10 --ramp 0s --think-time 0s \
         --duration 4s --out '{}'",
        quota.0.join("cgroup.procs").display(),
        program.display(),
        folder.path()
    ));
    let ended = ended(command);
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.out.contains("the CPU quota of 0.1 processors stopped"), "{ended:?}");
    let run = read_run(&folder.0).expect("a report");
    let health = &run["generator"]["health"];
    assert_eq!(health["processors"], 0.1, "{health}");
    assert!(health["throttling"]["throttled"].as_u64() > Some(0), "{health}");
}

/// A run that does not start leaves no file and no folder behind, nor does it touch an earlier report.
#[test]
fn a_run_that_does_not_start_leaves_nothing_behind() {
    let folder = Folder::new();
    let inner = folder.0.join("a/b");
    let inner = inner.to_str().expect("a UTF-8 path");
    // Nobody listens on a port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", free.local_addr().expect("an address"));
    drop(free);
    for (arguments, code) in [
        (&["session", "--target", &url][..], 3),
        (&["session", "--users", "0"], 2),
        (&["no-such-scenario"], 2),
        (&["session", "--target", "related=http://127.0.0.1:9"], 2),
    ] {
        let mut all = vec!["run", "--quiet", "--out", inner];
        all.extend(arguments);
        let ended = common::run(&all);
        assert_eq!(ended.code, code, "{ended:?}");
        assert!(!folder.0.join("a").exists(), "{arguments:?}");
    }
    let earlier = folder.file("run.json", "an earlier report");
    let ended = common::run(&["run", "--quiet", "--out", folder.path(), "--target", &url]);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert_eq!(fs::read_to_string(earlier).expect("still there"), "an earlier report");
}
