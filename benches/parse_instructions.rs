//! The instructions that reading a reply takes: the same on a busy machine as on an idle one, so
//! that a change of two in a hundred can be told from noise.
//!
//! `cargo bench --bench parse_instructions` needs valgrind and `gungraun-runner`.

#![expect(missing_docs, reason = "the macros make modules that have none")]

#[path = "parse/contenders.rs"]
mod contenders;
#[path = "parse/corpus.rs"]
#[expect(dead_code, reason = "the parse bench says what each kind stresses")]
mod corpus;
#[path = "parse/long.rs"]
mod long;

use std::hint::black_box;

use contenders::{contender, strict as read_strictly};
use gander::api::{REGISTRY, Templates};
use gungraun::{library_benchmark, library_benchmark_group, main};

/// Replies, and templates that have seen them.
struct Input {
    replies: Vec<corpus::Message>,
    templates: Vec<Templates>,
}

fn replies_of(kind: &str) -> Input {
    let kind = corpus::kinds().into_iter().find(|k| k.name == kind).expect("a known kind");
    let templates: Vec<_> = REGISTRY.iter().map(|&api| Templates::new(api)).collect();
    for m in &kind.replies {
        let answer = templates[m.index].judge(m.operation, m.binding, 200, &m.body);
        assert_eq!(answer, read_strictly(m));
    }
    Input { replies: kind.replies, templates }
}

/// Gives the input back, so that dropping it is not counted.
fn read_all(input: Input, name: &str) -> (usize, Input) {
    let read = contender(name);
    let sum = input.replies.iter().map(|m| read(&input.templates, black_box(m))).sum();
    (sum, input)
}

#[library_benchmark(setup = replies_of)]
#[bench::eltex_login("eltex login")]
#[bench::eltex_check_session("eltex check_session")]
#[bench::related_login("related Login")]
#[bench::leadertask_get("leadertask GET")]
#[bench::fault("fault")]
#[bench::mix("mix of all")]
#[bench::cut_short("cut short")]
fn strict(input: Input) -> (usize, Input) {
    read_all(input, "gander, strict")
}

#[library_benchmark(setup = replies_of)]
#[bench::eltex_login("eltex login")]
#[bench::related_login("related Login")]
#[bench::fault("fault")]
#[bench::mix("mix of all")]
fn template(input: Input) -> (usize, Input) {
    read_all(input, "gander, template")
}

#[library_benchmark(setup = replies_of)]
#[bench::mix("mix of all")]
fn on_quick_xml(input: Input) -> (usize, Input) {
    read_all(input, "gander, on quick-xml")
}

#[library_benchmark(setup = replies_of)]
#[bench::eltex_login("eltex login")]
#[bench::related_login("related Login")]
#[bench::mix("mix of all")]
fn quick_xml_reader(input: Input) -> (usize, Input) {
    read_all(input, "quick-xml Reader")
}

#[library_benchmark(setup = replies_of)]
#[bench::mix("mix of all")]
fn quick_xml_ns_reader(input: Input) -> (usize, Input) {
    read_all(input, "quick-xml NsReader")
}

// What is read twice as long must not take more than twice as much.
#[library_benchmark(setup = long::document)]
#[bench::elements_1("elements", 1)]
#[bench::elements_2("elements", 2)]
#[bench::elements_4("elements", 4)]
#[bench::namespaces_1("namespaces", 1)]
#[bench::namespaces_2("namespaces", 2)]
#[bench::namespaces_4("namespaces", 4)]
#[bench::attributes_1("attributes", 1)]
#[bench::attributes_2("attributes", 2)]
#[bench::attributes_4("attributes", 4)]
#[bench::prefixes_1("prefixes", 1)]
#[bench::prefixes_2("prefixes", 2)]
#[bench::prefixes_4("prefixes", 4)]
#[bench::text_1("text", 1)]
#[bench::text_2("text", 2)]
#[bench::text_4("text", 4)]
#[bench::references_1("references", 1)]
#[bench::references_2("references", 2)]
#[bench::references_4("references", 4)]
#[bench::comment_1("comment", 1)]
#[bench::comment_2("comment", 2)]
#[bench::comment_4("comment", 4)]
#[bench::sections_1("sections", 1)]
#[bench::sections_2("sections", 2)]
#[bench::sections_4("sections", 4)]
#[bench::unclosed_1("unclosed", 1)]
#[bench::unclosed_2("unclosed", 2)]
#[bench::unclosed_4("unclosed", 4)]
fn growth(document: Vec<u8>) -> (bool, Vec<u8>) {
    (gander::xml::check(black_box(&document)).is_ok(), document)
}

library_benchmark_group!(
    name = parse,
    benchmarks = [strict, template, on_quick_xml, quick_xml_reader, quick_xml_ns_reader, growth]
);
main!(library_benchmark_groups = parse);
