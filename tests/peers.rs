//! The engine against servers, and the simulator against clients, that are not ours. Where a peer
//! is not installed the test says so and passes, but not in CI.

mod common;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use common::{Folder, Peer, Simulator, is_installed, play, sum};

/// Python's own HTTP server answers with the documents' examples, in each framing in turn.
#[test]
fn a_python_server_with_the_documents_replies_is_played_against() {
    if !is_installed("python3", &["--version"]) {
        return;
    }
    let mut child = Command::new("python3")
        .args(["tests/peers/documents_server.py", "src/api"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe"))
        .read_line(&mut line)
        .expect("its address");
    let _peer = Peer(child);
    let url = line.trim();
    for (scenario, users, count) in [("session", 5, 5 * 3 * 7), ("leadertask-bindings", 8, 8 * 3)] {
        let users = users.to_string();
        let (run, ended) = play(&[
            scenario,
            "--target",
            url,
            "--users",
            &users,
            "--iterations",
            "3",
            "--think-time",
            "0s",
        ]);
        assert_eq!(
            (sum(&run, "count"), sum(&run, "ok"), ended.code),
            (count, count, 0),
            "{ended:?}"
        );
    }
    let (run, ended) = play(&[
        "session",
        "--api",
        "related",
        "--target",
        url,
        "--users",
        "5",
        "--iterations",
        "3",
        "--think-time",
        "0s",
    ]);
    assert_eq!((sum(&run, "ok"), ended.code), (30, 0), "{ended:?}");
}

/// nginx serves the documents' examples from files, over keep-alive connections.
#[test]
fn nginx_with_the_documents_replies_is_played_against() {
    if !is_installed("nginx", &["-v"]) {
        return;
    }
    let folder = Folder::new();
    let port = free_port();
    let commands = folder.0.join("commands");
    fs::create_dir_all(&commands).expect("a folder");
    for (command, sample) in [
        ("sp_login", "sp_login"),
        ("sp_check_session", "sp_check_session"),
        ("sp_logout", "sp_logout"),
    ] {
        fs::copy(format!("src/api/eltex/samples/{sample}.reply-ok.xml"), commands.join(command))
            .expect("a sample");
    }
    let root = folder.path();
    let configuration = folder.file(
        "nginx.conf",
        format!(
            "daemon off; master_process off; pid {root}/pid; error_log stderr; events {{}}\n\
             http {{ access_log off; default_type text/xml;\n\
             client_body_temp_path {root}/b; proxy_temp_path {root}/p; fastcgi_temp_path {root}/f;\n\
             uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;\n\
             server {{ listen 127.0.0.1:{port}; root {root};\n\
             # A file may not be posted to: nginx says 405, and is told to give it all the same.\n\
             error_page 405 =200 $uri; }} }}\n"
        ),
    );
    let child = Command::new("nginx")
        .args(["-c", &configuration, "-p", root, "-e", "stderr"])
        .stderr(Stdio::null())
        .spawn();
    let mut peer = Peer(child.expect("nginx starts"));
    let address = format!("127.0.0.1:{port}");
    while std::net::TcpStream::connect(&address).is_err() {
        assert!(peer.0.try_wait().expect("its state").is_none(), "nginx ended");
        std::thread::yield_now();
    }
    let (run, ended) = play(&[
        "session",
        "--target",
        &address,
        "--users",
        "10",
        "--iterations",
        "5",
        "--think-time",
        "0s",
    ]);
    assert_eq!((sum(&run, "count"), sum(&run, "ok"), ended.code), (350, 350, 0), "{ended:?}");
}

/// A port that was free a moment ago: nginx cannot choose one itself.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|l| l.local_addr())
        .expect("a free port")
        .port()
}

/// Python's HTTP client and expat log in to the simulator, check and log out.
#[test]
fn a_python_client_is_served() {
    if !is_installed("python3", &["--version"]) {
        return;
    }
    let simulator = Simulator::start(&[]);
    let output = Command::new("python3")
        .args(["tests/peers/session_client.py", &simulator.url()])
        .output()
        .expect("python3 starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said.lines().last(), Some("all as documented"), "{said}");
}
