//! Requests as bytes, and what a server reads in them.

use arbitrary::{Result, Unstructured};

use crate::http::RequestHead;

/// Encodes a request as the bytes choose: a server must read just that.
pub(super) fn compare(data: &mut Unstructured<'_>) -> Result<()> {
    let common = ["", "User-Agent: gander\r\n", "A: b\r\nC: d e\r\n"];
    let headers =
        [("Content-Type", "text/xml; charset=utf-8"), ("SOAPAction", "\"a\""), ("X-Empty", "")];
    let head = RequestHead {
        method: data.choose(&["GET", "POST"])?,
        prefix: data.choose(&["", "/base", "/a/b"])?,
        path: data.choose(&["/", "/x?y=1", "/%D0%B8"])?,
        host: data.choose(&["h", "h:81", "[::1]:8080"])?,
        common: data.choose(&common)?,
        expects_continue: data.arbitrary()?,
        headers: &headers[..data.int_in_range(0..=headers.len())?],
    };
    let body: &[u8] = data.arbitrary()?;
    // It is appended.
    let mut out = b"before".to_vec();
    head.encode(body, &mut out);
    let sent = out.strip_prefix(b"before").expect("what was there stays");

    let mut expected = vec![("Host", head.host)];
    let lines = head.common.lines().map(|line| line.split_once(": ").expect("a header"));
    expected.extend(lines.chain(head.headers.iter().copied()));
    let length = body.len().to_string();
    if head.method != "GET" {
        expected.push(("Content-Length", &length));
        if head.expects_continue {
            expected.push(("Expect", "100-continue"));
        }
    }
    let mut headers = [httparse::EMPTY_HEADER; 16];
    let mut read = httparse::Request::new(&mut headers);
    let told = || sent.escape_ascii().to_string();
    let parsed = read.parse(sent).unwrap_or_else(|error| panic!("{error}: {}", told()));
    assert_eq!(parsed, httparse::Status::Complete(sent.len() - body.len()), "{}", told());
    assert_eq!((read.method, read.version), (Some(head.method), Some(1)), "{}", told());
    assert_eq!(read.path, Some(&*format!("{}{}", head.prefix, head.path)), "{}", told());
    let read: Vec<_> = read
        .headers
        .iter()
        .map(|header| (header.name, std::str::from_utf8(header.value).expect("text")))
        .collect();
    assert_eq!(read, expected, "{}", told());
    assert!(sent.ends_with(body), "{}", told());
    Ok(())
}
