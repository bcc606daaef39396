//! SOAP 1.1 requests: routing, parameters, refusals and faults.

use crate::expected::Expected::{Body, Code, Empty, Fault, Opened, Xml};
use crate::expected::{NO_ACTION, NO_BODY, check};
use crate::wire::{
    AUTH, CREATE, ENVELOPE_11, FORM, LOGIN, LOGOUT, PAIR, QUERY, SOAP12, XML, ask, auth, create,
    create12, envelope, pair, simulator, soap,
};

/// 1 and 2: bytes, empty and null strings. The replies with a session have a test of their own.
#[test]
fn replies_are_in_one_line() {
    check(
        &simulator(&[]),
        vec![
            (
                1,
                auth(
                    &[XML, LOGIN],
                    "<Login><Username>user0</Username><Password>x</Password></Login>",
                ),
                Body(
                    "<LoginResponse xmlns=\"http://ws.euromsg.com/auth\"><LoginResult><Code>99</Code>\
             <Message>No such user/password!</Message><DetailedMessage /></LoginResult>\
             </LoginResponse>",
                ),
            ),
            (
                1,
                auth(&[XML, LOGOUT], "<Logout><ServiceTicket>x</ServiceTicket></Logout>"),
                Body(
                    "<LogoutResponse xmlns=\"http://ws.euromsg.com/auth\"><LogoutResult><Code>9998</Code>\
             <Message>Unauthorized User!</Message><DetailedMessage>Object reference not set to an \
             instance of an object.</DetailedMessage></LogoutResult></LogoutResponse>",
                ),
            ),
        ],
    );
}

/// 4 and 5: the action routes, not the body.
#[test]
fn the_action_routes() {
    let action = |value: &str| format!("SOAPAction: {value}");
    let unquoted = action("https://sync.leadertask.net/CreateSession");
    let single = action("'https://sync.leadertask.net/CreateSession'");
    let empty = action("\"\"");
    let good = || create(PAIR);
    check(
        &simulator(&[]),
        vec![
            (4, soap(&[XML, CREATE], good()), Opened),
            (4, soap(&[XML, &unquoted], good()), Opened),
            (
                4,
                soap(&[XML, &single], good()),
                Fault(
                    "Client",
                    "Server did not recognize the value of HTTP Header SOAPAction: 'https://sync.leadertask.net/CreateSession'.",
                ),
            ),
            (
                4,
                soap(&[XML, &empty], good()),
                Fault("Client", "Server did not recognize the value of HTTP Header SOAPAction: ."),
            ),
            (4, soap(&[XML, CREATE], good().replace("CreateSession", "Other")), Code(1)),
            (4, soap(&[XML, CREATE], good().replace("sync.leadertask.net", "x")), Code(1)),
            (4, soap(&[XML, CREATE], create("")), Code(1)),
            (4, soap(&[XML, CREATE], envelope(ENVELOPE_11, "")), Code(1)),
            (
                4,
                soap(&[XML, CREATE], good().replace("<password>password0</password>", "")),
                Code(2),
            ),
            (
                4,
                auth(&[XML, LOGOUT], "<Login><Username>user0</Username></Login>"),
                Xml(&["<LogoutResponse", "<Code>9998</Code>"]),
            ),
            (4, auth(&[XML, LOGIN], ""), Xml(&["<LoginResponse", "<Code>99</Code>"])),
            (5, soap(&[XML], good()), Fault("Client", NO_ACTION)),
            (5, auth(&[XML], "<Login/>"), Fault("Client", NO_ACTION)),
        ],
    );
}

/// 6: parameters.
#[test]
fn parameters_are_read_leniently() {
    check(
        &simulator(&[]),
        vec![
            (
                6,
                soap(&[XML, CREATE], create("<password>password0</password><name>user0</name>")),
                Opened,
            ),
            (
                6,
                soap(&[XML, CREATE], create(&format!("<new><x/></new><!--c--><?p?>{PAIR}text"))),
                Opened,
            ),
            (6, soap(&[XML, CREATE], create(&format!("{PAIR}<name>another</name>"))), Opened),
            (6, soap(&[XML, CREATE], create(&format!("<name>another</name>{PAIR}"))), Code(2)),
            (6, soap(&[XML, CREATE], pair(" user0 ", "password0")), Code(2)),
            (
                6,
                soap(&[XML, CREATE], pair("<![CDATA[user0]]>", "pass&#119;ord&#x30;")),
                Opened,
            ),
            (6, soap(&[XML, CREATE], pair("user0<!--c-->", "password0")), Empty(400)),
            (6, soap(&[XML, CREATE], pair("us<?p?>er0", "password0")), Empty(400)),
        ],
    );
}

/// 10: refused without a word.
#[test]
fn what_is_no_soap_is_refused_without_a_body() {
    let good = || create(PAIR);
    check(
        &simulator(&[]),
        vec![
            (10, soap(&[XML, CREATE], ""), Empty(400)),
            (10, soap(&[XML, CREATE], "<e:Envelope"), Empty(400)),
            (10, soap(&[XML, CREATE], "user0"), Empty(400)),
            (10, soap(&[XML, CREATE], good() + "junk"), Empty(400)),
            (
                10,
                soap(
                    &[XML, CREATE],
                    format!(
                        "<!DOCTYPE a>{}",
                        create(PAIR).split_once('\n').expect("a declaration").1
                    ),
                ),
                Empty(400),
            ),
            (10, soap(&[XML, CREATE], pair("&nbsp;", "p")), Empty(400)),
            (
                10,
                ask(
                    &format!("POST {AUTH}"),
                    &[XML, LOGIN],
                    include_str!("../../src/api/related/samples/login.request.as-printed.xml"),
                ),
                Empty(400),
            ),
            (10, soap(&["Content-Type: application/json", CREATE], good()), Empty(415)),
            (10, soap(&[CREATE], good()), Empty(415)),
            (10, soap(&[FORM, CREATE], QUERY), Empty(415)),
            (10, soap(&[SOAP12], create12(PAIR)), Empty(415)),
            (10, soap(&[SOAP12, CREATE], good()), Empty(415)),
        ],
    );
}

/// 11 to 13: faults.
#[test]
fn faults_say_what_is_wrong() {
    let good = || create(PAIR);
    let header = |attributes: &str| {
        create(PAIR).replace(
            "<e:Body",
            &format!("<e:Header><t:Ticket xmlns:t='urn:t' {attributes}/></e:Header><e:Body"),
        )
    };
    let mismatch = "Possible SOAP version mismatch: Envelope namespace urn:x was unexpected. \
                    Expecting http://schemas.xmlsoap.org/soap/envelope/.";
    let with_namespace = |namespace: &str| create(PAIR).replace(ENVELOPE_11, namespace);
    check(
        &simulator(&[]),
        vec![
            (
                11,
                soap(&[XML, CREATE], header("e:mustUnderstand='1'")),
                Fault("MustUnderstand", "SOAP header Ticket was not understood."),
            ),
            (11, soap(&[XML, CREATE], header("e:mustUnderstand='0'")), Opened),
            (
                11,
                soap(&[XML, CREATE], header("e:mustUnderstand='1' e:actor='urn:other'")),
                Opened,
            ),
            (
                12,
                soap(&[XML, "SOAPAction: urn:x"], good()),
                Fault(
                    "Client",
                    "Server did not recognize the value of HTTP Header SOAPAction: urn:x.",
                ),
            ),
            (
                12,
                soap(&[XML, CREATE], format!("<e:Envelope xmlns:e='{ENVELOPE_11}'/>")),
                Fault("Client", NO_BODY),
            ),
            (
                12,
                soap(&[XML, CREATE], with_namespace("urn:x")),
                Fault("VersionMismatch", mismatch),
            ),
            (
                12,
                soap(&[XML, CREATE], "<CreateSession xmlns='urn:x'/>"),
                Fault("VersionMismatch", mismatch),
            ),
            (
                13,
                soap(&[XML, CREATE], create12(PAIR)),
                Fault(
                    "VersionMismatch",
                    "Possible SOAP version mismatch: Envelope namespace http://www.w3.org/2003/05/soap-envelope was unexpected. \
             Expecting http://schemas.xmlsoap.org/soap/envelope/.",
                ),
            ),
        ],
    );
}
