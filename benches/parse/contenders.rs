//! Ways to read a reply. Each gives a number that depends on what it read, so that none can be
//! optimised away, and that the bench can check.

use gander::api::{Answer, Templates, Verdict};
use gander::xml::QuickXml;
use quick_xml::events::Event;
use serde::Deserialize;

use crate::corpus::Message;

/// A way to read a reply, with the templates of all APIs at hand.
pub(crate) type Read = fn(&[Templates], &Message) -> usize;

/// The name of the one that all are compared with.
pub(crate) const BASE: &str = "quick-xml Reader";

/// All ways. The templates have seen every reply.
pub(crate) const CONTENDERS: [(&str, Read); 8] = [
    ("memchr for <", |_, m| memchr::memchr_iter(b'<', &m.body).count()),
    ("gander, template", |templates, m| {
        let mut answer = Answer::bare(Verdict::Http(200));
        let templates = &templates[m.index];
        templates.judge_into(m.operation, m.binding, 200, &m.body, &mut answer);
        weigh(&answer)
    }),
    ("gander, strict", |_, m| weigh(&strict(m))),
    ("gander, on quick-xml", |_, m| {
        gander::xml::check_on::<QuickXml<'_>>(&m.body).map_or_else(|e| e.offset, |()| 0)
    }),
    (BASE, |_, m| reader(&m.body)),
    ("quick-xml NsReader", |_, m| ns_reader(&m.body)),
    ("quick-xml serde", |_, m| serde(m)),
    ("roxmltree", |_, m| tree(&m.body)),
];

/// The way called `name`.
pub(crate) fn contender(name: &str) -> Read {
    let found = CONTENDERS.iter().find(|(other, _)| *other == name);
    found.unwrap_or_else(|| panic!("no way called {name}")).1
}

pub(crate) fn strict(message: &Message) -> Answer<'_> {
    message.api.judge(message.operation, message.binding, 200, &message.body)
}

fn weigh(answer: &Answer<'_>) -> usize {
    match answer.verdict {
        Verdict::Malformed(error) => error.offset,
        _ => answer.fields.iter().map(|(_, value)| value.len()).sum(),
    }
}

fn reader(body: &[u8]) -> usize {
    let mut reader = quick_xml::Reader::from_reader(body);
    let mut events = 0;
    loop {
        match reader.read_event() {
            Ok(Event::Eof) | Err(_) => return events,
            Ok(_) => events += 1,
        }
    }
}

fn ns_reader(body: &[u8]) -> usize {
    let mut reader = quick_xml::NsReader::from_reader(body);
    let mut events = 0;
    loop {
        match reader.read_resolved_event() {
            Ok((_, Event::Eof)) | Err(_) => return events,
            Ok(_) => events += 1,
        }
    }
}

fn tree(body: &[u8]) -> usize {
    let Ok(text) = std::str::from_utf8(body) else { return 0 };
    roxmltree::Document::parse(text).map_or(0, |document| document.descendants().count())
}

/// The same fields with serde, as most programs would read them.
fn serde(message: &Message) -> usize {
    let Ok(text) = std::str::from_utf8(&message.body) else { return 0 };
    let read = match message.api.name() {
        "eltex" => quick_xml::de::from_str::<Out>(text).map(|out| out.weigh()),
        "leadertask" if message.binding == gander::api::Binding::Get => {
            quick_xml::de::from_str::<Created>(text).map(|created| created.weigh())
        }
        _ => quick_xml::de::from_str::<Envelope>(text).map(|envelope| envelope.body.weigh()),
    };
    read.unwrap_or(0)
}

#[derive(Deserialize)]
struct Out {
    response: Response,
}

#[derive(Deserialize)]
struct Response {
    ok: Option<Okay>,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Okay {
    #[serde(rename = "@session")]
    session: Option<String>,
    #[serde(rename = "@alias_address")]
    alias_address: Option<String>,
    #[serde(rename = "@alias_iface")]
    alias_iface: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(rename = "@description")]
    description: String,
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "Body")]
    body: Body,
}

#[derive(Deserialize)]
struct Body {
    #[serde(rename = "LoginResponse")]
    login: Option<LoginResponse>,
    #[serde(rename = "LogoutResponse")]
    logout: Option<LogoutResponse>,
    #[serde(rename = "CreateSessionResponse")]
    create: Option<CreateSessionResponse>,
    #[serde(rename = "Fault")]
    fault: Option<Fault>,
}

#[derive(Deserialize)]
struct LoginResponse {
    #[serde(rename = "LoginResult")]
    result: Status,
}

#[derive(Deserialize)]
struct LogoutResponse {
    #[serde(rename = "LogoutResult")]
    result: Status,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    code: String,
    message: String,
    detailed_message: String,
    service_ticket: Option<String>,
}

#[derive(Deserialize)]
struct CreateSessionResponse {
    #[serde(rename = "CreateSessionResult")]
    result: Created,
}

#[derive(Deserialize)]
struct Created {
    error_code: i32,
    error_string: String,
    uid_session: String,
}

#[derive(Deserialize)]
struct Fault {
    faultcode: String,
    faultstring: String,
}

fn len(text: Option<&String>) -> usize {
    text.map_or(0, String::len)
}

impl Out {
    fn weigh(&self) -> usize {
        let ok = self.response.ok.as_ref().map_or(0, |ok| {
            len(ok.session.as_ref()) + len(ok.alias_address.as_ref()) + len(ok.alias_iface.as_ref())
        });
        ok + self.response.error.as_ref().map_or(0, |error| error.description.len())
    }
}

impl Body {
    fn weigh(&self) -> usize {
        let login = self.login.as_ref().map(|login| &login.result);
        let logout = self.logout.as_ref().map(|logout| &logout.result);
        let fault = self.fault.as_ref();
        login.or(logout).map_or(0, Status::weigh)
            + self.create.as_ref().map_or(0, |create| create.result.weigh())
            + fault.map_or(0, |fault| fault.faultcode.len() + fault.faultstring.len())
    }
}

impl Status {
    fn weigh(&self) -> usize {
        let texts = self.code.len() + self.message.len() + self.detailed_message.len();
        texts + len(self.service_ticket.as_ref())
    }
}

impl Created {
    fn weigh(&self) -> usize {
        self.error_code.to_string().len() + self.error_string.len() + self.uid_session.len()
    }
}
