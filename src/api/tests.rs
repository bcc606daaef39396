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

/// A document over the wire may be judged only as a whole: cut anywhere, it is refused.
#[test]
fn every_sample_cut_short_is_refused_at_its_end_or_before() {
    for api in REGISTRY {
        for sample in api.samples() {
            let operation = api.operation_named(sample.operation).expect("a known operation");
            let end = sample.bytes.iter().rposition(|&b| b == b'>').expect("markup");
            for len in 0..=end {
                let cut = &sample.bytes[..len];
                let result = match sample.direction {
                    Direction::Request => {
                        api.parse_request(operation, sample.binding, cut).map(drop)
                    }
                    Direction::Reply => api.parse_reply(operation, sample.binding, cut).map(drop),
                };
                let error = result.expect_err(sample.name);
                assert!(error.offset <= len, "{} cut at {len}: {error}", sample.name);
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

#[test]
fn the_registry_is_consistent() {
    for api in REGISTRY {
        assert!(find(api.name()).is_some() && !api.bindings().is_empty());
        for operation in api.operations() {
            assert!(operation.outputs.len() <= MAX_FIELDS && operation.inputs.len() <= MAX_FIELDS);
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
