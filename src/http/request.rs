//! Requests as bytes.

/// What stands before the body. The caller answers for the parts being valid: a path without
/// spaces or controls, headers without line ends.
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a> {
    /// The method, in upper case.
    pub method: &'a str,
    /// What goes before the path: empty, or a path without a final slash.
    pub prefix: &'a str,
    /// The path and query, percent-encoded, with a slash in front.
    pub path: &'a str,
    /// `Host`, with the port where it is not the default.
    pub host: &'a str,
    /// Lines of headers that all requests have, each with its end.
    pub common: &'a str,
    /// Whether a body is sent only after the server has said `100 Continue`.
    pub expects_continue: bool,
    /// Further headers.
    pub headers: &'a [(&'a str, &'a str)],
}

impl RequestHead<'_> {
    /// Appends the request with its body, to be sent in one write.
    pub fn encode(&self, body: &[u8], out: &mut Vec<u8>) {
        let mut push = |pieces: &[&str]| {
            for piece in pieces {
                out.extend_from_slice(piece.as_bytes());
            }
        };
        push(&[self.method, " ", self.prefix, self.path, " HTTP/1.1\r\nHost: ", self.host]);
        push(&["\r\n", self.common]);
        for (name, value) in self.headers {
            push(&[name, ": ", value, "\r\n"]);
        }
        if self.method != "GET" {
            out.extend_from_slice(b"Content-Length: ");
            out.extend_from_slice(itoa::Buffer::new().format(body.len()).as_bytes());
            out.extend_from_slice(b"\r\n");
            if self.expects_continue {
                out.extend_from_slice(b"Expect: 100-continue\r\n");
            }
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(body);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_whole() {
        let head = RequestHead {
            method: "POST",
            prefix: "/base",
            path: "/x?y=1",
            host: "h:81",
            expects_continue: false,
            common: "User-Agent: x\r\nA: b\r\n",
            headers: &[("SOAPAction", "\"a\"")],
        };
        let common = "User-Agent: x\r\nA: b";
        let mut out = Vec::new();
        head.encode(b"body", &mut out);
        let expected = format!(
            "POST /base/x?y=1 HTTP/1.1\r\nHost: h:81\r\n{common}\r\nSOAPAction: \"a\"\r\nContent-Length: 4\r\n\r\nbody"
        );
        assert_eq!(String::from_utf8_lossy(&out), expected);

        out.clear();
        RequestHead { headers: &[], expects_continue: true, ..head }.encode(b"body", &mut out);
        let expected = format!(
            "POST /base/x?y=1 HTTP/1.1\r\nHost: h:81\r\n{common}\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\nbody"
        );
        assert_eq!(String::from_utf8_lossy(&out), expected);

        out.clear();
        RequestHead { method: "GET", headers: &[], expects_continue: true, ..head }
            .encode(b"", &mut out);
        let expected = format!("GET /base/x?y=1 HTTP/1.1\r\nHost: h:81\r\n{common}\r\n\r\n");
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }
}
