//! A value in any legal spelling, and in one that is spoilt.

use arbitrary::{Result, Unstructured};

use super::contract::{self, At, Outcome, Wrong};
use super::spelling::{Spelt, Spot, spell, spell_form};
use super::tree::{change, reply_tree, request_tree};
use super::values;
use super::writing::Place;
use crate::api::{Binding, Fields, Verdict};
use crate::xml::{DEFAULT_MAX_BYTES, Error, ErrorKind, MAX_ATTRIBUTES, MAX_DEPTH};

/// Spells a message as its bytes choose: it must be read as exactly the values it was made of. Then
/// spoils it in one way: it must be refused for that, where it is. Or changes what it says first: it
/// must be read, refused and judged as a naive reader of its tree does.
///
/// # Panics
/// When that is not so.
pub fn surface(data: &[u8]) {
    // Too few bytes to choose by are no finding.
    if let Ok(case) = Case::choose(&mut Unstructured::new(data)) {
        case.compare();
    }
}

/// A message, spelt in some way.
struct Case {
    place: Place,
    is_request: bool,
    /// The status that it came with, if it is a reply.
    status: u16,
    bytes: Vec<u8>,
    spots: Vec<Spot>,
    outcome: Outcome,
    spoilt: Option<Spoilt>,
}

/// A document with a defect, and the error that it is.
struct Spoilt {
    bytes: Vec<u8>,
    /// The document without what is beyond a limit, where that is the defect: there is none.
    at_limit: Option<Vec<u8>>,
    defect: Defect,
    error: (ErrorKind, usize),
}

impl Case {
    fn choose(data: &mut Unstructured<'_>) -> Result<Self> {
        let place = Place::choose(data)?;
        let is_request = data.arbitrary()?;
        if is_request && matches!(place.binding, Binding::Get | Binding::Post) {
            return Self::choose_form(place, data);
        }
        // Another operation's message may come in the place of this one's.
        let is_others = data.ratio(1, 16)?;
        let written = if is_others { place.another(data)? } else { place };
        let (fields, mut tree) = if is_request {
            let inputs = values::inputs(written, data, values::text)?;
            let names = written.api.operations()[written.operation].inputs.iter().map(|i| i.name);
            let fields: Fields<'static> = names.zip(inputs.into_iter().map(Into::into)).collect();
            (fields.clone(), request_tree(written, &fields))
        } else {
            let fields = values::reply(written, data)?;
            (fields.clone(), reply_tree(written, &fields))
        };
        let changes = *data.choose(&[0, 0, 1, 1, 2])?;
        for _ in 0..changes {
            change(&mut tree, data)?;
        }
        let mut outcome = contract::read(place, is_request, &tree);
        let spelt = spell(&tree, data)?;
        let mut spoilt = None;
        if changes == 0 && !is_others {
            assert_eq!(outcome, Ok(owned(fields)), "{place}: the naive reader is wrong");
            spoilt = spoil(&spelt, data)?;
        }
        if let Some(at) = spelt.beyond_ascii {
            // Before anything else is read.
            outcome = Err(Wrong { kind: ErrorKind::InvalidCharacter, at: At::Byte(at) });
            spoilt = None;
        }
        let status = *data.choose(&[200, 200, 404, 500])?;
        let Spelt { bytes, spots, .. } = spelt;
        Ok(Self { place, is_request, status, bytes, spots, outcome, spoilt })
    }

    fn choose_form(place: Place, data: &mut Unstructured<'_>) -> Result<Self> {
        let names = place.api.operations()[place.operation].inputs.iter().map(|i| i.name);
        let values = values::inputs(place, data, values::any_text)?;
        let pairs: Vec<_> = names.zip(values.iter().map(String::as_str)).collect();
        Ok(Self {
            place,
            is_request: true,
            status: 200,
            bytes: spell_form(&pairs, data)?,
            spots: Vec::new(),
            outcome: Ok(pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()),
            spoilt: None,
        })
    }

    fn compare(self) {
        let Self { place, is_request, status, bytes, spots, outcome, spoilt } = self;
        let told = || format!("{place}: {}", escaped(&bytes));
        match (read(place, is_request, &bytes), &outcome) {
            (Ok(fields), expected) => assert_eq!(&Ok(owned(fields)), expected, "{}", told()),
            (Err(error), Ok(fields)) => panic!("{error}, not {fields:?}: {}", told()),
            (Err(error), Err(Wrong { kind, at })) => {
                let at = match *at {
                    At::Start(number) => spots[number].start,
                    At::Content(number) => spots[number].content,
                    At::Byte(at) => at,
                    At::Unsaid => error.offset,
                };
                assert_eq!((error.kind, error.offset), (*kind, at), "{}", told());
                assert!(error.offset <= bytes.len(), "{}", told());
            }
        }
        if !is_request {
            let Place { api, operation, binding } = place;
            let judged = api.judge(operation, binding, status, &bytes).verdict;
            let judged = match judged {
                Verdict::Malformed(_) => "malformed".to_owned(),
                verdict => verdict.to_string(),
            };
            assert_eq!(judged, contract::verdict(place, status, &outcome), "{}", told());
        }
        if let Some(Spoilt { bytes, at_limit, defect, error }) = spoilt {
            if let Some(bytes) = at_limit {
                let read = read(place, is_request, &bytes).map(owned);
                assert_eq!(read.ok(), outcome.ok(), "{place}: at the limit: {defect:?}");
            }
            let read = read(place, is_request, &bytes).map_err(|error| (error.kind, error.offset));
            assert_eq!(read, Err(error), "{place}: {defect:?} in {}", escaped(&bytes));
        }
    }
}

fn owned(fields: Fields<'_>) -> Vec<(&'static str, String)> {
    fields.into_iter().map(|(name, value)| (name, value.into_owned())).collect()
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
    let what = match (case.spoilt, case.outcome) {
        (Some(spoilt), _) => super::seeds::slug(spoilt.error.0),
        (None, Ok(_)) => "whole".to_owned(),
        (None, Err(wrong)) => super::seeds::slug(wrong.kind),
    };
    Some(format!("{}.{direction}-{what}", case.place))
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
    /// One element more within others than may be.
    Nested,
    /// One attribute more than an element may have.
    Attributes,
    /// White space after everything, up to one byte more than a document may have.
    Padded,
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
    (Defect::Nested, ErrorKind::TooDeep, 0),
    (Defect::Attributes, ErrorKind::TooManyAttributes, 0),
    (Defect::Padded, ErrorKind::TooLarge, 0),
];

/// The document with a defect in it; `None` where it would be none.
fn spoil(spelt: &Spelt, data: &mut Unstructured<'_>) -> Result<Option<Spoilt>> {
    let &(defect, kind, after) = data.choose(DEFECTS)?;
    let Spelt { bytes, insides, .. } = spelt;
    let with = |piece: &[u8], at: usize| [&bytes[..at], piece, &bytes[at..]].concat();
    let is_inside = matches!(defect, Defect::Inside(_) | Defect::Nested | Defect::Attributes);
    let (inside, depth) = match insides.len() {
        0 if is_inside => return Ok(None),
        0 => (0, 0),
        _ => *data.choose(insides)?,
    };
    let mut at_limit = None;
    let (bytes, at) = match defect {
        // What precedes a declaration makes that the error, and a byte order mark is first.
        Defect::Before(_) if spelt.is_declared || bytes.starts_with(b"\xEF") => return Ok(None),
        Defect::Before(piece) => (with(piece.as_bytes(), 0), 0),
        Defect::Inside(piece) => (with(piece, inside), inside),
        Defect::After(piece) => (with(piece.as_bytes(), bytes.len()), bytes.len()),
        Defect::Nested => {
            let left = MAX_DEPTH - depth;
            let nested = |count| "<n>".repeat(count) + &"</n>".repeat(count);
            at_limit = Some(with(nested(left).as_bytes(), inside));
            (with(nested(left + 1).as_bytes(), inside), inside + "<n>".len() * left)
        }
        Defect::Attributes => {
            let element = |count| {
                let attributes = (0..count).map(|number| format!(" a{number:02}=''"));
                format!("<n{}/>", attributes.collect::<String>())
            };
            at_limit = Some(with(element(MAX_ATTRIBUTES).as_bytes(), inside));
            let last = "<n".len() + " a00=''".len() * MAX_ATTRIBUTES + " ".len();
            (with(element(MAX_ATTRIBUTES + 1).as_bytes(), inside), inside + last)
        }
        Defect::Padded => {
            let spaces = " ".repeat(DEFAULT_MAX_BYTES - bytes.len());
            at_limit = Some(with(spaces.as_bytes(), bytes.len()));
            (with((spaces + " ").as_bytes(), bytes.len()), DEFAULT_MAX_BYTES)
        }
    };
    Ok(Some(Spoilt { bytes, at_limit, defect, error: (kind, at + after) }))
}
