//! What all ASP.NET ASMX services share: how a method and its result are wrapped, and what becomes
//! of a SOAP request before anyone looks at its body.

use std::borrow::Cow;

use super::soap::{self, Content, Fault, Version};
use super::{Incoming, Outgoing, WriteError};
use crate::xml::{Error, Reader, UnwritableText, push_text};

/// The text of an element and the byte at which it begins; `None` if there is no such element.
pub(super) type Text<'a> = Option<(Cow<'a, str>, usize)>;

/// Reads the children of the element last opened, each at most once, as texts in the order of
/// `names`; other elements are checked and passed over.
pub(super) fn read_texts<'a, const N: usize>(
    doc: &mut Reader<'a>,
    namespace: &str,
    names: &[&'static str; N],
) -> Result<[Text<'a>; N], Error> {
    let mut texts = [const { None }; N];
    while doc.child()? {
        let Some(index) = names.iter().position(|name| doc.is(namespace, name)) else {
            doc.skip()?;
            continue;
        };
        if texts[index].is_some() {
            return Err(doc.repeated(names[index]));
        }
        let at = doc.offset();
        texts[index] = Some((doc.text()?, at));
    }
    Ok(texts)
}

/// The value of a text that may be absent, which means the same as empty.
pub(super) fn or_empty(text: Text<'_>) -> Cow<'_, str> {
    text.map(|(value, _)| value).unwrap_or_default()
}

/// Reads the parameters of `method`, in the order of `names`.
pub(super) fn read_request<'a, const N: usize>(
    body: &'a [u8],
    namespace: &str,
    method: &str,
    names: &[&'static str; N],
) -> Result<[Text<'a>; N], Error> {
    soap::read_envelope(body, |doc, _| {
        if !doc.is(namespace, method) {
            return Err(doc.unexpected());
        }
        read_texts(doc, namespace, names)
    })
}

/// Reads a reply to `method`: `result` is called with the reader at `<methodResult>`.
pub(super) fn read_reply<'a, T>(
    body: &'a [u8],
    namespace: &str,
    method: &str,
    result: impl Fn(&mut Reader<'a>) -> Result<T, Error>,
) -> Result<Content<'a, T>, Error> {
    let is = |doc: &Reader<'_>, suffix| {
        doc.local_name().strip_suffix(suffix) == Some(method) && doc.namespace() == namespace
    };
    soap::read_reply(body, |doc| {
        if !is(doc, "Response") {
            return Err(doc.unexpected());
        }
        let mut reply = None;
        while doc.child()? {
            if !is(doc, "Result") {
                doc.skip()?;
            } else if reply.is_some() {
                return Err(doc.repeated("Result"));
            } else {
                reply = Some(result(doc)?);
            }
        }
        reply.ok_or(doc.missing("Result"))
    })
}

/// Writes a call of `method` with its parameters.
pub(super) fn write_request<'v>(
    out: &mut Vec<u8>,
    version: Version,
    namespace: &str,
    method: &str,
    parameters: impl Iterator<Item = (&'static str, &'v str)>,
) -> Result<(), WriteError> {
    soap::write(out, version, |out| {
        push(out, &["<", method, " xmlns=\"", namespace, "\">"]);
        write_texts(out, "", parameters)?;
        push(out, &["</", method, ">"]);
        Ok(())
    })
}

/// Writes a reply to `method` with the fields of its result.
pub(super) fn write_reply<'v>(
    out: &mut Vec<u8>,
    version: Version,
    namespace: &str,
    method: &str,
    fields: impl Iterator<Item = (&'static str, &'v str)>,
) -> Result<(), WriteError> {
    soap::write(out, version, |out| {
        push(out, &["<", method, "Response xmlns=\"", namespace, "\"><", method, "Result>"]);
        write_texts(out, "", fields)?;
        push(out, &["</", method, "Result></", method, "Response>"]);
        Ok(())
    })
}

/// Writes each field as an element with `before` in front: nothing, or a line end and indentation.
pub(super) fn write_texts<'v>(
    out: &mut Vec<u8>,
    before: &str,
    fields: impl Iterator<Item = (&'static str, &'v str)>,
) -> Result<(), WriteError> {
    for (input, value) in fields {
        out.extend_from_slice(before.as_bytes());
        write_element(out, input, value).map_err(|source| WriteError { input, source })?;
    }
    Ok(())
}

/// Writes `<name>value</name>`, or `<name />` for an empty value as .NET does.
fn write_element(out: &mut Vec<u8>, name: &str, value: &str) -> Result<(), UnwritableText> {
    out.push(b'<');
    out.extend_from_slice(name.as_bytes());
    if value.is_empty() {
        out.extend_from_slice(b" />");
        return Ok(());
    }
    out.push(b'>');
    push_text(out, value)?;
    out.extend_from_slice(b"</");
    out.extend_from_slice(name.as_bytes());
    out.push(b'>');
    Ok(())
}

pub(super) fn push(out: &mut Vec<u8>, pieces: &[&str]) {
    for piece in pieces {
        out.extend_from_slice(piece.as_bytes());
    }
}

/// The SOAP version that the media type announces.
///
/// # Errors
/// 415 without a body for any other media type.
pub(super) fn soap_version(request: &Incoming<'_>) -> Result<Version, Outgoing> {
    let media_type = request.content_type.unwrap_or("");
    match media_type.split(';').next().unwrap_or("").trim() {
        "text/xml" => Ok(Version::V11),
        "application/soap+xml" => Ok(Version::V12),
        _ => Err(Outgoing::empty(415)),
    }
}

/// Which of `methods` the `SOAPAction` names: it, and not the body, routes SOAP 1.1.
///
/// # Errors
/// A Client fault where there is none, or an unknown one.
pub(super) fn method<'m>(
    request: &Incoming<'_>,
    action_prefix: &str,
    methods: &[&'m str],
) -> Result<&'m str, Outgoing> {
    let Some(header) = request.soap_action else {
        return Err(client_fault(Cow::Borrowed(
            "Unable to handle request without a valid action parameter. \
             Please supply a valid soap action.",
        )));
    };
    let action = header.strip_prefix('"').and_then(|a| a.strip_suffix('"')).unwrap_or(header);
    methods
        .iter()
        .find(|method| action.strip_prefix(action_prefix) == Some(method))
        .copied()
        .ok_or_else(|| {
            client_fault(Cow::Owned(format!(
                "Server did not recognize the value of HTTP Header SOAPAction: {action}."
            )))
        })
}

fn client_fault(message: Cow<'_, str>) -> Outgoing {
    let fault = Fault {
        version: Version::V11,
        code: Cow::Borrowed("soap:Client"),
        message,
    };
    let mut body = Vec::new();
    soap::write_fault(&mut body, &fault).expect("a header field holds no control characters");
    Outgoing::new(500, fault.version.content_type(), body)
}
