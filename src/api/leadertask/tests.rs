//! The document's messages, and what the service answers.

use std::time::Instant;

use super::*;
use crate::api::Method;
use crate::api::{Account, ServiceOptions, Store, StoreLimits};
use crate::xml::ErrorKind;

const SOAP_REQUEST: &[u8] = include_bytes!("samples/createsession.soap11.request.xml");
const SOAP_REPLY: &[u8] = include_bytes!("samples/createsession.soap11.reply.xml");
const PLAIN_REPLY: &[u8] = include_bytes!("samples/createsession.httpget.reply.xml");

/// The documents print the type where a value belongs: `<error_code>int</error_code>`.
fn with_code(sample: &[u8], code: &str) -> Vec<u8> {
    std::str::from_utf8(sample)
        .expect("samples are UTF-8")
        .replace(">int<", &format!(">{code}<"))
        .into_bytes()
}

#[test]
fn the_documents_request_is_read_field_by_field() {
    let request = CreateSession::parse_soap(SOAP_REQUEST).expect("the documented request");
    assert_eq!(request.values(), ["string"; 6]);
}

#[test]
fn the_documents_replies_are_read_field_by_field() {
    for (sample, binding) in [
        (SOAP_REPLY, Binding::Soap11),
        (PLAIN_REPLY, Binding::Get),
        (include_bytes!("samples/createsession.httppost.reply.xml"), Binding::Post),
    ] {
        let body = with_code(sample, " 0\n");
        let answer = Leadertask.judge(0, binding, 200, &body);
        assert_eq!(answer.verdict, Verdict::Accepted(None), "{binding}");
        assert_eq!(answer.field("error_code"), Some("0"));
        assert_eq!(answer.field("error_string"), Some("string"));
        assert_eq!(answer.field("uid_session"), Some("string"));

        let body = with_code(sample, "-7");
        let answer = Leadertask.judge(0, binding, 200, &body);
        let refused = Verdict::Refused { code: "-7".into(), message: "string".into() };
        assert_eq!(answer.verdict, refused, "{binding}");

        // As printed, with the placeholder.
        let at = sample.windows(3).position(|w| w == b"int").expect("the placeholder");
        let error = Error::new(ErrorKind::NotANumber("error_code"), at);
        let answer = Leadertask.judge(0, binding, 200, sample);
        assert_eq!(answer.verdict, Verdict::Malformed(error), "{binding}");
    }
}

#[test]
fn the_request_goes_out_as_documented() {
    let values = ["n", "p", "s", "t", "a", "u"];
    let write = |binding| {
        let mut out = HttpRequest::default();
        Leadertask.write_request(0, binding, &values, &mut out).expect("writable");
        out
    };
    let query = "name=n&password=p&system_name=s&push_token=t&appleid=a&user_token=u";

    let get = write(Binding::Get);
    assert_eq!((get.method, get.body.len()), (Method::Get, 0));
    assert_eq!(get.path, format!("/LeaderTaskSyncService.asmx/CreateSession?{query}"));

    let post = write(Binding::Post);
    assert_eq!((post.method, post.path.as_str()), (Method::Post, CALL.method_path));
    assert_eq!(post.headers, [("Content-Type", "application/x-www-form-urlencoded")]);
    assert_eq!(post.body, query.as_bytes());

    let soap = write(Binding::Soap11);
    assert_eq!((soap.method, soap.path.as_str()), (Method::Post, "/LeaderTaskSyncService.asmx"));
    assert_eq!(
        soap.headers,
        [
            ("Content-Type", "text/xml; charset=utf-8"),
            ("SOAPAction", "\"https://sync.leadertask.net/CreateSession\""),
        ]
    );
    assert_eq!(CreateSession::parse_soap(&soap.body).expect("our own").values(), values);
    let soap12 = write(Binding::Soap12);
    assert!(soap12.headers[0].1.starts_with("application/soap+xml; charset=utf-8"));
    assert_eq!(CreateSession::parse_soap(&soap12.body).expect("our own").values(), values);
}

#[test]
fn replies_that_break_the_contract_are_refused() {
    let result = |inner: &str| {
        format!(
            "<CreateSession_Response xmlns='https://sync.leadertask.net/'>{inner}</CreateSession_Response>"
        )
    };
    for (inner, kind) in [
        ("", ErrorKind::Missing("error_code")),
        ("<error_code>0</error_code>", ErrorKind::Missing("uid_session")),
        ("<error_code>0</error_code><uid_session />", ErrorKind::Missing("uid_session")),
        ("<error_code/>", ErrorKind::NotANumber("error_code")),
        ("<error_code>2147483648</error_code>", ErrorKind::NotANumber("error_code")),
        (
            "<error_code>0</error_code><error_code>0</error_code>",
            ErrorKind::Repeated("error_code"),
        ),
        ("<error_code>0<b/></error_code>", ErrorKind::UnexpectedElement),
        ("<error_code xmlns=''>0</error_code>", ErrorKind::Missing("error_code")),
    ] {
        let doc = result(inner);
        assert_eq!(
            SessionCreated::parse_plain(doc.as_bytes()).map_err(|e| e.kind),
            Err(kind),
            "{doc}"
        );
    }
    let doc = result("<new><x/></new><uid_session>u</uid_session><error_code>+3</error_code>");
    let reply =
        SessionCreated::parse_plain(doc.as_bytes()).expect("order and unknown elements are free");
    assert_eq!((reply.error_code, &*reply.uid_session, &*reply.error_string), (3, "u", ""));
}

/// ASMX writes a null result so. No method here returns one, but a service that does has not
/// opened a session.
#[test]
fn a_null_result_is_no_reply() {
    let soap = "<soap:Envelope xmlns:soap='http://schemas.xmlsoap.org/soap/envelope/'><soap:Body>\
        <CreateSessionResponse xmlns='https://sync.leadertask.net/' /></soap:Body></soap:Envelope>";
    let plain = "<CreateSession_Response xmlns='https://sync.leadertask.net/' xsi:nil='true' \
        xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' />";
    for (binding, body, missing) in
        [(Binding::Soap11, soap, "Result"), (Binding::Get, plain, "error_code")]
    {
        let Verdict::Malformed(error) = Leadertask.judge(0, binding, 200, body.as_bytes()).verdict
        else {
            panic!("{binding}: a null result was read");
        };
        assert_eq!(error.kind, ErrorKind::Missing(missing), "{binding}");
    }
}

#[test]
fn the_service_answers_in_every_binding() {
    let mut account = Account::generated(0);
    account.domain.clear();
    let service = Service {
        store: Store::new([account], StoreLimits::default()),
        options: ServiceOptions {
            bindings: Leadertask.bindings().to_vec(),
            ..ServiceOptions::documented(&Leadertask)
        },
    };
    let visit = Visit { now: Instant::now(), entropy: [0xAB; 20] };
    let ask = |binding, name, password| {
        let mut out = HttpRequest::default();
        let inputs = [name, password, "", "", "", ""];
        Leadertask.write_request(0, binding, &inputs, &mut out).expect("writable");
        let header = |name| out.headers.iter().find(|h| h.0 == name).map(|h| h.1);
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
        assert_eq!(Leadertask.operation_asked(&incoming), Some(0));
        Leadertask.answer(&incoming, &service, &visit).expect("its own path")
    };
    for &binding in Leadertask.bindings() {
        for (name, password, verdict) in [
            ("user0", "password0", "accepted"),
            ("user0", "wrong", "refused: 2 wrong name or password"),
            ("", "", "refused: 1 name is empty"),
        ] {
            let reply = ask(binding, name, password);
            let answer = Leadertask.judge(0, binding, reply.status, &reply.body);
            assert_eq!(answer.verdict.to_string(), verdict, "{binding}");
            let session = answer.field("uid_session").expect("always there");
            assert_eq!(session.is_empty(), verdict != "accepted", "{binding}");
        }
    }
}

#[test]
fn messages_outlive_their_bytes() {
    let (request, reply) = {
        let (request, reply) = (SOAP_REQUEST.to_vec(), with_code(PLAIN_REPLY, "7"));
        (
            CreateSession::parse_soap(&request).expect("documented").into_owned(),
            SessionCreated::parse_plain(&reply).expect("documented").into_owned(),
        )
    };
    assert_eq!(Ok(request), CreateSession::parse_soap(SOAP_REQUEST));
    assert_eq!(Ok(reply), SessionCreated::parse_plain(&with_code(PLAIN_REPLY, "7")));
}
