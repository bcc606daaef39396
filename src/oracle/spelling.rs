//! One document, spelt in any of the ways that XML allows.

use arbitrary::{Result, Unstructured};

/// An element as namespaces see it.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) namespace: &'static str,
    pub(super) local: String,
    /// In no namespace.
    pub(super) attributes: Vec<(&'static str, String)>,
    pub(super) content: Content,
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    /// Elements, between which white space does not count.
    Elements(Vec<Node>),
    /// Text, of which every character counts.
    Text(String),
}

impl Node {
    pub(super) fn new(namespace: &'static str, local: impl Into<String>, content: Content) -> Self {
        Self {
            namespace,
            local: local.into(),
            attributes: Vec::new(),
            content,
        }
    }

    /// An element around one other.
    pub(super) fn around(self, namespace: &'static str, local: impl Into<String>) -> Self {
        Self::new(namespace, local, Content::Elements(vec![self]))
    }
}

/// A document.
pub(super) struct Spelt {
    pub(super) bytes: Vec<u8>,
    /// Where the content of elements begins that may hold any elements.
    pub(super) insides: Vec<usize>,
    /// Whether it begins with an XML declaration.
    pub(super) is_declared: bool,
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
    ])?;
    out.push_str(declaration);
    misc(&mut out, data)?;
    let mut speller = Speller { out, scope: Vec::new(), declared: 0, insides: Vec::new() };
    speller.element(root, data)?;
    let Speller { mut out, insides, .. } = speller;
    misc(&mut out, data)?;
    Ok(Spelt {
        bytes: out.into_bytes(),
        insides,
        is_declared: !declaration.is_empty(),
    })
}

struct Speller {
    out: String,
    /// Prefixes and what they mean, innermost last; the empty one is the default.
    scope: Vec<(String, &'static str)>,
    /// How many prefixes there have been.
    declared: usize,
    insides: Vec<usize>,
}

impl Speller {
    fn element(&mut self, node: &Node, data: &mut Unstructured<'_>) -> Result<()> {
        let outer = self.scope.len();
        let mut attributes: Vec<(String, String)> =
            node.attributes.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
        let prefix = self.prefix_for(node.namespace, &mut attributes, data)?;
        if data.ratio(1, 6)? {
            // Nobody asked for it, and nobody minds.
            let prefix = self.declare("urn:other", false, &mut attributes);
            attributes.push((format!("{prefix}:extra"), "e".to_owned()));
        }
        shuffle(&mut attributes, data)?;
        let name =
            if prefix.is_empty() { node.local.clone() } else { format!("{prefix}:{}", node.local) };
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
        } else {
            self.out.push('>');
            match &node.content {
                Content::Text(text) => self.text(text, data)?,
                Content::Elements(nodes) => {
                    // What the body of an envelope holds is the first element in it.
                    let takes_others = node.local != "Body";
                    if takes_others {
                        self.insides.push(self.out.len());
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
            let must_be_written = c == '<' || c == '&' || c == quote || "\t\n\r".contains(c);
            character(&mut self.out, c, must_be_written, data)?;
        }
        self.out.push(quote);
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
                self.out.push_str(piece);
                self.out.push_str("]]>");
                continue;
            }
            for c in piece.chars() {
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
