//! Documents that a fuzzer's bytes choose: messages of the APIs with parts of them replaced.

use std::fmt;

use arbitrary::{Result, Unstructured};

use crate::api::{Api, Binding, Direction, HttpRequest, REGISTRY, soap};

/// What markup, and what goes wrong with it, is made of.
const PIECES: &[&str] = &[
    "",
    "<",
    ">",
    "/",
    "</",
    "/>",
    "\"",
    "'",
    "=",
    "&",
    ";",
    "&amp;",
    "&gt;",
    "&#65;",
    "&#x41;",
    "&#1;",
    "&lt",
    " ",
    "\t",
    "\n",
    "\r\n",
    "a",
    "00",
    "99",
    "0",
    "17",
    "free",
    "already_exists",
    "it's",
    "a:b",
    ":",
    "xmlns:a=\"u\"",
    " a=\"b\"",
    "<!--",
    "-->",
    "--",
    "<![CDATA[",
    "]]>",
    "]",
    "<?",
    "?>",
    "<?a?>",
    "<a/>",
    "<b>",
    "</b>",
    "xml",
    "us-ascii",
    " encoding=\"us-ascii\"",
    "                                                                                    ",
    "!",
    "-",
    "Ж",
    "ığüşöç",
    "\u{FFFD}",
    "\u{FFFF}",
    "\u{1}",
    "\u{7F}",
    "\u{1F980}",
];

/// The bindings that messages are chosen from: all, but of related the documented one. What its others
/// are read and written by is what leadertask's are, and the seeds name places by number.
pub(super) fn bindings(api: &dyn Api) -> &'static [Binding] {
    if api.name() == "related" { api.documented_bindings() } else { api.bindings() }
}

/// An operation of an API over one of its bindings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) api: &'static dyn Api,
    pub(super) operation: usize,
    pub(super) binding: Binding,
}

impl Place {
    /// What the operation is called.
    pub(super) fn method(self) -> &'static str {
        self.api.operations()[self.operation].name
    }

    /// What its inputs are called, in their order.
    pub(super) fn input_names(self) -> impl Iterator<Item = &'static str> {
        self.api.operations()[self.operation].inputs.iter().map(|input| input.name)
    }

    /// The part of a request of its own that holds the values.
    pub(super) fn values_in(self, request: &HttpRequest) -> &[u8] {
        match request.path.split_once('?') {
            Some((_, query)) if self.binding == Binding::Get => query.as_bytes(),
            _ => &request.body,
        }
    }

    /// Whether a fault may stand in the place of a reply.
    pub(super) fn has_faults(self) -> bool {
        matches!(self.binding, Binding::Soap11 | Binding::Soap12)
    }

    pub(super) fn choose(data: &mut Unstructured<'_>) -> Result<Self> {
        let api = *data.choose(REGISTRY)?;
        let operation = data.choose_index(api.operations().len())?;
        let binding = *data.choose(bindings(api))?;
        Ok(Self { api, operation, binding })
    }

    /// Another of the same API.
    pub(super) fn another(self, data: &mut Unstructured<'_>) -> Result<Self> {
        let operation = data.choose_index(self.api.operations().len())?;
        let binding = *data.choose(bindings(self.api))?;
        Ok(Self { operation, binding, ..self })
    }

    /// A reply to be: as the documents have it, or a fault, with any parts replaced.
    pub(super) fn reply(self, data: &mut Unstructured<'_>) -> Result<Vec<u8>> {
        let replies: Vec<_> = self
            .api
            .samples()
            .iter()
            .filter(|sample| sample.direction == Direction::Reply)
            .map(|sample| sample.bytes)
            .collect();
        let mut body = match data.choose_index(replies.len() + 1)? {
            0 => fault(),
            index => String::from_utf8_lossy(replies[index - 1])
                // Printed where a number belongs.
                .replace(">int<", ">0<")
                .into_bytes(),
        };
        edit(&mut body, data)?;
        Ok(body)
    }
}

/// `eltex.sp_login.xml`
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.api.name(), self.method(), self.binding)
    }
}

/// Any message of any API, with any parts replaced.
pub(super) fn message(data: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let api = *data.choose(REGISTRY)?;
    let mut body = data.choose(api.samples())?.bytes.to_vec();
    edit(&mut body, data)?;
    Ok(body)
}

fn fault() -> Vec<u8> {
    let mut body = Vec::new();
    let fault = soap::Fault {
        version: soap::Version::V11,
        code: "soap:Server".into(),
        message: "Server was unable to process request. ---> x".into(),
    };
    soap::write_fault(&mut body, &fault).expect("these texts can be written");
    body
}

/// Replaces up to four parts: whole values, or a few bytes anywhere.
fn edit(body: &mut Vec<u8>, data: &mut Unstructured<'_>) -> Result<()> {
    for _ in 0..data.int_in_range(0..=4)? {
        let range = if data.arbitrary()? {
            let ends: Vec<_> = (0..body.len()).filter(|&at| b"<>\"'".contains(&body[at])).collect();
            let start = *data.choose(&ends)? + 1;
            let len = body[start..].iter().position(|byte| b"<>\"'".contains(byte));
            start..len.map_or(body.len(), |len| start + len)
        } else {
            let start = data.int_in_range(0..=body.len())?;
            let len = data.int_in_range(0..=5)?;
            start..(start + len).min(body.len())
        };
        if data.ratio(1, 8)? {
            body.splice(range, [data.arbitrary::<u8>()?]);
        } else {
            body.splice(range, data.choose(PIECES)?.bytes());
        }
    }
    Ok(())
}
