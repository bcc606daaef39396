//! Bad replies, redacted as a whole.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;

use super::Redactor;
use super::charset::texts;
use super::framing::dechunked;
use super::redactor::Rules;
use super::view::View;
use crate::secret::Secret;

/// So much of a redacted reply is kept.
pub(in crate::load) const LONGEST: usize = 64 * 1024;

/// A reply is cut before it is redacted, so far behind [`LONGEST`] that no escape is cut in two
/// before it.
pub(in crate::load) const MARGIN: usize = 1024;

/// A reply may end within an escape, of so many bytes at most.
const CUT: Rules = Rules::Cut { slack: 64 };

/// What is kept of a reply until the run is over.
pub(in crate::load) struct Reply {
    pub(in crate::load) form: Form,
    /// The head of a body, which says in which charset it is; otherwise empty.
    pub(in crate::load) head: Vec<u8>,
    /// The body, or all that came; at most [`LONGEST`] and [`MARGIN`].
    pub(in crate::load) bytes: Vec<u8>,
    /// Whether there was more.
    pub(in crate::load) is_cut: bool,
    /// The secrets of its exchange.
    pub(in crate::load) secrets: Vec<Secret>,
}

/// What bytes of a reply are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::load) enum Form {
    /// A body, without transfer and content coding.
    Body,
    /// All that came.
    Received,
}

/// A reply with a star for each byte of a secret, and as what it is kept; `None` if nobody can
/// read it, so that nobody can say which secrets it holds.
pub(in crate::load) fn redact(reply: &Reply, redactor: &Redactor) -> Option<(Form, Vec<u8>)> {
    match reply.form {
        Form::Body => {
            let rules = if reply.is_cut { CUT } else { Rules::Keys };
            let body = body(reply, &reply.bytes, &reply.head, rules, redactor)?;
            Some((Form::Body, body))
        }
        Form::Received => received(reply, redactor),
    }
}

fn body(
    reply: &Reply,
    bytes: &[u8],
    head: &[u8],
    rules: Rules,
    redactor: &Redactor,
) -> Option<Vec<u8>> {
    let texts = texts(&View::of(bytes), head)?;
    masked(reply, bytes, texts, rules, redactor)
}

fn masked(
    reply: &Reply,
    bytes: &[u8],
    texts: Vec<View>,
    rules: Rules,
    redactor: &Redactor,
) -> Option<Vec<u8>> {
    let own = reply.secrets.iter().map(Secret::expose);
    let mut masked = redactor.bytes(bytes, texts, own, rules)?;
    masked.truncate(LONGEST);
    Some(masked)
}

/// What came up to a failure: it may end anywhere. A body in gzip is kept as far as it can be
/// decoded, without the head; of a body that nobody can read the head alone is kept.
fn received(reply: &Reply, redactor: &Redactor) -> Option<(Form, Vec<u8>)> {
    let all = View::of(&reply.bytes);
    let (head, begin) = split(&reply.bytes);
    let texts_of_head = texts(&View::of(head), b"")?;
    let mut raw = View::with_capacity(all.len() - begin);
    raw.copy(&all, begin..all.len());
    if values(head, b"transfer-encoding").any(|value| value.ends_with(b"chunked")) {
        raw = dechunked(&raw);
    }
    let codings = || values(head, b"content-encoding").filter(|value| !value.is_empty());
    if codings().any(|coding| coding.ends_with(b"gzip")) {
        let decoded = gunzipped(raw.text());
        if !decoded.is_empty() {
            let body = body(reply, &decoded, head, CUT, redactor)?;
            return Some((Form::Body, body));
        }
    }
    let is_plain = codings().all(|coding| coding == b"identity");
    let texts_of_body = if is_plain { texts(&raw, head) } else { None };
    let (kept, texts) = match texts_of_body {
        // As it came, too: what is taken for the body may be none.
        Some(texts) => (&reply.bytes[..], [texts_of_head, texts, vec![all]].concat()),
        None => (head, texts_of_head),
    };
    let masked = masked(reply, kept, texts, CUT, redactor)?;
    (!masked.is_empty()).then_some((Form::Received, masked))
}

/// The head of the final reply, with those of interim replies before it, and where it ends.
fn split(bytes: &[u8]) -> (&[u8], usize) {
    let mut end = 0;
    loop {
        let is_interim = bytes[end..].starts_with(b"HTTP/1.1 1");
        let Some(length) = memchr::memmem::find(&bytes[end..], b"\r\n\r\n") else {
            return (bytes, bytes.len());
        };
        end += length + 4;
        if !is_interim {
            return (&bytes[..end], end);
        }
    }
}

/// The values of a header, in lower case.
fn values(head: &[u8], name: &'static [u8]) -> impl Iterator<Item = Vec<u8>> {
    head.split(|byte| *byte == b'\n').filter_map(move |line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let is_named = line[..colon].trim_ascii().eq_ignore_ascii_case(name);
        is_named.then(|| line[colon + 1..].trim_ascii().to_ascii_lowercase())
    })
}

/// What can be decoded of `bytes`, as far as it is kept.
fn gunzipped(bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    let most = (LONGEST + MARGIN) as u64;
    // What came before an error is in it.
    let _ = MultiGzDecoder::new(bytes).take(most).read_to_end(&mut decoded);
    decoded
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    const NOISE: std::ops::Range<u8> = 0..200;

    fn gzip(body: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(body).expect("a vector takes any bytes");
        encoder.finish().expect("a vector takes any bytes")
    }

    fn kept(form: Form, bytes: &[u8], is_cut: bool) -> Option<(Form, String)> {
        let redactor = Redactor::new(["hunter22"].into_iter()).expect("a small automaton");
        let secrets = vec![Secret::new("own-secret")];
        let reply = Reply {
            form,
            head: Vec::new(),
            bytes: bytes.to_vec(),
            is_cut,
            secrets,
        };
        let redacted = redact(&reply, &redactor);
        redacted.map(|(form, bytes)| (form, String::from_utf8_lossy(&bytes).into_owned()))
    }

    #[test]
    fn what_came_is_kept_as_far_as_it_can_be_read() {
        let head = |fields: &str| format!("HTTP/1.1 200 hunter22\r\n{fields}\r\n");
        let masked = |fields: &str| head(fields).replace("hunter22", "********");
        let chunked = "Transfer-Encoding: chunked\r\n";
        let (gz, br) = ("Content-Encoding: gzip\r\n", "Content-Encoding: br\r\n");
        let text = gzip(&[b"<a>hunter22</a>", &vec![b' '; 200_000][..]].concat());
        let half = [head(gz).as_bytes(), &text[..text.len() / 2]].concat();
        let framed = [
            head(&format!("{gz}{chunked}")).as_bytes(),
            b"a\r\n",
            &text[..10],
            b"\r\nffff\r\n",
            &text[10..],
        ]
        .concat();
        let rows = [
            (Vec::new(), None),
            (
                "NOT HTTP own-secret".into(),
                Some((Form::Received, "NOT HTTP **********".to_owned())),
            ),
            (
                (head(chunked) + "4\r\nhunt\r\n4\r\ner22\r\nzz\r\n").into(),
                Some((Form::Received, masked(chunked) + "4\r\n****\r\n4\r\n****\r\nzz\r\n")),
            ),
            ((head("") + "<a>hunt").into(), Some((Form::Received, masked("") + "<a>****"))),
            ((head("") + "<a>hun").into(), Some((Form::Received, masked("") + "<a>hun"))),
            ((head(br) + "hunter22").into(), Some((Form::Received, masked(br)))),
            ((head(gz) + "hunter22").into(), Some((Form::Received, masked(gz)))),
            (
                ("HTTP/1.1 100 Continue\r\n\r\n".to_owned() + &head(br) + "x").into(),
                Some((Form::Received, "HTTP/1.1 100 Continue\r\n\r\n".to_owned() + &masked(br))),
            ),
            (NOISE.map(|byte| byte.wrapping_mul(151)).collect(), None),
        ];
        for (bytes, expected) in rows {
            let found = kept(Form::Received, &bytes, false);
            assert_eq!(found, expected, "{:?}", String::from_utf8_lossy(&bytes));
        }
        for bytes in [&half, &framed] {
            let (form, body) = kept(Form::Received, bytes, false).expect("a body");
            assert_eq!((form, &body[..16]), (Form::Body, "<a>********</a> "));
            assert!(body.len() <= LONGEST);
        }
    }

    #[test]
    fn bodies_are_cut_behind_whole_secrets() {
        for secret in ["hunter22", "hunter%32%32", "&#104;&#117;&#110;&#116;&#101;&#114;&#50;&#50;"]
        {
            for before in (LONGEST - secret.len()..LONGEST).step_by(17) {
                let mut body = vec![b' '; before];
                body.extend_from_slice(secret.as_bytes());
                body.resize(LONGEST + MARGIN, b' ');
                let (_, masked) = kept(Form::Body, &body, true).expect("a text");
                assert_eq!(masked.trim_start(), "*".repeat(LONGEST - before), "{secret} {before}");
            }
        }
        // A secret that is longer than what is kept behind the limit.
        let long = "x".repeat(3 * MARGIN);
        let redactor = Redactor::new([&long].into_iter()).expect("a small automaton");
        let mut bytes = vec![b' '; LONGEST - 10];
        bytes.extend_from_slice(&long.as_bytes()[..MARGIN]);
        bytes.extend_from_slice(b"&#12");
        let secrets = Vec::new();
        let reply = Reply {
            form: Form::Body,
            head: Vec::new(),
            bytes,
            is_cut: true,
            secrets,
        };
        let (_, masked) = redact(&reply, &redactor).expect("a text");
        assert!(masked.ends_with(b" **********"));
    }

    #[test]
    fn what_nobody_can_read_is_not_kept() {
        let noise = NOISE.map(|byte| byte.wrapping_mul(151)).collect();
        for bytes in [noise, gzip(b"<a>hunter22, hunter22, hunter22</a>"), vec![0; 100]] {
            assert_eq!(kept(Form::Body, &bytes, false), None);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_redacted_or_not_kept(
            bytes: Vec<u8>,
            zeros in proptest::collection::vec(0_u8..=1, 0..200),
            head in "(charset=|encoding=)?(utf-16|koi8-r|shift_jis|gb18030|iso-2022-jp|x)?",
        ) {
            // As UTF-16 has them: every second byte is zero, nearly.
            let wide: Vec<_> = bytes.iter().zip(&zeros).flat_map(|(b, zero)| [*b, *zero]).collect();
            for bytes in [&bytes, &wide] {
                for form in [Form::Body, Form::Received] {
                    let reply = Reply {
                        form,
                        head: head.clone().into_bytes(),
                        bytes: bytes.clone(),
                        is_cut: false,
                        secrets: vec![Secret::new("own-secret")],
                    };
                    let redactor = Redactor::new(["hunter22"].into_iter()).expect("a small automaton");
                    if let Some((Form::Body, kept)) = redact(&reply, &redactor) {
                        prop_assert!(form != Form::Body || kept.len() == bytes.len());
                    }
                }
            }
        }
    }

    /// An end in the middle of a pair of surrogates, as big-endian UTF-16 reads it.
    #[test]
    fn a_character_that_a_decoder_holds_back_is_read() {
        assert!(kept(Form::Body, b"<\0a\0>\0\xD8\0>\0", false).is_some());
    }
}
