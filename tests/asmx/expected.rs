//! What replies are to be.

use Expected::{Body, Code, Empty, Fault, Fault12, Opened, Opened12, OpenedPlain, Page, Text, Xml};

use crate::common::Simulator;
use crate::wire::{Asked, ENVELOPE_11, ENVELOPE_12, Reply, send};

/// What a row expects.
pub(super) enum Expected {
    /// 200 in SOAP 1.1, and a session.
    Opened,
    /// The same in SOAP 1.2.
    Opened12,
    /// The same without SOAP.
    OpenedPlain,
    /// 200, and this code of leadertask: 1 for a name that is null or empty, 2 for a wrong pair.
    Code(u8),
    /// 200, and exactly this inside `soap:Body`.
    Body(&'static str),
    /// A status without a body.
    Empty(u16),
    /// 500 and exactly this fault of SOAP 1.1: code and text.
    Fault(&'static str, &'static str),
    /// The same in SOAP 1.2.
    Fault12(&'static str, &'static str),
    /// 500, and exactly this line of plain text.
    Text(&'static str),
    /// This status and a page that says this.
    Page(u16, &'static str),
    /// 200, XML, with all of these.
    Xml(&'static [&'static str]),
}

pub(super) const XML_TYPE: &str = "text/xml; charset=utf-8";
pub(super) const SOAP12_TYPE: &str = "application/soap+xml; charset=utf-8";

impl Expected {
    pub(super) fn is_met(&self, reply: &Reply) -> bool {
        let body = &*reply.body;
        let is = |status, content_type: &str| {
            reply.status == status && reply.header("Content-Type") == Some(content_type)
        };
        let opened = || {
            body.contains("<error_code>0</error_code>")
                && body.contains("<error_string />")
                && body.contains("<uid_session>")
        };
        match self {
            Opened => is(200, XML_TYPE) && body.contains(ENVELOPE_11) && opened(),
            Opened12 => is(200, SOAP12_TYPE) && body.contains(ENVELOPE_12) && opened(),
            OpenedPlain => is(200, XML_TYPE) && !body.contains("Envelope") && opened(),
            Code(code) => {
                reply.status == 200
                    && body.contains(&format!("<error_code>{code}</error_code>"))
                    && body.contains("<uid_session />")
            }
            Body(content) => is(200, XML_TYPE) && body == written(ENVELOPE_11, "", content),
            Empty(status) => {
                reply.status == *status && body.is_empty() && reply.header("Content-Type").is_none()
            }
            Fault(code, text) => {
                is(500, XML_TYPE)
                    && without_upgrade(body) == written(ENVELOPE_11, "", &fault_11(code, text))
            }
            Fault12(code, text) => {
                is(500, SOAP12_TYPE)
                    && without_upgrade(body) == written(ENVELOPE_12, "", &fault_12(code, text))
            }
            Text(line) => is(500, "text/plain; charset=utf-8") && body == format!("{line}\r\n"),
            Page(status, text) => {
                is(*status, "text/html; charset=utf-8")
                    && body.starts_with("<!DOCTYPE html>")
                    && body.contains(text)
            }
            Xml(pieces) => is(200, XML_TYPE) && pieces.iter().all(|piece| body.contains(piece)),
        }
    }
}

/// What ASMX writes, byte by byte.
pub(super) fn written(namespace: &str, header: &str, body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"{namespace}\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">{header}<soap:Body>{body}</soap:Body>\
         </soap:Envelope>"
    )
}

pub(super) fn fault_11(code: &str, text: &str) -> String {
    let detail = if code == "MustUnderstand" { "" } else { "<detail />" };
    format!(
        "<soap:Fault><faultcode>soap:{code}</faultcode><faultstring>{text}</faultstring>{detail}\
         </soap:Fault>"
    )
}

pub(super) fn fault_12(code: &str, text: &str) -> String {
    let detail = if code == "MustUnderstand" { "" } else { "<soap:Detail />" };
    format!(
        "<soap:Fault><soap:Code><soap:Value>soap:{code}</soap:Value></soap:Code><soap:Reason>\
         <soap:Text xml:lang=\"en\">{text}</soap:Text></soap:Reason>{detail}</soap:Fault>"
    )
}

pub(super) const UPGRADE: &str = "<soap:Header>\
    <soap12:Upgrade xmlns:soap12=\"http://www.w3.org/2003/05/soap-envelope\">\
    <soap12:SupportedEnvelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" qname=\"soap:Envelope\" />\
    <soap12:SupportedEnvelope xmlns:soap12=\"http://www.w3.org/2003/05/soap-envelope\" qname=\"soap12:Envelope\" />\
    </soap12:Upgrade></soap:Header>";

/// With SOAP 1.2 on, a version mismatch says what would have matched; nothing else does.
pub(super) fn without_upgrade(body: &str) -> String {
    if body.contains("soap:VersionMismatch<") { body.replace(UPGRADE, "") } else { body.to_owned() }
}

/// A row: the point it is about, what is asked, what is expected.
pub(super) type Row = (u8, Asked, Expected);

pub(super) fn check(simulator: &Simulator, rows: Vec<Row>) {
    for (point, asked, expected) in rows {
        let reply = send(simulator, &asked);
        let said = format!(
            "point {point}\n{}\n{}\n->\n{}\n\n{}",
            asked.head,
            String::from_utf8_lossy(&asked.body),
            reply.head,
            reply.body
        );
        assert!(expected.is_met(&reply), "{said}");
        // 3: on every reply, whatever it says.
        assert_eq!(reply.header("Cache-Control"), Some("private, max-age=0"), "{said}");
        assert_eq!(reply.header("X-AspNet-Version"), Some("4.0.30319"), "{said}");
        let length = reply.body.len().to_string();
        assert_eq!(reply.header("Content-Length"), Some(&*length), "{said}");
    }
}

pub(super) const NO_ACTION: &str = "Unable to handle request without a valid action parameter. \
                         Please supply a valid soap action.";
pub(super) const NO_BODY: &str = "Server was unable to read request. ---&gt; \
                       Request format is invalid: Missing required soap:Body element.";
