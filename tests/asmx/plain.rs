//! GET and POST without SOAP.

use crate::expected::Expected::{Code, OpenedPlain, Page, Text};
use crate::expected::check;
use crate::wire::{AUTH, FORM, QUERY, SYNC, ask, form, get, simulator};

/// 7: parameters.
#[test]
fn parameters_are_wanted_all() {
    let query =
        |name: &str, password: &str| QUERY.replace("user0", name).replace("password0", password);
    check(
        &simulator(&[]),
        vec![
            (7, get(QUERY), OpenedPlain),
            (7, form(&[FORM], QUERY), OpenedPlain),
            (
                7,
                form(&["Content-Type: application/x-www-form-urlencoded; charset=utf-8"], QUERY),
                OpenedPlain,
            ),
            (
                7,
                get(&QUERY.replace("&user_token=", "")),
                Text("Missing parameter: user_token."),
            ),
            (
                7,
                form(&[FORM], &QUERY.replace("name=user0&", "")),
                Text("Missing parameter: name."),
            ),
            (7, get(""), Text("Missing parameter: name.")),
            (7, get(&QUERY.replace("name=", "NAME=")), OpenedPlain),
            (
                7,
                ask(&format!("GET {SYNC}/createsession?{QUERY}"), &[], ""),
                Text("createsession Web Service method name is not valid."),
            ),
            (7, get(&format!("more=1&{QUERY}&other")), OpenedPlain),
            (
                7,
                get(&QUERY
                    .replace("name=user0&password=password0", "name=a&name=b&password=joined")),
                OpenedPlain,
            ),
            (
                7,
                ask(&format!("POST {SYNC}/CreateSession?name=x"), &[FORM], QUERY),
                OpenedPlain,
            ),
            (
                7,
                ask(&format!("POST {SYNC}/CreateSession?{QUERY}"), &[FORM], ""),
                Text("Missing parameter: name."),
            ),
            (
                7,
                get(&query(
                    "%D0%96%D0%B0%D0%BD%D0%BD%D0%B0",
                    "%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8C",
                )),
                OpenedPlain,
            ),
        ],
    );
}

/// 9 and 14: errors in plain text and HTML.
#[test]
fn errors_are_plain_text_or_pages() {
    let query =
        |name: &str, password: &str| QUERY.replace("user0", name).replace("password0", password);
    check(
        &simulator(&[]),
        vec![
            (
                9,
                get(&query("%3Cscript%3E", "p")),
                Text(
                    "A potentially dangerous Request.QueryString value was detected from the client \
             (name=&quot;&lt;script&gt;&quot;).",
                ),
            ),
            (
                9,
                form(&[FORM], &query("%3Cscript%3E", "p")),
                Text(
                    "A potentially dangerous Request.Form value was detected from the client \
             (name=&quot;&lt;script&gt;&quot;).",
                ),
            ),
            (9, get(&query("%3C1", "p")), Code(2)),
            (
                14,
                ask(&format!("GET {SYNC}/DropSession"), &[], ""),
                Text("DropSession Web Service method name is not valid."),
            ),
            (
                14,
                ask(&format!("POST {SYNC}/%3Cb%3E"), &[FORM], QUERY),
                Text("&lt;b&gt; Web Service method name is not valid."),
            ),
            (
                14,
                form(&["Content-Type: text/xml"], QUERY),
                Text("Request format is invalid: text/xml."),
            ),
            (14, form(&[], QUERY), Text("Request format is invalid: .")),
            (
                14,
                ask(&format!("GET {AUTH}/Login?Username=a&Password=b"), &[], ""),
                Page(
                    500,
                    "Request format is unrecognized for URL unexpectedly ending in &#39;/Login&#39;.",
                ),
            ),
            (
                14,
                ask(&format!("POST {AUTH}/%3Cb%3E"), &[FORM], ""),
                Page(500, "ending in &#39;/&lt;b&gt;&#39;."),
            ),
            (14, ask(&format!("GET {SYNC}/"), &[], ""), Page(500, "ending in &#39;/&#39;.")),
            (
                14,
                ask(&format!("PUT {SYNC}"), &[], ""),
                Page(405, "Request format is unrecognized."),
            ),
            (14, ask(&format!("OPTIONS {SYNC}/CreateSession"), &[], ""), Page(405, "")),
        ],
    );
}
