//! What gander and its simulator really send for eltex is valid against the vendor's schemas, says
//! libxml2. The schemas agree with every example in the vendor's documents, so nothing here is
//! excepted.

mod common;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use common::wire::{self, Wire};
use common::{Folder, Simulator, is_installed, play, scripted, sum};

const COMMANDS: [&str; 6] = [
    "sp_login",
    "sp_check_session",
    "sp_logout",
    "sp_check_login",
    "sp_change_login",
    "sp_change_password",
];

/// A document on its way, with the command it belongs to.
struct Message {
    command: String,
    what: String,
    body: Vec<u8>,
}

/// The names of those that are not valid, with libxml2's reasons.
fn invalid(messages: &[Message]) -> Vec<String> {
    let folder = Folder::new();
    let mut found = Vec::new();
    for (number, Message { command, what, body }) in messages.iter().enumerate() {
        let file = folder.file(&format!("{number}.xml"), body);
        let output = Command::new("xmllint")
            .args(["--noout", "--nonet", "--schema"])
            .args([schema(command), PathBuf::from(file)])
            .output()
            .expect("xmllint starts");
        match output.status.code() {
            Some(0) => {}
            // 1: not well-formed, 3: not valid. Others are the schema's fault, or xmllint's.
            Some(1 | 3) => {
                let why = String::from_utf8_lossy(&output.stderr);
                found.push(format!("{command}, {what}: {why}{}", String::from_utf8_lossy(body)));
            }
            code => panic!("xmllint ended with {code:?}: {output:?}"),
        }
    }
    found
}

fn schema(command: &str) -> PathBuf {
    let name = command.replacen("sp_", "sp_api_", 1);
    Path::new("src/api/eltex/xsd").join(name).with_extension("xsd")
}

#[test]
fn the_documents_examples_are_valid_and_others_are_not() {
    if !is_installed("xmllint", &["--version"]) {
        return;
    }
    let samples = fs::read_dir("src/api/eltex/samples").expect("samples");
    let examples: Vec<_> = samples
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let what = path.file_name().and_then(|n| n.to_str()).expect("a name").to_owned();
            let command = what.split('.').next().expect("a command").to_owned();
            Message { command, what, body: fs::read(path).expect("a sample") }
        })
        .collect();
    assert_eq!(examples.len(), 17);
    assert_eq!(invalid(&examples), [""; 0]);

    let wrong = [
        ("sp_login", "<out><response><ok/></response></out>"),
        ("sp_login", "<in><request domain=\"d\" login=\"l\"/></in>"),
        ("sp_logout", "<out><response><ok session=\"s\"/></response></out>"),
        ("sp_logout", "<out><response><error/></response></out>"),
        ("sp_check_session", "<out><response><ok/><ok/></response></out>"),
        ("sp_check_login", "<out><response><ok/></response>"),
    ]
    .map(|(command, body)| Message {
        command: command.to_owned(),
        what: "wrong".to_owned(),
        body: body.into(),
    });
    assert_eq!(invalid(&wrong).len(), wrong.len(), "{:#?}", invalid(&wrong));
}

/// The login needs references in XML, and letters of two bytes.
const ACCOUNTS: &str = "login,password,domain\n\
                        user0,password0,gander.local\n\
                        \"Ю<&>\"\"'0\",\"]]>\",gander.local\n\
                        \"Ю<&>\"\"'1\",p,gander.local\n";

/// The second account in XML.
const ANNA: &str = "domain='gander.local' login='Ю&lt;&amp;>&quot;&apos;0'";

#[test]
fn every_reply_of_the_simulator_is_valid() {
    if !is_installed("xmllint", &["--version"]) {
        return;
    }
    let folder = Folder::new();
    let simulator = Simulator::start(&["--accounts", &folder.file("accounts.csv", ACCOUNTS)]);
    let mut wire = Wire::to(simulator.address);
    let mut messages = Vec::new();
    let mut ask = |command: &str, element: &str, status: u16, said: &str| {
        wire.send(wire::eltex(command, element));
        let reply = wire.reply().expect("a reply");
        let text = String::from_utf8(reply.body.clone()).expect("UTF-8");
        assert!(
            reply.status == status && text.contains(said),
            "{command} {element}: not {status} with {said}: {reply:?}\n{text}"
        );
        let message = Message {
            command: command.to_owned(),
            what: element.to_owned(),
            body: reply.body,
        };
        messages.push(message);
        text
    };

    let text = ask("sp_login", &format!("<request {ANNA} password=']]>'/>"), 200, "<ok session=\"");
    let session = text.split('"').skip_while(|part| !part.ends_with(" session=")).nth(1);
    let session = format!("session='{}'", session.expect("a session"));
    let checked = format!("<request {ANNA} {session}/>");
    let ended = format!("<request domain='gander.local' {session}/>");
    for (command, element, status, said) in [
        ("sp_login", format!("<request {ANNA} password='p'/>"), 200, "invalid pair"),
        ("sp_check_session", checked.clone(), 200, "<ok/>"),
        (
            "sp_check_session",
            format!("<request {ANNA} session='&lt;'/>"),
            200,
            "not_exists",
        ),
        ("sp_check_login", format!("<request {ANNA}/>"), 200, "already_exists"),
        (
            "sp_check_login",
            "<request domain='gander.local' login='l'/>".into(),
            200,
            "<ok/>",
        ),
        ("sp_logout", ended.clone(), 200, "<ok/>"),
        ("sp_logout", ended, 200, "not_exists"),
        ("sp_check_session", checked, 200, "not_exists"),
        ("sp_change_login", change_login("user0", "user9"), 200, "<ok/>"),
        ("sp_change_login", change_login("user0", "user8"), 200, "not_exists"),
        ("sp_change_login", change_login("user9", "user9"), 200, "already_exists"),
        (
            "sp_change_password",
            format!("<request {ANNA} newpassword='&#9;'/>"),
            200,
            "<ok/>",
        ),
        (
            "sp_change_password",
            "<request domain='gander.local' login='l' newpassword='p'/>".into(),
            200,
            "not_exists",
        ),
    ] {
        ask(command, &element, status, said);
    }
    for command in COMMANDS {
        let elsewhere = "<request domain='elsewhere' login='l' password='p' session='s' \
                         oldlogin='o' newlogin='n' newpassword='q'/>";
        // A login says no more than that the pair is wrong.
        let said = if command == "sp_login" { "invalid pair login/password" } else { "not_exists" };
        ask(command, elsewhere, 200, said);
        for unreadable in ["<request domain='gander.local'/>", "", "<request", "&#0;"] {
            ask(command, unreadable, 404, "bad request");
        }
    }
    assert_eq!(invalid(&messages), [""; 0]);
}

fn change_login(old: &str, new: &str) -> String {
    format!("<request domain='gander.local' oldlogin='{old}' newlogin='{new}'/>")
}

/// Between gander and its simulator stands somebody who takes notes.
#[test]
fn every_request_of_gander_is_valid_and_so_are_the_replies() {
    if !is_installed("xmllint", &["--version"]) {
        return;
    }
    let folder = Folder::new();
    let accounts = folder.file("accounts.csv", ACCOUNTS);
    let simulator = Simulator::start(&["--accounts", &accounts]);
    let notes = Arc::new(Mutex::new(Vec::new()));
    let target = note_taker(simulator.address, Arc::clone(&notes)).to_string();
    let mut arguments = vec!["eltex-selfcare", "--target", &target, "--users-file", &accounts];
    arguments.extend(["--users", "3", "--iterations", "2", "--think-time", "0s"]);
    let (run, ended) = play(&arguments);
    assert_eq!((sum(&run, "ok"), ended.code), (3 * 2 * 10, 0), "{ended:?}");

    let messages = notes.lock().expect("no panic");
    assert_eq!(messages.len(), 2 * 3 * 2 * 10);
    for command in COMMANDS {
        assert!(messages.iter().any(|m| m.command == command), "{command} is not played");
    }
    assert_eq!(invalid(&messages), [""; 0]);
}

fn note_taker(server: SocketAddr, notes: Arc<Mutex<Vec<Message>>>) -> SocketAddr {
    scripted(move |request, stream| {
        let path = request.split(' ').nth(1).expect("a path");
        let command = path.rsplit('/').next().expect("a command");
        let (_, body) = request.split_once("\r\n\r\n").expect("a head");
        let mut wire = Wire::to(server);
        wire.send(request);
        let reply = wire.reply().expect("a reply");
        let text = String::from_utf8(reply.body.clone()).expect("UTF-8");
        let message = |what: &str, body: Vec<u8>| Message {
            command: command.to_owned(),
            what: what.to_owned(),
            body,
        };
        notes
            .lock()
            .expect("no panic")
            .extend([message("request", body.as_bytes().to_vec()), message("reply", reply.body)]);
        common::answer(stream, &reply.status.to_string(), &text)
    })
}
