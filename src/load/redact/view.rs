//! A text and where each byte of it stands in the source.

/// A text as somebody may read it, with the place of each of its bytes in the source.
///
/// The text is UTF-8 wherever it can be read, and may hold other bytes between.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct View {
    text: Vec<u8>,
    /// For each byte of the text, the part of the source that it was decoded from.
    spans: Vec<Span>,
}

/// Bytes of the source, from `from` up to `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Span {
    from: u32,
    to: u32,
}

impl Span {
    pub(super) fn new(from: usize, to: usize) -> Self {
        // Sources are captures and words: 64 KiB and a little more.
        let place = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Self { from: place(from), to: place(to) }
    }

    pub(super) fn range(self) -> std::ops::Range<usize> {
        self.from as usize..self.to as usize
    }
}

impl View {
    /// The source itself.
    pub(super) fn of(source: &[u8]) -> Self {
        let spans = (0..source.len()).map(|at| Span::new(at, at + 1));
        Self { text: source.to_vec(), spans: spans.collect() }
    }

    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self {
            text: Vec::with_capacity(bytes),
            spans: Vec::with_capacity(bytes),
        }
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The part of the source that the bytes from `from` up to `to` were decoded from; the range
    /// has at least one byte.
    pub(super) fn span(&self, from: usize, to: usize) -> Span {
        Span { from: self.spans[from].from, to: self.spans[to - 1].to }
    }

    /// Appends bytes that were all decoded from the same part of the source.
    pub(super) fn push(&mut self, bytes: &[u8], span: Span) {
        self.text.extend_from_slice(bytes);
        self.spans.resize(self.text.len(), span);
    }

    pub(super) fn push_char(&mut self, c: char, span: Span) {
        self.push(c.encode_utf8(&mut [0; 4]).as_bytes(), span);
    }

    /// Appends a part of another view.
    pub(super) fn copy(&mut self, other: &Self, range: std::ops::Range<usize>) {
        self.text.extend_from_slice(&other.text[range.clone()]);
        self.spans.extend_from_slice(&other.spans[range]);
    }

    /// The view without the difference between upper and lower case, and between kinds of white
    /// space, which XML turns into blanks in attributes.
    pub(super) fn folded(mut self) -> Self {
        if self.text.is_ascii() {
            self.text.iter_mut().for_each(|byte| *byte = fold_ascii(*byte));
            return self;
        }
        let mut folded = Self::with_capacity(self.text.len());
        let mut at = 0;
        for chunk in self.text.utf8_chunks() {
            for c in chunk.valid().chars() {
                let end = at + c.len_utf8();
                let span = self.span(at, end);
                fold(c, |c| folded.push_char(c, span));
                at = end;
            }
            let end = at + chunk.invalid().len();
            folded.copy(&self, at..end);
            at = end;
        }
        folded
    }
}

fn fold_ascii(byte: u8) -> u8 {
    match byte {
        b'\t' | b'\n' | b'\r' => b' ',
        _ => byte.to_ascii_lowercase(),
    }
}

/// To lower case, so that what `str::to_lowercase` and `str::to_uppercase` make of a text folds to
/// the same: `ß` and `SS`, `ς` and `Σ`.
fn fold(c: char, mut push: impl FnMut(char)) {
    if c.is_ascii() {
        return push(char::from(fold_ascii(u8::try_from(c).unwrap_or(b' '))));
    }
    let upper = c.to_lowercase().flat_map(char::to_uppercase);
    upper.flat_map(char::to_lowercase).for_each(push);
}

/// A text as [`View::folded`] has it.
pub(super) fn folded(text: &str) -> Vec<u8> {
    let mut folded = String::with_capacity(text.len());
    text.chars().for_each(|c| fold(c, |c| folded.push(c)));
    folded.into_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn texts_in_any_case_fold_to_the_same(text: String) {
            prop_assert_eq!(folded(&text.to_uppercase()), folded(&text));
            prop_assert_eq!(folded(&text.to_lowercase()), folded(&text));
            let view = View::of(text.as_bytes()).folded();
            prop_assert_eq!(view.text(), folded(&text));
            prop_assert_eq!(view.spans().len(), view.len());
        }
    }

    #[test]
    fn folded_characters_know_where_they_stood() {
        let view = View::of("aß\tK".as_bytes()).folded();
        assert_eq!(view.text(), b"ass k");
        assert_eq!(view.span(1, 3).range(), 1..3);
        assert_eq!(view.span(4, 5).range(), 4..5);
        assert_eq!(View::of(b"\xFFA").folded().text(), b"\xFFa");
    }
}
