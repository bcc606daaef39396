//! Requests to eltex in the encodings that every XML processor reads: XML 1.0 section 4.3.3. Python
//! writes them, and Python's expat reads the replies.

mod common;

use std::process::Command;

use common::{Simulator, is_installed};

const ASK: &str = r#"
import codecs, sys, urllib.request, xml.etree.ElementTree as tree
REQUEST = '<in><request domain="gander.local" login="{}" password="password0"/></in>'
DECLARED = '<?xml version="1.0" encoding="UTF-16"?>'
LE, BE = codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE
def ask(body, content_type="text/xml"):
    request = urllib.request.Request(sys.argv[1] + "/commands/sp_login", body, {"Content-Type": content_type})
    try:
        with urllib.request.urlopen(request) as reply:
            reply = reply.read()
    except urllib.error.HTTPError as error:
        reply = error.read()
    reply.decode("utf-8")
    answer = tree.fromstring(reply)[0][0]
    return answer.get("description") or "session" * ("session" in answer.attrib)
def text(login):
    return REQUEST.format(login)
rows = [
    ("UTF-8", text("user0").encode(), "session"),
    ("UTF-16 of this machine, with its mark", text("user0").encode("utf-16"), "session"),
    ("LE, mark", LE + text("user0").encode("utf-16-le"), "session"),
    ("BE, mark", BE + text("user0").encode("utf-16-be"), "session"),
    ("LE, mark, declared", LE + (DECLARED + text("user0")).encode("utf-16-le"), "session"),
    ("BE, mark, declared", BE + (DECLARED + text("user0")).encode("utf-16-be"), "session"),
    ("LE, declared", (DECLARED + text("user0")).encode("utf-16-le"), "session"),
    ("BE, declared", (DECLARED + text("user0")).encode("utf-16-be"), "session"),
    ("another alphabet", text("\u0436\U0001F980").encode("utf-16"), "invalid pair login/password"),
    ("longer in UTF-8", text("\u4e2d" * 32000).encode("utf-16"), "invalid pair login/password"),
    ("declared, and not so", (DECLARED + text("user0")).encode(), "bad request"),
    ("half a unit", LE + text("user0").encode("utf-16-le")[:-1], "bad request"),
    ("half a pair", LE + text("user0").encode("utf-16-le") + b"\x00\xd8", "bad request"),
]
for name, body, expected in rows:
    for content_type in ["text/xml", "text/xml; charset=utf-16", "application/xml"]:
        found = ask(body, content_type)
        assert found == expected, f"{name}, {content_type}: {found}"
print("all as expected")
"#;

#[test]
fn eltex_reads_utf16() {
    if !is_installed("python3", &["-c", "import xml.parsers.expat"]) {
        return;
    }
    let simulator = Simulator::start(&[]);
    let output = Command::new("python3").args(["-c", ASK, &simulator.url()]).output();
    let output = output.expect("it has started before");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.trim(), "all as expected", "{}", String::from_utf8_lossy(&output.stderr));
}
