//! What holds for every API in the registry.

use proptest::prelude::*;

use super::*;
use crate::xml::ErrorKind;

/// Texts with everything that escaping can get wrong.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("<"),
        Just(">"),
        Just("&"),
        Just("\""),
        Just("'"),
        Just("]]>"),
        Just("&amp;"),
        Just("--"),
        Just("\r\n"),
        Just("\t"),
        Just(" "),
        Just("%"),
        Just("+"),
        Just("="),
        Just(";"),
        Just("Ж"),
        Just("ığüşöçİ"),
        Just("\u{FFFD}"),
        Just("\u{1F980}"),
        Just("a"),
        Just("0"),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn requests_are_read_as_they_were_written(values in prop::collection::vec(text(), 6)) {
        let mut out = HttpRequest::default();
        for api in REGISTRY {
            for (index, operation) in api.operations().iter().enumerate() {
                let inputs: Vec<&str> = values[..operation.inputs.len()].iter().map(String::as_str).collect();
                for &binding in api.bindings() {
                    api.write_request(index, binding, &inputs, &mut out).expect("XML can hold these");
                    let body = match binding {
                        Binding::Get => out.path.split_once('?').expect("a query").1.as_bytes(),
                        _ => &out.body,
                    };
                    let read = api.parse_request(index, binding, body).expect("our own request");
                    let expected: Vec<_> = operation.inputs.iter().map(|i| i.name).zip(&inputs).collect();
                    let read: Vec<_> = read.iter().map(|(name, value)| (*name, &**value)).collect();
                    let expected: Vec<_> = expected.into_iter().map(|(n, v)| (n, *v)).collect();
                    prop_assert_eq!(read, expected, "{} {} {}", api.name(), operation.name, binding);
                }
            }
        }
    }
}

#[test]
fn what_xml_cannot_hold_is_refused_by_name() {
    let mut out = HttpRequest::default();
    let error = eltex::Eltex
        .write_request(0, Binding::Xml, &["d", "a\u{1}b", "p"], &mut out)
        .expect_err("a control character");
    assert_eq!((error.input, error.source.offset), ("login", 1));
}

/// A document over the wire may be judged only as a whole: cut behind any character, it is told to
/// end too early, if nothing before is wrong with it, as where an example has `int` for a number.
#[test]
fn every_sample_cut_short_is_refused_at_its_end() {
    use ErrorKind as K;
    for api in REGISTRY {
        for sample in api.samples() {
            let operation = api.operation_named(sample.operation).expect("a known operation");
            let read = |bytes| match sample.direction {
                Direction::Request => {
                    api.parse_request(operation, sample.binding, bytes).map(drop).err()
                }
                Direction::Reply => {
                    api.parse_reply(operation, sample.binding, bytes).map(drop).err()
                }
            };
            let known = read(sample.bytes);
            let end = sample.bytes.iter().rposition(|&b| b == b'>').expect("markup");
            let is_whole = |len: &usize| str::from_utf8(&sample.bytes[..*len]).is_ok();
            for len in (0..=end).filter(is_whole) {
                let error = read(&sample.bytes[..len]).expect(sample.name);
                let is_end =
                    matches!(error.kind, K::NoRoot | K::UnclosedElement | K::UnexpectedEnd);
                let is_right = is_end && error.offset == len || known == Some(error);
                assert!(is_right, "{} cut at {len}: {error}", sample.name);
            }
        }
    }
}

#[test]
fn a_page_in_the_place_of_a_reply_is_judged_by_its_status() {
    for api in REGISTRY {
        for &binding in api.bindings() {
            let verdict = |status, body| api.judge(0, binding, status, body).verdict;
            for page in [&b"<!DOCTYPE html><html></html>"[..], b"<html/>", b"Bad Gateway", b"\xFF"]
            {
                assert_eq!(verdict(502, page), Verdict::Http(502));
                assert!(matches!(verdict(200, page), Verdict::Malformed(_)));
            }
            assert_eq!(verdict(302, b""), Verdict::Http(302));
            let Verdict::Malformed(error) = verdict(200, b"") else {
                panic!("an empty body is no reply");
            };
            assert_eq!((error.kind, error.offset), (ErrorKind::NoRoot, 0));
        }
    }
}

/// What was read can be kept when the bytes it was read from are gone.
#[test]
fn answers_outlive_their_bytes() {
    for (api, operation, binding, body) in replies() {
        let kept = {
            let body = body.clone();
            api.judge(operation, binding, 200, &body).into_owned()
        };
        assert_eq!(kept, api.judge(operation, binding, 200, &body));
    }
}

#[test]
fn the_registry_is_consistent() {
    for api in REGISTRY {
        assert!(find(api.name()).is_some() && !api.bindings().is_empty());
        let mut request = HttpRequest::default();
        for (index, operation) in api.operations().iter().enumerate() {
            assert!(operation.outputs.len() <= MAX_FIELDS && operation.inputs.len() <= MAX_FIELDS);
            for &binding in api.bindings() {
                let inputs = vec!["x"; operation.inputs.len()];
                api.write_request(index, binding, &inputs, &mut request)
                    .expect("XML can hold it");
                let (path, service) = (&request.path, api.service_path());
                assert!(service.len() > 1 && path.starts_with(service), "{service}: {path}");
            }
            if let Some(session) = operation.opens {
                assert!(operation.outputs.contains(&session), "{}", operation.name);
            }
        }
        for sample in api.samples() {
            assert!(api.operation_named(sample.operation).is_some(), "{}", sample.name);
        }
    }
    assert!(find("nobody").is_none());
}

#[test]
fn passwords_and_sessions_are_secret() {
    let operations = REGISTRY.iter().flat_map(|api| api.operations());
    let mut secrets: Vec<_> = operations
        .flat_map(|operation| operation.inputs)
        .filter(|input| input.is_secret())
        .map(|input| input.name)
        .collect();
    secrets.sort_unstable();
    secrets.dedup();
    assert_eq!(secrets, ["Password", "ServiceTicket", "newpassword", "password", "session"]);
}

/// A reply, its operation and its binding.
type Reply = (&'static dyn Api, usize, Binding, Vec<u8>);

/// Replies of all kinds: the documents' examples, other answers in their place, and faults.
fn replies() -> Vec<Reply> {
    let mut replies: Vec<Reply> = Vec::new();
    for &api in REGISTRY {
        for sample in api.samples().iter().filter(|s| s.direction == Direction::Reply) {
            let operation = api.operation_named(sample.operation).expect("a known operation");
            let text = String::from_utf8(sample.bytes.to_vec()).expect("samples are UTF-8");
            let mut add =
                |text: String| replies.push((api, operation, sample.binding, text.into_bytes()));
            add(text.replace(">int<", ">0<"));
            add(text.replace(">int<", ">17<").replace(">00<", ">99<"));
            add(text.replace("<ServiceTicket>3C860EC9BFF1B14BBF801</ServiceTicket>", ""));
            add(text
                .replace('"', "'")
                .replace("not_exists", "busy")
                .replace("already_exists", "busy"));
            add(text.replace("encoding=\"utf-8\"", "encoding=\"us-ascii\""));
            let mut fault = Vec::new();
            for message in ["stop", "it is ---> <this>"] {
                let said = soap::Fault {
                    version: soap::Version::V11,
                    code: "soap:Server".into(),
                    message: message.into(),
                };
                fault.clear();
                soap::write_fault(&mut fault, &said).expect("writable");
                replies.push((api, operation, sample.binding, fault.clone()));
            }
        }
    }
    replies
}

/// A reply with some of its values, or any of its bytes, replaced.
fn changed_reply() -> impl Strategy<Value = Reply> {
    let values = [
        "",
        "00",
        "99",
        "0",
        "1",
        "string",
        "already_exists",
        "free",
        "x",
        "Ж",
        "ü",
        "\u{FFFD}",
        "\u{FFFF}",
        "&amp;",
        "&#65;",
        "&gt;b",
        "it's",
        "a\nb",
        "\r\n",
        " a ",
        "\t",
        "]",
        "]]>",
        "<",
        ">",
        "'",
        "\"",
        "<b/>",
        "<!--c-->",
        "\u{1}",
        "\u{7F}",
    ];
    let edit = (
        any::<prop::sample::Index>(),
        any::<bool>(),
        prop::sample::select(values.to_vec()),
    );
    (prop::sample::select(replies()), prop::collection::vec(edit, 0..3)).prop_map(
        |(reply, edits)| {
            let (api, operation, binding, mut body) = reply;
            for (index, whole_value, new) in edits {
                let ends: Vec<usize> =
                    (0..body.len()).filter(|&at| b"<>\"'".contains(&body[at])).collect();
                if ends.is_empty() {
                    continue;
                }
                let pair = index.index(ends.len());
                let range = if whole_value {
                    ends[pair] + 1..ends.get(pair + 1).copied().unwrap_or(body.len())
                } else {
                    let at = index.index(body.len());
                    at..at + 1
                };
                body.splice(range, new.bytes());
            }
            (api, operation, binding, body)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Whatever was learned before, a template reads a reply exactly as the strict path does.
    #[test]
    fn templates_read_what_the_strict_path_reads(bodies in prop::collection::vec(changed_reply(), 1..40)) {
        let learned: Vec<_> = REGISTRY.iter().map(|&api| Templates::new(api)).collect();
        for (api, operation, binding, body) in &bodies {
            let templates = &learned[REGISTRY.iter().position(|a| a.name() == api.name()).expect("registered")];
            // The second time it may have been learned.
            for _ in 0..2 {
                let by_template = templates.judge(*operation, *binding, 200, body);
                prop_assert_eq!(by_template, api.judge(*operation, *binding, 200, body), "{}", String::from_utf8_lossy(body));
            }
        }
    }
}

#[test]
fn templates_learn_from_the_first_reply_of_a_shape() {
    for &api in REGISTRY {
        let templates = Templates::new(api);
        let kinds = replies().into_iter().filter(|(a, ..)| a.name() == api.name());
        let mut learned = 0;
        for (_, operation, binding, body) in kinds {
            let before = templates.misses();
            for _ in 0..3 {
                let answer = templates.judge(operation, binding, 200, &body);
                assert_eq!(answer, api.judge(operation, binding, 200, &body));
            }
            learned += u64::from(templates.misses() == before + 1);
        }
        assert!(learned >= 3, "{}: {learned}", api.name());
    }
    // Another session in the same shape.
    let templates = Templates::new(&eltex::Eltex);
    let body = |session: &str| {
        format!("<out><response><ok session=\"{session}\"/></response></out>").into_bytes()
    };
    let (first, second) = (body("a"), body("bcd-я"));
    templates.judge(0, Binding::Xml, 200, &first);
    assert_eq!(templates.judge(0, Binding::Xml, 200, &second).field("session"), Some("bcd-я"));
    assert_eq!(templates.misses(), 1);
    // And values with references, which no slice of the body is.
    let (first, second) = (body("a&gt;b"), body("c&amp;&#65;"));
    templates.judge(0, Binding::Xml, 200, &first);
    assert_eq!(templates.judge(0, Binding::Xml, 200, &second).field("session"), Some("c&A"));
    assert_eq!(templates.misses(), 1, "the shape is known");
    let templates = Templates::new(&eltex::Eltex);
    templates.judge(0, Binding::Xml, 200, &first);
    assert_eq!(templates.judge(0, Binding::Xml, 200, &second).field("session"), Some("c&A"));
    assert_eq!(templates.misses(), 1, "the shape is learned from it");
    // Where the declaration rules out what the values may be later, nothing is.
    let templates = Templates::new(&eltex::Eltex);
    let ascii = |session: &str| {
        let reply = String::from_utf8(body(session)).expect("text");
        let space = " ".repeat(200);
        format!("<?xml version=\"1.0\"{space}encoding=\"us-ascii\"?>{reply}").into_bytes()
    };
    templates.judge(0, Binding::Xml, 200, &ascii("a"));
    let cyrillic = ascii("я");
    let verdict = templates.judge(0, Binding::Xml, 200, &cyrillic).verdict;
    assert!(matches!(verdict, Verdict::Malformed(_)), "{verdict}");
}

/// Requests of the APIs, whole or with some bytes replaced, to places near the right ones.
fn request() -> impl Strategy<Value = (String, String, String, String, Vec<u8>)> {
    let mut bodies: Vec<Vec<u8>> = vec![b"name=a&password=%3Cb".to_vec()];
    let mut out = HttpRequest::default();
    for api in REGISTRY {
        for (index, operation) in api.operations().iter().enumerate() {
            for &binding in api.bindings() {
                let inputs = vec!["Ж &"; operation.inputs.len()];
                api.write_request(index, binding, &inputs, &mut out).expect("writable");
                bodies.push(out.body.clone());
            }
        }
    }
    let edit = (any::<prop::sample::Index>(), text());
    let body = (prop::sample::select(bodies), prop::collection::vec(edit, 0..3)).prop_map(
        |(mut body, edits)| {
            for (index, new) in edits {
                if body.is_empty() {
                    break;
                }
                let at = index.index(body.len());
                body.splice(at..=at, new.bytes());
            }
            body
        },
    );
    let one_of = |texts: &[&str]| {
        let texts = texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        prop_oneof![4 => prop::sample::select(texts), 1 => text(), 1 => any::<String>()]
    };
    (
        one_of(&["GET", "POST", "POST", "PUT"]),
        one_of(&[
            "/LeaderTaskSyncService.asmx",
            "/LeaderTaskSyncService.asmx/CreateSession",
            "/LeaderTaskSyncService.asmx/%",
            "/auth.asmx",
            "/auth.asmx/Login",
            "/commands/sp_login",
        ]),
        one_of(&[
            "text/xml",
            "text/xml; charset=utf-8",
            "text/xml; charset=utf-16",
            "application/soap+xml; charset=utf-8; action=\"https://sync.leadertask.net/CreateSession\"",
            "application/soap+xml",
            "application/x-www-form-urlencoded",
        ]),
        one_of(&[
            "https://sync.leadertask.net/CreateSession",
            "\"http://ws.euromsg.com/auth/Login\"",
            "\"",
            "",
        ]),
        body,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Whatever is asked, the answer is a reply that its content type describes, it means to a
    /// client what the service says it does, and what was done was asked for.
    #[test]
    fn services_answer_whatever_they_are_asked(
        (method, path, content_type, action, body) in request(),
        custom_errors: bool,
        has_action: bool,
        mask in 0_usize..16,
        error_status in prop::sample::select(vec![
            ErrorStatus::Ok,
            ErrorStatus::NotFound,
            ErrorStatus::NotFoundEmpty,
        ]),
    ) {
        for &api in REGISTRY {
            let on = api.bindings().iter().enumerate().filter(|(i, _)| mask >> i & 1 == 1);
            let options = ServiceOptions {
                bindings: on.map(|(_, binding)| *binding).collect(),
                custom_errors,
                error_status,
            };
            let store = Store::new([Account::generated(0)], StoreLimits::default());
            let service = Service { store, options };
            let request = Incoming {
                method: &method,
                path: &path,
                query: "name=a&password=b&system_name=&push_token=&appleid=&user_token=<c",
                content_type: Some(&content_type),
                host: Some(&action),
                soap_action: has_action.then_some(&*action),
                body: &body,
            };
            let visit = Visit { now: std::time::Instant::now(), entropy: [7; 20] };
            let Some(reply) = api.answer(&request, &service, &visit) else {
                prop_assert_eq!(api.operation_asked(&request), None);
                continue;
            };
            let text = String::from_utf8_lossy(&reply.body);
            if let Some(operation) = api.operation_asked(&request) {
                let is_plain = path.contains(".asmx/");
                let binding = if is_plain { Binding::Post } else { api.bindings()[0] };
                let read = api.judge(operation, binding, reply.status, &reply.body).verdict;
                prop_assert_eq!(reply.meaning, Meaning::from(&read), "{} {}", read, text);
            }
            match reply.content_type {
                None => prop_assert!(reply.body.is_empty()),
                Some(kind) if kind.contains("xml") => {
                    prop_assert_eq!(crate::xml::check(&reply.body), Ok(()), "{}", text);
                    let was_done = reply.status == 200;
                    prop_assert!(!was_done || api.operation_asked(&request).is_some(), "{}", text);
                }
                Some(kind) => prop_assert!(kind.starts_with("text/")),
            }
            prop_assert!([200, 400, 404, 405, 415, 500].contains(&reply.status));
        }
    }
}
