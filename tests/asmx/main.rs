//! How the simulated ASP.NET services answer over a real socket, right requests and wrong ones.
//!
//! Rows are numbered by what was observed on a real ASMX stack: 1 shape, 2 empty and null, 3
//! headers, 4 routing by SOAPAction, 5 without it, 6 parameters, 7 GET and POST, 8 charsets, 9
//! request validation, 10 refusals without a body, 11 faults, 12 unknown actions and envelopes, 13
//! SOAP 1.2, 14 errors in plain text and HTML, 15 WSDL, 16 HTTP.

mod charsets;
#[path = "../common/mod.rs"]
mod common;
mod description;
mod expected;
mod plain;
mod soap11;
mod soap12;
mod wire;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use common::{Simulator, outcomes, play, sum};
use expected::Expected::Opened;
use expected::written;
use wire::{
    CREATE, ENVELOPE_11, ENVELOPE_12, FORM, PAIR, QUERY, Reply, SOAP12, SYNC, XML, ask, create,
    create12, form, get, read_reply, send, simulator, soap,
};

/// The replies whose session is another each time, to the byte.
#[test]
fn replies_are_written_as_asmx_writes_them() {
    let simulator = simulator(&["--bindings", "soap11,soap12,get"]);
    let opened = |reply: &Reply| {
        let session = reply.body.split("<uid_session>").nth(1).expect("a session");
        session.split('<').next().expect("its end").to_owned()
    };
    let result = |session: &str| {
        format!(
            "<CreateSessionResponse xmlns=\"https://sync.leadertask.net/\"><CreateSessionResult>\
             <error_code>0</error_code><error_string /><uid_session>{session}</uid_session>\
             </CreateSessionResult></CreateSessionResponse>"
        )
    };
    let reply = send(&simulator, &soap(&[XML, CREATE], create(PAIR)));
    assert_eq!(reply.body, written(ENVELOPE_11, "", &result(&opened(&reply))));
    let reply = send(&simulator, &soap(&[SOAP12], create12(PAIR)));
    assert_eq!(reply.body, written(ENVELOPE_12, "", &result(&opened(&reply))));
    let reply = send(&simulator, &get(QUERY));
    assert_eq!(
        reply.body,
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<CreateSession_Response \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
             xmlns=\"https://sync.leadertask.net/\">\r\n  <error_code>0</error_code>\r\n  \
             <error_string />\r\n  <uid_session>{}</uid_session>\r\n</CreateSession_Response>",
            opened(&reply)
        )
    );
}

/// A fault with `customErrors` off, in all its forms.
#[test]
fn developers_see_stack_traces() {
    let simulator = simulator(&["--custom-errors", "off", "--bindings", "soap11,post"]);
    for (asked, first, inner) in [
        (
            soap(&[XML, "SOAPAction: urn:x"], create(PAIR)),
            "<faultstring>System.Web.Services.Protocols.SoapException: Server did not recognize \
             the value of HTTP Header SOAPAction: urn:x.\n   at System.Web.Services.",
            "",
        ),
        (
            soap(&[XML, CREATE], format!("<e:Envelope xmlns:e='{ENVELOPE_11}'/>")),
            "<faultstring>System.Web.Services.Protocols.SoapException: Server was unable to read \
             request. ---&gt; System.InvalidOperationException: Request format is invalid: Missing \
             required soap:Body element.\n   at System.Web.Services.",
            "\n   --- End of inner exception stack trace ---\n   at ",
        ),
        (
            form(&[FORM], ""),
            "System.InvalidOperationException: Missing parameter: name.\n   at System.Web.",
            "",
        ),
        (
            get(QUERY),
            "<pre>System.InvalidOperationException: Request format is unrecognized for URL \
             unexpectedly ending in &#39;/CreateSession&#39;.\n   at System.Web.",
            "",
        ),
    ] {
        let reply = send(&simulator, &asked);
        assert_eq!(reply.status, 500);
        assert!(reply.body.contains(first) && reply.body.contains(inner), "{}", reply.body);
    }
}

/// 16: what .NET clients and proxies do on the HTTP level.
#[test]
fn expectations_and_chunks_are_served() {
    let simulator = simulator(&[]);
    let connect = |headers: &str| {
        let mut stream = TcpStream::connect(simulator.address).expect("it listens");
        let head = format!(
            "POST {SYNC} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{XML}\r\n{CREATE}\r\n{headers}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).expect("sent");
        stream
    };
    let body = create(PAIR);

    let mut stream = connect(&format!("Expect: 100-continue\r\nContent-Length: {}", body.len()));
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).expect("it says go on");
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(body.as_bytes()).expect("sent");
    assert!(Opened.is_met(&read_reply(&mut stream)));

    let mut stream = connect("Transfer-Encoding: chunked");
    for chunk in body.as_bytes().chunks(50) {
        stream.write_all(format!("{:x}\r\n", chunk.len()).as_bytes()).expect("sent");
        stream.write_all(chunk).expect("sent");
        stream.write_all(b"\r\n").expect("sent");
    }
    stream.write_all(b"0\r\n\r\n").expect("sent");
    assert!(Opened.is_met(&read_reply(&mut stream)));
}

/// The engine tells a binding that is off from a service that is down.
#[test]
fn a_run_over_bindings_that_are_off_says_so() {
    for (bindings, expected) in [
        ("soap11,soap12,get,post", &["accepted: "][..]),
        ("soap11", &["accepted: ", "http: 415", "http: 500"]),
        ("soap12", &["accepted: ", "fault: soap:VersionMismatch: ", "http: 500"]),
        ("get", &["accepted: ", "http: 500"]),
    ] {
        let simulator = Simulator::start(&["--bindings", bindings]);
        let url = simulator.url();
        let mut arguments = vec!["leadertask-bindings", "--target", &url];
        arguments.extend([
            "--users",
            "8",
            "--iterations",
            "2",
            "--think-time",
            "0s",
            "--ramp",
            "0s",
        ]);
        let (run, ended) = play(&arguments);
        let found = outcomes(&run);
        let as_expected = found.iter().zip(expected).all(|(f, e)| f.starts_with(e));
        assert!(as_expected && found.len() == expected.len(), "{bindings}: {found:?}");
        assert_eq!((sum(&run, "count"), ended.code), (16, i32::from(expected.len() > 1)));
    }
}

/// eltex's errors, as its pages may be read.
#[test]
fn eltex_errors_come_as_they_are_set_up() {
    let login = |password: &str| {
        let request = format!(
            "<in><request domain=\"gander.local\" login=\"user0\" password=\"{password}\"/></in>"
        );
        ask("POST /commands/sp_login", &[], request)
    };
    let error = |description: &str| format!("<error description=\"{description}\"/>");
    for (option, status, has_body) in
        [("200", 200, true), ("404", 404, true), ("404-empty", 404, false)]
    {
        let simulator = Simulator::start(&["--eltex-errors", option]);
        let reply = send(&simulator, &login("wrong"));
        assert_eq!((reply.status, !reply.body.is_empty()), (status, has_body), "{option}");
        assert_eq!(reply.body.contains(&error("invalid pair login/password")), has_body);
        assert_eq!(send(&simulator, &login("password0")).status, 200);

        let reply = send(&simulator, &ask("POST /commands/sp_login", &[], "<in>"));
        assert!(reply.status == 404 && reply.body.contains(&error("bad request")), "{option}");
        let reply = send(&simulator, &ask("GET /commands/sp_login", &[], ""));
        assert_eq!((reply.status, reply.header("Allow")), (405, Some("POST")));

        let url = simulator.url();
        let arguments = [
            "bad-credentials",
            "--target",
            &url,
            "--users",
            "4",
            "--iterations",
            "1",
            "--think-time",
            "0s",
        ];
        let (run, _) = play(&arguments);
        let without = outcomes(&run).contains(&"refused: without a description".to_owned());
        assert_eq!(without, !has_body, "{:?}", outcomes(&run));
    }
}
