//! Requests by somebody without an account, who knows little of the service.

use arbitrary::{Result, Unstructured};

use super::super::writing::bindings;
use super::received;
use crate::api::{Api, HttpRequest, Incoming, Meaning, Service, Visit};

/// In the place of each input. Nobody is called so, and nothing has it for a password.
const NOBODY: &str = "stranger";

const CONTENT_TYPES: &[Option<&str>] = &[
    None,
    Some(""),
    Some("text/xml"),
    Some("text/xml; charset=utf-8"),
    Some("TEXT/XML ; charset=\"UTF-16\""),
    Some("text/xml; charset=iso-8859-1"),
    Some("text/xml; charset=windows-1251"),
    Some("application/soap+xml"),
    Some("application/soap+xml; charset=utf-8; action=\"x\""),
    Some("application/x-www-form-urlencoded"),
    Some("text/plain"),
];

/// What the text of a body has in the place of something else.
const EDITS: &[(&str, &str)] = &[
    ("", ""),
    ("stranger", "<!-- -->"),
    ("stranger", "<![CDATA[]]>"),
    ("stranger", "Ж"),
    ("stranger", "<script>"),
    ("stranger", "%3Cscript%3E"),
    ("stranger", "a+longer+value+than+is+told+%26%23x3C;and+some+more+of+it+behind"),
    ("soap:Envelope", "Envelope"),
    ("soap:Body", "Body"),
    ("/soap:Body", "/Body"),
    ("<soap:Body>", "<soap:Body/><soap:Body>"),
    ("<soap:Body>", "<soap:Header/><soap:Body>"),
    ("<soap:Body>", "<soap:Header>x<y/></soap:Header><soap:Body>"),
    (
        "<soap:Body>",
        "<soap:Header><y soap:mustUnderstand='1' soap:actor='z'/></soap:Header><soap:Body>",
    ),
    (
        "<soap:Body>",
        "<soap:Header><y soap:mustUnderstand='1' soap:role='http://www.w3.org/2003/05/\
         soap-envelope/role/ultimateReceiver'/></soap:Header><soap:Body>",
    ),
    ("xmlsoap.org", "example.org"),
    ("encoding=\"utf-8\"", "encoding=\"windows-1251\""),
    ("encoding=\"utf-8\"", "encoding='no-such'"),
    ("encoding=\"utf-8\"", "encoding="),
    ("<?xml", "<?XML"),
    ("=", "&"),
    (">", ""),
    ("<", "<<"),
    ("Login", "Logout"),
    ("CreateSession", "Nothing"),
];

/// Sends one to the service: whatever it answers can be read, and nobody is logged in
/// or out. What it came to.
///
/// # Panics
/// When that is not so.
pub(super) fn visit(
    api: &dyn Api,
    service: &Service,
    visit: &Visit,
    data: &mut Unstructured<'_>,
) -> Result<String> {
    let operation = data.choose_index(api.operations().len())?;
    let binding = *data.choose(bindings(api))?;
    let mut request = HttpRequest::default();
    let inputs = vec![NOBODY; api.operations()[operation].inputs.len()];
    api.write_request(operation, binding, &inputs, &mut request).expect("writable");

    let sent = received(&request);
    let within = |name| format!("{}/{name}", api.service_path());
    let (unnamed, unknown) = (within(""), within("Nothing"));
    let elsewhere = "/somewhere/else/on/the/same/server.asmx";
    let query = edited(sent.query, data)?;
    let body = bytes(edited(&String::from_utf8_lossy(sent.body), data)?, data)?;
    // A call that nobody may make, or a look at the service's pages.
    let is_call = data.ratio(3, 4)?;
    let (method, path) =
        if is_call { (sent.method, sent.path) } else { ("GET", api.service_path()) };
    let incoming = Incoming {
        method: either(method, &["GET", "POST", "PUT", "HEAD"], data)?,
        path: either(path, &[api.service_path(), &unnamed, &unknown, "/", elsewhere], data)?,
        query: either(&*query, &["", "wsdl", "WSDL", "op=CreateSession"], data)?,
        content_type: either(sent.content_type, CONTENT_TYPES, data)?,
        soap_action: either(sent.soap_action, &[None, Some("\"\""), Some("x")], data)?,
        host: *data.choose(&[None, Some("127.0.0.1:8080")])?,
        body: &body,
    };
    let told = || format!("{}: {incoming:?}", api.name());

    let asked = api.operation_asked(&incoming).map(|index| api.operations()[index].name);
    let before = service.store.live_sessions(visit.now);
    let Some(reply) = api.answer(&incoming, service, visit) else {
        assert_eq!(asked, None, "{}", told());
        return Ok("elsewhere".to_owned());
    };
    assert_eq!(service.store.live_sessions(visit.now), before, "{}", told());
    // Everybody may ask whether a login is free.
    let is_told = reply.meaning != Meaning::Accepted || asked == Some("sp_check_login");
    assert!(is_told, "accepted: {}", told());
    assert_eq!(reply.allow.is_some(), reply.status == 405, "{}", told());
    if reply.content_type.is_some_and(|told| told.contains("xml")) {
        let text = std::str::from_utf8(&reply.body).expect("UTF-8");
        roxmltree::Document::parse(text)
            .unwrap_or_else(|error| panic!("{error}: {}: {text}", told()));
    }
    Ok(format!("{} {}", reply.status, reply.content_type.unwrap_or_default()))
}

/// Mostly `usual`.
fn either<T: Copy>(usual: T, others: &[T], data: &mut Unstructured<'_>) -> Result<T> {
    if data.ratio(3, 4)? { Ok(usual) } else { Ok(*data.choose(others)?) }
}

/// With up to two edits.
fn edited(text: &str, data: &mut Unstructured<'_>) -> Result<String> {
    let mut text = text.to_owned();
    for _ in 0..data.int_in_range(0..=2)? {
        let (from, to) = data.choose(EDITS)?;
        text = text.replacen(from, to, 1);
    }
    Ok(text)
}

/// Mostly in UTF-8, with a byte order mark or without.
fn bytes(text: String, data: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let text = if data.ratio(1, 4)? { format!("\u{FEFF}{text}") } else { text };
    let pairs = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect();
    Ok(match data.int_in_range(0..=7)? {
        0 => pairs(u16::to_le_bytes),
        1 => pairs(u16::to_be_bytes),
        _ => text.into_bytes(),
    })
}
