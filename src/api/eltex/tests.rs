//! The document's messages, and what the portal answers.

use std::time::Instant;

use super::*;
use crate::api::{Account, Direction, ErrorStatus, ServiceOptions, Store, StoreLimits};
use crate::xml::ErrorKind;

fn sample(name: &str) -> &'static [u8] {
    let found = Eltex.samples().iter().find(|s| s.name == name);
    found.unwrap_or_else(|| panic!("no sample {name}")).bytes
}

#[test]
fn the_documents_requests_are_read_field_by_field_and_written_as_printed() {
    for (name, fields) in [
        (
            "sp_login",
            &[("domain", "biysk.local"), ("login", "240101"), ("password", "ssw_101")][..],
        ),
        (
            "sp_check_session",
            &[
                ("domain", "biysk.local"),
                ("login", "Login"),
                ("session", "7e67399706f6b734ec7806cacca9ee9ffe2e2845"),
            ],
        ),
        (
            "sp_logout",
            &[("domain", "biysk.local"), ("session", "b642dd1dd8500124fc4593ebfb3636d1daddbdfa")],
        ),
        ("sp_check_login", &[("domain", "biysk.local"), ("login", "240466")]),
        (
            "sp_change_login",
            &[("domain", "biysk.local"), ("oldlogin", "240101"), ("newlogin", "240101_ssw")],
        ),
        (
            "sp_change_password",
            &[("domain", "biysk.local"), ("login", "240466_123"), ("newpassword", "456")],
        ),
    ] {
        let operation = Eltex.operation_named(name).expect("an operation");
        let bytes = sample(&format!("{name}.request.xml"));
        let read = Eltex.parse_request(operation, Binding::Xml, bytes).expect(name);
        let pairs: Vec<_> = read.iter().map(|(n, v)| (*n, &**v)).collect();
        assert_eq!(pairs, fields, "{name}");

        let mut out = HttpRequest::default();
        let values: Vec<_> = fields.iter().map(|(_, value)| *value).collect();
        Eltex.write_request(operation, Binding::Xml, &values, &mut out).expect(name);
        assert_eq!(out.path, format!("/commands/{name}"));
        // One example of the documents has its first line break elsewhere.
        let printed = String::from_utf8_lossy(bytes).replace("<in xmlns", "<in\n    xmlns");
        assert_eq!(String::from_utf8_lossy(&out.body), printed, "{name}");
    }
}

#[test]
fn the_documents_replies_are_read_and_written_as_printed() {
    let error = |description: &'static str| Reply::Error { description: description.into() };
    let session = Reply::Session {
        session: "b642dd1dd8500124fc4593ebfb3636d1daddbdfa".into(),
        alias_address: Some("240101".into()),
        alias_iface: Some("062743c4240eae38".into()),
    };
    let rows = [
        (Command::Login, "sp_login.reply-ok.xml", session),
        (Command::Login, "sp_login.reply-error.xml", error("invalid pair login/password")),
        (Command::CheckSession, "sp_check_session.reply-ok.xml", Reply::Done),
        (Command::CheckSession, "sp_check_session.reply-error.xml", error("not_exists")),
        (Command::Logout, "sp_logout.reply-ok.xml", Reply::Done),
        (Command::CheckLogin, "sp_check_login.reply-ok.xml", Reply::Free),
        (Command::CheckLogin, "sp_check_login.reply-error.xml", Reply::Taken),
        (Command::ChangeLogin, "sp_change_login.reply-ok.xml", Reply::Done),
        (Command::ChangeLogin, "sp_change_login.reply-error.xml", error("not_exists")),
        (Command::ChangePassword, "sp_change_password.reply-ok.xml", Reply::Done),
        (
            Command::ChangePassword,
            "sp_change_password.reply-error.xml",
            error("not_exists"),
        ),
    ];
    let replies = Eltex.samples().iter().filter(|s| s.direction == Direction::Reply).count();
    assert_eq!(rows.len(), replies, "every reply of the documents has a row");
    for (command, name, expected) in rows {
        assert_eq!(Reply::parse(command, sample(name)).as_ref(), Ok(&expected), "{name}");
        let mut out = Vec::new();
        expected.write(command, &mut out).expect("writable");
        let printed =
            String::from_utf8_lossy(sample(name)).replace("<out xmlns", "<out\n    xmlns");
        assert_eq!(String::from_utf8_lossy(&out), printed, "{name}");
    }
}

#[test]
fn replies_that_break_the_contract_are_refused() {
    for (inner, kind) in [
        ("", ErrorKind::Missing("response")),
        ("<response/>", ErrorKind::Missing("ok or error")),
        ("<response><ok/></response>", ErrorKind::Missing("session")),
        (
            "<response><ok x:session='s' xmlns:x='u'/></response>",
            ErrorKind::Missing("session"),
        ),
        (
            "<response><ok session='s'/><ok session='s'/></response>",
            ErrorKind::Repeated("ok or error"),
        ),
        (
            "<response><ok session='s'/><error description='d'/></response>",
            ErrorKind::Repeated("ok or error"),
        ),
        ("<response><ok session=''/></response>", ErrorKind::Missing("session")),
        ("<response><error/></response>", ErrorKind::Missing("description")),
        (
            "<response><ok session='s'/></response><response/>",
            ErrorKind::Repeated("response"),
        ),
        (
            "<response xmlns='u'><ok session='s'/></response>",
            ErrorKind::Missing("response"),
        ),
    ] {
        let doc = format!("<out>{inner}</out>");
        let read = Reply::parse(Command::Login, doc.as_bytes());
        assert_eq!(read.map_err(|e| e.kind), Err(kind), "{doc}");
    }
}

/// "404 on error", in the three shapes a server may mean by it.
#[test]
fn a_404_is_judged_by_its_body() {
    let judge = |body| Eltex.judge(0, Binding::Xml, 404, body).verdict.to_string();
    assert_eq!(judge(b""), "refused without a description");
    assert_eq!(
        judge(sample("sp_login.reply-error.xml")),
        "refused: invalid pair login/password"
    );
    assert_eq!(judge(b"<html>Not Found</html>"), "http 404");
}

#[test]
fn the_portal_answers_as_documented() {
    let service = service(ErrorStatus::Ok);
    let visit = Visit { now: Instant::now(), entropy: [0xC0; 20] };
    let ask = |path: &str, body: &[u8]| {
        let incoming = Incoming { method: "POST", path, body, ..Incoming::default() };
        Eltex.answer(&incoming, &service, &visit).expect("its own path")
    };
    let session = "c0".repeat(20);
    let d = crate::api::DEFAULT_DOMAIN;
    for (name, inputs, verdict) in [
        ("sp_login", &[d, "user0", "wrong"][..], "refused: invalid pair login/password"),
        (
            "sp_login",
            &["elsewhere", "user0", "password0"],
            "refused: invalid pair login/password",
        ),
        ("sp_check_login", &["elsewhere", "user0"], "refused: not_exists"),
        ("sp_login", &[d, "user0", "password0"], "accepted"),
        ("sp_check_session", &[d, "user0", &session], "accepted"),
        ("sp_check_session", &[d, "user1", &session], "refused: not_exists"),
        ("sp_check_login", &[d, "user1"], "accepted: taken"),
        ("sp_check_login", &[d, "user2"], "accepted: free"),
        ("sp_change_login", &[d, "user0", "user1"], "refused: already_exists"),
        ("sp_change_login", &[d, "nobody", "user3"], "refused: not_exists"),
        ("sp_change_login", &[d, "user0", "новый & <логин>"], "accepted"),
        ("sp_check_session", &[d, "user0", &session], "refused: not_exists"),
        ("sp_check_session", &[d, "новый & <логин>", &session], "accepted"),
        ("sp_change_password", &[d, "user0", "p"], "refused: not_exists"),
        ("sp_change_password", &[d, "новый & <логин>", "p"], "accepted"),
        ("sp_logout", &[d, &session], "accepted"),
        ("sp_logout", &[d, &session], "refused: not_exists"),
    ] {
        let operation = Eltex.operation_named(name).expect("an operation");
        let mut out = HttpRequest::default();
        Eltex
            .write_request(operation, Binding::Xml, inputs, &mut out)
            .expect("writable");
        let reply = ask(&out.path, &out.body);
        let answer = Eltex.judge(operation, Binding::Xml, reply.status, &reply.body);
        assert_eq!(answer.verdict.to_string(), verdict, "{name} {inputs:?}");
    }
    for body in [&b""[..], b"<in/>", b"<in><request domain='d'/></in>", b"<in"] {
        let reply = ask("/commands/sp_login", body);
        let verdict = Eltex.judge(0, Binding::Xml, reply.status, &reply.body).verdict;
        assert_eq!((reply.status, verdict.to_string()), (404, "refused: bad request".to_owned()));
    }
}

fn service(error_status: ErrorStatus) -> Service {
    Service {
        store: Store::new((0..2).map(Account::generated), StoreLimits::default()),
        options: ServiceOptions { error_status, ..ServiceOptions::documented(&Eltex) },
    }
}

/// "404 on error", in the three ways it may be meant.
#[test]
fn errors_come_as_they_are_set_up() {
    let visit = Visit { now: Instant::now(), entropy: [0xC0; 20] };
    let d = crate::api::DEFAULT_DOMAIN;
    for (error_status, status, has_body) in [
        (ErrorStatus::Ok, 200, true),
        (ErrorStatus::NotFound, 404, true),
        (ErrorStatus::NotFoundEmpty, 404, false),
    ] {
        let service = service(error_status);
        let ask = |name: &str, inputs: &[&str]| {
            let operation = Eltex.operation_named(name).expect("an operation");
            let mut out = HttpRequest::default();
            Eltex
                .write_request(operation, Binding::Xml, inputs, &mut out)
                .expect("writable");
            let incoming = Incoming {
                method: "POST",
                path: &out.path,
                body: &out.body,
                ..Incoming::default()
            };
            assert_eq!(Eltex.operation_asked(&incoming), Some(operation));
            let reply = Eltex.answer(&incoming, &service, &visit).expect("its own path");
            let verdict = Eltex.judge(operation, Binding::Xml, reply.status, &reply.body).verdict;
            (reply.status, !reply.body.is_empty(), verdict.to_string())
        };
        for (name, inputs, verdict) in [
            ("sp_login", &[d, "user0", "wrong"][..], "refused: invalid pair login/password"),
            ("sp_check_session", &[d, "user0", "x"], "refused: not_exists"),
            ("sp_change_login", &[d, "user0", "user1"], "refused: already_exists"),
            ("sp_logout", &["elsewhere", "x"], "refused: not_exists"),
            ("sp_check_login", &[d, "user0"], "accepted: taken"),
        ] {
            let verdict = if has_body { verdict } else { "refused without a description" };
            assert_eq!(ask(name, inputs), (status, has_body, verdict.to_owned()), "{name}");
        }
        for (name, inputs) in
            [("sp_login", &[d, "user0", "password0"][..]), ("sp_check_login", &[d, "x"])]
        {
            let (status, has_body, verdict) = ask(name, inputs);
            assert!(status == 200 && has_body && verdict.starts_with("accepted"), "{name}");
        }
    }
}

#[test]
fn messages_outlive_their_bytes() {
    for command in Command::ALL {
        for sample in Eltex.samples() {
            let body = sample.bytes.to_vec();
            let kept = (
                Request::parse(command, &body).map(Request::into_owned),
                Reply::parse(command, &body).map(Reply::into_owned),
            );
            drop(body);
            assert_eq!(kept.0, Request::parse(command, sample.bytes), "{}", sample.name);
            assert_eq!(kept.1, Reply::parse(command, sample.bytes), "{}", sample.name);
        }
    }
}
