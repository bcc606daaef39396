//! Accounts files by a writer that is not ours: Python's csv module.

mod common;

use std::process::Command;

use common::{Folder, Simulator, gander, is_installed, outcomes, play};

/// Logins and passwords of every kind that can be typed, in each dialect that separates by commas.
const WRITE: &str = r#"
import csv, sys
accounts = [(f"user{i}", p) for i, p in enumerate(
    ['"two', 'a"b', '"', '""', 'a,b', ' a ', "'a'", 'a;b\tc', 'пароль', '\U0001F980', '{login}', '#a', '=1+1', '\\n'])]
dialects = [dict(), dict(quoting=csv.QUOTE_ALL), dict(lineterminator="\n"), dict(lineterminator="\r")]
for i, dialect in enumerate(dialects):
    with open(f"{sys.argv[1]}/{i}.csv", "w", newline="", encoding="utf-8-sig" if i % 2 else "utf-8") as file:
        writer = csv.writer(file, **dialect)
        writer.writerow(["login", "password", "domain", "note"])
        for login, password in accounts:
            # It does not quote a line end that is not its own.
            writer.writerow([login, password, "d.local", "one line" if i == 3 else "two\nlines"])
"#;

/// The simulator reads the passwords from one file, the users from another, and all can log in.
#[test]
fn what_python_writes_is_read() {
    if !is_installed("python3", &["-c", "import csv"]) {
        return;
    }
    let folder = Folder::new();
    let written = Command::new("python3").args(["-c", WRITE, folder.path()]).status();
    assert!(written.expect("it starts").success());
    let file = |number: usize| format!("{}/{number}.csv", folder.path());
    let simulator = Simulator::start(&["--accounts", &file(0)]);
    for number in 0..4 {
        let (url, file) = (simulator.url(), file(number));
        let (run, ended) = play(&[
            "session",
            "--target",
            &url,
            "--users",
            "14",
            "--users-file",
            &file,
            "--iterations",
            "1",
            "--think-time",
            "0s",
            "--ramp",
            "0s",
        ]);
        assert_eq!(ended.code, 0, "{number}: {:?} {ended:?}", outcomes(&run));
    }
    let mut many = gander(&["run", "-q", "--users", "15", "--users-file", &file(0)]);
    many.args(["--target", &simulator.url()]);
    let ended = common::ended(many);
    assert!(ended.err.contains("there are 14"), "no row is lost or split: {ended:?}");
}
