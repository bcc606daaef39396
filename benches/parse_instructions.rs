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

use std::hint::black_box;

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
    for message in &kind.replies {
        assert_eq!(contenders::by_template(&templates, message), contenders::strict(message));
    }
    Input { replies: kind.replies, templates }
}

fn read_all(input: &Input, name: &str) -> usize {
    let all = contenders::contenders(&input.templates);
    let (_, read) = all.iter().find(|(other, _)| *other == name).expect("a known way");
    input.replies.iter().map(|message| read(black_box(message))).sum()
}

#[library_benchmark(setup = replies_of)]
#[bench::eltex_login("eltex login")]
#[bench::eltex_check_session("eltex check_session")]
#[bench::related_login("related Login")]
#[bench::leadertask_get("leadertask GET")]
#[bench::fault("fault")]
#[bench::mix("mix of all")]
#[bench::cut_short("cut short")]
fn strict(input: Input) -> usize {
    read_all(&input, "gander, strict")
}

#[library_benchmark(setup = replies_of)]
#[bench::eltex_login("eltex login")]
#[bench::related_login("related Login")]
#[bench::mix("mix of all")]
fn template(input: Input) -> usize {
    read_all(&input, "gander, template")
}

#[library_benchmark(setup = replies_of)]
#[bench::eltex_login("eltex login")]
#[bench::related_login("related Login")]
#[bench::mix("mix of all")]
fn quick_xml_reader(input: Input) -> usize {
    read_all(&input, "quick-xml Reader")
}

library_benchmark_group!(name = parse, benchmarks = [strict, template, quick_xml_reader]);
main!(library_benchmark_groups = parse);
