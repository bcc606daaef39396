//! Documents at one of our limits and beyond it.

use arbitrary::{Result, Unstructured};

use super::super::spelling::{Holds, Spelt};
use super::{Defect, Spoilt};
use crate::xml::{DEFAULT_MAX_BYTES, ErrorKind, MAX_ATTRIBUTES, MAX_DEPTH, MAX_NAMESPACES};

/// A piece that goes beyond a limit, and the first byte of it that does.
type Beyond = (String, usize);

/// The document with a limit exceeded, and as far as it may go; `None` where there is no place for it.
pub(super) fn exceed(
    spelt: &Spelt,
    defect: Defect,
    data: &mut Unstructured<'_>,
) -> Result<Option<Spoilt>> {
    let bytes = &spelt.bytes;
    let with = |piece: &str, at: usize| [&bytes[..at], piece.as_bytes(), &bytes[at..]].concat();
    let style = (*data.choose(&["", "xml:"])?, *data.choose(&["''", "\"\""])?);
    if defect == Defect::Padded {
        let spaces = " ".repeat(DEFAULT_MAX_BYTES - bytes.len());
        return Ok(Some(Spoilt {
            at_limit: Some(with(&spaces, bytes.len())),
            bytes: with(&(spaces + " "), bytes.len()),
            defect,
            error: (ErrorKind::TooLarge, DEFAULT_MAX_BYTES),
        }));
    }
    if defect == Defect::OwnAttributes {
        let spot = data.choose(&spelt.spots)?;
        let at = spot.attributes.last().map_or(spot.name, |last| last.end);
        let left = MAX_ATTRIBUTES - spot.attributes.len();
        let (piece, after) = attributes(left + 1, style);
        return Ok(Some(Spoilt {
            at_limit: Some(with(&attributes(left, style).0, at)),
            bytes: with(&piece, at),
            defect,
            error: (ErrorKind::TooManyAttributes, at + after),
        }));
    }
    let spots = spelt.spots.iter().filter(|spot| spot.holds == Holds::Any);
    let places: Vec<_> = spots
        .filter_map(|spot| Some((spot, [spot.content, spot.end.as_ref()?.start])))
        .flat_map(|(spot, places)| places.map(|at| (spot, at)))
        .collect();
    if places.is_empty() {
        return Ok(None);
    }
    let (spot, at) = *data.choose(&places)?;
    let is_empty = data.arbitrary()?;
    let elements = |count_beyond: usize| -> Beyond {
        match defect {
            Defect::Nested => nested(MAX_DEPTH - spot.depth + count_beyond, is_empty),
            Defect::Namespaces => declaring(MAX_NAMESPACES - spot.declared + count_beyond),
            _ => {
                let (piece, after) = attributes(MAX_ATTRIBUTES + count_beyond, style);
                (format!("<n{piece}/>"), "<n".len() + after)
            }
        }
    };
    let kind = match defect {
        Defect::Nested => ErrorKind::TooDeep,
        Defect::Namespaces => ErrorKind::TooManyNamespaces,
        _ => ErrorKind::TooManyAttributes,
    };
    // Twice, since what is closed no longer counts.
    let most = elements(0).0.repeat(2);
    let (piece, after) = elements(1);
    Ok(Some(Spoilt {
        at_limit: Some(with(&most, at)),
        bytes: with(&piece, at),
        defect,
        error: (kind, at + after),
    }))
}

/// Attributes that no message has, by a prefix and quotes, and where the last begins.
fn attributes(count: usize, (prefix, quotes): (&str, &str)) -> Beyond {
    let attribute = |number| format!(" {prefix}a{number:02}={quotes}");
    let all: Vec<String> = (0..count).map(attribute).collect();
    let last = all.last().map_or(0, String::len);
    let all = all.concat();
    let at = all.len() - last + " ".len();
    (all, at)
}

/// Elements in each other, and where the innermost begins.
fn nested(count: usize, is_empty: bool) -> Beyond {
    let outer = count - 1;
    let innermost = if is_empty { "<n/>" } else { "<n></n>" };
    let piece = format!("{}{innermost}{}", "<n>".repeat(outer), "</n>".repeat(outer));
    (piece, "<n>".len() * outer)
}

/// Elements in each other that declare so many prefixes, and where the last begins.
fn declaring(count: usize) -> Beyond {
    let (mut piece, mut last, mut open) = (String::new(), 0, 0);
    for number in 0..count {
        if number % MAX_ATTRIBUTES == 0 {
            piece.push_str(if number == 0 { "<n" } else { "><n" });
            open += 1;
        }
        last = piece.len() + " ".len();
        let declaration = format!(" xmlns:n{number:02}='u'");
        piece.push_str(&declaration);
    }
    (format!("{piece}>{}", "</n>".repeat(open)), last)
}
