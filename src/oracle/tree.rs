//! Messages as trees, as their contracts have them and otherwise.

use std::borrow::Cow;

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

    /// The elements in it.
    pub(super) fn elements(&mut self) -> &mut [Self] {
        match &mut self.content {
            Content::Elements(nodes) => nodes,
            Content::Text(_) => &mut [],
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
        [("faultcode", code), ("faultstring", message)] => fault(soap, code, message),
        _ if matches!(place.binding, Binding::Get | Binding::Post) => {
            return Node::new(namespace, "CreateSession_Response", texts(namespace, fields));
        }
        _ => Node::new(namespace, format!("{method}Result"), texts(namespace, fields))
            .around(namespace, format!("{method}Response")),
    };
    content.around(soap, "Body").around(soap, "Envelope")
}

/// A fault as a version of SOAP has it.
pub(super) fn fault(soap: &'static str, code: &str, message: &str) -> Node {
    let namespace = if soap == SOAP11 { "" } else { soap };
    let text = |local, text: &str| Node::new(namespace, local, Content::Text(text.to_owned()));
    let parts = if soap == SOAP11 {
        vec![text("faultcode", code), text("faultstring", message)]
    } else {
        vec![text("Value", code).around(soap, "Code"), text("Text", message).around(soap, "Reason")]
    };
    Node::new(soap, "Fault", Content::Elements(parts))
}
