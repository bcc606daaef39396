//! Requests and replies on a real socket.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::common::{Folder, Simulator};

pub(super) const SYNC: &str = "/LeaderTaskSyncService.asmx";
pub(super) const AUTH: &str = "/auth.asmx";
pub(super) const CREATE: &str = "SOAPAction: \"https://sync.leadertask.net/CreateSession\"";
pub(super) const LOGIN: &str = "SOAPAction: \"http://ws.euromsg.com/auth/Login\"";
pub(super) const LOGOUT: &str = "SOAPAction: \"http://ws.euromsg.com/auth/Logout\"";
pub(super) const XML: &str = "Content-Type: text/xml; charset=utf-8";
pub(super) const SOAP12: &str = "Content-Type: application/soap+xml; charset=utf-8";
pub(super) const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
pub(super) const ENVELOPE_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
pub(super) const ENVELOPE_12: &str = "http://www.w3.org/2003/05/soap-envelope";
pub(super) const PAIR: &str = "<name>user0</name><password>password0</password>";
pub(super) const QUERY: &str =
    "name=user0&password=password0&system_name=&push_token=&appleid=&user_token=";
pub(super) const ACCOUNTS: &str =
    "login,password\nuser0,password0\nЖанна,пароль\n??,ascii\n\u{FFFD},utf-8\n\"a,b\",joined\n";

/// The simulator, with accounts that tell characters apart.
pub(super) fn simulator(arguments: &[&str]) -> Simulator {
    let folder = Folder::new();
    let accounts = folder.file("accounts.csv", ACCOUNTS);
    let mut all = vec!["--accounts", &accounts];
    all.extend(arguments);
    Simulator::start(&all)
}

/// A request as it goes over the wire, but for its length.
pub(super) struct Asked {
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

pub(super) fn ask(line: &str, headers: &[&str], body: impl Into<Vec<u8>>) -> Asked {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    Asked {
        head: format!("{line} HTTP/1.1\r\n{headers}"),
        body: body.into(),
    }
}

pub(super) fn soap(headers: &[&str], body: impl Into<Vec<u8>>) -> Asked {
    ask(&format!("POST {SYNC}"), headers, body)
}

pub(super) fn get(query: &str) -> Asked {
    ask(&format!("GET {SYNC}/CreateSession?{query}"), &[], "")
}

pub(super) fn form(headers: &[&str], body: &str) -> Asked {
    ask(&format!("POST {SYNC}/CreateSession"), headers, body)
}

pub(super) fn auth(headers: &[&str], body: &str) -> Asked {
    let body = envelope(ENVELOPE_11, body)
        .replace("https://sync.leadertask.net/", "http://ws.euromsg.com/auth");
    ask(&format!("POST {AUTH}"), headers, body)
}

/// An envelope with this in its body, where the service's namespace is the default one.
pub(super) fn envelope(namespace: &str, body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<e:Envelope xmlns:e=\"{namespace}\">\
         <e:Body xmlns=\"https://sync.leadertask.net/\">{body}</e:Body></e:Envelope>"
    )
}

pub(super) fn create(parameters: &str) -> String {
    envelope(ENVELOPE_11, &format!("<CreateSession>{parameters}</CreateSession>"))
}

/// A call with this name and password.
pub(super) fn pair(name: &str, password: &str) -> String {
    create(&format!("<name>{name}</name><password>{password}</password>"))
}

pub(super) fn create12(parameters: &str) -> String {
    envelope(ENVELOPE_12, &format!("<CreateSession>{parameters}</CreateSession>"))
}

pub(super) fn utf16(text: &str) -> Vec<u8> {
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

pub(super) fn send(simulator: &Simulator, asked: &Asked) -> Reply {
    let mut stream = TcpStream::connect(simulator.address).expect("it listens");
    let head = format!(
        "{}Host: sim.test:81\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        asked.head,
        asked.body.len()
    );
    stream.write_all(head.as_bytes()).expect("sent");
    stream.write_all(&asked.body).expect("sent");
    read_reply(&mut stream)
}

/// Reads to the end of the connection.
pub(super) fn read_reply(stream: &mut TcpStream) -> Reply {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("a reply");
    let text = String::from_utf8(bytes).expect("replies are UTF-8");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
    Reply { status, head: head.to_owned(), body: body.to_owned() }
}
