//! Every fuzz target for AFL++: the first argument names it.

use std::env;

fn main() {
    let name = env::args().nth(1).unwrap_or_default();
    let targets = gander::oracle::TARGETS;
    let Some((_, oracle)) = targets.iter().find(|(known, _)| *known == name) else {
        let known: Vec<_> = targets.iter().map(|(known, _)| *known).collect();
        eprintln!("name a target: {}", known.join(", "));
        std::process::exit(2);
    };
    afl::fuzz!(|data: &[u8]| oracle(data));
}
