//! What fuzzing compares with. A fuzz target is one line that calls one of these; they panic where
//! two ways to the same answer part.
//!
//! With the feature `arbitrary`, and in tests, where each runs over fixed seeds.

mod differential;
mod http_framing;
mod parse;
mod roundtrip;
mod session_model;
mod spelling;
mod surface;
mod template;
mod tokens;
mod values;
mod writing;

pub use differential::differential;
pub use http_framing::http_framing;
pub use parse::parse;
pub use roundtrip::roundtrip;
pub use session_model::session_model;
pub use surface::surface;
pub use template::template;
pub use tokens::tokens;

#[cfg(test)]
mod tests {
    use rand::{RngCore, SeedableRng, rngs::StdRng};

    type Oracle = fn(&[u8]);

    /// As a fuzzer would call it, but always with the same bytes.
    fn run(oracle: Oracle, inputs: u64) {
        for seed in 0..inputs {
            let mut random = StdRng::seed_from_u64(seed);
            let mut data = vec![0; (seed % 700) as usize];
            random.fill_bytes(&mut data);
            oracle(&data);
        }
    }

    /// What a target has failed on once.
    #[test]
    fn findings_stay_mended() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/regressions");
        let targets: [(&str, Oracle); 8] = [
            ("differential", super::differential),
            ("http_framing", super::http_framing),
            ("parse", super::parse),
            ("roundtrip", super::roundtrip),
            ("session_model", super::session_model),
            ("surface", super::surface),
            ("template", super::template),
            ("tokens", super::tokens),
        ];
        let mut replayed = 0;
        for entry in std::fs::read_dir(folder).expect("the regressions") {
            let path = entry.expect("an entry").path();
            if !path.is_dir() {
                continue;
            }
            let name = path.file_name().expect("a name").to_str().expect("text");
            let target = targets.iter().find(|(known, _)| *known == name).expect("a target");
            for input in std::fs::read_dir(&path).expect("inputs") {
                let input = input.expect("an entry").path();
                target.1(&std::fs::read(input).expect("an input"));
                replayed += 1;
            }
        }
        assert!(replayed >= 3);
    }

    #[test]
    fn templates_and_the_strict_path_agree() {
        run(super::template, 500);
    }

    #[test]
    fn other_parsers_agree_but_for_what_was_looked_up() {
        run(super::differential, 3000);
    }

    #[test]
    fn replies_are_the_same_in_any_pieces() {
        run(super::http_framing, 3000);
    }

    #[test]
    fn what_is_read_can_be_written() {
        run(super::parse, 1500);
    }

    #[test]
    fn what_is_written_is_read() {
        run(super::roundtrip, 1000);
    }

    #[test]
    fn any_spelling_is_read_and_any_defect_refused() {
        run(super::surface, 1000);
    }

    #[test]
    fn sessions_are_the_models() {
        run(super::session_model, 300);
    }

    #[test]
    fn both_sources_of_tokens_agree() {
        run(super::tokens, 3000);
    }
}
