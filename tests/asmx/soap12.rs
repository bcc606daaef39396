//! SOAP 1.2, where it is on.

use crate::expected::Expected::{Empty, Fault, Fault12, Opened, Opened12, Page, Xml};
use crate::expected::{NO_ACTION, NO_BODY, UPGRADE, check};
use crate::wire::{
    CREATE, ENVELOPE_11, ENVELOPE_12, FORM, PAIR, QUERY, SOAP12, SYNC, XML, ask, create, create12,
    envelope, form, get, send, simulator, soap,
};

/// The points that it changes.
#[test]
fn soap_1_2_is_answered_where_it_is_on() {
    let with_action = |action: &str| format!("{SOAP12}; action=\"{action}\"");
    let right = with_action("https://sync.leadertask.net/CreateSession");
    let wrong = with_action("urn:x");
    let good = || create12(PAIR);
    let other = || envelope(ENVELOPE_12, "<Other/>");
    let mismatch = |namespace: &str| create(PAIR).replace(ENVELOPE_11, namespace);
    let simulator = simulator(&["--bindings", "leadertask=soap11,soap12"]);
    let header = "<e:Header><a e:mustUnderstand='true'/></e:Header><e:Body";
    check(
        &simulator,
        vec![
            (3, soap(&[&right], good()), Opened12),
            (4, soap(&[XML, CREATE], create(PAIR)), Opened),
            (5, soap(&[XML], create(PAIR)), Opened),
            (5, soap(&[XML], envelope(ENVELOPE_11, "<Other/>")), Fault("Client", NO_ACTION)),
            (
                8,
                soap(
                    &["Content-Type: application/soap+xml"],
                    good().replace("user0", "Жанна").replace("password0", "пароль"),
                ),
                Opened12,
            ),
            (10, soap(&[SOAP12], create(PAIR)), Empty(415)),
            (10, soap(&[SOAP12], "<"), Empty(400)),
            (
                11,
                soap(&[SOAP12], good().replace("<e:Body", header)),
                Fault12("MustUnderstand", "SOAP header a was not understood."),
            ),
            (
                12,
                soap(&[&wrong], other()),
                Fault12(
                    "Sender",
                    "Unable to handle request. The action 'urn:x' was not recognized.",
                ),
            ),
            (12, soap(&[SOAP12], other()), Fault12("Sender", NO_ACTION)),
            (
                12,
                soap(&[&right], format!("<e:Envelope xmlns:e='{ENVELOPE_12}'/>")),
                Fault12("Sender", NO_BODY),
            ),
            (
                12,
                soap(&[XML, CREATE], mismatch("urn:x")),
                Fault(
                    "VersionMismatch",
                    "Possible SOAP version mismatch: Envelope namespace urn:x was unexpected. \
             Expecting http://schemas.xmlsoap.org/soap/envelope/.",
                ),
            ),
            (13, soap(&[XML, CREATE], good()), Opened12),
            (13, soap(&[XML], good()), Opened12),
            (13, soap(&[&wrong], good()), Opened12),
            (14, get(QUERY), Page(500, "ending in &#39;/CreateSession&#39;.")),
            (14, form(&[FORM], QUERY), Page(500, "ending in &#39;/CreateSession&#39;.")),
            (
                15,
                ask(&format!("GET {SYNC}?WSDL"), &[], ""),
                Xml(&[
                    "<wsdl:port name=\"LeaderTaskSyncServiceSoap\"",
                    "<wsdl:port name=\"LeaderTaskSyncServiceSoap12\"",
                    "<soap12:address location=\"http://sim.test:81/LeaderTaskSyncService.asmx\" />",
                ]),
            ),
        ],
    );
    let reply = send(&simulator, &soap(&[XML, CREATE], mismatch("urn:x")));
    assert!(reply.body.contains(UPGRADE), "{}", reply.body);
    let wsdl = send(&simulator, &ask(&format!("GET {SYNC}?wsdl"), &[], "")).body;
    assert!(!wsdl.contains("HttpGet") && !wsdl.contains("HttpPost"), "{wsdl}");
}
