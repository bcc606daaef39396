//! What is wrong with a scenario, where, and what to write instead.

use std::fmt;
use std::ops::Range;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line it is on, from 1; 0 where it is about the file as a whole.
    pub line: usize,
    /// What is wrong and what to write instead.
    pub message: String,
}

/// A scenario that cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ScenarioError {
    /// The file, or the name of a built-in scenario.
    pub source_name: String,
    /// Everything that is wrong, by line.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            match problem.line {
                0 => write!(f, "{}: {}", self.source_name, problem.message)?,
                line => write!(f, "{}:{line}: {}", self.source_name, problem.message)?,
            }
        }
        Ok(())
    }
}

/// Collects problems while a file is looked through.
pub(super) struct Problems<'t> {
    text: &'t str,
    found: Vec<Problem>,
}

impl<'t> Problems<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, found: Vec::new() }
    }

    /// Notes what is wrong with the part of the file at `span`.
    pub(super) fn add(&mut self, span: Range<usize>, message: impl Into<String>) {
        let line = line_of(self.text, span.start);
        self.add_at_line(line, message);
    }

    /// Notes what is wrong with the part of the file at `span`; what comes from the command line has
    /// none.
    pub(super) fn add_at(&mut self, span: Option<Range<usize>>, message: impl Into<String>) {
        match span {
            Some(span) => self.add(span, message),
            None => self.add_global(message),
        }
    }

    /// How many have been noted.
    pub(super) fn len(&self) -> usize {
        self.found.len()
    }

    /// Notes what is wrong with the file as a whole.
    pub(super) fn add_global(&mut self, message: impl Into<String>) {
        self.add_at_line(0, message);
    }

    fn add_at_line(&mut self, line: usize, message: impl Into<String>) {
        self.found.push(Problem { line, message: message.into() });
    }

    /// All that was found, if anything was.
    pub(super) fn into_result(mut self, source_name: &str) -> Result<(), ScenarioError> {
        if self.found.is_empty() {
            return Ok(());
        }
        self.found.sort_by_key(|problem| problem.line);
        Err(ScenarioError { source_name: source_name.to_owned(), problems: self.found })
    }
}

pub(super) fn line_of(text: &str, offset: usize) -> usize {
    let before = &text.as_bytes()[..offset.min(text.len())];
    before.iter().filter(|&&b| b == b'\n').count() + 1
}

/// The one of `words` that `wrong` is a slip of the pen from.
#[must_use]
pub(super) fn slip<'w>(wrong: &str, words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    closest(wrong, words, |_, _| false)
}

/// The one of `words` closest to `wrong`, of those that are a slip away or that `is_near`.
fn closest<'w>(
    wrong: &str,
    words: impl IntoIterator<Item = &'w str>,
    is_near: impl Fn(&str, &str) -> bool,
) -> Option<&'w str> {
    let wrong = wrong.to_lowercase();
    words
        .into_iter()
        .filter_map(|word| {
            let right = word.to_lowercase();
            let distance = strsim::damerau_levenshtein(&wrong, &right);
            let is_slip = distance <= 1 + right.chars().count() / 4;
            (is_slip || is_near(&wrong, &right)).then_some((distance, word))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// `did you mean "x"?`, or the list of all words where none is near.
#[must_use]
pub fn advise<'w>(wrong: &str, words: impl IntoIterator<Item = &'w str>) -> String {
    let words: Vec<_> = words.into_iter().collect();
    // `sp_login` for `login`, or the other way round.
    let is_part = |wrong: &str, right: &str| {
        right.len().min(wrong.len()) >= 4 && (wrong.contains(right) || right.contains(wrong))
    };
    match closest(wrong, words.iter().copied(), is_part) {
        Some(word) => format!("did you mean \"{word}\"?"),
        None if words.is_empty() => "there is none".to_owned(),
        None => format!("write one of: {}", words.join(", ")),
    }
}
