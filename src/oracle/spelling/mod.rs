//! One document, spelt in any of the ways that XML allows.

mod declaration;
mod form;
mod odd;

use std::ops::Range;

use arbitrary::{Result, Unstructured};

use super::tree::{Content, Node};
pub(super) use form::spell_form;
use odd::{equals, inner_misc, misc, now_and_then, oddity, optional_space, space, stranger};

const BOM: &str = "\u{FEFF}";

/// A document.
pub(super) struct Spelt {
    pub(super) bytes: Vec<u8>,
    /// Where its XML declaration is, or would be: after any byte order mark.
    pub(super) declaration: Range<usize>,
    /// Whether it says that it is in US-ASCII.
    pub(super) is_ascii: bool,
    /// Where each element of the tree was spelt, in the order in which they begin.
    pub(super) spots: Vec<Spot>,
}

/// Where an element is.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    /// Its `<`.
    pub(super) start: usize,
    /// The byte after its name.
    pub(super) name: usize,
    /// Its attributes, with the quotes of their values.
    pub(super) attributes: Vec<Range<usize>>,
    /// Its content; after an empty element, what follows it.
    pub(super) content: usize,
    /// Its end tag; an empty element has none.
    pub(super) end: Option<Range<usize>>,
    pub(super) holds: Holds,
    /// How many elements are open in it.
    pub(super) depth: usize,
    /// How many namespace declarations are in scope in it.
    pub(super) declared: usize,
}

/// What an element holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Elements, to which any may be added.
    Any,
    /// One element.
    One,
    /// The text of a field.
    Text,
}

/// The first byte that is not of US-ASCII, after any byte order mark.
pub(super) fn beyond_ascii(bytes: &[u8]) -> Option<usize> {
    let start = if bytes.starts_with(BOM.as_bytes()) { BOM.len() } else { 0 };
    bytes[start..].iter().position(|byte| !byte.is_ascii()).map(|at| start + at)
}

/// Spells `root` as the bytes choose.
pub(super) fn spell(root: &Node, data: &mut Unstructured<'_>) -> Result<Spelt> {
    let mut out = String::new();
    if data.ratio(1, 8)? {
        out.push_str(BOM);
    }
    let start = out.len();
    let is_ascii = declaration::spell(&mut out, data)?;
    let declaration = start..out.len();
    misc(&mut out, data)?;
    let mut speller = Speller {
        out,
        scope: Vec::new(),
        declared: 0,
        spots: Vec::new(),
        depth: 0,
    };
    speller.element(root, data)?;
    let Speller { mut out, spots, .. } = speller;
    misc(&mut out, data)?;
    Ok(Spelt { bytes: out.into_bytes(), declaration, is_ascii, spots })
}

struct Speller {
    out: String,
    /// Prefixes and what they mean, innermost last; the empty one is the default.
    scope: Vec<(String, &'static str)>,
    /// How many prefixes there have been.
    declared: usize,
    spots: Vec<Spot>,
    /// How many elements are open.
    depth: usize,
}

impl Speller {
    fn element(&mut self, node: &Node, data: &mut Unstructured<'_>) -> Result<()> {
        self.depth += 1;
        let outer = self.scope.len();
        let mut attributes: Vec<(String, String)> =
            node.attributes.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
        let prefix = self.prefix_for(node.namespace, &mut attributes, data)?;
        if data.ratio(1, 6)? {
            self.unasked_attribute(&prefix, &mut attributes, data)?;
        }
        shuffle(&mut attributes, data)?;
        let name =
            if prefix.is_empty() { node.local.clone() } else { format!("{prefix}:{}", node.local) };
        let start = self.out.len();
        self.out.push('<');
        self.out.push_str(&name);
        let spot = self.spots.len();
        self.spots.push(Spot {
            start,
            name: self.out.len(),
            attributes: Vec::new(),
            content: 0,
            end: None,
            holds: match &node.content {
                Content::Text(_) => Holds::Text,
                // What the body of an envelope holds is the first element in it.
                Content::Elements(_) if node.local == "Body" => Holds::One,
                Content::Elements(_) => Holds::Any,
            },
            depth: self.depth,
            declared: self.scope.len(),
        });
        for (name, value) in &attributes {
            self.out.push_str(space(data)?);
            let start = self.out.len();
            self.attribute(name, value, data)?;
            self.spots[spot].attributes.push(start..self.out.len());
        }
        self.out.push_str(optional_space(data)?);
        let is_empty = match &node.content {
            Content::Elements(nodes) => nodes.is_empty(),
            Content::Text(text) => text.is_empty(),
        };
        if is_empty && data.arbitrary()? {
            self.out.push_str("/>");
            self.spots[spot].content = self.out.len();
        } else {
            self.out.push('>');
            self.spots[spot].content = self.out.len();
            match &node.content {
                Content::Text(text) => self.text(text, data)?,
                Content::Elements(nodes) => {
                    for child in nodes {
                        inner_misc(&mut self.out, data)?;
                        if self.spots[spot].holds == Holds::Any && data.ratio(1, 10)? {
                            stranger(&mut self.out, data)?;
                        }
                        self.element(child, data)?;
                    }
                    inner_misc(&mut self.out, data)?;
                }
            }
            let end = self.out.len();
            self.out.push_str("</");
            self.out.push_str(&name);
            self.out.push_str(optional_space(data)?);
            self.out.push('>');
            self.spots[spot].end = Some(end..self.out.len());
        }
        self.scope.truncate(outer);
        self.depth -= 1;
        Ok(())
    }

    /// Nobody asked for it, and nobody minds.
    fn unasked_attribute(
        &mut self,
        used: &str,
        attributes: &mut Vec<(String, String)>,
        data: &mut Unstructured<'_>,
    ) -> Result<()> {
        // Not even where it is called as one that somebody asks for.
        let local = *data.choose(&["extra", "session", "login", "domain", "description"])?;
        if now_and_then(4, data)? {
            // This prefix needs no declaration, and may have one.
            if data.arbitrary()? {
                let namespace = "http://www.w3.org/XML/1998/namespace";
                attributes.push(("xmlns:xml".to_owned(), namespace.to_owned()));
            }
            attributes.push((format!("xml:{local}"), "e".to_owned()));
            return Ok(());
        }
        let prefix = self.declare("urn:other", false, used, attributes, data)?;
        attributes.push((format!("{prefix}:{local}"), "e".to_owned()));
        Ok(())
    }

    /// A prefix that means `namespace` here, declared if need be.
    fn prefix_for(
        &mut self,
        namespace: &'static str,
        attributes: &mut Vec<(String, String)>,
        data: &mut Unstructured<'_>,
    ) -> Result<String> {
        if namespace.is_empty() {
            let default = self.scope.iter().rev().find(|(prefix, _)| prefix.is_empty());
            if default.is_some_and(|(_, bound)| !bound.is_empty()) || now_and_then(16, data)? {
                self.declare("", true, "", attributes, data)?;
            }
            return Ok(String::new());
        }
        let mut known: Vec<String> = Vec::new();
        for (index, (prefix, bound)) in self.scope.iter().enumerate() {
            let is_hidden = self.scope[index + 1..].iter().any(|(inner, _)| inner == prefix);
            if *bound == namespace && !is_hidden {
                known.push(prefix.clone());
            }
        }
        if !known.is_empty() && data.ratio(3, 4)? {
            return Ok(data.choose(&known)?.clone());
        }
        let as_default = data.arbitrary()?;
        self.declare(namespace, as_default, "", attributes, data)
    }

    /// Declares a prefix on the element that has `attributes` and the prefix `used`.
    fn declare(
        &mut self,
        namespace: &'static str,
        as_default: bool,
        used: &str,
        attributes: &mut Vec<(String, String)>,
        data: &mut Unstructured<'_>,
    ) -> Result<String> {
        let prefix = if as_default { String::new() } else { self.prefix(used, attributes, data)? };
        let name = if as_default { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
        attributes.push((name, namespace.to_owned()));
        self.scope.push((prefix.clone(), namespace));
        Ok(prefix)
    }

    /// A prefix that may be declared there: a new one, or one that means something else outside.
    fn prefix(
        &mut self,
        used: &str,
        attributes: &[(String, String)],
        data: &mut Unstructured<'_>,
    ) -> Result<String> {
        if now_and_then(6, data)? {
            let is_free = |prefix: &&String| {
                let is_declared_here =
                    attributes.iter().any(|(name, _)| name.strip_prefix("xmlns:") == Some(prefix));
                !prefix.is_empty() && *prefix != used && !is_declared_here
            };
            let outer: Vec<&String> = self.scope.iter().map(|(p, _)| p).filter(is_free).collect();
            if !outer.is_empty() {
                return Ok((*data.choose(&outer)?).clone());
            }
        }
        self.declared += 1;
        let stem = if now_and_then(8, data)? {
            *data.choose(&["_", "P", "x-1.", "xmlns", "XML", "имя"])?
        } else {
            "p"
        };
        Ok(format!("{stem}{}", self.declared))
    }

    fn attribute(&mut self, name: &str, value: &str, data: &mut Unstructured<'_>) -> Result<()> {
        let quote = if data.arbitrary()? { '"' } else { '\'' };
        self.out.push_str(name);
        self.out.push_str(equals(data)?);
        self.out.push(quote);
        for c in value.chars() {
            // XML 1.0 section 3.3.3: white space in a value means a space, a line end one.
            if c == ' ' && data.ratio(1, 4)? {
                // A line feed after a carriage return would be the second half of one line end.
                let spaces = ["\t", "\r\n", "\r", "\n"];
                let usable = &spaces[..spaces.len() - usize::from(self.out.ends_with('\r'))];
                self.out.push_str(data.choose(usable)?);
                continue;
            }
            let must_be_written = c == '<' || c == '&' || c == quote || "\t\n\r".contains(c);
            character(&mut self.out, c, must_be_written, data)?;
        }
        self.out.push(quote);
        Ok(())
    }

    /// A character of text, a line end in any of its spellings: XML 1.0 section 2.11.
    fn line_end_or(&mut self, c: char, data: &mut Unstructured<'_>) -> Result<()> {
        let is_after_return = self.out.ends_with('\r');
        match c {
            // After a carriage return it would be the second half of one line end.
            '\n' if is_after_return => self.out.push_str(data.choose(&["\r\n", "\r"])?),
            '\n' => self.out.push_str(data.choose(&["\n", "\r\n", "\r"])?),
            c => self.out.push(c),
        }
        Ok(())
    }

    fn text(&mut self, text: &str, data: &mut Unstructured<'_>) -> Result<()> {
        let mut rest = text;
        while !rest.is_empty() {
            if data.ratio(1, 8)? {
                match data.int_in_range(0..=3)? {
                    3 => oddity(&mut self.out, data)?,
                    usual => {
                        self.out.push_str(["<!-- & < -->", "<?p i?>", "<![CDATA[]]>"][usual]);
                    }
                }
            }
            let end = data.int_in_range(1..=rest.chars().count())?;
            let end = rest.char_indices().nth(end).map_or(rest.len(), |(at, _)| at);
            let (piece, after) = rest.split_at(end);
            rest = after;
            if data.ratio(1, 4)? && !piece.contains('\r') && !piece.contains("]]>") {
                self.out.push_str("<![CDATA[");
                for c in piece.chars() {
                    self.line_end_or(c, data)?;
                }
                self.out.push_str("]]>");
                continue;
            }
            for c in piece.chars() {
                if c == '\n' && (self.out.ends_with('\r') || data.arbitrary()?) {
                    self.line_end_or(c, data)?;
                    continue;
                }
                let must_be_written = match c {
                    '<' | '&' | '\r' => true,
                    '>' => self.out.ends_with("]]") || data.arbitrary()?,
                    _ => false,
                };
                character(&mut self.out, c, must_be_written, data)?;
            }
        }
        Ok(())
    }
}

/// One character, as itself or as a reference.
fn character(
    out: &mut String,
    c: char,
    must_be_written: bool,
    data: &mut Unstructured<'_>,
) -> Result<()> {
    if !must_be_written && !data.ratio(1, 10)? {
        out.push(c);
        return Ok(());
    }
    let name = match c {
        '<' => "lt",
        '>' => "gt",
        '&' => "amp",
        '"' => "quot",
        '\'' => "apos",
        _ => "",
    };
    let code = u32::from(c);
    let reference = match data.int_in_range(0..=7)? {
        0 | 1 if !name.is_empty() => format!("&{name};"),
        2 => format!("&#x{code:X};"),
        3 => format!("&#x00{code:x};"),
        4 => format!("&#0{code:09};"),
        5 => {
            // Digits of both cases.
            let digits = format!("{code:x}");
            let (first, rest) = digits.split_at(digits.len() / 2);
            format!("&#x{}{};", first.to_uppercase(), rest)
        }
        _ => format!("&#{code};"),
    };
    out.push_str(&reference);
    Ok(())
}

fn shuffle<T>(all: &mut [T], data: &mut Unstructured<'_>) -> Result<()> {
    for at in (1..all.len()).rev() {
        all.swap(at, data.int_in_range(0..=at)?);
    }
    Ok(())
}
