//! Parts of a document, by their place in it.

/// Where a part of the text lies. Half the size of a slice, and nothing points into it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

/// The longest text that spans can describe.
pub(super) const MAX_TEXT: usize = u32::MAX as usize;

impl Span {
    /// From byte `start` to before byte `end`.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "no text is longer than MAX_TEXT")]
    pub(super) const fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    /// Its first byte.
    #[inline]
    pub(super) const fn start(self) -> usize {
        self.start as usize
    }

    /// The byte after it.
    #[inline]
    pub(super) const fn end(self) -> usize {
        self.end as usize
    }

    /// How many bytes lie in it.
    #[inline]
    pub(super) const fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether nothing lies in it.
    #[inline]
    pub(super) const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether it says the same as `other`.
    #[inline]
    pub(super) fn same(self, text: &str, other: Self) -> bool {
        self.len() == other.len() && self.bytes(text) == other.bytes(text)
    }

    /// Whether it says `expected`.
    #[inline]
    pub(super) fn is(self, text: &str, expected: &str) -> bool {
        self.bytes(text) == expected.as_bytes()
    }

    /// This part of `text`, as bytes.
    #[inline]
    pub(super) fn bytes(self, text: &str) -> &[u8] {
        &text.as_bytes()[self.start()..self.end()]
    }

    /// This part of `text`.
    #[inline]
    pub(super) fn of(self, text: &str) -> &str {
        &text[self.start()..self.end()]
    }
}
