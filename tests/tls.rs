//! TLS against software that is not ours: Python's ssl, with certificates of openssl's making.

mod common;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use common::certificates::Authority;
use common::{Ended, is_installed, outcomes, play, run, sum};
use serde_json::Value;

const LOGIN_OK: &str = include_str!("../src/api/eltex/samples/sp_login.reply-ok.xml");
/// A row of accounts, with a certificate and its key.
const GOOD: &str = "anna,secret,good.pem,good.key\n";
const ALWAYS: (&str, &str) = ("20200101000000Z", "20991231235959Z");

fn can_be_tested() -> bool {
    is_installed("openssl", &["version"]) && is_installed("python3", &["-c", "import ssl"])
}

/// Ended when it is dropped.
struct TlsServer {
    child: Child,
    port: u16,
    handshakes: Receiver<String>,
    /// By request: whose certificate it came under, and who logs in.
    asked: Receiver<String>,
}

impl TlsServer {
    /// `clients`: the file of the authorities whose clients it takes; `-`: it takes any.
    fn start(authority: &Authority, certificate: &str, clients: &str) -> Self {
        let mut child = Command::new("python3")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/common/tls_server.py"))
            .arg(authority.path(&format!("{certificate}.pem")))
            .arg(authority.path(&format!("{certificate}.key")))
            .args([clients, LOGIN_OK, " login=\"([^\"]*)\""])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let port = lines.next().expect("its port").expect("text");
        let (shaken, handshakes) = channel();
        let (asking, asked) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let to = if line.starts_with("asked ") { &asking } else { &shaken };
                let _ = to.send(line);
            }
        });
        Self {
            child,
            port: port.parse().expect("a port"),
            handshakes,
            asked,
        }
    }

    /// Logs in with `arguments`.
    fn log_in(&self, host: &str, arguments: &[&str]) -> (Value, Ended) {
        log_in(&format!("https://{host}:{}", self.port), arguments)
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two users who log in three times each, and never out.
const LOGINS: &str = "api = \"eltex\"\n[load]\nusers = 2\niterations = 3\n\
                      [[journey]]\nname = \"j\"\n[[journey.step]]\ncall = \"login\"\n";

fn log_in(url: &str, arguments: &[&str]) -> (Value, Ended) {
    let folder = common::Folder::new();
    let file = folder.file("logins.toml", LOGINS);
    let mut all = vec![file.as_str(), "--target", url];
    all.extend(arguments);
    play(&all)
}

#[test]
fn a_service_in_tls_is_spoken_to_as_any_other() {
    if !can_be_tested() {
        return;
    }
    let authority = Authority::new();
    authority.sign("server", "DNS:localhost,IP:127.0.0.1", ALWAYS);
    let ca = authority.path("ca.pem");
    let server = TlsServer::start(&authority, "server", "-");
    for (host, sni) in [("localhost", "localhost"), ("127.0.0.1", "-")] {
        let (run, ended) = server.log_in(host, &["--ca", &ca]);
        assert_eq!((ended.code, sum(&run, "ok")), (0, 6), "{ended:?}");
        assert_eq!(run["targets"][0]["url"], format!("https://{host}:{}", server.port));
        assert_eq!(run["transport"]["insecure"], false);
        assert_eq!(run["transport"]["ca"], ca.as_str());
        // One connection for each user, and no session of another's.
        let shaken: Vec<_> = server.handshakes.iter().take(2).collect();
        assert_eq!(shaken, [format!("full {sni} -"), format!("full {sni} -")]);
    }
}

#[test]
fn what_tls_has_against_a_server_is_an_outcome_that_says_what() {
    if !can_be_tested() {
        return;
    }
    let authority = Authority::new();
    let ca = authority.path("ca.pem");
    authority.sign("good", "DNS:localhost", ALWAYS);
    authority.sign("other", "DNS:portal.example.org", ALWAYS);
    authority.sign("old", "DNS:localhost", ("20200101000000Z", "20200102000000Z"));
    authority.sign("early", "DNS:localhost", ("20900101000000Z", "20991231235959Z"));
    for (certificate, arguments, words) in [
        ("good", &[][..], "tls: certificate of an unknown issuer"),
        ("other", &["--ca", &ca], "tls: certificate is for another name"),
        ("old", &["--ca", &ca], "tls: certificate has expired"),
        ("early", &["--ca", &ca], "tls: certificate is not valid yet"),
    ] {
        let server = TlsServer::start(&authority, certificate, "-");
        let (run, ended) = server.log_in("localhost", arguments);
        assert_eq!((ended.code, sum(&run, "count"), sum(&run, "ok")), (1, 6, 0), "{ended:?}");
        assert_eq!(outcomes(&run), [words], "{certificate}");

        // Only who asks for it does without.
        let (run, ended) = server.log_in("localhost", &["--insecure"]);
        assert_eq!((ended.code, sum(&run, "ok")), (0, 6), "{ended:?}");
        assert_eq!(run["transport"]["insecure"], true);
        assert!(ended.out.contains("NOT CHECKED (--insecure)"), "{}", ended.out);
    }
    // A server that speaks HTTP on that port.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        }
    });
    let (run, _) = log_in(&format!("https://{address}"), &["--insecure"]);
    assert_eq!(outcomes(&run), ["tls: what comes is not TLS"]);
}

#[test]
fn a_server_that_asks_for_certificates_is_shown_one() {
    if !can_be_tested() {
        return;
    }
    let authority = Authority::new();
    let strangers = Authority::new();
    authority.sign("server", "DNS:localhost", ALWAYS);
    authority.sign("client", "DNS:client-one", ALWAYS);
    strangers.sign("client", "DNS:stranger", ALWAYS);
    let ca = authority.path("ca.pem");
    let server = TlsServer::start(&authority, "server", &ca);

    let (run, ended) = server.log_in("localhost", &["--ca", &ca]);
    assert_eq!(ended.code, 1);
    assert_eq!(outcomes(&run), ["tls: the server refuses: certificate required"]);

    let identity = |of: &Authority| (of.path("client.pem"), of.path("client.key"));
    let (certificate, key) = identity(&authority);
    let (run, ended) = server
        .log_in("localhost", &["--ca", &ca, "--client-cert", &certificate, "--client-key", &key]);
    assert_eq!((ended.code, sum(&run, "ok")), (0, 6), "{ended:?}");
    assert_eq!(run["transport"]["client_certificate"], certificate.as_str());
    assert!(server.handshakes.iter().take(2).all(|line| line.ends_with(" client-one")));

    // The same of a scenario file, whose paths are from its folder.
    let file = authority.folder.file(
        "own.toml",
        format!("{LOGINS}[transport]\nca = \"ca.pem\"\nclient-cert = \"client.pem\"\nclient-key = \"client.key\"\n"),
    );
    let url = format!("https://localhost:{}", server.port);
    let (run, ended) = play(&[&file, "--target", &url]);
    assert_eq!((ended.code, sum(&run, "ok")), (0, 6), "{ended:?}");
    assert!(server.handshakes.iter().take(2).all(|line| line.ends_with(" client-one")));
    // Only who starts the run can do without any check, whatever the file says.
    let (run, ended) = play(&[&file, "--target", &url, "--insecure"]);
    assert_eq!(
        (ended.code, run["transport"]["insecure"].as_bool()),
        (0, Some(true)),
        "{ended:?}"
    );
    assert!(server.handshakes.iter().take(2).all(|line| line.ends_with(" client-one")));

    let (certificate, key) = identity(&strangers);
    let (run, _) = server
        .log_in("localhost", &["--ca", &ca, "--client-cert", &certificate, "--client-key", &key]);
    assert_eq!(outcomes(&run), ["tls: the server refuses: unknown ca"]);
}

#[test]
fn each_user_shows_its_own_certificate() {
    if !can_be_tested() {
        return;
    }
    let authority = Authority::new();
    let strangers = Authority::new();
    authority.sign("server", "DNS:localhost", ALWAYS);
    for login in ["anna", "bert", "carla"] {
        authority.sign(login, &format!("DNS:{login}"), ALWAYS);
    }
    strangers.sign("dora", "DNS:dora", ALWAYS);
    // Paths are from the folder of the accounts, not from that of the scenario.
    let accounts = |rows: &[&str]| {
        let text = format!("login,password,shown,with\n{}\n", rows.join("\n"));
        authority.folder.file("accounts.csv", text)
    };
    let [anna, bert, carla] =
        ["anna", "bert", "carla"].map(|login| format!("{login},secret,{login}.pem,{login}.key"));
    let ca = authority.path("ca.pem");
    let server = TlsServer::start(&authority, "server", &ca);
    let url = format!("https://localhost:{}", server.port);
    let folder = common::Folder::new();
    let scenario = |transport: &str| {
        let journeys = LOGINS.replace("users = 2", "users = 3").replace("login", "sp_login");
        let accounts = "[accounts]\norder = \"random\"\n";
        folder.file("own.toml", format!("{journeys}{accounts}[transport]\n{transport}"))
    };
    let columns =
        "connections = \"per-journey\"\nclient-cert = \"{shown}\"\nclient-key = \"{with}\"\n";
    let by_login = ["--client-cert", "{login}.pem", "--client-key", "{login}.key"];
    for (transport, options) in
        [(columns, &["--seed", "1"][..]), (columns, &["--seed", "2"]), ("", &by_login)]
    {
        let file = scenario(transport);
        let mut all = vec![&*file, "--target", &url, "--ca", &ca, "--users-file"];
        let users = accounts(&[&anna, &bert, &carla]);
        all.push(&users);
        all.extend(options);
        let (run, ended) = play(&all);
        assert_eq!((ended.code, sum(&run, "ok")), (0, 9), "{ended:?}");
        let mut asked: Vec<_> = server.asked.iter().take(9).collect();
        asked.sort();
        let own = ["anna", "bert", "carla"].map(|login| vec![format!("asked {login} {login}"); 3]);
        assert_eq!(asked, own.concat(), "{options:?}");
    }
    // One of them is a stranger.
    let (certificate, key) = (strangers.path("dora.pem"), strangers.path("dora.key"));
    let users = accounts(&[&anna, &format!("dora,secret,{certificate},{key}"), &carla]);
    let file = scenario(columns);
    let (run, _) = play(&[&file, "--target", &url, "--ca", &ca, "--users-file", &users]);
    assert_eq!(outcomes(&run), ["accepted: ", "tls: the server refuses: unknown ca"]);
    assert_eq!((sum(&run, "count"), sum(&run, "ok")), (9, 6));
    assert_eq!(run["transport"]["client_certificate"], "{shown}");
}

#[test]
fn certificates_of_users_that_cannot_be_used_are_named_by_row() {
    if !can_be_tested() {
        return;
    }
    let authority = Authority::new();
    authority.sign("good", "DNS:anna", ALWAYS);
    authority.sign("other", "DNS:bert", ALWAYS);
    let scenario = |certificate: &str| {
        let transport =
            format!("[transport]\nclient-cert = \"{certificate}\"\nclient-key = \"{{key}}\"\n");
        authority.folder.file("own.toml", format!("{LOGINS}{transport}"))
    };
    let users =
        |rows: &str| authority.folder.file("users.csv", format!("login,password,cert,key\n{rows}"));
    for (certificate, second, words) in [
        (
            "{cert}",
            "bert,secret,missing.pem,good.key",
            &["users.csv:3: ", "missing.pem: cannot be read"][..],
        ),
        (
            "{cert}",
            "bert,secret,good.pem,missing.key",
            &["users.csv:3: ", "missing.key: cannot be read"],
        ),
        (
            "{cert}",
            "bert,secret,good.key,good.key",
            &["users.csv:3: ", "good.key: no certificate in PEM"],
        ),
        (
            "{cert}",
            "bert,secret,good.pem,good.pem",
            &["users.csv:3: ", "good.pem: no private key in PEM"],
        ),
        (
            "{cert}",
            "bert,secret,good.pem,other.key",
            &["users.csv:3: ", "good.pem: not with this key"],
        ),
        (
            "{cert}",
            "bert,secret,,good.key",
            &["users.csv:3: ", "path of the client-cert is empty"],
        ),
        ("{crt}", "", &["own.toml:10: an unknown placeholder: did you mean \"cert\"?"]),
        ("{cert", "", &["own.toml:10: a brace without its partner"]),
        ("{password}.pem", "", &["own.toml:10: no path may have {password} in it"]),
    ] {
        let file = scenario(certificate);
        let accounts = users(&format!("{GOOD}{second}\n"));
        let ended = run(&["run", "-q", &file, "--users-file", &accounts]);
        assert_eq!(ended.code, 2, "{second}: {ended:?}");
        assert!(words.iter().all(|word| ended.err.contains(word)), "{second}: {}", ended.err);
        assert!(
            ended.err.contains("own.toml:10: ") && !ended.err.contains("secret"),
            "{}",
            ended.err
        );
    }
    // Not a line for each of a thousand.
    let rows: String = (0..30).map(|i| format!("u{i},secret,no{i}.pem,good.key\n")).collect();
    let (file, accounts) = (scenario("{cert}"), users(&rows));
    let ended = run(&["run", "-q", &file, "--users-file", &accounts, "--users", "25"]);
    assert_eq!((ended.code, ended.err.lines().count()), (2, 11), "{}", ended.err);
    assert!(ended.err.contains("15 more accounts"), "{}", ended.err);
    // Who is not in the run needs none.
    let zoe = GOOD.replace("anna", "zoe");
    let accounts = users(&format!("{GOOD}{zoe}bert,secret,missing.pem,good.key\n"));
    let (_, ended) = play(&[&file, "--users-file", &accounts, "--iterations", "1"]);
    assert_eq!(ended.code, 0, "{ended:?}");
}

#[test]
fn files_that_are_no_certificates_are_named() {
    if !can_be_tested() {
        return;
    }
    let authority = Authority::new();
    authority.sign("one", "DNS:localhost", ALWAYS);
    authority.sign("two", "DNS:localhost", ALWAYS);
    let text = authority.folder.file("text.pem", "nothing of that kind\n");
    let path = |file: &str| authority.path(file);
    let (ca, one, key, other) = (path("ca.pem"), path("one.pem"), path("one.key"), path("two.key"));
    let missing = path("missing.pem");
    for (arguments, words) in [
        (&["--ca", &missing][..], &["missing.pem", "cannot be read"][..]),
        (&["--ca", &text], &["text.pem", "no certificate in PEM"]),
        (&["--ca", &ca, "--insecure"], &["--insecure", "cannot be used with"]),
        (&["--client-cert", &one], &["--client-key"]),
        (&["--client-cert", &one, "--client-key", &ca], &["ca.pem", "no private key"]),
        (
            &["--client-cert", &key, "--client-key", &key],
            &["one.key", "no certificate in PEM"],
        ),
        (
            &["--client-cert", &one, "--client-key", &other],
            &["one.pem", "not with this key"],
        ),
    ] {
        let mut all = vec!["run", "-q", "--target", "https://127.0.0.1:9"];
        all.extend(arguments);
        let ended = run(&all);
        assert_eq!(ended.code, 2, "{arguments:?}: {ended:?}");
        assert!(
            words.iter().all(|word| ended.err.contains(word)),
            "{arguments:?}: {}",
            ended.err
        );
    }
}
