//! What there is to fuzz.

/// A fuzz target, by its file in `fuzz/fuzz_targets/`.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    pub name: &'static str,
    pub input: Input,
}

/// What the bytes are to the target.
#[derive(Debug, PartialEq, Eq)]
pub enum Input {
    /// What is parsed. A dictionary in `fuzz/dict/` and the operands of comparisons help to find it.
    Document { dictionary: &'static str },
    /// What a generator chooses by. Nothing that is compared stands in them: to trace comparisons
    /// would cost two thirds of the speed for nothing.
    Choices,
}

pub const TARGETS: &[Target] = &[
    Target {
        name: "differential",
        input: Input::Document { dictionary: "xml.dict" },
    },
    Target { name: "http_framing", input: Input::Choices },
    Target {
        name: "parse",
        input: Input::Document { dictionary: "xml.dict" },
    },
    Target { name: "roundtrip", input: Input::Choices },
    Target {
        name: "scenario",
        input: Input::Document { dictionary: "scenario.dict" },
    },
    Target { name: "session_model", input: Input::Choices },
    Target { name: "surface", input: Input::Choices },
    Target { name: "template", input: Input::Choices },
    Target {
        name: "tokens",
        input: Input::Document { dictionary: "xml.dict" },
    },
];

/// Runs nothing but quick-xml's event loop: what others are as fast as.
pub const BARE_LOOP: Target = Target {
    name: "bare_loop",
    input: Input::Document { dictionary: "xml.dict" },
};

/// The target called `name`.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_target_is_here_with_its_dictionary() {
        let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("fuzz/");
        let mut files: Vec<_> = fs::read_dir(fuzz.join("fuzz_targets"))
            .expect("the targets")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
            .collect();
        files.sort();
        let named: Vec<_> = TARGETS.iter().map(|target| format!("{}.rs", target.name)).collect();
        assert_eq!(files, named);
        for target in TARGETS {
            let source = fuzz.join("fuzz_targets").join(target.name).with_extension("rs");
            let source = fs::read_to_string(source).expect("its file");
            let is_choices = source.contains("gander_fuzz::choices!");
            assert_eq!(is_choices, target.input == Input::Choices, "{}", target.name);
            if let Input::Document { dictionary } = target.input {
                assert!(fuzz.join("dict").join(dictionary).is_file(), "{dictionary}");
            }
        }
    }
}
