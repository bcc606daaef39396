//! The document's messages, and what the service answers.

use std::time::Instant;

use super::*;
use crate::api::soap::Content;
use crate::api::{Account, ServiceOptions, Store, StoreLimits};
use crate::xml::{ErrorKind, Position};

#[test]
fn the_documents_messages_are_read_field_by_field() {
    let login =
        Login::parse(include_bytes!("samples/login.request.repaired.xml")).expect("repaired");
    assert_eq!((&*login.username, &*login.password), ("string", "string"));

    let logout =
        Logout::parse(include_bytes!("samples/logout.request.repaired.xml")).expect("repaired");
    assert_eq!(logout.service_ticket, "ABCDEFG");

    let reply = LoginResult::parse(include_bytes!("samples/login.reply.xml")).expect("documented");
    let status = Status { code: "00".into(), ..Status::default() };
    let expected = LoginResult {
        status: status.clone(),
        service_ticket: Some("3C860EC9BFF1B14BBF801".into()),
    };
    assert_eq!(reply, Content::Payload(expected));

    let reply =
        LogoutResult::parse(include_bytes!("samples/logout.reply.repaired.xml")).expect("repaired");
    assert_eq!(reply, Content::Payload(LogoutResult { status }));
}

/// Two requests have a no-break space where XML wants white space, the reply lacks a quote.
#[test]
fn the_messages_as_printed_are_refused_where_they_go_wrong() {
    for (bytes, kind, at) in [
        (
            &include_bytes!("samples/login.request.as-printed.xml")[..],
            ErrorKind::TextOutsideRoot,
            "1:39",
        ),
        (
            include_bytes!("samples/logout.request.as-printed.xml"),
            ErrorKind::InvalidName,
            "2:15",
        ),
        (
            include_bytes!("samples/logout.reply.as-printed.xml"),
            ErrorKind::MissingSpace,
            "4:16",
        ),
    ] {
        let error = crate::xml::check(bytes).expect_err("not well-formed");
        let position = Position::of(bytes, error.offset).to_string();
        assert_eq!((error.kind, &*position), (kind, at));
    }
    let offset = |bytes: &[u8]| crate::xml::check(bytes).expect_err("not well-formed").offset;
    assert_eq!(offset(include_bytes!("samples/login.request.as-printed.xml")), 38);
    assert_eq!(offset(include_bytes!("samples/logout.request.as-printed.xml")), 53);
    assert_eq!(offset(include_bytes!("samples/logout.reply.as-printed.xml")), 127);
}

#[test]
fn the_documented_failures_are_told_apart_over_every_binding() {
    for &binding in Related.bindings() {
        tell_failures_apart(binding);
    }
}

fn tell_failures_apart(binding: Binding) {
    let store = Store::new(
        [Account::generated(0), Account::generated_blocked()].map(|mut account| {
            account.domain.clear();
            account
        }),
        StoreLimits::default(),
    );
    let options = ServiceOptions {
        bindings: vec![binding],
        ..ServiceOptions::documented(&Related)
    };
    let service = Service { store, options };
    let visit = Visit { now: Instant::now(), entropy: [7; 20] };
    let ask = |operation: usize, inputs: &[&str]| {
        let mut out = HttpRequest::default();
        Related.write_request(operation, binding, inputs, &mut out).expect("writable");
        let header = |name| out.headers.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);
        let (path, query) = out.path.split_once('?').unwrap_or((&out.path, ""));
        let incoming = Incoming {
            method: out.method.as_str(),
            path,
            query,
            content_type: header("Content-Type"),
            soap_action: header("SOAPAction"),
            body: &out.body,
            ..Incoming::default()
        };
        assert_eq!(Related.operation_asked(&incoming), Some(operation));
        let reply = Related.answer(&incoming, &service, &visit).expect("its own path");
        assert_eq!(reply.status, 200, "business errors are 200");
        let answer = Related.judge(operation, binding, reply.status, &reply.body);
        let ticket = answer.field("ServiceTicket").map(str::to_owned);
        (answer.verdict.to_string(), ticket)
    };
    let ticket = "070707070707070707070";
    for (operation, inputs, verdict, opened) in [
        (0, &["user0", "password0"][..], "accepted", Some(ticket)),
        (0, &["user0", "wrong"], "refused: 99 No such user/password!", None),
        (0, &["blocked", "password"], "refused: 99 Invalip IP", None),
        (1, &[ticket], "accepted", None),
        (1, &[ticket], "refused: 9998 Unauthorized User!", None),
        (1, &[""], "refused: 9998 Unauthorized User!", None),
    ] {
        let expected = (verdict.to_owned(), opened.map(str::to_owned));
        assert_eq!(ask(operation, inputs), expected, "{binding}");
    }
}

#[test]
fn a_success_without_a_ticket_is_no_success() {
    for ticket in ["", "<ServiceTicket/>"] {
        let doc = format!(
            "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body>\
             <LoginResponse xmlns='{NAMESPACE}'><LoginResult><Code>00</Code>{ticket}</LoginResult>\
             </LoginResponse></e:Body></e:Envelope>"
        );
        let error = LoginResult::parse(doc.as_bytes()).expect_err("no ticket");
        assert_eq!(error.kind, ErrorKind::Missing("ServiceTicket"), "{doc}");
        let failed = doc.replace(">00<", ">99<");
        assert!(LoginResult::parse(failed.as_bytes()).is_ok(), "{failed}");
    }
}

#[test]
fn messages_outlive_their_bytes() {
    fn payload<T>(content: soap::Content<'_, T>) -> Option<T> {
        match content {
            soap::Content::Payload(payload) => Some(payload),
            soap::Content::Fault(_) => None,
        }
    }
    for sample in Related.samples() {
        let body = sample.bytes.to_vec();
        let kept = (
            Login::parse(&body).map(Login::into_owned),
            Logout::parse(&body).map(Logout::into_owned),
            LoginResult::parse(&body).map(|c| payload(c).map(LoginResult::into_owned)),
            LogoutResult::parse(&body).map(|c| payload(c).map(LogoutResult::into_owned)),
        );
        drop(body);
        assert_eq!(kept.0, Login::parse(sample.bytes), "{}", sample.name);
        assert_eq!(kept.1, Logout::parse(sample.bytes), "{}", sample.name);
        assert_eq!(kept.2, LoginResult::parse(sample.bytes).map(payload), "{}", sample.name);
        assert_eq!(kept.3, LogoutResult::parse(sample.bytes).map(payload), "{}", sample.name);
    }
}
