//! What messages mean by their contracts, read off their trees: a second reader, too simple to be
//! wrong.

use super::tree::{Content, LEADERTASK, Node, RELATED, namespace};
use super::writing::Place;
use crate::api::Binding;
use crate::api::soap::{SOAP11, SOAP12};
use crate::xml::ErrorKind;

/// Fields, or what is wrong and where.
pub(super) type Outcome = Result<Vec<(&'static str, String)>, Wrong>;

/// Why a message is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) kind: ErrorKind,
    pub(super) at: At,
}

/// Where it is: by the number of an element, in the order in which they begin, or by the byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    Start(usize),
    Content(usize),
    Byte(usize),
    /// After what was read last, wherever that is.
    Unsaid,
}

/// An element and its number.
#[derive(Clone, Copy)]
struct Element<'n> {
    node: &'n Node,
    number: usize,
}

impl<'n> Element<'n> {
    fn is(self, namespace: &str, local: &str) -> bool {
        self.node.namespace == namespace && self.node.local == local
    }

    fn children(self) -> Vec<Self> {
        let Content::Elements(nodes) = &self.node.content else { return Vec::new() };
        let mut number = self.number + 1;
        let mut children = Vec::new();
        for node in nodes {
            children.push(Element { node, number });
            number += size(node);
        }
        children
    }

    /// Its text; an element in it is one too many.
    fn text(self) -> Result<&'n str, Wrong> {
        match &self.node.content {
            Content::Text(text) => Ok(text),
            Content::Elements(nodes) if nodes.is_empty() => Ok(""),
            // Another may have been spelt before it.
            Content::Elements(_) => {
                Err(Wrong { kind: ErrorKind::UnexpectedElement, at: At::Unsaid })
            }
        }
    }

    fn attribute(self, name: &str) -> Option<&'n str> {
        let found = self.node.attributes.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| &**value)
    }

    fn unexpected<T>(self) -> Result<T, Wrong> {
        Err(Wrong {
            kind: ErrorKind::UnexpectedElement,
            at: At::Start(self.number),
        })
    }

    fn repeated<T>(self, name: &'static str) -> Result<T, Wrong> {
        Err(Wrong { kind: ErrorKind::Repeated(name), at: At::Start(self.number) })
    }
}

/// How many elements a tree has.
fn size(node: &Node) -> usize {
    match &node.content {
        Content::Elements(nodes) => 1 + nodes.iter().map(size).sum::<usize>(),
        Content::Text(_) => 1,
    }
}

fn missing<T>(name: &'static str) -> Result<T, Wrong> {
    Err(Wrong { kind: ErrorKind::Missing(name), at: At::Unsaid })
}

/// Reads a message off its tree.
pub(super) fn read(place: Place, is_request: bool, tree: &Node) -> Outcome {
    let root = Element { node: tree, number: 0 };
    let method = place.method();
    match (place.api.name(), is_request) {
        ("eltex", true) => eltex_request(place, root),
        ("eltex", false) => eltex_reply(method, root),
        (_, true) => {
            let call = body(root)?.0;
            if !call.is(namespace(place), method) {
                return call.unexpected();
            }
            let names: Vec<_> = place.input_names().collect();
            let texts = texts(call, namespace(place), &names)?;
            let value = |text: Option<(String, usize)>| text.unwrap_or_default().0;
            Ok(names.into_iter().zip(texts.into_iter().map(value)).collect())
        }
        _ if matches!(place.binding, Binding::Get | Binding::Post) => {
            if !root.is(LEADERTASK, "CreateSession_Response") {
                return root.unexpected();
            }
            session_created(root)
        }
        (_, false) => soap_reply(place, method, root),
    }
}

/// The first element in the body of an envelope, and the envelope's namespace.
fn body(root: Element<'_>) -> Result<(Element<'_>, &'static str), Wrong> {
    let Some(soap) = [SOAP11, SOAP12].into_iter().find(|soap| root.is(soap, "Envelope")) else {
        return root.unexpected();
    };
    let Some(body) = root.children().into_iter().find(|child| child.is(soap, "Body")) else {
        return missing("Body");
    };
    match body.children().first() {
        Some(content) => Ok((*content, soap)),
        None => missing("content of Body"),
    }
}

/// The texts of children by these names, with their elements' numbers.
fn texts(
    parent: Element<'_>,
    namespace: &str,
    names: &[&'static str],
) -> Result<Vec<Option<(String, usize)>>, Wrong> {
    let mut texts = vec![None; names.len()];
    for child in parent.children() {
        let Some(index) = names.iter().position(|name| child.is(namespace, name)) else { continue };
        if texts[index].is_some() {
            return child.repeated(names[index]);
        }
        texts[index] = Some((child.text()?.to_owned(), child.number));
    }
    Ok(texts)
}

fn soap_reply(place: Place, method: &str, root: Element<'_>) -> Outcome {
    let (content, soap) = body(root)?;
    if content.is(soap, "Fault") {
        return fault(content);
    }
    let namespace = namespace(place);
    if !content.is(namespace, &format!("{method}Response")) {
        return content.unexpected();
    }
    let mut fields = None;
    for child in content.children() {
        if !child.is(namespace, &format!("{method}Result")) {
            continue;
        }
        if fields.is_some() {
            return child.repeated("Result");
        }
        fields = Some(match method {
            "CreateSession" => session_created(child)?,
            _ => status(child, method)?,
        });
    }
    match fields {
        Some(fields) => Ok(fields),
        None => missing("Result"),
    }
}

/// In no namespace, or that of either SOAP.
fn is_part(child: &Element<'_>, name: &str) -> bool {
    child.is("", name) || child.is(SOAP11, name) || child.is(SOAP12, name)
}

fn fault(fault: Element<'_>) -> Outcome {
    let (mut code, mut message) = (None, None);
    let first = |parent: Element<'_>, name| -> Result<Option<String>, Wrong> {
        let found = parent.children().into_iter().find(|child| is_part(child, name));
        found.map(|found| found.text().map(str::to_owned)).transpose()
    };
    for child in fault.children() {
        let is = |name| is_part(&child, name);
        if is("faultcode") {
            code = Some(child.text()?.to_owned());
        } else if is("faultstring") {
            message = Some(child.text()?.to_owned());
        } else if is("Code") {
            code = first(child, "Value")?;
        } else if is("Reason") {
            message = first(child, "Text")?;
        }
    }
    let Some(code) = code else { return missing("faultcode") };
    let Some(message) = message else { return missing("faultstring") };
    Ok(vec![("faultcode", code), ("faultstring", message)])
}

fn session_created(result: Element<'_>) -> Outcome {
    let names = ["error_code", "error_string", "uid_session"];
    let mut texts = texts(result, LEADERTASK, &names)?.into_iter();
    let mut next = || texts.next().expect("three of them");
    let Some((code, number)) = next() else { return missing("error_code") };
    // White space as XML Schema knows it, and a number of 32 bits.
    let Ok(code) = code.trim_matches([' ', '\t', '\n', '\r']).parse::<i32>() else {
        let kind = ErrorKind::NotANumber("error_code");
        return Err(Wrong { kind, at: At::Content(number) });
    };
    let (string, session) = (next().unwrap_or_default().0, next().unwrap_or_default().0);
    if code == 0 && session.is_empty() {
        return missing("uid_session");
    }
    let code = code.to_string();
    Ok(names.into_iter().zip([code, string, session]).collect())
}

fn status(result: Element<'_>, method: &str) -> Outcome {
    let names = ["Code", "Message", "DetailedMessage", "ServiceTicket"];
    let names = if method == "Login" { &names[..] } else { &names[..3] };
    let texts = texts(result, RELATED, names)?;
    let mut fields = Vec::new();
    for (name, text) in names.iter().zip(texts) {
        match (*name, text) {
            ("Code", None) => return missing("Code"),
            // Without a ticket and with an empty one are the same.
            ("ServiceTicket", text) => {
                let ticket = text.unwrap_or_default().0;
                if !ticket.is_empty() {
                    fields.push((*name, ticket));
                } else if fields[0].1 == "00" {
                    return missing("ServiceTicket");
                }
            }
            (name, text) => fields.push((name, text.unwrap_or_default().0)),
        }
    }
    Ok(fields)
}

fn eltex_request(place: Place, root: Element<'_>) -> Outcome {
    if !root.is("", "in") {
        return root.unexpected();
    }
    let mut fields = None;
    for child in root.children() {
        if !child.is("", "request") {
            continue;
        }
        if fields.is_some() {
            return child.repeated("request");
        }
        let mut found = Vec::new();
        for input in place.api.operations()[place.operation].inputs {
            let Some(value) = child.attribute(input.name) else { return missing(input.name) };
            found.push((input.name, value.to_owned()));
        }
        fields = Some(found);
    }
    match fields {
        Some(fields) => Ok(fields),
        None => missing("request"),
    }
}

fn eltex_reply(command: &str, root: Element<'_>) -> Outcome {
    if !root.is("", "out") {
        return root.unexpected();
    }
    let mut reply = None;
    for response in root.children() {
        if !response.is("", "response") {
            continue;
        }
        if reply.is_some() {
            return response.repeated("response");
        }
        let mut answer = None;
        for child in response.children() {
            let one = if child.is("", "ok") {
                eltex_ok(command, child)?
            } else if child.is("", "error") {
                let Some(why) = child.attribute("description") else {
                    return missing("description");
                };
                match (command, why) {
                    ("sp_check_login", "already_exists") => vec![("answer", "taken".to_owned())],
                    _ => vec![("description", why.to_owned())],
                }
            } else {
                continue;
            };
            if answer.is_some() {
                return child.repeated("ok or error");
            }
            answer = Some(one);
        }
        match answer {
            Some(_) => reply = answer,
            None => return missing("ok or error"),
        }
    }
    match reply {
        Some(fields) => Ok(fields),
        None => missing("response"),
    }
}

fn eltex_ok(command: &str, ok: Element<'_>) -> Outcome {
    match command {
        "sp_login" => {
            let session = ok.attribute("session").unwrap_or_default();
            if session.is_empty() {
                return missing("session");
            }
            let names = ["session", "alias_address", "alias_iface"];
            let value = |name| ok.attribute(name).map(|value| (name, value.to_owned()));
            Ok(names.into_iter().filter_map(value).collect())
        }
        "sp_check_login" => Ok(vec![("answer", "free".to_owned())]),
        _ => Ok(Vec::new()),
    }
}

/// The verdict on a reply that came with `status`, as it is told.
pub(super) fn verdict(place: Place, status: u16, outcome: &Outcome) -> String {
    let fields = match outcome {
        Ok(fields) => fields,
        Err(_) if status == 200 => return "malformed".to_owned(),
        Err(_) => return format!("http {status}"),
    };
    let values: Vec<_> = fields.iter().map(|(_, value)| &**value).collect();
    match (place.api.name(), &fields[..], &values[..]) {
        (_, [("faultcode", _), ..], [code, message]) => format!("fault: {code}: {message}"),
        ("leadertask", _, ["0", ..]) | ("related", _, ["00", ..]) => "accepted".to_owned(),
        ("related", _, ["", "", ..]) | (_, [("description", _)], [""]) => {
            "refused without a description".to_owned()
        }
        ("leadertask" | "related", _, [code, "", ..]) => format!("refused: {code}"),
        ("leadertask" | "related", _, [code, message, ..]) => format!("refused: {code} {message}"),
        (_, [("description", _)], [why]) => format!("refused: {why}"),
        (_, [("answer", _)], [answer]) => format!("accepted: {answer}"),
        _ => "accepted".to_owned(),
    }
}
