//! What is wrong with a piece of XML, a row each: XML 1.0 (5th edition) and Namespaces in XML 1.0
//! (3rd edition), by their productions and constraints.
//!
//! `§` marks the byte that the error must name. `†` stands for any character that XML does not have,
//! `¡` for any that no name begins with, and `¤` for any that no name has at all, white space of
//! other standards among them.

mod content;
mod declarations;
mod outside;
mod tags;

use arbitrary::{Result, Unstructured};

use super::Where;
use crate::xml::ErrorKind;

type Pieces = &'static [(ErrorKind, &'static str)];

/// The pieces for each place.
pub(super) const PIECES: &[(Where, Pieces)] = &[
    (Where::Content, content::CHARACTERS),
    (Where::Content, content::REFERENCES),
    (Where::Content, content::MARKUP),
    (Where::Content, tags::NAMES),
    (Where::Content, tags::TAGS),
    (Where::Content, tags::NAMESPACES),
    (Where::Among, tags::AMONG_ELEMENTS),
    (Where::Field, content::IN_FIELD),
    (Where::Value, content::REFERENCES),
    (Where::Value, tags::IN_VALUE),
    (Where::Name, tags::IN_TAG),
    (Where::Name, tags::AFTER_NAME),
    (Where::Attribute, tags::IN_TAG),
    (Where::Attribute, tags::AFTER_ATTRIBUTE),
    (Where::EndName, tags::BEFORE_END_NAME),
    (Where::EndTag, tags::IN_END_TAG),
    (Where::InsteadOfRest, content::UNFINISHED),
    (Where::InsteadOfRoot, outside::WITHOUT_ROOT),
    (Where::Start, outside::OUTSIDE_ROOT),
    (Where::Start, outside::BYTE_ORDER_MARKS),
    (Where::Prolog, outside::OUTSIDE_ROOT),
    (Where::Prolog, outside::MISPLACED),
    (Where::End, outside::OUTSIDE_ROOT),
    (Where::End, outside::MISPLACED),
    (Where::End, outside::AFTER_ROOT),
    (Where::Declaration, declarations::DECLARATIONS),
    (Where::Declaration, declarations::VERSIONS),
    (Where::Declaration, declarations::ENCODINGS),
];

/// Outside production Char [2].
const NOT_CHARACTERS: &str = "\0\u{1}\u{8}\u{B}\u{C}\u{E}\u{1F}\u{FFFE}\u{FFFF}";
/// In NameChar [4a] but not in NameStartChar [4].
const NOT_NAME_STARTS: &str = "-.09\u{B7}\u{300}\u{36F}\u{203F}\u{2040}";
/// In neither, and with no meaning in a tag.
const NOT_NAMES: &str = "#$%()*+,@[\\]^`{|}~\u{7F}\u{80}\u{85}\u{A0}\u{D7}\u{F7}\u{37E}\u{2000}\
    \u{2003}\u{200B}\u{200E}\u{2028}\u{2029}\u{202F}\u{203E}\u{2041}\u{205F}\u{206F}\u{2190}\u{2BFF}\
    \u{2FF0}\u{3000}\u{E000}\u{F8FF}\u{FDD0}\u{FDEF}\u{F0000}\u{10FFFF}";

/// The piece without its mark and with characters for what stands for them, and where the mark was.
pub(super) fn filled(piece: &str, data: &mut Unstructured<'_>) -> Result<(String, usize)> {
    let (mut filled, mut mark) = (String::new(), None);
    for c in piece.chars() {
        let any: &[&str] = match c {
            '†' => &[NOT_CHARACTERS],
            '¡' => &[NOT_NAME_STARTS, NOT_NAMES],
            '¤' => &[NOT_NAMES],
            '§' => {
                mark = Some(filled.len());
                continue;
            }
            c => {
                filled.push(c);
                continue;
            }
        };
        let any: Vec<char> = any.iter().flat_map(|some| some.chars()).collect();
        filled.push(*data.choose(&any)?);
    }
    Ok((filled, mark.expect("every piece marks its byte")))
}

/// RFC 3629, section 4: bytes that begin no character, or end before one does, whatever of the
/// document comes next; forms that are too long, surrogates, what is beyond U+10FFFF.
pub(super) const NOT_UTF8: &[&[u8]] = &[
    b"\x80",
    b"\xBF",
    b"\xC0\x80",
    b"\xC0\xBC",
    b"\xC1\xBF",
    b"\xC3",
    b"\xC3\xC3",
    b"\xE0\x80\xBC",
    b"\xE0\x9F\xBF",
    b"\xE2\x82",
    b"\xED\xA0\x80",
    b"\xED\xA0\xBE\xED\xB6\x80",
    b"\xED\xBF\xBF",
    b"\xEF\xBB",
    b"\xF0\x80\x80\xBC",
    b"\xF0\x8F\xBF\xBF",
    b"\xF0\x9F\xA6",
    b"\xF4\x90\x80\x80",
    b"\xF5\x80\x80\x80",
    b"\xF8\x88\x80\x80\x80",
    b"\xFE",
    b"\xFF",
    b"\xE9",
];
