//! Masks secrets, however they are written.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io;
use std::iter;

use aho_corasick::{AhoCorasick, MatchKind};
use memchr::memmem;

use super::clean_words::CleanWords;
use super::key_shape::keys;
use super::view::{View, folded};
use super::views::{TooManyViews, each};

/// In characters. What is shorter is found in every text, so it is never masked.
pub(in crate::load) const SHORTEST_SECRET: usize = 4;

/// So much of a service's words is read; reports show less of them.
const LONGEST_WORDS: usize = 2048;

const MASK: &str = "***";

/// Masks secrets in what a service sent, in each spelling that [the module](super) lists.
#[derive(Debug)]
pub(in crate::load) struct Redactor {
    automaton: Option<AhoCorasick>,
    /// What the automaton looks for.
    secrets: Secrets,
    clean: CleanWords,
}

/// What is masked of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rules {
    /// Secrets that are known.
    Secrets,
    /// And what looks like a key.
    Keys,
    /// And what a secret begins with, where the text was cut off. The part of it that was left may
    /// be so much shorter than the text: it may have been cut within an escape.
    Cut { slack: usize },
}

/// Secrets of [`SHORTEST_SECRET`] and more, folded, and without white space around them.
#[derive(Debug, Default)]
struct Secrets {
    sorted: Vec<Vec<u8>>,
    longest: usize,
}

impl Secrets {
    fn new<S: AsRef<str>>(secrets: impl Iterator<Item = S>) -> Self {
        let mut sorted = BTreeSet::new();
        for secret in secrets {
            let secret = secret.as_ref();
            let trimmed = secret.trim();
            for secret in iter::once(secret).chain((trimmed != secret).then_some(trimmed)) {
                if secret.chars().take(SHORTEST_SECRET).count() == SHORTEST_SECRET {
                    sorted.insert(folded(secret));
                }
            }
        }
        Self::of(sorted)
    }

    fn of(sorted: BTreeSet<Vec<u8>>) -> Self {
        let longest = sorted.iter().map(Vec::len).max().unwrap_or(0);
        Self { sorted: sorted.into_iter().collect(), longest }
    }

    /// Calls `found` with the parts of a text that begin as a secret does and go on to its end, but
    /// for `slack` bytes.
    fn find_begun(&self, text: &[u8], slack: usize, mut found: impl FnMut(usize, usize)) {
        let last = text.len().saturating_sub(slack);
        for from in last.saturating_sub(self.longest)..text.len() {
            let rest = &text[from..];
            let Some(begun) = rest.get(..SHORTEST_SECRET) else { break };
            let first = self.sorted.partition_point(|secret| secret.as_slice() < begun);
            let alike = self.sorted[first..].iter().take_while(|secret| secret.starts_with(begun));
            let common =
                |secret: &Vec<u8>| rest.iter().zip(secret).take_while(|(a, b)| a == b).count();
            let to = from + alike.map(common).max().unwrap_or(0);
            if to > from && to >= last {
                found(from, to);
            }
        }
    }
}

impl Redactor {
    /// Masks `secrets`.
    ///
    /// # Errors
    /// When they are too many and too long for the memory.
    pub(in crate::load) fn new<S: AsRef<str>>(
        secrets: impl Iterator<Item = S>,
    ) -> io::Result<Self> {
        Self::of(Secrets::new(secrets))
    }

    /// Masks more secrets, too.
    ///
    /// # Errors
    /// When they are too many and too long for the memory.
    pub(in crate::load) fn with<S: AsRef<str>>(
        &self,
        more: impl Iterator<Item = S>,
    ) -> io::Result<Self> {
        let known = self.secrets.sorted.iter().cloned();
        Self::of(Secrets::of(known.chain(Secrets::new(more).sorted).collect()))
    }

    fn of(secrets: Secrets) -> io::Result<Self> {
        let build =
            || AhoCorasick::builder().match_kind(MatchKind::Standard).build(&secrets.sorted);
        let automaton = (!secrets.sorted.is_empty()).then(build).transpose();
        let automaton = automaton.map_err(|error| io::Error::other(format!("secrets: {error}")))?;
        Ok(Self { automaton, secrets, clean: CleanWords::new() })
    }

    /// A service's words with `***` in place of secrets, `own` ones of this exchange too, and of
    /// what looks like a key. Words of more than 2 KiB are cut.
    pub(in crate::load) fn words<'w, S: AsRef<str>>(
        &self,
        words: Cow<'w, str>,
        own: impl Iterator<Item = S>,
    ) -> Cow<'w, str> {
        if words.is_empty() || self.clean.contains(&words) {
            return words;
        }
        let own = Secrets::new(own);
        let (mut words, mut rules) = (words, Rules::Keys);
        if words.len() > LONGEST_WORDS {
            let end = (0..=LONGEST_WORDS).rfind(|end| words.is_char_boundary(*end)).unwrap_or(0);
            words = Cow::Owned(words[..end].to_owned());
            rules = Rules::Cut { slack: 0 };
        } else if words.ends_with('…') {
            // A report that shows a part of the words ends them so.
            rules = Rules::Cut { slack: '…'.len_utf8() };
        }
        let masked = self.mask(&words, &own, rules);
        if masked.is_none() {
            self.clean.insert(&words);
        }
        masked.map_or(words, Cow::Owned)
    }

    /// One of gander's own notes, in which nothing is a key because it looks like one.
    pub(in crate::load) fn note(&self, note: String) -> String {
        self.mask(&note, &Secrets::default(), Rules::Secrets).unwrap_or(note)
    }

    /// `words` with `***` in place of secrets; `None` if there are none in them.
    fn mask(&self, words: &str, own: &Secrets, rules: Rules) -> Option<String> {
        let mut marks = vec![false; words.len()];
        if self.mark(vec![View::of(words.as_bytes())], own, rules, &mut marks).is_err() {
            return Some(MASK.to_owned());
        }
        if !marks.contains(&true) {
            return None;
        }
        let mut masked = String::new();
        let mut is_masked = false;
        for (at, c) in words.char_indices() {
            match (marks[at], is_masked) {
                (true, false) => masked.push_str(MASK),
                (true, true) => {}
                (false, _) => masked.push(c),
            }
            is_masked = marks[at];
        }
        Some(masked)
    }

    /// `bytes` with a star in place of each byte of a secret, as `texts` read them; `None` if they
    /// could hide secrets in more ways than can be looked at.
    pub(super) fn bytes<S: AsRef<str>>(
        &self,
        bytes: &[u8],
        texts: Vec<View>,
        own: impl Iterator<Item = S>,
        rules: Rules,
    ) -> Option<Vec<u8>> {
        let mut marks = vec![false; bytes.len()];
        self.mark(texts, &Secrets::new(own), rules, &mut marks).ok()?;
        let masked = bytes.iter().zip(marks);
        Some(masked.map(|(byte, is_secret)| if is_secret { b'*' } else { *byte }).collect())
    }

    fn mark(
        &self,
        texts: Vec<View>,
        own: &Secrets,
        rules: Rules,
        marks: &mut [bool],
    ) -> Result<(), TooManyViews> {
        each(texts, |view| {
            let view = view.folded();
            let text = view.text();
            // Byte by byte: what stands in the middle of a secret and is none of it stays.
            let mut mark = |from: usize, to: usize| {
                view.spans()[from..to].iter().for_each(|span| marks[span.range()].fill(true));
            };
            if let Some(automaton) = &self.automaton {
                let found = automaton.find_overlapping_iter(text);
                found.for_each(|found| mark(found.start(), found.end()));
            }
            for secret in &own.sorted {
                let mut from = 0;
                while let Some(at) = memmem::find(&text[from..], secret) {
                    mark(from + at, from + at + secret.len());
                    from += at + 1;
                }
            }
            if rules != Rules::Secrets {
                keys(text).for_each(|key| mark(key.start, key.end));
            }
            if let Rules::Cut { slack } = rules {
                self.secrets.find_begun(text, slack, &mut mark);
                own.find_begun(text, slack, &mut mark);
            }
        })
    }
}
