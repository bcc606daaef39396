//! Messages as trees, as their contracts have them and otherwise.

use std::borrow::Cow;

use arbitrary::{Result, Unstructured};

use super::writing::Place;
use crate::api::soap::{SOAP11, SOAP12};
use crate::api::{Binding, Fields};

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

pub(super) const LEADERTASK: &str = "https://sync.leadertask.net/";
pub(super) const RELATED: &str = "http://ws.euromsg.com/auth";

/// The contract's namespace of an ASP.NET service, by its document.
pub(super) fn namespace(place: Place) -> &'static str {
    if place.api.name() == "leadertask" { LEADERTASK } else { RELATED }
}

fn envelope(place: Place) -> &'static str {
    if place.binding == Binding::Soap12 { SOAP12 } else { SOAP11 }
}

/// Fields as children with texts.
fn texts(namespace: &'static str, fields: &Fields<'static>) -> Content {
    let child = |(name, value): &(&'static str, Cow<'static, str>)| {
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

pub(super) fn request_tree(place: Place, fields: &Fields<'static>) -> Node {
    let method = place.method();
    if place.api.name() == "eltex" {
        return with_attributes("request", &borrowed(fields)).around("", "in");
    }
    let namespace = namespace(place);
    let call = Node::new(namespace, method, texts(namespace, fields));
    call.around(envelope(place), "Body").around(envelope(place), "Envelope")
}

pub(super) fn reply_tree(place: Place, fields: &Fields<'static>) -> Node {
    let method = place.method();
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

/// What elements and attributes may be called instead.
const NAMES: &[&str] = &[
    "Envelope",
    "Header",
    "Body",
    "Fault",
    "faultcode",
    "faultstring",
    "Code",
    "Value",
    "Reason",
    "Text",
    "LoginResponse",
    "LoginResult",
    "LogoutResponse",
    "LogoutResult",
    "Message",
    "ServiceTicket",
    "Username",
    "CreateSessionResponse",
    "CreateSessionResult",
    "error_code",
    "uid_session",
    "in",
    "out",
    "request",
    "response",
    "ok",
    "error",
    "x",
];
const ATTRIBUTES: &[&str] =
    &["session", "description", "login", "domain", "password", "alias_address", "Session", "x"];
const NAMESPACES: &[&str] = &["", LEADERTASK, RELATED, SOAP11, SOAP12, "urn:other"];
const TEXTS: &[&str] = &[
    "",
    " ",
    "0",
    "00",
    " 0\n",
    "\u{A0}0",
    "+0",
    "-1",
    "7",
    "007",
    "10",
    "2147483647",
    "2147483648",
    "4294967296",
    "0x0",
    "1 2",
    "99",
    "9998",
    "already_exists",
    "Already_exists",
    "free",
    "taken",
];

/// Changes a tree in a way that its contract may not allow.
pub(super) fn change(node: &mut Node, data: &mut Unstructured<'_>) -> Result<()> {
    if let Content::Elements(nodes) = &mut node.content
        && !nodes.is_empty()
        && data.ratio(3, 4)?
    {
        let index = data.choose_index(nodes.len())?;
        return change(&mut nodes[index], data);
    }
    match data.int_in_range(0..=7)? {
        7 => {
            // Part of another method's message.
            let method = *data.choose(&["Login", "Logout", "CreateSession"])?;
            let part = ["Response", "Result"].into_iter().find(|part| node.local.ends_with(part));
            node.local = format!("{method}{}", part.unwrap_or_default());
        }
        0 => node.local = (*data.choose(NAMES)?).to_owned(),
        1 => node.namespace = data.choose(NAMESPACES)?,
        2 => change_attributes(&mut node.attributes, data)?,
        _ => match &mut node.content {
            // Nothing is left of it, not even white space.
            Content::Elements(nodes) if nodes.len() == 1 && data.ratio(1, 3)? => {
                node.content = Content::Text(String::new());
            }
            Content::Text(text) => (*data.choose(TEXTS)?).clone_into(text),
            Content::Elements(nodes) if nodes.is_empty() => {}
            Content::Elements(nodes) => {
                let (one, other) =
                    (data.choose_index(nodes.len())?, data.choose_index(nodes.len())?);
                match data.int_in_range(0..=2)? {
                    0 if nodes.len() > 1 => drop(nodes.remove(one)),
                    0 | 1 => nodes.insert(other, nodes[one].clone()),
                    _ => nodes.swap(one, other),
                }
            }
        },
    }
    Ok(())
}

fn change_attributes(
    attributes: &mut Vec<(&'static str, String)>,
    data: &mut Unstructured<'_>,
) -> Result<()> {
    let name = *data.choose(ATTRIBUTES)?;
    let value = (*data.choose(TEXTS)?).to_owned();
    if attributes.is_empty() || data.ratio(1, 4)? {
        if attributes.iter().all(|(known, _)| *known != name) {
            attributes.push((name, value));
        }
        return Ok(());
    }
    let index = data.choose_index(attributes.len())?;
    match data.int_in_range(0..=2)? {
        0 => drop(attributes.remove(index)),
        1 if attributes.iter().all(|(known, _)| *known != name) => attributes[index].0 = name,
        _ => attributes[index].1 = value,
    }
    Ok(())
}
