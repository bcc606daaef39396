//! One document, spelt in any of the ways that XML allows.

use arbitrary::{Result, Unstructured};

use super::tree::{Content, Node};

/// A document.
pub(super) struct Spelt {
    pub(super) bytes: Vec<u8>,
    /// Where the content of elements begins that may hold any elements, and how many are open there.
    pub(super) insides: Vec<(usize, usize)>,
    /// Where each element of the tree was spelt, in the order in which they begin.
    pub(super) spots: Vec<Spot>,
    /// Whether it begins with an XML declaration.
    pub(super) is_declared: bool,
    /// The first byte that is none of US-ASCII, where that is what it says it is in.
    pub(super) beyond_ascii: Option<usize>,
}

/// Where an element is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    /// Its `<`.
    pub(super) start: usize,
    /// Its content; after an empty element, what follows it.
    pub(super) content: usize,
}

/// Spells `root` as the bytes choose.
pub(super) fn spell(root: &Node, data: &mut Unstructured<'_>) -> Result<Spelt> {
    let mut out = String::new();
    if data.ratio(1, 8)? {
        out.push('\u{FEFF}');
    }
    let declaration = *data.choose(&[
        "",
        "<?xml version=\"1.0\"?>",
        "<?xml version='1.0' encoding='utf-8'?>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\" ?>",
        "<?xml version = '1.1' encoding = 'Utf-8'?>",
        "<?xml version='1.0' encoding='US-ASCII'?>",
        "<?xml version='1.00' encoding=\"us-ascii\" standalone='no'?>",
    ])?;
    out.push_str(declaration);
    misc(&mut out, data)?;
    let mut speller = Speller {
        out,
        scope: Vec::new(),
        declared: 0,
        insides: Vec::new(),
        spots: Vec::new(),
        depth: 0,
    };
    speller.element(root, data)?;
    let Speller { mut out, insides, spots, .. } = speller;
    misc(&mut out, data)?;
    let start = if out.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    let beyond_ascii = out[start..].find(|c: char| !c.is_ascii()).map(|at| start + at);
    Ok(Spelt {
        beyond_ascii: beyond_ascii.filter(|_| declaration.to_lowercase().contains("us-ascii")),
        bytes: out.into_bytes(),
        insides,
        spots,
        is_declared: !declaration.is_empty(),
    })
}

struct Speller {
    out: String,
    /// Prefixes and what they mean, innermost last; the empty one is the default.
    scope: Vec<(String, &'static str)>,
    /// How many prefixes there have been.
    declared: usize,
    insides: Vec<(usize, usize)>,
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
            // Nobody asked for it, and nobody minds.
            let prefix = self.declare("urn:other", false, &mut attributes);
            // Not even where it is called as one that somebody asks for.
            let wanted = ["extra", "session", "login", "domain", "description"];
            attributes.push((format!("{prefix}:{}", data.choose(&wanted)?), "e".to_owned()));
        }
        shuffle(&mut attributes, data)?;
        let name =
            if prefix.is_empty() { node.local.clone() } else { format!("{prefix}:{}", node.local) };
        let spot = self.spots.len();
        self.spots.push(Spot { start: self.out.len(), content: 0 });
        self.out.push('<');
        self.out.push_str(&name);
        for (name, value) in &attributes {
            self.out.push_str(data.choose(&[" ", "\n", "\t ", " "])?);
            self.attribute(name, value, data)?;
        }
        self.out.push_str(data.choose(&["", "", " ", "\n"])?);
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
                    // What the body of an envelope holds is the first element in it.
                    let takes_others = node.local != "Body";
                    if takes_others {
                        self.insides.push((self.out.len(), self.depth));
                    }
                    for child in nodes {
                        misc(&mut self.out, data)?;
                        if takes_others && data.ratio(1, 10)? {
                            self.out.push_str("<u:x xmlns:u='urn:u' u:y='1'><z>&amp;</z></u:x>");
                        }
                        self.element(child, data)?;
                    }
                    misc(&mut self.out, data)?;
                }
            }
            self.out.push_str("</");
            self.out.push_str(&name);
            self.out.push_str(data.choose(&["", "", "\n", " "])?);
            self.out.push('>');
        }
        self.scope.truncate(outer);
        self.depth -= 1;
        Ok(())
    }

    /// A prefix that means `namespace` here, declared if need be.
    fn prefix_for(
        &mut self,
        namespace: &'static str,
        attributes: &mut Vec<(String, String)>,
        data: &mut Unstructured<'_>,
    ) -> Result<String> {
        let default = self.scope.iter().rev().find(|(p, _)| p.is_empty()).map_or("", |(_, ns)| ns);
        if namespace.is_empty() {
            if !default.is_empty() {
                self.declare("", true, attributes);
            }
            return Ok(String::new());
        }
        let mut known: Vec<String> = Vec::new();
        for (prefix, bound) in &self.scope {
            let is_hidden = prefix.is_empty() && default != namespace;
            if *bound == namespace && !is_hidden {
                known.push(prefix.clone());
            }
        }
        if !known.is_empty() && data.ratio(3, 4)? {
            return Ok(data.choose(&known)?.clone());
        }
        let as_default = data.arbitrary()?;
        Ok(self.declare(namespace, as_default, attributes))
    }

    fn declare(
        &mut self,
        namespace: &'static str,
        as_default: bool,
        attributes: &mut Vec<(String, String)>,
    ) -> String {
        let (prefix, name) = if as_default {
            (String::new(), "xmlns".to_owned())
        } else {
            self.declared += 1;
            let prefix = format!("p{}", self.declared);
            (prefix.clone(), format!("xmlns:{prefix}"))
        };
        attributes.push((name, namespace.to_owned()));
        self.scope.push((prefix.clone(), namespace));
        prefix
    }

    fn attribute(&mut self, name: &str, value: &str, data: &mut Unstructured<'_>) -> Result<()> {
        let quote = if data.arbitrary()? { '"' } else { '\'' };
        self.out.push_str(name);
        self.out.push_str(data.choose(&["=", "=", " = ", "=\n"])?);
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
                self.out.push_str(data.choose(&["<!-- & < -->", "<?p i?>", "<![CDATA[]]>"])?);
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
                let must_be_written = matches!(c, '<' | '&' | '>' | '\r');
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
    let reference = match data.int_in_range(0..=3)? {
        0 if !name.is_empty() => format!("&{name};"),
        1 => format!("&#x{code:X};"),
        2 => format!("&#x00{code:x};"),
        _ => format!("&#{code};"),
    };
    out.push_str(&reference);
    Ok(())
}

/// What may stand between elements.
fn misc(out: &mut String, data: &mut Unstructured<'_>) -> Result<()> {
    for _ in 0..data.int_in_range(0..=2)? {
        let what = [" ", "\n", "\r\n\t", "<!---->", "<!-- <a> & - -->", "<?pi?>", "<?a-b <x> ?>"];
        out.push_str(data.choose(&what)?);
    }
    Ok(())
}

fn shuffle<T>(all: &mut [T], data: &mut Unstructured<'_>) -> Result<()> {
    for at in (1..all.len()).rev() {
        all.swap(at, data.int_in_range(0..=at)?);
    }
    Ok(())
}

/// Pairs of a form, spelt in any of the ways that a form allows.
pub(super) fn spell_form(pairs: &[(&str, &str)], data: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut order: Vec<_> = pairs.to_vec();
    shuffle(&mut order, data)?;
    let mut out = String::new();
    for (name, value) in order {
        out.push_str(data.choose(&["", "", "&", "x=y&", "x&", "=&"])?);
        for c in name.chars() {
            let c = if data.ratio(1, 8)? { c.to_ascii_uppercase() } else { c };
            form_character(&mut out, c, !c.is_ascii_alphanumeric() && c != '_', data)?;
        }
        out.push('=');
        for c in value.chars() {
            let may_stand = c.is_ascii_alphanumeric() || "-._~=/:@!$'()*,;?".contains(c);
            form_character(&mut out, c, !may_stand, data)?;
        }
        out.push('&');
    }
    if data.arbitrary()? {
        out.pop();
    }
    Ok(out.into_bytes())
}

/// One character of a form, as itself or escaped.
fn form_character(
    out: &mut String,
    c: char,
    must_be_escaped: bool,
    data: &mut Unstructured<'_>,
) -> Result<()> {
    if c == ' ' && data.arbitrary()? {
        out.push('+');
        return Ok(());
    }
    if !must_be_escaped && !data.ratio(1, 10)? {
        out.push(c);
        return Ok(());
    }
    let c = c.to_string();
    let escaped: String = c.bytes().map(|byte| format!("%{byte:02X}")).collect();
    out.push_str(&if data.arbitrary()? { escaped } else { escaped.to_lowercase() });
    Ok(())
}
