//! What the seeds are called is what they are: held by tests, and made so by [`renew`].

use std::collections::BTreeMap;
use std::{fmt, fs};

use rand::{Rng, RngCore, SeedableRng, rngs::StdRng};

use super::TARGETS;
use super::parse::PLACES;
use super::replay::{files, fuzz, name_of};
use super::writing::Place;
use crate::api::{Binding, Direction, Meaning, REGISTRY, Sample};
use crate::scenario::BUILT_IN;
use crate::xml::ErrorKind;

const RENEW: &str =
    "write the seeds anew: cargo test --lib oracle::seeds::renew -- --ignored, then read the diff";

/// libFuzzer makes inputs as long as the longest seed, and no shorter than this.
const MAX_BYTES: usize = 4096;

/// Targets of which a seed is a whole document.
const DOCUMENTS: [&str; 2] = ["differential", "tokens"];

/// What a target's bytes show, if they do: by the name of their seed.
type Shown = fn(&[u8]) -> Option<String>;

/// Targets whose inputs are choices that a generator makes, so that they mean something else when
/// it is changed.
const GENERATED: &[(&str, Shown)] = &[
    ("http_framing", super::http_framing::shown),
    ("roundtrip", super::roundtrip::shown),
    ("session_model", super::session_model::shown),
    ("surface", super::surface::shown),
    ("template", super::template::shown),
];

macro_rules! kinds {
    ($($kind:ident $(($field:literal))?),* $(,)?) => {
        const KINDS: &[ErrorKind] = &[$(ErrorKind::$kind $(($field))?),*];

        /// Does not compile when there is a kind that is not listed.
        const _: fn(ErrorKind) = |kind| match kind {
            $(ErrorKind::$kind { .. } => {})*
        };
    };
}

kinds! {
    InvalidUtf8, UnsupportedEncoding, InvalidCharacter, NoRoot, SecondRoot, TextOutsideRoot,
    UnexpectedEnd, UnclosedElement, MismatchedEndTag, UnmatchedEndTag, MalformedMarkup,
    MisplacedDeclaration, MalformedDeclaration, DoubleHyphen, CdataEndInText, InvalidTarget,
    InvalidName, MissingSpace, MissingValue, LessThanInValue, DuplicateAttribute,
    MalformedReference, UnknownEntity, UndeclaredPrefix, EmptyNamespace, ReservedNamespace,
    Doctype, TooLarge, TooDeep, TooManyAttributes, TooManyNamespaces, UnexpectedElement,
    Missing(""), Repeated(""), NotANumber(""),
}

/// A kind of error as a part of a file's name: `duplicate-attribute`.
pub(super) fn slug(kind: impl fmt::Debug) -> String {
    let name = format!("{kind:?}");
    let name = name.split('(').next().unwrap_or_default();
    let mut slug = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !slug.is_empty() {
            slug.push('-');
        }
        slug.push(c.to_ascii_lowercase());
    }
    slug
}

/// `eltex.sp_login.xml.reply`, which the name of a seed of `parse` begins with.
fn message(place: Place, is_request: bool) -> String {
    format!("{place}.{}", if is_request { "request" } else { "reply" })
}

/// The message that a seed of `parse` is for by its name, and the byte that picks it.
fn place_named(name: &str) -> (Place, bool, u8) {
    let found = PLACES.iter().copied().enumerate().find(|&(_, (place, is_request))| {
        let rest = name.strip_prefix(&message(place, is_request));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    });
    let (index, (place, is_request)) = found.unwrap_or_else(|| {
        panic!("parse/{name}: no API.OPERATION.BINDING.request or .reply begins so")
    });
    (place, is_request, index.try_into().expect("a byte picks every message"))
}

/// The seed of `parse` that a message of the documents is.
fn name_of_sample(api: &str, sample: &Sample) -> String {
    let Sample { name, operation, binding, .. } = sample;
    let direction = match sample.direction {
        Direction::Request => "request",
        Direction::Reply => "reply",
    };
    let (_, rest) = name.split_once(direction).expect("its name says which way it goes");
    let rest = rest.trim_end_matches(".xml").replace('.', "-");
    format!("{api}.{operation}.{binding}.{direction}{rest}")
}

/// What the seeds of `parse` should be, and those that hold what is elsewhere too.
fn derived() -> BTreeMap<String, Vec<u8>> {
    // Hand-written ones first: their documents are what lies there.
    let mut documents: BTreeMap<String, Vec<u8>> = files("seeds/parse")
        .into_iter()
        .map(|(name, input)| (name, input.get(1..).unwrap_or_default().to_vec()))
        .collect();
    for api in REGISTRY {
        let samples = api.samples().iter();
        documents.extend(samples.map(|s| (name_of_sample(api.name(), s), s.bytes.to_vec())));
    }
    let mut seeds = BTreeMap::new();
    for (name, document) in documents {
        let (place, is_request, first) = place_named(&name);
        let is_form = is_request && matches!(place.binding, Binding::Get | Binding::Post);
        for target in DOCUMENTS.iter().filter(|_| !is_form) {
            seeds.insert(format!("{target}/{name}"), document.clone());
        }
        seeds.insert(format!("parse/{name}"), [&[first], &document[..]].concat());
    }
    // The line end says that the bytes are the file.
    let built_in = BUILT_IN.iter().map(|built_in| (built_in.name, built_in.text));
    for (name, text) in built_in.chain([("every-key", super::scenario::EVERY_KEY)]) {
        seeds.insert(format!("scenario/{name}"), format!("\n{text}").into_bytes());
    }
    seeds
}

/// Bytes that show what `name` says: names go from the whole to the parts, so bytes that show more
/// of its beginning are nearer to it.
fn find(shown: Shown, name: &str) -> Option<Vec<u8>> {
    let nearness = |input: &[u8]| {
        let shown = shown(input).unwrap_or_default();
        let common = shown.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
        (common, shown == name)
    };
    let mut random = StdRng::seed_from_u64(0);
    // Short ones are quicker to try.
    [40, 200, 600].into_iter().find_map(|len| {
        let mut best = vec![0; len];
        random.fill_bytes(&mut best);
        for _ in 0..40_000 {
            let (common, is_found) = nearness(&best);
            if is_found {
                return Some(shortened(best, |input| nearness(input).1));
            }
            let mut input = best.clone();
            let from = random.random_range(0..input.len());
            let to = random.random_range(from..=input.len());
            random.fill_bytes(&mut input[from..to]);
            if nearness(&input).0 >= common {
                best = input;
            }
        }
        None
    })
}

/// The same without whatever is not needed.
fn shortened(mut input: Vec<u8>, is_good: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    for len in [256, 64, 16, 4, 1] {
        let mut from = 0;
        while from + len <= input.len() {
            let shorter = [&input[..from], &input[from + len..]].concat();
            if is_good(&shorter) {
                input = shorter;
            } else {
                from += len;
            }
        }
    }
    input
}

#[test]
fn seeds_are_what_they_are_called() {
    let derived = derived();
    for target in DOCUMENTS.into_iter().chain(["parse"]) {
        let names: Vec<_> = files(&format!("seeds/{target}")).into_iter().map(|f| f.0).collect();
        for name in names {
            assert!(
                derived.contains_key(&format!("{target}/{name}")),
                "seeds/{target}/{name} is the document of no seed of parse: take it away"
            );
        }
    }
    for (path, expected) in derived {
        let found = fs::read(fuzz().join("seeds").join(&path)).ok();
        assert!(found == Some(expected), "seeds/{path} is not what its name says: {RENEW}");
    }
    for (target, shown) in GENERATED {
        for (name, input) in files(&format!("seeds/{target}")) {
            assert_eq!(shown(&input).as_ref(), Some(&name), "seeds/{target}/{name}: {RENEW}");
        }
    }
}

/// Writes them so. A new seed of a [`GENERATED`] target is an empty file with a name to be found.
#[test]
#[ignore = "writes into fuzz/seeds"]
fn renew() {
    let write = |path: &str, input: &[u8]| {
        fs::write(fuzz().join("seeds").join(path), input).expect("a seed can be written");
    };
    for (path, input) in derived() {
        write(&path, &input);
    }
    for (target, shown) in GENERATED {
        for (name, input) in files(&format!("seeds/{target}")) {
            if shown(&input).as_ref() != Some(&name) {
                let found = find(*shown, &name);
                write(
                    &format!("{target}/{name}"),
                    &found.unwrap_or_else(|| panic!("nothing found shows {target}/{name}")),
                );
            }
        }
    }
}

#[test]
fn seeds_are_small() {
    let mut sum = 0;
    for (target, _) in TARGETS {
        let seeds = files(&format!("seeds/{target}"));
        assert!(seeds.len() >= 5, "fuzz/seeds/{target} has {} seeds", seeds.len());
        for (name, input) in seeds {
            assert!(input.len() <= MAX_BYTES, "seeds/{target}/{name}: {} bytes", input.len());
            sum += input.len();
        }
    }
    assert!(sum < 300 * 1024, "{sum} bytes");
}

#[test]
fn every_message_has_a_seed_that_is_read() {
    let seeds = files("seeds/parse");
    for (place, is_request) in PLACES.iter().copied() {
        let Place { api, operation, binding } = place;
        let is_read = |input: &[u8]| {
            if is_request {
                api.parse_request(operation, binding, input).is_ok()
            } else {
                api.parse_reply(operation, binding, input).is_ok()
            }
        };
        let message = message(place, is_request);
        let mut own = seeds.iter().filter(|(name, _)| name.starts_with(&message));
        assert!(
            own.any(|(_, input)| is_read(&input[1..])),
            "no {message} is read: write one to fuzz/seeds/parse, as the README there says"
        );
    }
}

#[test]
fn replies_mean_what_their_names_say() {
    let mut judged = 0;
    for (name, input) in files("seeds/parse") {
        let (Place { api, operation, binding }, ..) = place_named(&name);
        let (_, what) = name.split_once("reply-").unwrap_or_default();
        for meaning in [Meaning::Accepted, Meaning::Refused, Meaning::Fault] {
            if what.starts_with(meaning.name()) {
                let verdict = api.judge(operation, binding, 200, &input[1..]).verdict;
                assert_eq!(Meaning::from(&verdict), meaning, "seeds/parse/{name}: {verdict}");
                judged += 1;
            }
        }
    }
    assert!(judged >= 10);
}

/// The malformed catalogue: `reply-duplicate-attribute` is refused for that.
#[test]
fn every_kind_of_error_has_a_seed() {
    let mut wanted: BTreeMap<String, ErrorKind> =
        KINDS.iter().map(|kind| (slug(*kind), *kind)).collect();
    // Its seed would make all inputs of the fuzzer as long.
    wanted.remove(&slug(ErrorKind::TooLarge));
    let mut found = Vec::new();
    for (name, input) in files("seeds/parse") {
        let (Place { api, operation, binding }, is_request, _) = place_named(&name);
        let (_, what) = name.split_once("reply-").unwrap_or_default();
        if !is_request && wanted.contains_key(what) {
            let error = api.parse_reply(operation, binding, &input[1..]).expect_err(&name);
            assert_eq!(slug(error.kind), what, "seeds/parse/{name}: {error}");
            found.push(what.to_owned());
        }
    }
    wanted.retain(|slug, _| !found.contains(slug));
    assert!(
        wanted.is_empty(),
        "no seed of parse is called reply-… after {:?}",
        wanted.keys()
    );
}

#[test]
fn targets_oracles_seeds_and_documents_match() {
    let known: Vec<&str> = TARGETS.iter().map(|(target, _)| *target).collect();
    let sources: Vec<_> = files("fuzz_targets").into_iter().map(|(name, _)| name).collect();
    let expected: Vec<_> = known.iter().map(|target| format!("{target}.rs")).collect();
    assert_eq!(sources, expected, "fuzz/fuzz_targets and oracle::TARGETS, in order");
    for (name, source) in files("fuzz_targets") {
        let target = name.trim_end_matches(".rs");
        let source = String::from_utf8_lossy(&source);
        let calls = ["!(|data: &[u8]| {}(data))", "choices!({})"];
        let calls = calls.map(|call| call.replace("{}", &format!("gander::oracle::{target}")));
        assert!(calls.iter().any(|call| source.contains(&**call)), "{name} calls its oracle");
    }

    let read = |path: &str| fs::read_to_string(fuzz().join(path)).expect(path);
    let (manifest, readme) = (read("Cargo.toml"), read("README.md"));
    for target in &known {
        assert!(manifest.contains(&format!("name = \"{target}\"")), "fuzz/Cargo.toml: {target}");
        assert!(readme.contains(&format!("\n| `{target}` |")), "fuzz/README.md: {target}");
    }
    let findings = read("regressions/README.md");
    for folder in ["seeds", "regressions"] {
        for entry in fs::read_dir(fuzz().join(folder)).expect(folder) {
            let path = entry.expect("an entry").path();
            let target = name_of(&path);
            if !path.is_dir() {
                continue;
            }
            assert!(known.contains(&target.as_str()), "{folder}/{target} is of no target");
            if folder == "regressions" {
                for (name, _) in files(&format!("regressions/{target}")) {
                    let row = format!("\n| `{target}` | `{name}` |");
                    assert!(findings.contains(&row), "regressions/README.md has no row{row}");
                }
            }
        }
    }
}
