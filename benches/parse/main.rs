//! What it costs to read a reply, and to write a request: `cargo bench --bench parse`.
//!
//! Each way is timed in turns with the others, for many short rounds, and its lowest round counts:
//! a busy machine makes single rounds slow, not all of them. Before anything is timed, the answers
//! are compared: the template's with the strict path's, and serde's with both.

mod contenders;
mod corpus;

use std::hint::black_box;
use std::time::{Duration, Instant};

use contenders::{BASE, CONTENDERS, Read, contender, strict};
use corpus::{Kind, Message, kinds};
use gander::api::{Answer, Binding, HttpRequest, REGISTRY, Templates, Verdict};

/// How long one round of one contender takes.
const ROUND: Duration = Duration::from_millis(1);

/// The figures of one way to read one kind.
struct Cost {
    nanoseconds: f64,
    allocations: f64,
}

fn main() {
    // `cargo bench` passes `--bench`; `-- --rounds N` asks for more or less of it, `-- --tsv` for
    // figures alone.
    let arguments: Vec<String> = std::env::args().collect();
    let rounds = arguments.iter().position(|a| a == "--rounds");
    let rounds = rounds.map_or(60, |at| arguments[at + 1].parse().expect("a number"));
    let templates: Vec<_> = REGISTRY.iter().map(|&api| Templates::new(api)).collect();
    let kinds = kinds();
    check_answers(&kinds, &templates);

    if arguments.iter().any(|a| a == "--tsv") {
        return print_figures(&kinds, &templates, rounds);
    }
    let mut table = vec![header()];
    for kind in &kinds {
        let costs = measure(kind, &templates, rounds);
        print_kind(kind, &costs);
        table.push(row(kind, &costs));
    }
    writing(rounds);
    edges(&kinds, &templates, rounds);
    println!(
        "\nTimes as multiples of the bare {BASE} loop, and allocations a reply (lower is better):\n"
    );
    for line in table {
        println!("{line}");
    }
}

/// Way, kind and nanoseconds, with a tab between them: for programs.
fn print_figures(kinds: &[Kind], templates: &[Templates], rounds: usize) {
    for kind in kinds {
        for ((name, _), cost) in CONTENDERS.iter().zip(measure(kind, templates, rounds)) {
            println!("{name}\t{}\t{:.1}", kind.name, cost.nanoseconds);
        }
    }
}

/// Whatever is fast must be right first.
fn check_answers(kinds: &[Kind], templates: &[Templates]) {
    let serde = contender("quick-xml serde");
    for kind in kinds {
        for message in &kind.replies {
            let answer = strict(message);
            for _ in 0..2 {
                assert_eq!(by_template(templates, message), answer, "{}", kind.name);
            }
            let is_reply = !matches!(answer.verdict, Verdict::Malformed(_));
            assert_eq!(is_reply, kind.name != "cut short", "{}: {:?}", kind.name, answer.verdict);
            let weight: usize = answer.fields.iter().map(|(_, value)| value.len()).sum();
            assert!(
                !is_reply || serde(templates, message) == weight,
                "serde reads {} otherwise",
                kind.name
            );
        }
    }
}

fn by_template<'m>(templates: &'m [Templates], message: &'m Message) -> Answer<'m> {
    templates[message.index].judge(message.operation, message.binding, 200, &message.body)
}

/// What each way costs, by the order of [`CONTENDERS`].
fn measure(kind: &Kind, templates: &[Templates], rounds: usize) -> Vec<Cost> {
    let pass = |read: Read| {
        kind.replies
            .iter()
            .map(|message| read(templates, black_box(message)))
            .sum::<usize>()
    };
    let calls: Vec<_> = CONTENDERS.iter().map(|(_, read)| || pass(*read)).collect();
    let costs = interleaved(&calls, rounds);
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let replies = kind.replies.len() as f64;
    costs
        .into_iter()
        .zip(&CONTENDERS)
        .map(|(nanoseconds, (_, read))| {
            let counted = allocation_counter::measure(|| {
                black_box(pass(*read));
            });
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let allocations = counted.count_total as f64 / replies;
            Cost { nanoseconds: nanoseconds / replies, allocations }
        })
        .collect()
}

/// The lowest nanoseconds of a call of each, over rounds in which all take turns.
fn interleaved<F: Fn() -> usize>(calls: &[F], rounds: usize) -> Vec<f64> {
    let repeats: Vec<u32> = calls
        .iter()
        .map(|call| {
            let began = Instant::now();
            black_box(call());
            let once = began.elapsed().max(Duration::from_nanos(50));
            u32::try_from(ROUND.as_nanos() / once.as_nanos()).unwrap_or(u32::MAX).max(1)
        })
        .collect();
    let mut lowest = vec![f64::INFINITY; calls.len()];
    for _ in 0..rounds {
        for ((call, repeats), lowest) in calls.iter().zip(&repeats).zip(&mut lowest) {
            let began = Instant::now();
            for _ in 0..*repeats {
                black_box(call());
            }
            let nanoseconds = began.elapsed().as_secs_f64() * 1e9 / f64::from(*repeats);
            *lowest = lowest.min(nanoseconds);
        }
    }
    lowest
}

fn print_kind(kind: &Kind, costs: &[Cost]) {
    let bytes: usize = kind.replies.iter().map(|message| message.body.len()).sum();
    let mean = bytes / kind.replies.len();
    println!("\n{} ({mean} bytes; {})", kind.name, kind.stresses);
    for ((name, _), cost) in CONTENDERS.iter().zip(costs) {
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let megabytes = mean as f64 / cost.nanoseconds * 1e3;
        println!(
            "  {name:20} {:9.1} ns {megabytes:9.0} MB/s {:6.1} allocations",
            cost.nanoseconds, cost.allocations
        );
    }
}

fn header() -> String {
    let names = CONTENDERS.map(|(name, _)| name);
    format!("| reply | {} |\n|---|{}", names.join(" | "), "---:|".repeat(names.len()))
}

fn row(kind: &Kind, costs: &[Cost]) -> String {
    let base = CONTENDERS.iter().position(|(name, _)| *name == BASE).expect("listed");
    let base = costs[base].nanoseconds;
    let cells: Vec<_> = costs
        .iter()
        .map(|cost| match cost.allocations {
            0.0 => format!("{:.3}", cost.nanoseconds / base),
            some => format!("{:.3} ({some:.1})", cost.nanoseconds / base),
        })
        .collect();
    format!("| {} | {} |", kind.name, cells.join(" | "))
}

/// Requests into a buffer that was used before.
fn writing(rounds: usize) {
    println!("\nrequests written");
    for (api, operation, binding, inputs) in [
        (
            "eltex",
            "sp_login",
            Binding::Xml,
            &["gander.local", "user17", "p<a>ss & \"word\""][..],
        ),
        (
            "eltex",
            "sp_check_session",
            Binding::Xml,
            &["gander.local", "user17", "b642dd1dd8500124fc4593ebfb3636d1daddbdfa"],
        ),
        ("related", "Login", Binding::Soap11, &["user17", "p<a>ss & \"word\""]),
        (
            "leadertask",
            "CreateSession",
            Binding::Soap11,
            &["user17", "p<a>ss", "Windows 11", "", "", ""],
        ),
        (
            "leadertask",
            "CreateSession",
            Binding::Post,
            &["user17", "p<a>ss", "Windows 11", "", "", ""],
        ),
    ] {
        let api = gander::api::find(api).expect("a known API");
        let index = api.operation_named(operation).expect("a known operation");
        let out = std::cell::RefCell::new(HttpRequest::default());
        let write = || {
            let mut out = out.borrow_mut();
            api.write_request(index, binding, inputs, &mut out).expect("writable");
            out.body.len()
        };
        let nanoseconds = interleaved(&[&write], rounds)[0];
        let counted = allocation_counter::measure(|| {
            black_box(write());
        });
        let body = std::str::from_utf8(&out.borrow().body).expect("UTF-8").to_owned();
        let read = api.parse_request(index, binding, body.as_bytes()).expect("our own");
        assert!(read.iter().map(|(_, value)| &**value).eq(inputs.iter().copied()), "{operation}");
        println!(
            "  {:10} {operation:16} {binding:6} {nanoseconds:7.1} ns {:3} allocations",
            api.name(),
            counted.count_total
        );
    }
}

/// The template against the least that can be done, and where it does not fit after all.
fn edges(kinds: &[Kind], templates: &[Templates], rounds: usize) {
    let hit = contender("gander, template");
    let message = &kinds[0].replies[0];
    let copy = message.body.clone();
    // The same shape but for a line end after the root: found out at the last byte.
    let mut late = message.clone();
    late.body.push(b'\n');
    // Fill what room for shapes is left, so that it is not learned.
    for n in 2..20 {
        let mut other = message.clone();
        other.body.extend(std::iter::repeat_n(b'\n', n));
        by_template(templates, &other);
    }
    let calls: Vec<Box<dyn Fn() -> usize>> = vec![
        Box::new(|| usize::from(black_box(&copy) == black_box(&message.body))),
        Box::new(|| hit(templates, black_box(message))),
        Box::new(|| strict(black_box(&late)).fields.len()),
        Box::new(|| hit(templates, black_box(&late))),
    ];
    let [compare, hit, strict, missed] = interleaved(&calls, rounds * 4)[..] else {
        unreachable!("four calls")
    };
    println!("\nthe template on an eltex login ({} bytes)", message.body.len());
    println!("  comparing the bytes alone {compare:7.1} ns");
    println!(
        "  a hit                     {hit:7.1} ns, {:.1} × the comparison",
        hit / compare
    );
    println!("  a strict parse            {strict:7.1} ns");
    println!(
        "  missed at the last byte   {missed:7.1} ns, {:+.1} % of a strict parse",
        100.0 * (missed / strict - 1.0)
    );
}
