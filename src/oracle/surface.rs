//! A value in any legal spelling, and in one that is spoilt.

use arbitrary::{Result, Unstructured};

use super::spelling::{Content, Node, Spelt, spell};
use super::values;
use super::writing::Place;
use crate::api::soap::{SOAP11, SOAP12};
use crate::api::{Binding, Fields};
use crate::xml::{Error, ErrorKind};

/// Spells a message as its bytes choose: it must be read as exactly the values it was made of. Then
/// spoils it in one way: it must be refused for that, where it is.
///
/// # Panics
/// When that is not so.
pub fn surface(data: &[u8]) {
    // Too few bytes to choose by are no finding.
    if let Ok(case) = Case::choose(&mut Unstructured::new(data)) {
        case.compare();
    }
}

/// A message, spelt in some way, and spoilt.
struct Case {
    place: Place,
    is_request: bool,
    fields: Fields<'static>,
    bytes: Vec<u8>,
    spoilt: Option<Spoilt>,
}

/// A document with a defect, and the error that it is.
struct Spoilt {
    bytes: Vec<u8>,
    defect: Defect,
    error: (ErrorKind, usize),
}

impl Case {
    fn choose(data: &mut Unstructured<'_>) -> Result<Self> {
        let place = Place::choose(data)?;
        let is_form = matches!(place.binding, Binding::Get | Binding::Post);
        let is_request = data.arbitrary()? && !is_form;
        let (fields, tree) = if is_request {
            let inputs = values::inputs(place, data, values::text)?;
            let names = place.api.operations()[place.operation].inputs.iter().map(|i| i.name);
            let fields: Fields<'static> = names.zip(inputs.into_iter().map(Into::into)).collect();
            (fields.clone(), request_tree(place, &fields))
        } else {
            let fields = values::reply(place, data)?;
            (fields.clone(), reply_tree(place, &fields))
        };
        let spelt = spell(&tree, data)?;
        let &(defect, kind, after) = data.choose(DEFECTS)?;
        let spoilt = spoil(&spelt, defect, data)?;
        let spoilt = spoilt.map(|(bytes, at)| Spoilt { bytes, defect, error: (kind, at + after) });
        Ok(Self { place, is_request, fields, bytes: spelt.bytes, spoilt })
    }

    fn compare(self) {
        let Self { place, is_request, fields, bytes, spoilt } = self;
        let read = |bytes: &[u8]| read(place, is_request, bytes);
        assert_eq!(read(&bytes), Ok(fields), "{place}: {}", escaped(&bytes));
        if let Some(Spoilt { bytes, defect, error }) = spoilt {
            let read = read(&bytes).map_err(|error| (error.kind, error.offset));
            assert_eq!(read, Err(error), "{place}: {defect:?} in {}", escaped(&bytes));
        }
    }
}

/// The fields of a message.
fn read(
    place: Place,
    is_request: bool,
    bytes: &[u8],
) -> std::result::Result<Fields<'static>, Error> {
    let Place { api, operation, binding } = place;
    let keep = |fields: Fields<'_>| -> Fields<'static> {
        fields.into_iter().map(|(n, v)| (n, v.into_owned().into())).collect()
    };
    if is_request {
        api.parse_request(operation, binding, bytes).map(keep)
    } else {
        api.parse_reply(operation, binding, bytes).map(|answer| keep(answer.fields))
    }
}

fn escaped(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).escape_debug().to_string()
}

/// What the bytes show, as their seed is called.
#[cfg(test)]
pub(super) fn shown(data: &[u8]) -> Option<String> {
    let case = Case::choose(&mut Unstructured::new(data)).ok()?;
    let direction = if case.is_request { "request" } else { "reply" };
    let defect = match case.spoilt {
        Some(spoilt) => super::seeds::slug(spoilt.error.0),
        None => "whole".to_owned(),
    };
    Some(format!("{}.{direction}-{defect}", case.place))
}

/// Where a defect is put.
#[derive(Clone, Copy, Debug)]
enum Defect {
    /// This, before everything.
    Before(&'static str),
    /// This, where an element's content begins.
    Inside(&'static [u8]),
    /// This, after everything.
    After(&'static str),
}

/// Each with the kind of error it is, and how far into it the spot lies.
const DEFECTS: &[(Defect, ErrorKind, usize)] = &[
    (Defect::Before("x"), ErrorKind::TextOutsideRoot, 0),
    (Defect::Before("<!DOCTYPE a>"), ErrorKind::Doctype, 0),
    (Defect::Inside(b"\x01"), ErrorKind::InvalidCharacter, 0),
    (Defect::Inside("\u{FFFE}".as_bytes()), ErrorKind::InvalidCharacter, 0),
    (Defect::Inside(b"\xFF"), ErrorKind::InvalidUtf8, 0),
    (Defect::Inside(b"\xC3"), ErrorKind::InvalidUtf8, 0),
    (Defect::Inside(b"]]>"), ErrorKind::CdataEndInText, 0),
    (Defect::Inside(b"&nbsp;"), ErrorKind::UnknownEntity, 0),
    (Defect::Inside(b"& "), ErrorKind::MalformedReference, 0),
    (Defect::Inside(b"&#0;"), ErrorKind::InvalidCharacter, 0),
    (Defect::Inside(b"&#x110000;"), ErrorKind::InvalidCharacter, 0),
    (Defect::Inside(b"<!DOCTYPE a>"), ErrorKind::Doctype, 0),
    (Defect::Inside(b"<!-- -- -->"), ErrorKind::DoubleHyphen, 5),
    (Defect::Inside(b"<?xml version='1.0'?>"), ErrorKind::MisplacedDeclaration, 0),
    (Defect::Inside(b"<?XML x?>"), ErrorKind::InvalidTarget, 2),
    (Defect::Inside(b"<1/>"), ErrorKind::InvalidName, 1),
    (Defect::Inside(b"<a:b:c xmlns:a='u'/>"), ErrorKind::InvalidName, 4),
    (Defect::Inside(b"<none:a/>"), ErrorKind::UndeclaredPrefix, 1),
    (Defect::Inside(b"<a none:b=''/>"), ErrorKind::UndeclaredPrefix, 3),
    (Defect::Inside(b"<a b='1' b='2'/>"), ErrorKind::DuplicateAttribute, 9),
    (
        Defect::Inside(b"<a xmlns:y='u' xmlns:z='u' y:b='1' z:b='2'/>"),
        ErrorKind::DuplicateAttribute,
        35,
    ),
    (Defect::Inside(b"<a b=1/>"), ErrorKind::MissingValue, 5),
    (Defect::Inside(b"<a b/>"), ErrorKind::MissingValue, 4),
    (Defect::Inside(b"<a b='1'c='2'/>"), ErrorKind::MissingSpace, 8),
    (Defect::Inside(b"<a b='<'/>"), ErrorKind::LessThanInValue, 6),
    (Defect::Inside(b"<a b='&x;'/>"), ErrorKind::UnknownEntity, 6),
    (Defect::Inside(b"<a xmlns:y=''/>"), ErrorKind::EmptyNamespace, 12),
    (Defect::Inside(b"<a xmlns:xmlns='u'/>"), ErrorKind::ReservedNamespace, 3),
    (Defect::Inside(b"</none>"), ErrorKind::MismatchedEndTag, 2),
    (Defect::Inside(b"<a></b>"), ErrorKind::MismatchedEndTag, 5),
    (Defect::Inside(b"<!x>"), ErrorKind::MalformedMarkup, 0),
    (Defect::After("<a/>"), ErrorKind::SecondRoot, 0),
    (Defect::After("x"), ErrorKind::TextOutsideRoot, 0),
    (Defect::After("&amp;"), ErrorKind::TextOutsideRoot, 0),
    (Defect::After("<![CDATA[]]>"), ErrorKind::TextOutsideRoot, 0),
    (Defect::After("</a>"), ErrorKind::UnmatchedEndTag, 0),
];

/// The document with the defect in it, and where that is; `None` where it would be none.
fn spoil(
    spelt: &Spelt,
    defect: Defect,
    data: &mut Unstructured<'_>,
) -> Result<Option<(Vec<u8>, usize)>> {
    let (at, piece) = match defect {
        // What precedes a declaration makes that the error, and a byte order mark is first.
        Defect::Before(_) if spelt.is_declared || spelt.bytes.starts_with(b"\xEF") => {
            return Ok(None);
        }
        Defect::Before(piece) => (0, piece.as_bytes()),
        Defect::Inside(_) if spelt.insides.is_empty() => return Ok(None),
        Defect::Inside(piece) => (*data.choose(&spelt.insides)?, piece),
        Defect::After(piece) => (spelt.bytes.len(), piece.as_bytes()),
    };
    Ok(Some(([&spelt.bytes[..at], piece, &spelt.bytes[at..]].concat(), at)))
}

const LEADERTASK: &str = "https://sync.leadertask.net/";
const RELATED: &str = "http://ws.euromsg.com/auth";

/// The contract's namespace of an ASP.NET service, by its document.
fn namespace(place: Place) -> &'static str {
    if place.api.name() == "leadertask" { LEADERTASK } else { RELATED }
}

fn envelope(place: Place) -> &'static str {
    if place.binding == Binding::Soap12 { SOAP12 } else { SOAP11 }
}

/// Fields as children with texts.
fn texts(namespace: &'static str, fields: &Fields<'static>) -> Content {
    let child = |(name, value): &(&'static str, std::borrow::Cow<'static, str>)| {
        Node::new(namespace, *name, Content::Text(value.clone().into_owned()))
    };
    Content::Elements(fields.iter().map(child).collect())
}

/// An element with fields as its attributes.
fn with_attributes(local: &str, fields: &[(&'static str, &str)]) -> Node {
    let mut node = Node::new("", local, Content::Elements(Vec::new()));
    node.attributes = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    node
}

fn borrowed<'f>(fields: &'f Fields<'static>) -> Vec<(&'static str, &'f str)> {
    fields.iter().map(|(name, value)| (*name, &**value)).collect()
}

fn request_tree(place: Place, fields: &Fields<'static>) -> Node {
    let method = place.api.operations()[place.operation].name;
    if place.api.name() == "eltex" {
        return with_attributes("request", &borrowed(fields)).around("", "in");
    }
    let namespace = namespace(place);
    let call = Node::new(namespace, method, texts(namespace, fields));
    call.around(envelope(place), "Body").around(envelope(place), "Envelope")
}

fn reply_tree(place: Place, fields: &Fields<'static>) -> Node {
    let method = place.api.operations()[place.operation].name;
    if place.api.name() == "eltex" {
        let what = match borrowed(fields)[..] {
            [("answer", "taken")] => with_attributes("error", &[("description", "already_exists")]),
            [("answer", _)] => with_attributes("ok", &[]),
            [("description", _)] => with_attributes("error", &borrowed(fields)),
            _ => with_attributes("ok", &borrowed(fields)),
        };
        return what.around("", "response").around("", "out");
    }
    let (namespace, soap) = (namespace(place), envelope(place));
    let content = match borrowed(fields)[..] {
        [("faultcode", code), ("faultstring", message)] if soap == SOAP11 => {
            let text = |local, text: &str| Node::new("", local, Content::Text(text.to_owned()));
            let parts = vec![text("faultcode", code), text("faultstring", message)];
            Node::new(soap, "Fault", Content::Elements(parts))
        }
        [("faultcode", code), ("faultstring", message)] => {
            let text = |local, text: &str| Node::new(soap, local, Content::Text(text.to_owned()));
            let parts = vec![
                text("Value", code).around(soap, "Code"),
                text("Text", message).around(soap, "Reason"),
            ];
            Node::new(soap, "Fault", Content::Elements(parts))
        }
        _ if matches!(place.binding, Binding::Get | Binding::Post) => {
            return Node::new(namespace, "CreateSession_Response", texts(namespace, fields));
        }
        _ => Node::new(namespace, format!("{method}Result"), texts(namespace, fields))
            .around(namespace, format!("{method}Response")),
    };
    content.around(soap, "Body").around(soap, "Envelope")
}
