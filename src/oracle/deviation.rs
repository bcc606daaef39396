//! What services that fail send in the place of what their contracts say.

use arbitrary::{Result, Unstructured};

use super::tree::{Content, LEADERTASK, Node, RELATED, fault};
use crate::api::soap::{SOAP11, SOAP12};

/// What elements and attributes may be called instead.
const NAMES: &[&str] = &[
    "Envelope",
    "Header",
    "Body",
    "Fault",
    "faultcode",
    "faultstring",
    "detail",
    "Code",
    "Value",
    "Subcode",
    "Reason",
    "Text",
    "LoginResponse",
    "LoginResult",
    "LogoutResponse",
    "LogoutResult",
    "Message",
    "DetailedMessage",
    "ServiceTicket",
    "Username",
    "Password",
    "CreateSession_Response",
    "CreateSessionResponse",
    "CreateSessionResult",
    "error_code",
    "error_string",
    "uid_session",
    "name",
    "password",
    "in",
    "out",
    "request",
    "response",
    "ok",
    "error",
    "html",
    "string",
    "x",
];
const ATTRIBUTES: &[&str] = &[
    "session",
    "description",
    "login",
    "oldlogin",
    "newlogin",
    "domain",
    "password",
    "newpassword",
    "alias_address",
    "alias_iface",
    "Session",
    "SESSION",
    "sessions",
    "Description",
    "Login",
    "Code",
    "ServiceTicket",
    "error_code",
    "nil",
    "x",
];
/// Those of the services, of either SOAP, and what is nearly one of them.
const NAMESPACES: &[&str] = &[
    "",
    LEADERTASK,
    RELATED,
    SOAP11,
    SOAP12,
    SOAP11,
    SOAP12,
    "urn:other",
    "http://tempuri.org/",
    "https://sync.leadertask.net",
    "http://sync.leadertask.net/",
    "https://sync.leadertask.net/CreateSession",
    "http://ws.euromsg.com/auth/",
    "http://ws.euromsg.com/Auth",
    "http://ws.euromsg.com/",
    "http://schemas.xmlsoap.org/soap/envelope",
    "http://www.w3.org/2003/05/soap-envelope/",
    "http://www.w3.org/2001/12/soap-envelope",
];
const TEXTS: &[&str] = &[
    "",
    " ",
    "0",
    "00",
    " 0\n",
    "\u{A0}0",
    "+0",
    "-0",
    "-1",
    "7",
    "007",
    "000",
    "00 ",
    "0.0",
    "10",
    "2147483647",
    "2147483648",
    "-2147483648",
    "-2147483649",
    "4294967296",
    "0x0",
    "1 2",
    "٠",
    "99",
    "9998",
    "already_exists",
    "Already_exists",
    "already_exists ",
    "already_exist",
    "free",
    "taken",
];
const METHODS: &[&str] = &["Login", "Logout", "CreateSession"];

/// How deep a tree may be that a part of itself is put into: with what else may be added it is not
/// to come to the limit on depth, which no contract knows.
const MAX_DEPTH: usize = 6;

/// Changes a tree in a way that its contract may not allow.
pub(super) fn change(tree: &mut Node, data: &mut Unstructured<'_>) -> Result<()> {
    if data.ratio(1, 12)? && depth(tree) <= MAX_DEPTH {
        let part = any(tree, data)?.clone();
        return graft(any(tree, data)?, part, data);
    }
    let node = any(tree, data)?;
    match data.int_in_range(0..=12)? {
        0 => node.local = (*data.choose(NAMES)?).to_owned(),
        1 => node.namespace = data.choose(NAMESPACES)?,
        2 => move_namespace(node, data)?,
        3 | 4 => change_attributes(node, data)?,
        5 => rename_method(node, data)?,
        6 => rename_nearly(node, data)?,
        7 => change_levels(node, data)?,
        _ => change_content(node, data)?,
    }
    Ok(())
}

/// Changes the text of an element, or the value of an attribute, if there is one where it looks.
pub(super) fn change_value(tree: &mut Node, data: &mut Unstructured<'_>) -> Result<()> {
    let value = (*data.choose(TEXTS)?).to_owned();
    let mut node = tree;
    while !node.elements().is_empty() {
        let index = data.choose_index(node.elements().len())?;
        node = &mut node.elements()[index];
    }
    match &mut node.content {
        Content::Text(text) => *text = value,
        Content::Elements(_) if node.attributes.is_empty() => {}
        Content::Elements(_) => {
            let index = data.choose_index(node.attributes.len())?;
            node.attributes[index].1 = value;
        }
    }
    Ok(())
}

/// The element, or any in it.
fn any<'n>(node: &'n mut Node, data: &mut Unstructured<'_>) -> Result<&'n mut Node> {
    let count = node.elements().len();
    if count == 0 || !data.ratio(3, 4)? {
        return Ok(node);
    }
    let index = data.choose_index(count)?;
    any(&mut node.elements()[index], data)
}

fn depth(node: &mut Node) -> usize {
    1 + node.elements().iter_mut().map(depth).max().unwrap_or(0)
}

/// Puts another element among those in one, or in the place of its text.
fn graft(node: &mut Node, part: Node, data: &mut Unstructured<'_>) -> Result<()> {
    match &mut node.content {
        Content::Elements(nodes) => nodes.insert(data.int_in_range(0..=nodes.len())?, part),
        Content::Text(_) => node.content = Content::Elements(vec![part]),
    }
    Ok(())
}

/// Another namespace for the element and those in it that share its own, or only for the latter.
fn move_namespace(node: &mut Node, data: &mut Unstructured<'_>) -> Result<()> {
    fn replace(node: &mut Node, from: &str, to: &'static str) {
        if node.namespace == from {
            node.namespace = to;
        }
        node.elements().iter_mut().for_each(|node| replace(node, from, to));
    }
    let (from, to) = (node.namespace, *data.choose(NAMESPACES)?);
    replace(node, from, to);
    if data.ratio(1, 3)? {
        node.namespace = from;
    }
    Ok(())
}

/// Makes it part of another method's message, and what is in it too where that is called alike.
fn rename_method(node: &mut Node, data: &mut Unstructured<'_>) -> Result<()> {
    let method = *data.choose(METHODS)?;
    let part = ["Response", "Result"].into_iter().find(|part| node.local.ends_with(part));
    node.local = format!("{method}{}", part.unwrap_or_default());
    if let [result] = node.elements()
        && result.local.ends_with("Result")
        && data.arbitrary()?
    {
        result.local = format!("{method}Result");
    }
    Ok(())
}

/// A name that differs in case, or by what it begins or ends with.
fn rename_nearly(node: &mut Node, data: &mut Unstructured<'_>) -> Result<()> {
    let local = &mut node.local;
    match data.int_in_range(0..=5)? {
        0 => local.make_ascii_lowercase(),
        1 => local.make_ascii_uppercase(),
        2 => {
            let is_upper = local.starts_with(|c: char| c.is_ascii_uppercase());
            let change =
                if is_upper { str::make_ascii_lowercase } else { str::make_ascii_uppercase };
            change(&mut local[..1]);
        }
        3 => local.truncate((local.len() - 1).max(1)),
        4 => local.push_str(data.choose(&["s", "1", "_", ".", "-x", "Response", "Result"])?),
        _ => local.insert_str(0, data.choose(&["_", "x", "get", "Login"])?),
    }
    Ok(())
}

/// One level of elements more, or less.
fn change_levels(node: &mut Node, data: &mut Unstructured<'_>) -> Result<()> {
    let count = node.elements().len();
    if count > 0 && data.arbitrary()? {
        let index = data.choose_index(count)?;
        *node = node.elements()[index].clone();
        return Ok(());
    }
    let local = if data.arbitrary()? { node.local.clone() } else { name(data)? };
    let namespace = if data.ratio(1, 4)? { data.choose(NAMESPACES)? } else { node.namespace };
    *node = node.clone().around(namespace, local);
    Ok(())
}

fn name(data: &mut Unstructured<'_>) -> Result<String> {
    Ok((*data.choose(NAMES)?).to_owned())
}

fn change_content(node: &mut Node, data: &mut Unstructured<'_>) -> Result<()> {
    let namespace = node.namespace;
    let nodes = match &mut node.content {
        Content::Text(text) => {
            (*data.choose(TEXTS)?).clone_into(text);
            return Ok(());
        }
        Content::Elements(nodes) if nodes.is_empty() => return Ok(()),
        Content::Elements(nodes) => nodes,
    };
    let (one, other) = (data.choose_index(nodes.len())?, data.choose_index(nodes.len())?);
    // Beside the other, on either of its sides.
    let beside = other + usize::from(data.arbitrary::<bool>()?);
    match data.int_in_range(0..=8)? {
        0 if nodes.len() > 1 => drop(nodes.remove(one)),
        0 | 1 => nodes.insert(beside, nodes[one].clone()),
        2 => {
            let mut twin = nodes[one].clone();
            match data.int_in_range(0..=2)? {
                0 => twin.namespace = data.choose(NAMESPACES)?,
                1 => rename_nearly(&mut twin, data)?,
                _ => change_value(&mut twin, data)?,
            }
            nodes.insert(beside, twin);
        }
        3 if one != other => {
            // Nested where it should be beside.
            let moved = nodes.remove(one);
            graft(&mut nodes[other - usize::from(other > one)], moved, data)?;
        }
        // As in a header.
        3 | 4 => nodes.insert(beside, nodes[one].clone().around(namespace, name(data)?)),
        5 => nodes.insert(beside, stranger(namespace, data)?),
        // Nothing is left of it, not even white space, or text is.
        6 => {
            let text = if data.arbitrary()? { data.choose(TEXTS)? } else { "" };
            node.content = Content::Text(text.to_owned());
        }
        _ => nodes.swap(one, other),
    }
    Ok(())
}

/// An element that has no business there.
fn stranger(namespace: &'static str, data: &mut Unstructured<'_>) -> Result<Node> {
    let soap = if data.arbitrary()? { SOAP11 } else { SOAP12 };
    Ok(match data.int_in_range(0..=2)? {
        0 => fault(soap, "c", "m"),
        1 => {
            let mut error = Node::new(namespace, name(data)?, Content::Text(String::new()));
            change_attributes(&mut error, data)?;
            error
        }
        _ => {
            let text = (*data.choose(TEXTS)?).to_owned();
            Node::new(namespace, name(data)?, Content::Text(text))
        }
    })
}

fn change_attributes(node: &mut Node, data: &mut Unstructured<'_>) -> Result<()> {
    let attributes = &mut node.attributes;
    let name = *data.choose(ATTRIBUTES)?;
    let value = (*data.choose(TEXTS)?).to_owned();
    if attributes.is_empty() || data.ratio(1, 4)? {
        if attributes.iter().all(|(known, _)| *known != name) {
            attributes.push((name, value));
        }
        return Ok(());
    }
    let index = data.choose_index(attributes.len())?;
    match data.int_in_range(0..=3)? {
        0 => drop(attributes.remove(index)),
        1 if attributes.iter().all(|(known, _)| *known != name) => attributes[index].0 = name,
        2 => {
            // In an element of its own.
            let (name, value) = attributes.remove(index);
            let child = Node::new(node.namespace, name, Content::Text(value));
            graft(node, child, data)?;
        }
        _ => attributes[index].1 = value,
    }
    Ok(())
}
