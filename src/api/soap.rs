//! SOAP 1.1 and 1.2 envelopes and faults, shared by the APIs that use them.

use std::borrow::Cow;

use super::owned::owned;
use super::{Fields, Verdict};
use crate::xml::{Document, Error, Reader, UnwritableText, push_text};

/// The namespace of a SOAP 1.1 envelope.
pub const SOAP11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// The namespace of a SOAP 1.2 envelope.
pub const SOAP12: &str = "http://www.w3.org/2003/05/soap-envelope";

/// Which SOAP an envelope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// SOAP 1.1
    V11,
    /// SOAP 1.2
    V12,
}

impl Version {
    /// The namespace of its envelope.
    #[must_use]
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::V11 => SOAP11,
            Self::V12 => SOAP12,
        }
    }

    /// The `Content-Type` of its messages.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::V11 => "text/xml; charset=utf-8",
            Self::V12 => "application/soap+xml; charset=utf-8",
        }
    }
}

/// A SOAP fault: SOAP 1.1 section 4.4, SOAP 1.2 part 1 section 5.4.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault<'a> {
    /// Which SOAP it came in.
    pub version: Version,
    /// `faultcode`, or the text of `Code/Value`: a qualified name such as `soap:Server`.
    pub code: Cow<'a, str>,
    /// `faultstring`, or the first `Reason/Text`.
    pub message: Cow<'a, str>,
}

impl Fault<'_> {
    /// The same, borrowed from nobody.
    #[must_use]
    pub fn into_owned(self) -> Fault<'static> {
        Fault {
            version: self.version,
            code: owned(self.code),
            message: owned(self.message),
        }
    }
}

/// What a body holds: what was asked for, or a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content<'a, T> {
    /// The payload.
    Payload(T),
    /// A fault in its place.
    Fault(Fault<'a>),
}

impl<'a, T> Content<'a, T> {
    /// As fields, with `payload` to turn the payload into them.
    pub fn into_fields(self, payload: impl FnOnce(T) -> Fields<'a>) -> Fields<'a> {
        match self {
            Self::Payload(value) => payload(value),
            Self::Fault(fault) => FAULT.into_iter().zip([fault.code, fault.message]).collect(),
        }
    }
}

/// The fields of a fault.
const FAULT: [&str; 2] = ["faultcode", "faultstring"];

/// What the fields of a fault mean; `None` if they are another reply's.
pub(super) fn fault_verdict<'a>(fields: &Fields<'a>) -> Option<Verdict<'a>> {
    match &fields[..] {
        [(name, code), (_, message)] if *name == FAULT[0] => {
            Some(Verdict::Fault { code: code.clone(), message: message.clone() })
        }
        _ => None,
    }
}

/// Reads an envelope of either version. `content` is called with the reader at the first element
/// of the body and has to read to its end.
///
/// # Errors
/// When the document is not acceptable, not an envelope, or has nothing in its body.
pub fn read_envelope<'a, T>(
    document: impl Into<Document<'a>>,
    content: impl FnOnce(&mut Reader<'a>, Version) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut doc = Reader::new(document)?;
    doc.root()?;
    let version = if doc.is(SOAP11, "Envelope") {
        Version::V11
    } else if doc.is(SOAP12, "Envelope") {
        Version::V12
    } else {
        return Err(doc.unexpected());
    };
    while doc.child()? {
        if !doc.is(version.namespace(), "Body") {
            doc.skip()?;
            continue;
        }
        if !doc.child()? {
            return Err(doc.missing("content of Body"));
        }
        let content = content(&mut doc, version)?;
        doc.finish()?;
        return Ok(content);
    }
    Err(doc.missing("Body"))
}

/// As [`read_envelope`], where a fault may stand in the place of the payload.
///
/// # Errors
/// As [`read_envelope`].
pub fn read_reply<'a, T>(
    document: impl Into<Document<'a>>,
    payload: impl FnOnce(&mut Reader<'a>) -> Result<T, Error>,
) -> Result<Content<'a, T>, Error> {
    read_envelope(document, |doc, version| {
        if doc.is(version.namespace(), "Fault") {
            read_fault(doc, version).map(Content::Fault)
        } else {
            payload(doc).map(Content::Payload)
        }
    })
}

fn read_fault<'a>(doc: &mut Reader<'a>, version: Version) -> Result<Fault<'a>, Error> {
    let mut code = None;
    let mut message = None;
    while doc.child()? {
        // In whichever way: a fault of a stack that mixes them up is a fault all the same.
        if is_part(doc, "faultcode") {
            code = Some(doc.text()?);
        } else if is_part(doc, "faultstring") {
            message = Some(doc.text()?);
        } else if is_part(doc, "Code") {
            code = read_first(doc, "Value")?;
        } else if is_part(doc, "Reason") {
            message = read_first(doc, "Text")?;
        } else {
            doc.skip()?;
        }
    }
    Ok(Fault {
        version,
        code: code.ok_or(doc.missing("faultcode"))?,
        message: message.ok_or(doc.missing("faultstring"))?,
    })
}

/// Whether the element last opened is the part `local` of a fault. SOAP 1.1 has its parts in no
/// namespace and SOAP 1.2 in its own; services qualify the former and forget to qualify the latter.
fn is_part(doc: &Reader<'_>, local: &str) -> bool {
    ["", SOAP11, SOAP12].into_iter().any(|namespace| doc.is(namespace, local))
}

/// The text of the first child called `local`.
fn read_first<'a>(
    doc: &mut Reader<'a>,
    local: &'static str,
) -> Result<Option<Cow<'a, str>>, Error> {
    let mut found = None;
    while doc.child()? {
        if found.is_none() && is_part(doc, local) {
            found = Some(doc.text()?);
        } else {
            doc.skip()?;
        }
    }
    Ok(found)
}

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";

/// Writes an envelope whose body is what `payload` writes, in one line as ASMX does.
///
/// # Errors
/// As `payload`.
pub fn write<E>(
    out: &mut Vec<u8>,
    version: Version,
    payload: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
) -> Result<(), E> {
    write_with_header(out, version, "", payload)
}

/// As [`write()`], with `header`, which is XML already; empty for none.
fn write_with_header<E>(
    out: &mut Vec<u8>,
    version: Version,
    header: &str,
    payload: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
) -> Result<(), E> {
    out.extend_from_slice(DECLARATION.as_bytes());
    out.extend_from_slice(b"<soap:Envelope xmlns:soap=\"");
    out.extend_from_slice(version.namespace().as_bytes());
    out.extend_from_slice(
        b"\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
          xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">",
    );
    if !header.is_empty() {
        out.extend_from_slice(b"<soap:Header>");
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(b"</soap:Header>");
    }
    out.extend_from_slice(b"<soap:Body>");
    payload(out)?;
    out.extend_from_slice(b"</soap:Body></soap:Envelope>");
    Ok(())
}

/// Writes a fault in an envelope of its version, in the shape of ASMX.
///
/// # Errors
/// When code or message hold a character that XML cannot.
pub fn write_fault(out: &mut Vec<u8>, fault: &Fault<'_>) -> Result<(), UnwritableText> {
    write_fault_with_header(out, fault, "")
}

/// As [`write_fault`], with `header`, which is XML already; empty for none.
pub(super) fn write_fault_with_header(
    out: &mut Vec<u8>,
    fault: &Fault<'_>,
    header: &str,
) -> Result<(), UnwritableText> {
    // A fault about a header has nothing to say about the body: SOAP 1.1 section 4.4.
    let has_detail = !fault.code.ends_with("MustUnderstand");
    let (open, between, close, detail) = match fault.version {
        Version::V11 => (
            "<soap:Fault><faultcode>",
            "</faultcode><faultstring>",
            "</faultstring>",
            "<detail />",
        ),
        Version::V12 => (
            "<soap:Fault><soap:Code><soap:Value>",
            "</soap:Value></soap:Code><soap:Reason><soap:Text xml:lang=\"en\">",
            "</soap:Text></soap:Reason>",
            "<soap:Detail />",
        ),
    };
    write_with_header(out, fault.version, header, |out| {
        out.extend_from_slice(open.as_bytes());
        push_text(out, &fault.code)?;
        out.extend_from_slice(between.as_bytes());
        push_text(out, &fault.message)?;
        out.extend_from_slice(close.as_bytes());
        if has_detail {
            out.extend_from_slice(detail.as_bytes());
        }
        out.extend_from_slice(b"</soap:Fault>");
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::ErrorKind;

    fn read_any(bytes: &[u8]) -> Result<Content<'_, String>, Error> {
        read_reply(bytes, |doc| {
            let name = doc.local_name().to_owned();
            doc.skip()?;
            Ok(name)
        })
    }

    #[test]
    fn faults_of_both_versions_are_written_and_read() {
        for version in [Version::V11, Version::V12] {
            let fault = Fault {
                version,
                code: "soap:Client".into(),
                message: "a < b & c\nline 2".into(),
            };
            let mut out = Vec::new();
            write_fault(&mut out, &fault).expect("writable");
            assert_eq!(read_any(&out), Ok(Content::Fault(fault)));
        }
    }

    #[test]
    fn faults_are_faults_however_their_parts_are_qualified() {
        let parts_11 = "<P:faultcode>c</P:faultcode><P:faultstring>m</P:faultstring>";
        let parts_12 = "<P:Code><P:Value>c</P:Value></P:Code>\
                        <P:Reason><P:Text>m</P:Text><P:Text>n</P:Text></P:Reason>";
        for version in [Version::V11, Version::V12] {
            for parts in [parts_11, parts_12] {
                for (prefix, known) in [("", true), ("a:", true), ("b:", true), ("x:", false)] {
                    let doc = format!(
                        "<e:Envelope xmlns:e='{}' xmlns:a='{SOAP11}' xmlns:b='{SOAP12}' \
                         xmlns:x='urn:x'><e:Body><e:Fault><x:y/>{}<detail><faultcode/></detail>\
                         </e:Fault></e:Body></e:Envelope>",
                        version.namespace(),
                        parts.replace("P:", prefix)
                    );
                    let fault = Fault { version, code: "c".into(), message: "m".into() };
                    let read = read_any(doc.as_bytes());
                    assert_eq!(read.is_ok(), known, "{doc}");
                    assert!(!known || read == Ok(Content::Fault(fault)), "{doc}");
                }
            }
        }
    }

    #[test]
    fn envelopes_are_read_by_namespace() {
        let s11 = |body: &str| format!("<e:Envelope xmlns:e='{SOAP11}'>{body}</e:Envelope>");
        let payload = |name: &str| Ok(Content::Payload(name.to_owned()));
        for (doc, expected) in [
            (s11("<e:Body><x/></e:Body>"), payload("x")),
            (
                s11("<e:Header><e:Body/></e:Header><e:Body>\n<x><y/></x>\n<z/></e:Body><t/>"),
                payload("x"),
            ),
            (s11("<e:Body><Fault/></e:Body>"), payload("Fault")),
        ] {
            assert_eq!(read_any(doc.as_bytes()), expected, "{doc}");
        }
        for (doc, kind) in [
            (s11(""), ErrorKind::Missing("Body")),
            (s11("<Body><x/></Body>"), ErrorKind::Missing("Body")),
            (s11("<e:Body/>"), ErrorKind::Missing("content of Body")),
            (
                s11("<e:Body><e:Fault><faultcode>c</faultcode></e:Fault></e:Body>"),
                ErrorKind::Missing("faultstring"),
            ),
            (s11("<e:Body><x/></e:Body>") + "junk", ErrorKind::TextOutsideRoot),
            ("<html/>".into(), ErrorKind::UnexpectedElement),
            ("<Envelope><Body/></Envelope>".into(), ErrorKind::UnexpectedElement),
        ] {
            assert_eq!(read_any(doc.as_bytes()).map_err(|e| e.kind), Err(kind), "{doc}");
        }
    }
}
