//! HTTP by the byte, for tests that want to see what is really sent, or to send what no client
//! would.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::FOREVER;

/// A reply as it came.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
}

/// A connection to a server.
pub struct Wire {
    pub stream: TcpStream,
    /// What was read and is no reply yet.
    ahead: Vec<u8>,
}

impl Wire {
    pub fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(FOREVER)).expect("a time-out");
        stream.set_write_timeout(Some(FOREVER)).expect("a time-out");
        Self { stream, ahead: Vec::new() }
    }

    /// Sends bytes. The server may have had enough of them, so errors are not the test's.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref());
    }

    /// The next reply; `None` if the connection is closed or broken first.
    pub fn reply(&mut self) -> Option<Reply> {
        let head_ends = self.read_until(|ahead| {
            ahead.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
        })?;
        let head = String::from_utf8(self.ahead.drain(..head_ends).collect()).expect("ASCII");
        let head = head.to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok());
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length = length.map_or(0, |length| length.trim().parse().expect("a length"));
        self.read_until(|ahead| (ahead.len() >= length).then_some(length))?;
        Some(Reply {
            status: status.unwrap_or_else(|| panic!("no status in {head:?}")),
            body: self.ahead.drain(..length).collect(),
        })
    }

    /// Reads until the server closes the connection; fails if it does not.
    pub fn closes(&mut self) {
        loop {
            match self.stream.read(&mut [0; 4096]) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => {
                    let timed_out =
                        matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut);
                    assert!(!timed_out, "still open");
                    return;
                }
            }
        }
    }

    fn read_until(&mut self, found: impl Fn(&[u8]) -> Option<usize>) -> Option<usize> {
        let mut buffer = [0; 4096];
        loop {
            if let Some(at) = found(&self.ahead) {
                return Some(at);
            }
            match self.stream.read(&mut buffer) {
                Ok(0) | Err(_) => return None,
                Ok(n) => self.ahead.extend_from_slice(&buffer[..n]),
            }
        }
    }
}

/// A POST with a length.
pub fn post(path: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: gander\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A request to the eltex service: `element` inside `<in>`.
pub fn eltex(command: &str, element: &str) -> String {
    post(&format!("/commands/{command}"), &format!("<in>{element}</in>"))
}
