//! What people do wrong on the command line and in files, and what they are told.

mod common;

use std::io::Write as _;
use std::net::TcpListener;
use std::process::Stdio;

use common::{Folder, gander, run};

/// Runs `gander` and expects a clean refusal: this code, these words, no panic.
fn refused(arguments: &[&str], code: i32, words: &[&str]) {
    let ended = run(arguments);
    let said = format!("{}{}", ended.out, ended.err);
    assert_eq!(ended.code, code, "{arguments:?}: {said}");
    for word in words {
        assert!(said.contains(word), "{arguments:?} does not say {word:?}:\n{said}");
    }
    assert!(!said.contains("panicked") && !said.contains("RUST_BACKTRACE"), "{said}");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn bad_arguments_are_named_with_what_to_write() {
    let folder = Folder::new();
    let missing = format!("{}/missing.toml", folder.path());
    let empty = folder.file("empty.csv", "");
    let header_only = folder.file("header.csv", "login,password\n");
    let columns = folder.file("columns.csv", "name,password\na,b\n");
    let ragged = folder.file("ragged.csv", "login,password\na,b\nc\n");
    let latin = folder.file("latin.csv", b"login,password\n\xE9,b\n");
    let state = folder.file("state.csv", "login,password,state\na,b,locked\n");
    let semicolons = folder.file("semicolons.csv", "login;password\na;b\n");
    let twice = folder.file("twice.csv", "login,password\na,b\na,c\n");
    let nobody = folder.file("nobody.csv", "login,password\n,b\n");
    let rows: &[(&[&str], i32, &[&str])] = &[
        (&[], 2, &["Usage: gander"]),
        (&["runn"], 2, &["run"]),
        (&["run", "sesion"], 2, &["sesion", "did you mean \"session\"?"]),
        (&["run", &missing], 2, &[&missing, "cannot be read"]),
        (
            &["run", "--api", "eltx"],
            2,
            &["unknown API \"eltx\"", "did you mean \"eltex\"?"],
        ),
        (&["run", "--binding", "sopa11"], 2, &["did you mean \"soap11\"?"]),
        (&["run", "--binding", "soap11"], 2, &["eltex has no binding soap11", "xml"]),
        (&["run", "--users", "0"], 2, &["--users", "at least 1"]),
        (&["run", "--users", "many"], 2, &["whole number"]),
        (
            &["run", "--duration", "5"],
            2,
            &["--duration", "\"5\" is no duration", "ms, s, m or h"],
        ),
        (&["run", "--duration", "0s"], 2, &["duration is zero"]),
        (
            &["run", "--ramp", "20s"],
            2,
            &["ramp (20s) is not shorter than the duration (10s)"],
        ),
        (
            &["run", "--ramp", "6s", "--ramp-down", "5s"],
            2,
            &["ramps up and down (11s) are not shorter than the duration (10s)"],
        ),
        (
            &[
                "run",
                "--iterations",
                "5",
                "--ramp-down",
                "1s",
                "eltex-selfcare",
                "--duration",
                "1s",
            ],
            2,
            &["ramps up and down", "duration (1s)"],
        ),
        (&["run", "--warm-up", "10s"], 2, &["warm-up (10s)", "nothing would be left"]),
        (&["run", "--rate", "200"], 2, &["\"200\" is no rate", "500/s"]),
        (&["run", "--rate", "0/s"], 2, &["out of range"]),
        (
            &["run", "--rate", "20/s", "--arrivals", "unifrom"],
            2,
            &["did you mean \"uniform\"?"],
        ),
        (&["run", "--pool", "5"], 2, &["--pool is for open journeys", "add --rate"]),
        (&["run", "--tolerance", "5s"], 2, &["--tolerance is for open journeys"]),
        (
            &["run", "--rate", "20/s", "--users", "5"],
            2,
            &["--users is for closed journeys", "see --pool"],
        ),
        (
            &["run", "arrivals", "--pool", "1"],
            2,
            &["a pool of 1 is too small for 2 open journeys"],
        ),
        (
            &["run", "--rate", "20/s", "--tolerance", "0s"],
            2,
            &["--tolerance", "at least \"1ms\""],
        ),
        (
            &["run", "--max-rate", "0.0000001/s"],
            2,
            &["--max-rate", "out of range", "from \"1/h\""],
        ),
        (&["run", "--rate", "0.0000001/s"], 2, &["out of range"]),
        (&["serve", "--users", "99999999999"], 2, &["--users", "at most 1000000"]),
        (&["serve", "--users", "0"], 2, &["--users", "at least 1"]),
        (&["serve", "--capacity", "0.0000001/s"], 2, &["out of range"]),
        (&["run", "--timeout", "0s"], 2, &["at least \"1ms\""]),
        (&["run", "--timeout", "2m"], 2, &["at most \"60s\""]),
        (&["run", "--users", "99999999"], 2, &["at most 1000000"]),
        (&["run", "--duration", "99999h"], 2, &["at most a year"]),
        (&["run", "--think-time", "normal(1s)"], 2, &["exponential(500ms)"]),
        (
            &["run", "--target", "ftp://127.0.0.1"],
            2,
            &["write http://host:port or https://"],
        ),
        (&["run", "--target", "elt=http://127.0.0.1"], 2, &["did you mean \"eltex\"?"]),
        (
            &["run", "--target", "http://192.0.2.7:80"],
            2,
            &["is not this machine", "--allow-host 192.0.2.7"],
        ),
        (
            &["run", "--target", "http://no-such-host.invalid"],
            3,
            &["no-such-host.invalid", "cannot be resolved"],
        ),
        (
            &["run", "mixed", "--api", "related", "--binding", "xml"],
            2,
            &["related has no binding xml"],
        ),
        (
            &["run", "eltex-selfcare", "--api", "related"],
            2,
            &["nothing is left to play", "related documents no sp_login"],
        ),
        (
            &["run", "--users-file", "/no/such/file.csv"],
            2,
            &["/no/such/file.csv", "cannot be read"],
        ),
        (
            &["run", "--users-file", &empty],
            2,
            &["empty.csv", "no column \"login\"", "the file is empty"],
        ),
        (&["run", "--users-file", &header_only], 2, &["no account in it"]),
        (
            &["run", "--users-file", &columns],
            2,
            &["no column \"login\": the first row is to name the columns"],
        ),
        (
            &["run", "--users-file", &ragged],
            2,
            &["ragged.csv:3", "1 value in a row of 2 columns"],
        ),
        (&["run", "--users-file", &latin], 2, &["latin.csv:2", "not UTF-8"]),
        (&["run", "--users-file", &semicolons], 2, &["separate the columns by commas"]),
        (
            &["run", "--users-file", &twice],
            2,
            &["twice.csv:3", "the same account as in line 2"],
        ),
        (&["run", "--users-file", &nobody], 2, &["nobody.csv:2", "the login is empty"]),
        (
            &["run", "--target", "related=http://127.0.0.1:1"],
            2,
            &["no journey here is for related"],
        ),
        (
            &["run", "mixed", "--target", "related=http://127.0.0.1:1"],
            2,
            &["journey \"eltex-session\" has no target", "--target eltex=URL"],
        ),
        (&["run", "--users-file", &state], 2, &["state.csv:2", "active or blocked_ip"]),
        (
            &["run", "--out", "/dev/null/x"],
            3,
            &["/dev/null/x/run.json: cannot be written"],
        ),
        (&["serve", "--listen", "nowhere"], 2, &["--listen"]),
        (&["serve", "--accounts", &empty], 2, &["no column \"login\""]),
        (&["serve", "--bindings", "sopa11"], 2, &["did you mean \"soap11\"?"]),
        (&["serve", "--bindings", ""], 2, &["unknown binding \"\""]),
        (
            &["serve", "--bindings", "related=xml"],
            2,
            &["related has no binding xml: it has get, post, soap11, soap12"],
        ),
        (&["serve", "--bindings", "elt=xml"], 2, &["did you mean \"eltex\"?"]),
        (&["serve", "--custom-errors", "maybe"], 2, &["--custom-errors", "on, off"]),
        (&["serve", "--eltex-errors", "500"], 2, &["--eltex-errors", "404-empty"]),
        (
            &["serve", "--capacity", "500"],
            2,
            &["--capacity", "per s, min or h", "\"500/s\""],
        ),
        (&["serve", "--capacity", "0/s"], 2, &["--capacity", "out of range"]),
        (
            &["serve", "--capacity", "1/s", "--workers", "0"],
            2,
            &["--workers", "at least 1"],
        ),
        (
            &["serve", "--capacity", "9/s", "--workers", "100001"],
            2,
            &["--workers", "at most"],
        ),
        (
            &["serve", "--capacity", "1/h"],
            2,
            &["--capacity", "longer than", "fewer --workers"],
        ),
        (&["serve", "--workers", "4"], 2, &["--capacity <RATE>"]),
        (&["serve", "--queue", "4"], 2, &["--capacity <RATE>"]),
        (&["serve", "--service-times", "fixed"], 2, &["--capacity <RATE>"]),
        (&["serve", "--capacity", "1/s", "--service-times", "normal"], 2, &["lognormal"]),
        (&["check", "nosuch", &missing], 2, &["nosuch", "missing.toml"]),
        (&["inspect", &missing], 2, &["cannot be read"]),
        (&["inspect", "-", "--api", "eltex"], 2, &["--operation"]),
        (
            &["inspect", "-", "--api", "eltex", "--operation", "sp_logn"],
            2,
            &["did you mean \"sp_login\"?"],
        ),
    ];
    for (arguments, code, words) in rows {
        refused(arguments, *code, words);
    }
}

#[test]
fn a_target_that_is_not_there_and_a_port_that_is_taken_are_named() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    refused(&["serve", "--listen", &address], 3, &[&address, "in use", "--listen"]);
    drop(listener);
    let url = format!("http://{address}");
    refused(
        &["run", "-q", "--target", &url],
        3,
        &[&url, "is not there", "connection refused"],
    );
}

/// Else their failed connections would be put down to the target.
#[test]
fn more_users_than_there_can_be_connections_are_refused() {
    let limited = format!("ulimit -n 100; exec {} \"$@\"", env!("CARGO_BIN_EXE_gander"));
    let run = |users: &str| {
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &limited, "sh", "run", "-q", "--iterations", "1"]);
        command.args(["--think-time", "0s", "--ramp", "0s", "--users", users]);
        command.args(common::RELAXED);
        common::ended(command)
    };
    let ended = run("200");
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.err.contains("allows this process 100 descriptors"), "{}", ended.err);
    // Room for them, and for what the embedded simulator holds.
    assert_eq!(run("20").code, 0);
}

#[test]
fn a_host_that_is_named_may_be_loaded() {
    // 0.0.0.0 is no loopback address, so it wants to be named, and yet leads to this machine only.
    // Nothing listens there any more: allowed, and then not there.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let url = format!("http://0.0.0.0:{port}");
    let arguments = ["run", "-q", "--target", &url];
    refused(&arguments, 2, &["is not this machine", "--allow-host 0.0.0.0"]);
    let mut named = arguments.to_vec();
    named.extend(["--allow-host", "0.0.0.0"]);
    refused(&named, 3, &["is not there"]);
    let mut command = gander(&arguments);
    command.env("GANDER_ALLOW_HOSTS", "example.org, 0.0.0.0");
    let ended = common::ended(command);
    assert_eq!(ended.code, 3, "{ended:?}");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn problems_in_a_file_are_named_by_line() {
    let folder = Folder::new();
    for (text, words) in [
        ("", "scenario.toml: no journey in it"),
        ("api = \"eltex\n", "scenario.toml:1: "),
        (
            "aip = \"eltex\"\n",
            "scenario.toml:1: unknown key \"aip\": did you mean \"api\"?",
        ),
        (
            "api = \"eltex\"\n[load]\nuser = 5\n",
            "scenario.toml:3: unknown key \"user\": did you mean \"users\"?",
        ),
        (
            "[load]\nusers = \"5\"\n",
            "scenario.toml:2: expected a whole number, found: string",
        ),
        (
            "[load]\nusers = -5\n",
            "scenario.toml:2: expected a whole number within its range",
        ),
        (
            "[accounts]\norder = \"hunter2\"\n",
            "scenario.toml:2: expected \"sequential\" or \"random\"",
        ),
        (
            "[load]\nusers = 0\n[[journey]]\nname = \"j\"\n",
            "scenario.toml:2: 0 is too few",
        ),
        ("[load]\nduration = \"10\"\n", "scenario.toml:2: \"10\" is no duration"),
        ("[[journey]]\nweight = 1\n", "scenario.toml:1: \"name\" is missing here"),
        ("[[journey]]\nname = \"j\"\n", "scenario.toml:1: journey \"j\" has no API"),
        (
            "api = \"eltex\"\n[[journey]]\nname = \"j\"\n",
            "scenario.toml:2: journey \"j\" has no step",
        ),
        (
            "[[journey]]\nname = \"j\"\napi = \"elt\"\n",
            "scenario.toml:3: unknown API \"elt\": did you mean \"eltex\"?",
        ),
        (
            "api = \"eltex\"\nbinding = \"soap11\"\n[[journey]]\nname = \"j\"\n",
            "scenario.toml:2: eltex has no binding \"soap11\"",
        ),
        (
            "api = \"eltex\"\n[[journey]]\nname = \"j\"\n[[journey.step]]\ncall = \"sp_logn\"\n",
            "scenario.toml:5: eltex has no operation \"sp_logn\": did you mean \"sp_login\"?",
        ),
        (
            "api = \"eltex\"\n[[journey]]\nname = \"j\"\n[[journey.step]]\ncall = \"login\"\nwith = { pasword = \"x\" }\n",
            "scenario.toml:6: sp_login has no input \"pasword\": did you mean \"password\"?",
        ),
        (
            "api = \"eltex\"\n[[journey]]\nname = \"j\"\n[[journey.step]]\ncall = \"login\"\nwith = { password = \"{pasword}\" }\n",
            "scenario.toml:6: an unknown placeholder: did you mean \"password\"?",
        ),
        (
            "api = \"eltex\"\n[[journey]]\nname = \"j\"\n[[journey.step]]\ncall = \"login\"\nwith = { password = \"{x\" }\n",
            "scenario.toml:6: a brace without its partner",
        ),
        (
            "api = \"eltex\"\n[[journey]]\nname = \"j\"\n[[journey.step]]\ncall = \"login\"\nexpect = \"refusd\"\n",
            "scenario.toml:6: unknown answer \"refusd\": did you mean \"refused\"?",
        ),
        (
            "api = \"eltex\"\n[[journey]]\nname = \"j\"\n[[journey.step]]\ncall = \"login\"\nthink = \"uniform(1s)\"\n",
            "scenario.toml:6: \"uniform(1s)\" is no time",
        ),
        (
            "api = \"eltex\"\n[[journey]]\nname = \"j\"\n[[journey.step]]\ncall = \"login\"\nrepeat = 0\n",
            "scenario.toml:6: 0 repeats",
        ),
        (
            "api = \"eltex\"\n[[journey]]\nname = \"j\"\n[[journey.step]]\ncall = \"logout\"\n",
            "scenario.toml:5: sp_logout needs a session",
        ),
        (
            "api = \"eltex\"\n[[journey]]\nname = \"j\"\n[[journey.step]]\ncall = \"sp_change_login\"\n",
            "scenario.toml:5: sp_change_login needs a value for newlogin",
        ),
        (
            "api = \"eltex\"\n[[journey]]\nname = \"j\"\n[[journey.step]]\ncall = \"login\"\nundoes = \"x\"\n",
            "scenario.toml:6: no step before it is called \"x\"",
        ),
        (
            "target = \"htp://x\"\n",
            "scenario.toml:1: target \"htp://x\": write http://host:port",
        ),
        ("target = 5\n", "scenario.toml:1: write a URL, or a table"),
        ("[load]\nduration = \"0s\"\n", "scenario.toml:2: the duration is zero"),
        (
            "[load]\nduration = \"5s\"\nramp = \"5s\"\n",
            "scenario.toml:2: the ramp (5s) is not shorter",
        ),
        (
            "api = \"eltex\"\n[load]\nrate = \"10/x\"\n[[journey]]\nname = \"j\"\n",
            "scenario.toml:3: \"10/x\" is no rate: write a number per s, min or h",
        ),
        (
            "api = \"eltex\"\n[load]\nrate = \"10/s\"\narrivals = \"poison\"\n[[journey]]\nname = \"j\"\n",
            "scenario.toml:4: unknown arrivals \"poison\": did you mean \"poisson\"?",
        ),
        (
            "api = \"eltex\"\n[load]\nrate = \"10/s\"\nusers = 5\n[[journey]]\nname = \"j\"\n",
            "scenario.toml:4: users is for closed journeys, and every journey here is open: write pool",
        ),
        (
            "api = \"eltex\"\n[load]\npool = 5\n[[journey]]\nname = \"j\"\n",
            "scenario.toml:3: pool is for open journeys, and every journey here is closed: write a rate",
        ),
        (
            "api = \"eltex\"\n[load]\nrate = \"10/s\"\n[[journey]]\nname = \"j\"\nmodel = \"closed\"\n",
            "scenario.toml:3: rate is for open journeys, and every journey here is closed: write model",
        ),
        (
            "api = \"eltex\"\n[[journey]]\nname = \"j\"\nmodel = \"open\"\n",
            "scenario.toml:4: an open journey needs a rate: write rate = \"200/s\" in [load]",
        ),
        (
            "api = \"eltex\"\n[[journey]]\nname = \"j\"\nmodel = \"opne\"\n",
            "scenario.toml:4: unknown model \"opne\": did you mean \"open\"?",
        ),
        (
            "api = \"eltex\"\n[load]\nrate = \"10/s\"\n[[load.stage]]\nto = \"20/s\"\n[[journey]]\nname = \"j\"\n",
            "scenario.toml:4: \"over\" is missing here",
        ),
        (
            "api = \"eltex\"\n[load]\nrate = \"10/s\"\n[[load.stages]]\nto = \"20/s\"\n[[journey]]\nname = \"j\"\n",
            "scenario.toml:4: unknown key \"stages\": did you mean \"stage\"?",
        ),
        (
            "api = \"eltex\"\n[load]\nduration = \"5s\"\nrate = \"10/s\"\n[[load.stage]]\nover = \"6s\"\n[[journey]]\nname = \"j\"\n",
            "scenario.toml:3: the stages last 6s, longer than the duration (5s)",
        ),
        (
            "api = \"eltex\"\n[load]\n[[load.stage]]\nto = \"0/s\"\nover = \"6s\"\n[[journey]]\nname = \"j\"\n",
            "scenario.toml:3: the rate is zero all the time",
        ),
        (
            "api = \"eltex\"\n[load]\niterations = 5\nramp-down = \"1s\"\n[[journey]]\nname = \"j\"\n",
            "scenario.toml:4: a ramp down needs a duration",
        ),
        (
            "api = \"eltex\"\n[load]\nduration = \"5s\"\nwarm-up = \"5s\"\n[[journey]]\nname = \"j\"\n",
            "scenario.toml:4: the warm-up (5s) is not shorter than the duration",
        ),
        (
            "api = \"eltex\"\n[load]\nwarm_up = \"5s\"\n[[journey]]\nname = \"j\"\n",
            "scenario.toml:3: unknown key \"warm_up\": did you mean \"warm-up\"?",
        ),
        ("[load]\nusers = 9999999\n", "scenario.toml:2: too many: write at most 1000000"),
        (
            "api = \"eltex\"\n[[journey]]\nname = \"j\"\nweight = 99999999\n",
            "scenario.toml:4: too many: write at most 10000",
        ),
        (
            "api = \"eltex\"\n[accounts]\nfile = \"no.csv\"\n[[journey]]\nname = \"j\"\n",
            "scenario.toml:3: ",
        ),
        (
            "[target]\nelt = \"http://h\"\n[[journey]]\nname = \"j\"\napi = \"eltex\"\n",
            "scenario.toml:1: [target]: unknown API \"elt\"",
        ),
        (
            "[transport]\ninsecure = false\n",
            "scenario.toml:2: \"insecure\" is not for files",
        ),
        (
            "[transport]\nconnect_timeout = \"5s\"\n",
            "scenario.toml:2: unknown key \"connect_timeout\": did you mean \"connect-timeout\"?",
        ),
        (
            "[transport]\nconnections = \"per-jorney\"\n",
            "scenario.toml:2: unknown policy \"per-jorney\": did you mean \"per-journey\"?",
        ),
        ("[transport]\ntimeout = \"61s\"\n", "scenario.toml:2: write at most \"60s\""),
        ("[transport]\nbind = \"here\"\n", "scenario.toml:2: \"here\" is no address"),
        ("[transport]\nmax-reply = \"1\"\n", "scenario.toml:2: \"1\" is no size"),
        ("[transport]\nmax-rate = \"1\"\n", "scenario.toml:2: \"1\" is no rate"),
        ("[transport]\nmax-in-flight = 0\n", "scenario.toml:2: 0 is too few"),
        ("[transport]\nheaders = 1\n", "scenario.toml:2: expected a map"),
        (
            "[transport.headers]\n\"X Key\" = \"on\"\n",
            "scenario.toml:2: \"X Key\" is no name that a header can have",
        ),
        (
            "[transport.headers]\nX-Key = { env = \"GANDER_TEST_UNSET\" }\n",
            "scenario.toml:2: the environment has no GANDER_TEST_UNSET",
        ),
        ("[transport]\n\nca = \"missing.pem\"\n", "/missing.pem: cannot be read"),
        (
            "[transport]\nbasic-auth = { env = \"anna:hunter2\" }\n",
            "scenario.toml:2: the environment has no variable of the name given here",
        ),
        (
            "[transport]\nclient-cert = \"a.pem\"\n",
            "scenario.toml:2: a client-cert needs a client-key",
        ),
        (
            "[transport]\nclient-key = \"a.pem\"\n",
            "scenario.toml:2: a client-key needs a client-cert",
        ),
    ] {
        let file = folder.file("scenario.toml", text);
        refused(&["check", &file], 2, &[words]);
        refused(&["run", "-q", &file], 2, &[words]);
    }
}

/// Wherever one stands, and whatever is wrong about it.
#[test]
fn secrets_are_not_repeated() {
    let folder = Folder::new();
    let scenario = |text: &str| folder.file("scenario.toml", text);
    let with = |value: &str| {
        format!(
            "api = \"eltex\"\n[[journey]]\nname = \"j\"\n[[journey.step]]\ncall = \"login\"\n\
             with = {{ password = {value} }}\n"
        )
    };
    let rows: &[&[&str]] = &[
        &["--target", "http://anna:hunter2@127.0.0.1:9"],
        &["--target", "http://hunter2@127.0.0.1:9"],
        &["--target", "anna:hunter2@127.0.0.1:9"],
        &["--target", "http://anna:hunter2"],
        &["--target", "http://anna%3Ahunter2%40127.0.0.1:9"],
        &["--target", "http://127.0.0.1:9/?key=hunter2"],
        &["--target", "http://127.0.0.1:9/#hunter2"],
        &["--target", "127.0.0.1:9?key=hunter2"],
        &["--target", "anna:hunter2@127.0.0.1:9?key=x"],
        &["--target", "ftp://127.0.0.1:9/hunter2"],
        &["--target", "eltex=http://anna:hunter2@127.0.0.1:9"],
        &["--target", "related=http://anna:hunter2@127.0.0.1:9"],
        &["--basic-auth", "hunter2"],
        &["--basic-auth", "-hunter2"],
        &["--basic-auth", "anna", "hunter2"],
        &["--basic-auth=hunter2", "hunter2", "hunter2"],
        &["--header", "hunter2"],
        &["--header", "-hunter2"],
        &["--header", "X-Key:", "hunter2"],
        &["--header", "X-Key:", "hunter2", "hunter2"],
        &["--header", "X-Key: hunter2\u{7}"],
        &["--header", "X-Key: hunter2", "--nothing"],
        &["--basic-auth", "anna:hunter2", "--users", "many"],
    ];
    let check = |arguments: &[&str], environment: &str| {
        let mut command = gander(arguments);
        if !environment.is_empty() {
            command.env("GANDER_BASIC_AUTH", environment);
        }
        let ended = common::ended(command);
        let said = format!("{}{}", ended.out, ended.err);
        assert_eq!(ended.code, 2, "{arguments:?}: {said}");
        assert!(!said.contains("hunter2") && !said.contains("panicked"), "{arguments:?}: {said}");
    };
    for row in rows {
        check(&[&["run", "-q", "--iterations", "1"], *row].concat(), "");
    }
    for value in ["hunter2", "hunter2\n", "anna:hunter2\n\n", "anna:\rhunter2"] {
        check(&["run", "-q", "--iterations", "1"], value);
    }
    for text in [
        "target = \"http://anna:hunter2@h\"\n".to_owned(),
        "target = { eltex = \"http://h/?key=hunter2\" }\n".to_owned(),
        with("hunter2"),
        with("\"hunter2"),
        with("[\"hunter2\"]"),
        with("\"x{hunter2}\""),
        with("\"hunter2{\""),
        "[transport]\nbasic-auth = { env = \"anna:hunter2\" }\n".to_owned(),
    ] {
        let file = scenario(&text);
        check(&["check", &file], "");
        check(&["run", "-q", &file], "");
    }
}

/// The line end that `echo` writes is not part of it, and an empty one is none.
#[test]
fn secrets_of_the_environment_lose_one_line_end() {
    let folder = Folder::new();
    let scenario = folder.file(
        "scenario.toml",
        "api = \"eltex\"\n[transport]\nbasic-auth = { env = \"GANDER_TEST_KEY\" }\n\
         headers = { X-Key = { env = \"GANDER_TEST_KEY\" } }\n\
         [[journey]]\nname = \"j\"\n[[journey.step]]\ncall = \"sp_check_login\"\n",
    );
    for (value, good) in [
        ("anna:hunter2", true),
        ("anna:hunter2\n", true),
        ("anna:hunter2\r\n", true),
        ("anna:hunter2\n\n", false),
        ("anna:hunter2\r", false),
        ("\n", false),
        ("", false),
    ] {
        let mut command = gander(&["check", &scenario]);
        command.env("GANDER_TEST_KEY", value);
        let ended = common::ended(command);
        assert_eq!(ended.code == 0, good, "{value:?}: {ended:?}");
    }
    for (value, code) in [("", 0), ("\n", 0), ("anna:hunter2\n", 0), ("anna\n", 2)] {
        let mut command = gander(&["run", "-q", "--iterations", "1", "--users", "1"]);
        command.args(["--think-time", "0s", "--ramp", "0s", "--max-lateness", "1h"]);
        command.env("GANDER_BASIC_AUTH", value);
        let ended = common::ended(command);
        assert_eq!(ended.code, code, "{value:?}: {ended:?}");
    }
}

/// None of them has an end, or anybody who writes to it.
#[test]
#[cfg(unix)]
fn only_regular_files_are_read() {
    let folder = Folder::new();
    let fifo = format!("{}/fifo", folder.path());
    let made = std::process::Command::new("mkfifo").arg(&fifo).status().expect("mkfifo runs");
    assert!(made.success());
    let pem = folder.file("a.pem", "");
    for file in ["/dev/zero", &fifo, folder.path()] {
        let words = [file, "cannot be read"];
        refused(&["run", "-q", "--users-file", file], 2, &words);
        refused(&["serve", "--accounts", file], 2, &words);
        refused(&["serve", "--faults", file], 2, &words);
        refused(&["run", "-q", file], 2, &words);
        refused(&["check", file], 2, &words);
        refused(&["calibrate", file], 2, &words);
        refused(&["run", "-q", "--ca", file], 2, &words);
        refused(&["run", "-q", "--client-cert", file, "--client-key", file], 2, &words);
        refused(&["run", "-q", "--client-cert", &pem, "--client-key", file], 2, &words);
    }
}

/// Whatever bytes its name has, as long as the system has the file.
#[test]
#[cfg(target_os = "linux")]
fn files_are_found_whose_names_are_not_utf8() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;

    let folder = Folder::new();
    let named = |name: &[u8], text: &str| {
        let path = folder.0.join(OsString::from_vec(name.to_vec()));
        std::fs::write(&path, text).expect("a file");
        path
    };
    let message = named(b"m\xFF.xml", "<a/>");
    let scenario = named(b"s\xFF.toml", include_str!("../scenarios/session.toml"));
    let accounts = named(b"a\xFF.csv", "login,password,domain\nuser0,password0,gander.local\n");
    let pem = named(b"c\xFF{x}.pem", "");
    let faults = named(b"f\xFF.toml", "[[fault]]\n");
    for (arguments, last, code, words) in [
        (&["inspect"][..], &message, 0, "well-formed XML"),
        (&["check"], &scenario, 0, ": ok"),
        (&["run", "-q", "--users-file", "/nowhere"], &scenario, 2, "/nowhere"),
        (&["calibrate", "--from", "1/h"], &scenario, 2, "too few"),
        (&["run", "-q", "--users", "2", "--users-file"], &accounts, 2, "there are 1"),
        (&["run", "-q", "--ca"], &pem, 2, "no certificate in PEM"),
        (
            &["run", "-q", "--client-key", "x", "--client-cert"],
            &pem,
            2,
            "x: cannot be read",
        ),
        (
            &["run", "-q", "--client-cert", "x", "--client-key"],
            &pem,
            2,
            "no private key in PEM",
        ),
        (&["serve", "--faults"], &faults, 2, "missing field"),
    ] {
        let mut command = gander(arguments);
        command.arg(last);
        let output = command.output().expect("it starts");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
}

/// Wherever it comes from.
#[test]
fn nothing_commands_the_terminal() {
    let folder = Folder::new();
    let scenario = folder.file(
        "odd.toml",
        "summary = \"\\u001B[31mred\\u202Egnirts\"\napi = \"eltex\"\n[[journey]]\n\
         name = \"\\u001B]0;title\\u0007\\u009B2J\"\n[[journey.step]]\ncall = \"sp_check_login\"\n\
         name = \"\\u2066step\\r\"\nexpect = \"taken\"\n",
    );
    let wrong = folder.file(
        "wrong.toml",
        "api = \"eltex\"\n[[journey]]\nname = \"\\u001B[31m\"\n[load]\nduration = \"\\u001B[32m\"\n",
    );
    let column = folder.file("column.csv", "login,password,\u{202E}a\u{9B}b\na,b,c\n");
    let once = ["-q", "--users", "1", "--iterations", "1", "--ramp", "0s", "--max-lateness", "1h"];
    for (arguments, code) in [
        (vec!["check", &scenario], 0),
        (vec!["check", "--print", &scenario], 0),
        (vec!["check", &wrong], 2),
        (["run", &scenario].iter().chain(&once).copied().collect(), 0),
        (["run", &wrong].iter().chain(&once).copied().collect(), 2),
        (vec!["run", "-q", "--users", "5", "--users-file", &column], 2),
        (vec!["run", "--api", "\u{1B}[31m"], 2),
        (vec!["run", "--users", "\u{1B}[31m"], 2),
        (vec!["check", "\u{1B}[31m.toml"], 2),
    ] {
        let ended = run(&arguments);
        assert_eq!(ended.code, code, "{arguments:?}: {ended:?}");
        let is_command = |c: char| c.is_control() && c != '\n' || "\u{202E}\u{2066}".contains(c);
        let said = format!("{}{}", ended.out, ended.err);
        assert!(!said.contains(is_command), "{arguments:?}: {said:?}");
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let folder = Folder::new();
    let file = folder.file(
        "many.toml",
        "api = \"eltx\"\n[load]\nduration = \"x\"\nusers = 0\n[[journey]]\nname = \"j\"\n",
    );
    refused(&["check", &file], 2, &["many.toml:1:", "many.toml:3:", "many.toml:4:"]);
}

#[test]
fn good_files_are_described() {
    let ended = run(&["check", "session", "scenarios/mixed.toml"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended.out.contains("session: ok") && ended.out.contains("sp_check_session ×5"),
        "{}",
        ended.out
    );
    let ended = run(&["scenarios"]);
    let names: Vec<_> =
        ended.out.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(
        names,
        [
            "session",
            "related-session",
            "leadertask-bindings",
            "eltex-selfcare",
            "bad-credentials",
            "mixed",
            "arrivals"
        ]
    );
    let ended = run(&["scenarios", "--show", "session"]);
    assert!(ended.out.contains("[[journey.step]]"), "{}", ended.out);
}

#[test]
fn messages_are_inspected() {
    let sample = |api: &str, name: &str| format!("src/api/{api}/samples/{name}");
    let related = sample("related", "logout.reply.as-printed.xml");
    let ended = run(&["inspect", &related]);
    let expected = format!("{related}:4:16 (byte 127): no white space before an attribute\n");
    assert_eq!((ended.code, ended.out), (1, expected));

    for (api, name, operation, words) in [
        (
            "eltex",
            "sp_login.reply-ok.xml",
            "sp_login",
            "eltex reply to sp_login: accepted\n  session        \"b642dd1dd8500124fc4593ebfb3636d1daddbdfa\"\n  alias_address  \"240101\"\n",
        ),
        ("eltex", "sp_check_login.reply-error.xml", "sp_check_login", "accepted: taken"),
        (
            "eltex",
            "sp_logout.request.xml",
            "sp_logout",
            "eltex request for sp_logout\n  domain   \"biysk.local\"\n",
        ),
        (
            "related",
            "login.reply.xml",
            "Login",
            "ServiceTicket    \"3C860EC9BFF1B14BBF801\"",
        ),
        (
            "leadertask",
            "createsession.soap11.request.xml",
            "CreateSession",
            "user_token   \"string\"",
        ),
    ] {
        let ended = run(&["inspect", &sample(api, name), "--api", api, "--operation", operation]);
        assert_eq!(ended.code, 0, "{ended:?}");
        assert!(ended.out.contains(words), "{}", ended.out);
    }
    // The placeholder of the document is no number.
    let placeholder = sample("leadertask", "createsession.httpget.reply.xml");
    let ended =
        run(&["inspect", &placeholder, "--api", "leadertask", "--operation", "CreateSession"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(
        ended.out.contains(":3:15 (byte 115): error_code: not a whole number"),
        "{}",
        ended.out
    );
}

#[test]
fn messages_come_from_standard_input() {
    for (bytes, code, words) in [
        (&b"<a/>"[..], 0, "well-formed XML, 4 bytes"),
        (b"<a>\xFF</a>", 1, "standard input:1:4 (byte 3): invalid UTF-8"),
        (b"", 1, "standard input:1:1 (byte 0): no root element"),
    ] {
        let mut child = gander(&["inspect", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("gander starts");
        child.stdin.take().expect("a pipe").write_all(bytes).expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(code));
        assert!(String::from_utf8_lossy(&output.stdout).contains(words), "{output:?}");
    }
}

#[test]
fn help_tells_the_exit_codes() {
    let ended = run(&["--help"]);
    assert_eq!(ended.code, 0);
    for code in ["0 ", "1 ", "2 ", "3 ", "4 ", "130 "] {
        let named = ended.out.lines().any(|line| line.trim_start().starts_with(code));
        assert!(named, "{code}: {}", ended.out);
    }
    for option in [
        "--api",
        "--target",
        "--binding",
        "--users",
        "--users-file",
        "--duration",
        "--ramp-down",
        "--iterations",
        "--warm-up",
        "--rate",
        "--arrivals",
        "--pool",
        "--tolerance",
        "--max-lateness",
        "--think-time",
        "--seed",
        "--quiet",
        "--out",
        "--allow-host",
    ] {
        assert!(run(&["run", "--help"]).out.contains(option), "{option}");
    }
}

#[test]
fn what_is_printed_says_what_was_understood() {
    let folder = Folder::new();
    let file = folder.file(
        "mine.toml",
        "api = \"related\"\n[load]\nrate = \"60/min\"\n[[journey]]\nname = \"j\"\n\
         [[journey.step]]\ncall = \"login\"\nthink = \"0.5s\"\n\
         [[journey.step]]\ncall = \"check_session\"\n\
         [[journey.step]]\ncall = \"logout\"\n",
    );
    let ended = run(&["check", "--print", &file]);
    assert_eq!(ended.code, 0, "{ended:?}");
    for line in [
        "# related documents no check_session: left out of journey \"j\"",
        "rate = \"1/s\"",
        "duration = \"10s\"",
        "binding = \"soap11\"",
        "call = \"Login\"",
        "with = { Password = \"{password}\", Username = \"{login}\" }",
        "think = \"500ms\"",
        "undoes = \"Login\"",
    ] {
        assert!(ended.out.lines().any(|found| found == line), "{line} in\n{}", ended.out);
    }
}

#[test]
fn the_readmes_scenarios_are_good() {
    const JOURNEY: &str = "[[journey]]\nname = \"j\"\napi = \"eltex\"\n\
                           [[journey.step]]\ncall = \"sp_check_login\"\n";
    let readme = include_str!("../README.md");
    let examples: Vec<_> = readme
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert_eq!(examples.len(), 3);
    let folder = Folder::new();
    let accounts: String = (0..100).map(|i| format!("user{i},secret,d.local\n")).collect();
    folder.file("accounts.csv", format!("login,password,domain\n{accounts}"));
    for example in examples {
        // One of them is a table for any scenario.
        let journey = if example.contains("[[journey]]") { "" } else { JOURNEY };
        let file = folder.file("mine.toml", format!("{example}{journey}"));
        let check = |arguments: &[&str]| {
            let mut check = gander(&[&["check"], arguments].concat());
            check.env("PORTAL_KEY", "hunter2").env("PORTAL_CREDENTIALS", "anna:hunter3");
            let ended = common::ended(check);
            assert_eq!(ended.code, 0, "{ended:?}");
            ended.out
        };
        let described = check(&[&file]);
        assert!(!described.contains("note:"), "{described}");

        let printed = check(&["--print", &file]);
        assert!(!printed.contains("hunter"), "{printed}");
        assert_eq!(printed.contains("PORTAL_KEY"), example.contains("PORTAL_KEY"), "{printed}");
        let again = folder.file("printed.toml", &printed);
        assert_eq!(check(&[&again]).replace(&again, &file), described, "{printed}");
        assert_eq!(check(&["--print", &again]), printed);
    }
}
