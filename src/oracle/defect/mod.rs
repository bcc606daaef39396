//! A document with one thing wrong with it.

mod limits;
mod pieces;

use arbitrary::{Result, Unstructured};

use super::spelling::{Holds, Spelt, beyond_ascii};
use crate::xml::ErrorKind;
use pieces::{NOT_UTF8, PIECES, filled};

/// A document with a defect, and the error that it is.
pub(super) struct Spoilt {
    pub(super) bytes: Vec<u8>,
    /// The document without what is beyond a limit, where that is the defect: there is none.
    pub(super) at_limit: Option<Vec<u8>>,
    pub(super) defect: Defect,
    pub(super) error: (ErrorKind, usize),
}

/// Where a piece is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    /// Before everything.
    Start,
    /// In the place of the XML declaration, or where it would be.
    Declaration,
    /// After the XML declaration.
    Prolog,
    /// In the place of everything after the XML declaration.
    InsteadOfRoot,
    /// After the name of an element.
    Name,
    /// Where the value of an attribute ends.
    Value,
    /// After an attribute.
    Attribute,
    /// Where the content of any element begins or ends.
    Content,
    /// The same of an element that holds elements.
    Among,
    /// The same of a field.
    Field,
    /// In the place of everything from there on.
    InsteadOfRest,
    /// Before the name in an end tag.
    EndName,
    /// Where an end tag ends.
    EndTag,
    /// After everything.
    End,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Defect {
    /// A piece, with the kind of error it is and a mark at the byte.
    Piece(Where, ErrorKind, &'static str),
    /// Bytes that are not UTF-8, between any two characters.
    NotUtf8(&'static [u8]),
    /// The document in UTF-16, with a byte order mark or without.
    Utf16 { is_big_endian: bool, is_marked: bool },
    /// It ends inside a start tag, an empty one, or an end tag.
    CutTag,
    /// An attribute of the message is there again.
    Repeated,
    /// One element more within others than may be.
    Nested,
    /// One attribute more than an element may have.
    Attributes,
    /// The same, on an element of the message.
    OwnAttributes,
    /// One namespace declaration more in scope than may be.
    Namespaces,
    /// White space after everything, up to one byte more than a document may have.
    Padded,
}

/// Those that are no pieces, but for what is not UTF-8.
const OTHERS: &[Defect] = &[
    Defect::Nested,
    Defect::Attributes,
    Defect::OwnAttributes,
    Defect::Namespaces,
    Defect::Padded,
    Defect::CutTag,
    Defect::CutTag,
    Defect::Repeated,
    Defect::Utf16 { is_big_endian: false, is_marked: false },
    Defect::Utf16 { is_big_endian: false, is_marked: true },
    Defect::Utf16 { is_big_endian: true, is_marked: false },
    Defect::Utf16 { is_big_endian: true, is_marked: true },
];

impl Defect {
    pub(super) fn choose(data: &mut Unstructured<'_>) -> Result<Self> {
        match data.int_in_range(0..=11)? {
            11 => Ok(Self::NotUtf8(data.choose(NOT_UTF8)?)),
            9 | 10 => Ok(*data.choose(OTHERS)?),
            _ => {
                let (place, pieces) = data.choose(PIECES)?;
                let (kind, piece) = data.choose(pieces)?;
                Ok(Self::Piece(*place, *kind, piece))
            }
        }
    }

    /// Every one that there is.
    #[cfg(test)]
    pub(super) fn all() -> Vec<Self> {
        let pieces = PIECES.iter().flat_map(|&(place, pieces)| {
            pieces.iter().map(move |&(kind, piece)| Self::Piece(place, kind, piece))
        });
        let not_utf8 = NOT_UTF8.iter().map(|bytes| Self::NotUtf8(bytes));
        pieces.chain(not_utf8).chain(OTHERS.iter().copied()).collect()
    }
}

impl Where {
    /// The bytes before which it is.
    fn places(self, spelt: &Spelt) -> Vec<usize> {
        let spots = spelt.spots.iter();
        let contents = |holds: &[Holds]| {
            let ended = spelt.spots.iter().filter(|spot| holds.contains(&spot.holds));
            let ends = ended.filter_map(|spot| Some([spot.content, spot.end.as_ref()?.start]));
            ends.flatten().collect()
        };
        let attributes = spelt.spots.iter().flat_map(|spot| &spot.attributes);
        let end_tags = spelt.spots.iter().filter_map(|spot| spot.end.as_ref());
        match self {
            Self::Start => vec![0],
            Self::Declaration => vec![spelt.declaration.start],
            Self::Prolog | Self::InsteadOfRoot => vec![spelt.declaration.end],
            Self::Name => spots.map(|spot| spot.name).collect(),
            Self::Value => attributes.map(|attribute| attribute.end - "'".len()).collect(),
            Self::Attribute => attributes.map(|attribute| attribute.end).collect(),
            Self::Content | Self::InsteadOfRest => contents(&[Holds::Any, Holds::One, Holds::Text]),
            Self::Among => contents(&[Holds::Any]),
            Self::Field => contents(&[Holds::Text]),
            Self::EndName => end_tags.map(|tag| tag.start + "</".len()).collect(),
            Self::EndTag => end_tags.map(|tag| tag.end - ">".len()).collect(),
            Self::End => vec![spelt.bytes.len()],
        }
    }
}

/// The document with a defect in it; `None` where it would be none.
pub(super) fn spoil(
    spelt: &Spelt,
    defect: Defect,
    data: &mut Unstructured<'_>,
) -> Result<Option<Spoilt>> {
    let bytes = &spelt.bytes;
    let (bytes, error) = match defect {
        Defect::Piece(place, kind, piece) => {
            let places = place.places(spelt);
            if places.is_empty() {
                return Ok(None);
            }
            let at = *data.choose(&places)?;
            let (piece, after) = filled(piece, data)?;
            let rest = match place {
                Where::Declaration => spelt.declaration.end,
                Where::InsteadOfRoot | Where::InsteadOfRest => bytes.len(),
                _ => at,
            };
            let bytes = [&bytes[..at], piece.as_bytes(), &bytes[rest..]].concat();
            let is_declared = !matches!(place, Where::Start | Where::Declaration);
            let error = match beyond_ascii(&bytes) {
                // Seen where the document says that it has none.
                Some(first) if spelt.is_ascii && is_declared => {
                    (ErrorKind::InvalidCharacter, first)
                }
                _ => (kind, at + after),
            };
            (bytes, error)
        }
        Defect::NotUtf8(piece) => {
            let mut at = data.int_in_range(0..=bytes.len())?;
            while !text(bytes).is_char_boundary(at) {
                at -= 1;
            }
            let bytes = [&bytes[..at], piece, &bytes[at..]].concat();
            (bytes, (ErrorKind::InvalidUtf8, at))
        }
        Defect::Utf16 { is_big_endian, is_marked } => {
            let text = text(bytes).trim_start_matches('\u{FEFF}');
            in_utf16(text, is_big_endian, is_marked)
        }
        Defect::CutTag => {
            let spot = data.choose(&spelt.spots)?;
            let tag = match &spot.end {
                Some(tag) if data.arbitrary()? => tag.clone(),
                _ => spot.start..spot.content,
            };
            let bytes = bytes[..data.int_in_range(tag.start + 1..=tag.end - 1)?].to_vec();
            let error = ended_in_markup(&bytes);
            (bytes, error)
        }
        Defect::Repeated => {
            let with_attributes = spelt.spots.iter().filter(|spot| !spot.attributes.is_empty());
            let spots: Vec<_> = with_attributes.collect();
            if spots.is_empty() {
                return Ok(None);
            }
            let attributes = &data.choose(&spots)?.attributes;
            let attribute = &text(bytes)[data.choose(attributes)?.clone()];
            let (name, _) = attribute.split_once(['=', ' ', '\t', '\r', '\n']).expect("a value");
            let at = attributes[attributes.len() - 1].end;
            let piece = format!(" {name}=\"\"");
            let bytes = [&bytes[..at], piece.as_bytes(), &bytes[at..]].concat();
            (bytes, (ErrorKind::DuplicateAttribute, at + " ".len()))
        }
        _ => return limits::exceed(spelt, defect, data),
    };
    Ok(Some(Spoilt { bytes, at_limit: None, defect, error }))
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("it was spelt as a string")
}

/// The error that it is when a document ends in markup, if not in a character before that.
pub(super) fn ended_in_markup(bytes: &[u8]) -> (ErrorKind, usize) {
    match str::from_utf8(bytes) {
        Ok(_) => (ErrorKind::UnexpectedEnd, bytes.len()),
        Err(error) => (ErrorKind::InvalidUtf8, error.valid_up_to()),
    }
}

/// The text in UTF-16, and the error that it is: its zeros are characters, which XML has not.
fn in_utf16(text: &str, is_big_endian: bool, is_marked: bool) -> (Vec<u8>, (ErrorKind, usize)) {
    let mark = if is_marked { "\u{FEFF}" } else { "" };
    let units = mark.encode_utf16().chain(text.encode_utf16());
    let to_bytes = if is_big_endian { u16::to_be_bytes } else { u16::to_le_bytes };
    let bytes: Vec<u8> = units.flat_map(to_bytes).collect();
    let error = match str::from_utf8(&bytes) {
        _ if is_marked => (ErrorKind::UnsupportedEncoding, 0),
        Ok(_) => (ErrorKind::InvalidCharacter, usize::from(!is_big_endian)),
        Err(error) => (ErrorKind::InvalidUtf8, error.valid_up_to()),
    };
    (bytes, error)
}
