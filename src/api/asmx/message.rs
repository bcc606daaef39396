//! How a method and its result are wrapped, in SOAP and without it.

use std::borrow::Cow;

use crate::api::soap::{self, Content, Version};
use crate::api::{Fields, WriteError, form};
use crate::xml::{Document, Error, Reader, UnwritableText, push_text};

/// The text of an element and the byte at which it begins; `None` if there is no such element.
pub(in crate::api) type Text<'a> = Option<(Cow<'a, str>, usize)>;

/// Reads the children of the element last opened, each at most once, as texts in the order of
/// `names`; other elements are checked and passed over.
pub(in crate::api) fn read_texts<'a, const N: usize>(
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
pub(in crate::api) fn or_empty(text: Text<'_>) -> Cow<'_, str> {
    text.map(|(value, _)| value).unwrap_or_default()
}

/// Reads the parameters of `method`, in the order of `names`.
pub(in crate::api) fn read_request<'a, const N: usize>(
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
pub(in crate::api) fn read_reply<'a, T>(
    body: impl Into<Document<'a>>,
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

/// Reads a reply to GET and POST, whose root is the type of the result: `result` is called with the
/// reader there.
pub(in crate::api) fn read_plain<'a, T>(
    body: impl Into<Document<'a>>,
    namespace: &str,
    result_type: &str,
    result: impl FnOnce(&mut Reader<'a>) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut doc = Reader::new(body)?;
    doc.root()?;
    if !doc.is(namespace, result_type) {
        return Err(doc.unexpected());
    }
    let reply = result(&mut doc)?;
    doc.finish()?;
    Ok(reply)
}

/// Reads a query or a form body, in the order of `names`, which are matched in any case as ASP.NET
/// does; what is absent is empty.
pub(in crate::api) fn read_form<'a, const N: usize>(
    query: &'a [u8],
    names: &[&'static str; N],
) -> [Cow<'a, str>; N] {
    let mut values = [const { Cow::Borrowed("") }; N];
    for (name, value) in form::pairs(query) {
        if let Some(index) = names.iter().position(|known| known.eq_ignore_ascii_case(&name)) {
            values[index] = value;
        }
    }
    values
}

/// Writes a call of `method` with its parameters.
pub(in crate::api) fn write_request<'v>(
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
pub(in crate::api) fn write_reply<'v>(
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

/// Writes the result of a method as the reply to GET and POST: its root is the result's type, and it
/// is indented.
pub(in crate::api) fn write_plain<'v>(
    out: &mut Vec<u8>,
    namespace: &str,
    result_type: &str,
    fields: impl Iterator<Item = (&'static str, &'v str)>,
) -> Result<(), WriteError> {
    push(
        out,
        &[
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<",
            result_type,
            " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"",
            " xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xmlns=\"",
            namespace,
            "\">",
        ],
    );
    write_texts(out, "\r\n  ", fields)?;
    push(out, &["\r\n</", result_type, ">"]);
    Ok(())
}

/// Writes each field as an element with `before` in front: nothing, or a line end and indentation.
fn write_texts<'v>(
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

fn push(out: &mut Vec<u8>, pieces: &[&str]) {
    for piece in pieces {
        out.extend_from_slice(piece.as_bytes());
    }
}

/// The values of fields by their names; what is absent is empty.
pub(in crate::api) fn values_of<'a, const N: usize>(
    fields: Fields<'a>,
    names: &[&'static str; N],
) -> [Cow<'a, str>; N] {
    let mut values = [const { Cow::Borrowed("") }; N];
    for (name, value) in fields {
        if let Some(index) = names.iter().position(|known| *known == name) {
            values[index] = value;
        }
    }
    values
}
