//! What servers do wrong, each as the outcome it should be.

mod common;

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};

use common::{Folder, Script, answer, outcomes, play, scripted, sum};
use flate2::Compression;
use flate2::write::GzEncoder;

const LOGIN_OK: &str = include_str!("../src/api/eltex/samples/sp_login.reply-ok.xml");
const LOGIN_ERROR: &str = include_str!("../src/api/eltex/samples/sp_login.reply-error.xml");
const FAULT: &str = "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><s:Fault>\
    <faultcode>soap:Server</faultcode><faultstring>out of order</faultstring></s:Fault></s:Body></s:Envelope>";

/// One login by one user, with `arguments`.
fn one_login(api: &str, script: Script, arguments: &[&str]) -> (Vec<String>, i32) {
    let folder = Folder::new();
    let file = folder.file(
        "one.toml",
        format!("api = \"{api}\"\n[load]\nusers = 1\niterations = 1\n[[journey]]\nname = \"j\"\n[[journey.step]]\ncall = \"login\"\n"),
    );
    let url = format!("http://{}", scripted(script));
    let mut all = vec![file.as_str(), "--target", &url];
    all.extend(arguments);
    let (run, ended) = play(&all);
    assert_eq!(sum(&run, "count"), 1, "{ended:?}");
    (outcomes(&run), ended.code)
}

#[test]
fn every_kind_of_reply_is_its_own_outcome() {
    let rows: &[(&str, Script, &str)] = &[
        ("eltex", |_, s| answer(s, "200 OK", LOGIN_OK), "accepted: "),
        (
            "eltex",
            |_, s| answer(s, "200 OK", LOGIN_ERROR),
            "refused: invalid pair login/password",
        ),
        (
            "eltex",
            |_, s| answer(s, "404 Not Found", LOGIN_ERROR),
            "refused: invalid pair login/password",
        ),
        ("eltex", |_, s| answer(s, "404 Not Found", ""), "refused: without a description"),
        (
            "related",
            |_, s| answer(s, "500 Error", FAULT),
            "fault: soap:Server: out of order",
        ),
        ("related", |_, s| answer(s, "404 Not Found", ""), "http: 404"),
        (
            "eltex",
            |_, s| answer(s, "502 Bad Gateway", "<html>Bad Gateway</html>"),
            "http: 502",
        ),
        ("eltex", |_, s| answer(s, "302 Found", ""), "http: 302"),
        (
            "eltex",
            |_, s| {
                answer(s, "302 Found\r\nLocation: https://u:p@portal.example:8443/x?session=1", "")
            },
            "redirect: 302 to https://portal.example:8443",
        ),
        (
            "eltex",
            |_, s| answer(s, "307 Temporary Redirect\r\nLocation: /x", "<html/>"),
            "redirect: 307 to another path",
        ),
        ("eltex", |_, s| gzipped(s, LOGIN_OK.as_bytes()), "accepted: "),
        (
            "eltex",
            |_, s| gzipped(s, &vec![b' '; 100_000_000]),
            "protocol: the reply's body is too large",
        ),
        (
            "eltex",
            |_, s| answer(s, "200 OK\r\nContent-Encoding: gzip", LOGIN_OK),
            "protocol: the reply's gzip is malformed",
        ),
        (
            "eltex",
            |_, s| answer(s, "200 OK\r\nContent-Encoding: br", LOGIN_OK),
            "protocol: the reply's content coding is not supported",
        ),
        (
            "eltex",
            |_, s| answer(s, "200 OK", "<out><response>"),
            "malformed: element not closed at byte 15",
        ),
        (
            "eltex",
            |_, s| answer(s, "200 OK", "<!DOCTYPE html><html/>"),
            "malformed: DOCTYPE is not accepted at byte 0",
        ),
        (
            "eltex",
            |_, s| answer(s, "200 OK", "<out><response><ok/></response></out>"),
            "malformed: session: missing at byte 15",
        ),
        (
            "eltex",
            |_, s| s.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\xFF<a/>").is_ok(),
            "malformed: invalid UTF-8 at byte 0",
        ),
        (
            "eltex",
            |_, s| s.write_all(b"SSH-2.0-OpenSSH\r\n").is_ok(),
            "protocol: the reply's head is not HTTP/1.1",
        ),
        (
            "eltex",
            |_, s| s.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n").is_ok(),
            "protocol: the reply's body is too large",
        ),
        ("eltex", |_, _| false, "reset: closed without a reply"),
        (
            "eltex",
            |_, s| s.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<out>").is_err(),
            "reset: closed inside the reply",
        ),
    ];
    for (api, script, outcome) in rows {
        let (found, code) = one_login(api, *script, &[]);
        assert_eq!(found, [*outcome]);
        assert_eq!(code, i32::from(!outcome.starts_with("accepted")), "{outcome}");
    }
}

/// Answers with `body` in gzip.
fn gzipped(stream: &mut TcpStream, body: &[u8]) -> bool {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).expect("a vector takes any bytes");
    let body = encoder.finish().expect("a vector takes any bytes");
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), &body].concat()).is_ok()
}

#[test]
fn a_reply_larger_than_was_asked_for_is_refused() {
    let reply: Script = |_, stream| answer(stream, "200 OK", LOGIN_OK);
    let size = format!("{}B", LOGIN_OK.len());
    assert_eq!(one_login("eltex", reply, &["--max-reply", &size]).0, ["accepted: "]);
    let size = format!("{}B", LOGIN_OK.len() - 1);
    assert_eq!(
        one_login("eltex", reply, &["--max-reply", &size]).0,
        ["protocol: the reply's body is too large"]
    );
}

#[test]
fn bodies_are_read_however_they_are_framed() {
    let rows: &[Script] = &[
        // Until the connection closes.
        |_, s| {
            s.write_all(format!("HTTP/1.1 200 OK\r\n\r\n{LOGIN_OK}").as_bytes())
                .expect("sent");
            s.shutdown(Shutdown::Write).is_err()
        },
        // HTTP/1.0, as old proxies speak it.
        |_, s| {
            s.write_all(format!("HTTP/1.0 200 OK\r\n\r\n{LOGIN_OK}").as_bytes())
                .expect("sent");
            false
        },
        // In chunks, after an interim reply.
        |_, s| {
            s.write_all(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").expect("sent");
            for chunk in LOGIN_OK.as_bytes().chunks(7) {
                s.write_all(format!("{:x}\r\n", chunk.len()).as_bytes()).expect("sent");
                s.write_all(chunk).expect("sent");
                s.write_all(b"\r\n").expect("sent");
            }
            s.write_all(b"0\r\n\r\n").is_ok()
        },
    ];
    for script in rows {
        assert_eq!(one_login("eltex", *script, &[]), (vec!["accepted: ".to_owned()], 0));
    }
}

#[test]
fn a_reply_that_does_not_come_is_a_timeout() {
    let silent: Script = |_, stream| {
        // Until the client gives up.
        let _ = std::io::copy(stream, &mut std::io::sink());
        false
    };
    let (found, code) = one_login("eltex", silent, &["--timeout", "50ms"]);
    assert_eq!((found, code), (vec!["timeout: no reply in time".to_owned()], 1));
}

/// The service goes down while it answers the first request, so no later one finds it listening.
#[test]
fn a_service_that_goes_down_is_a_failed_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        // The first connection only looks whether the target is there.
        drop(listener.accept());
        let (mut stream, _) = listener.accept().expect("the user connects");
        let mut request = [0; 4096];
        assert!(stream.read(&mut request).expect("a request") > 0);
        drop(listener);
        answer(&mut stream, "200 OK\r\nConnection: close", LOGIN_OK);
    });
    let url = format!("http://{address}");
    let arguments =
        ["session", "--target", &url, "--users", "1", "--iterations", "3", "--think-time", "0s"];
    let (run, ended) = play(&arguments);
    assert_eq!(outcomes(&run), ["accepted: ", "connect: connection refused"], "{ended:?}");
    assert_eq!((sum(&run, "ok"), ended.code), (1, 1));
    let login = &run["steps"][0];
    assert_eq!((&login["operation"], &login["count"]), (&"sp_login".into(), &3.into()));
    let (first, others) = (sum(&run, "count") - 2, 2);
    assert!(first > 1, "the first journey goes on after its login");
    assert_eq!(run["journeys"][0]["failed"], 1 + others, "a failed login ends the journey");
}

/// A server that closes idle connections is normal; each request still goes through. The users think
/// for much longer than the server needs to close a connection after its reply.
#[test]
fn a_closed_connection_is_made_again() {
    let close_after_each: Script = |request, stream| {
        let body = if request.contains("sp_login") {
            LOGIN_OK
        } else {
            "<out><response><ok/></response></out>"
        };
        answer(stream, "200 OK", body) && {
            let _ = stream.shutdown(Shutdown::Both);
            false
        }
    };
    let url = format!("http://{}", scripted(close_after_each));
    let arguments =
        ["session", "--target", &url, "--users", "2", "--iterations", "1", "--think-time", "500ms"];
    let (run, ended) = play(&arguments);
    assert_eq!((sum(&run, "count"), sum(&run, "ok"), ended.code), (14, 14, 0), "{ended:?}");
}

#[test]
fn passwords_and_sessions_are_masked_in_the_services_words() {
    let chatty: Script = |request, stream| {
        let body = if request.contains("sp_login") {
            LOGIN_OK.to_owned()
        } else {
            let session = request
                .split("session=\"")
                .nth(1)
                .and_then(|r| r.split('"').next())
                .unwrap_or("");
            format!("<out><response><error description='no session {session}'/></response></out>")
        };
        answer(stream, "200 OK", &body)
    };
    let url = format!("http://{}", scripted(chatty));
    let arguments =
        ["session", "--target", &url, "--users", "1", "--iterations", "1", "--think-time", "0s"];
    let (run, ended) = play(&arguments);
    assert_eq!(outcomes(&run), ["accepted: ", "refused: no session ***"]);
    let session = "b642dd1dd8500124fc4593ebfb3636d1daddbdfa";
    assert!(!run.to_string().contains(session) && !ended.out.contains(session));

    // A service that repeats everything it was ever told.
    let heard = std::sync::Mutex::new(String::new());
    let address = scripted(move |request, stream| {
        let mut heard = heard.lock().expect("one client");
        let values: Vec<_> = request.split('"').skip(1).step_by(2).collect();
        *heard = format!("{heard} {}", values.join(" ").replace(['<', '&'], ""));
        if request.contains("sp_login") {
            return answer(stream, "200 OK", LOGIN_OK);
        }
        let words: String =
            heard.chars().rev().take(100).collect::<Vec<_>>().into_iter().rev().collect();
        answer(
            stream,
            "200 OK",
            &format!("<out><response><error description='{words}'/></response></out>"),
        )
    });
    let url = format!("http://{address}");
    let arguments =
        ["session", "--target", &url, "--users", "1", "--iterations", "1", "--think-time", "0s"];
    let (run, ended) = play(&arguments);
    let told = format!("{run}{}", ended.out);
    assert!(
        told.contains("***") && !told.contains("password0") && !told.contains(session),
        "{told}"
    );

    let echo: Script = |request, stream| {
        let password = request
            .split("password=\"")
            .nth(1)
            .and_then(|r| r.split('"').next())
            .unwrap_or("");
        answer(
            stream,
            "200 OK",
            &format!("<out><response><error description='{password} is wrong'/></response></out>"),
        )
    };
    let (found, _) = one_login("eltex", echo, &[]);
    assert_eq!(found, ["refused: *** is wrong"]);
}

/// Many different messages must not fill memory or report.
#[test]
fn a_chatty_service_is_summed_up() {
    let numbered: Script = |_, stream| {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static N: AtomicUsize = AtomicUsize::new(0);
        let n = N.fetch_add(1, Ordering::Relaxed);
        answer(
            stream,
            "200 OK",
            &format!("<out><response><error description='error {n}'/></response></out>"),
        )
    };
    let url = format!("http://{}", scripted(numbered));
    let (run, _) = play(&[
        "session",
        "--target",
        &url,
        "--users",
        "1",
        "--iterations",
        "200",
        "--think-time",
        "0s",
    ]);
    assert_eq!(sum(&run, "count"), 200);
    let found = outcomes(&run);
    assert!(found.len() <= 51, "fifty and the rest, not {}", found.len());
    assert!(found.contains(&"refused: (other words)".to_owned()));
}

/// What XML cannot hold is never sent; the run goes on, and ends.
#[test]
fn a_value_that_cannot_be_written_is_counted_as_unsent() {
    let folder = Folder::new();
    let scenario = folder.file(
        "unsent.toml",
        "api = \"eltex\"\n[[journey]]\nname = \"j\"\n[[journey.step]]\ncall = \"login\"\n\
         with = { password = \"a\\u0001b\" }\n",
    );
    let url = format!("http://{}", scripted(|_, stream| answer(stream, "200 OK", LOGIN_OK)));
    let (run, ended) = play(&[
        &scenario,
        "--target",
        &url,
        "--users",
        "1",
        "--iterations",
        "2",
        "--think-time",
        "0s",
        "--ramp",
        "0s",
    ]);
    assert_eq!(ended.code, 1, "{ended:?}");
    let words = "unsent: password: the character at byte 1 of the value cannot stand in XML, not even escaped";
    assert_eq!(outcomes(&run), [words]);
}

/// A session of somebody else is no success, and is logged out of all the same. A name that is
/// nobody's may be what the service calls this user.
#[test]
fn a_reply_with_another_users_data_is_mixed_up() {
    for (alias, outcome, code) in
        [("user1", "mixed_up: the reply is another user's", 1), ("240101", "accepted: ", 0)]
    {
        let address = scripted(move |request, stream| {
            if request.contains("sp_login") {
                let named = if request.contains("\"user0\"") { alias } else { "user1" };
                return answer(stream, "200 OK", &LOGIN_OK.replace("240101", named));
            }
            answer(stream, "200 OK", "<out><response><ok/></response></out>")
        });
        let url = format!("http://{address}");
        let (run, ended) = play(&[
            "session",
            "--target",
            &url,
            "--users",
            "2",
            "--iterations",
            "1",
            "--think-time",
            "0s",
            "--ramp",
            "0s",
        ]);
        let mut expected = vec!["accepted: ".to_owned(), outcome.to_owned()];
        expected.dedup();
        assert_eq!((outcomes(&run), ended.code), (expected, code), "{alias}: {ended:?}");
        let steps = run["steps"].as_array().expect("steps");
        let count = |name: &str| steps.iter().find(|s| s["step"] == name).map(|s| &s["count"]);
        assert_eq!(count("sp_login"), Some(&2.into()));
        assert_eq!(count("sp_logout"), Some(&2.into()));
    }
}

/// What a service did wrong can be looked into, and fed to a fuzzer, without its users' secrets.
#[test]
fn the_first_bad_replies_are_kept_without_secrets() {
    const SESSION: &str = "b642dd1dd8500124fc4593ebfb3636d1daddbdfa";
    let address = scripted(|request, stream| {
        if request.contains("sp_login") {
            return answer(stream, "200 OK", LOGIN_OK);
        }
        if request.contains("sp_logout") {
            return stream.write_all(format!("HTTP/9 {SESSION}\r\n\r\n").as_bytes()).is_ok();
        }
        answer(stream, "200 OK", &format!("<out><response you='password0 {SESSION}' x=/>"))
    });
    let folder = Folder::new();
    let captured = |address: SocketAddr, iterations| {
        let url = format!("http://{address}");
        let mut all = vec!["run", "-q", "session", "--target", &url, "--users", "1"];
        all.extend(["--think-time", "0s", "--ramp", "0s", "--out", folder.path()]);
        all.extend(["--iterations", iterations]);
        common::run(&all)
    };
    let ended = captured(address, "2");
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.err.contains("captures, the first bad replies"), "{ended:?}");
    let mut kept: Vec<_> = std::fs::read_dir(folder.0.join("captures"))
        .expect("captures")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    kept.sort();
    let names: Vec<_> = kept.iter().map(|p| p.file_name().and_then(|n| n.to_str())).collect();
    assert_eq!(
        names,
        [
            "eltex.sp_check_session.malformed.1.xml",
            "eltex.sp_check_session.malformed.2.xml",
            "eltex.sp_check_session.malformed.3.xml",
            "eltex.sp_logout.protocol.1.http",
            "eltex.sp_logout.protocol.2.http",
        ]
        .map(Some)
    );
    let read = |index: usize| std::fs::read_to_string(&kept[index]).expect("text");
    let stars = |text: &str| "*".repeat(text.len());
    let masked = format!("<out><response you='{} {}' x=/>", stars("password0"), stars(SESSION));
    assert_eq!(read(0), masked);
    assert_eq!(read(3), format!("HTTP/9 {}\r\n\r\n", stars(SESSION)));
    // The parser finds the same fault at the same place.
    let run = common::read_run(&folder.0).expect("run.json");
    let words = outcomes(&run).into_iter().find(|o| o.starts_with("malformed")).expect("one");
    let place = words.rsplit(' ').next().expect("a byte");
    let file = kept[0].to_str().expect("a path");
    let inspected = common::run(&["inspect", file]);
    assert!(
        format!("{inspected:?}").contains(&format!("(byte {place})")),
        "{words}: {inspected:?}"
    );

    // What the next run in the same folder finds is its own, and what is not ours stays.
    let other = folder.file("captures/notes.xml", "somebody's own");
    let good =
        scripted(|_, stream| answer(stream, "200 OK", "<out><response><ok/></response></out>"));
    let ended = captured(good, "1");
    assert_eq!(ended.code, 1, "{ended:?}");
    let left = std::fs::read_dir(folder.0.join("captures")).expect("captures");
    let mut left: Vec<_> = left.map(|entry| entry.expect("an entry").file_name()).collect();
    left.sort();
    assert_eq!(left, ["eltex.sp_login.malformed.1.xml", "notes.xml"]);
    assert!(std::path::Path::new(&other).exists());
}
