//! Finding the next byte that matters, sixteen at a time.

use wide::u8x16;

use super::chars;

/// A set of bytes at which a scan stops.
pub(super) trait Stop {
    /// The class of these bytes in [`chars`].
    const CLASS: u8;

    /// Which bytes of `chunk` are of the class.
    fn lanes(chunk: Chunk) -> Lanes;
}

/// Sixteen bytes.
#[derive(Clone, Copy)]
pub(super) struct Chunk(u8x16);

/// Sixteen yes or no.
pub(super) type Lanes = u8x16;

impl Chunk {
    /// Which bytes are `byte`.
    #[inline]
    pub(super) fn is(self, byte: u8) -> Lanes {
        self.0.simd_eq(u8x16::splat(byte))
    }

    /// Which bytes are from `first` to `last`.
    #[inline]
    pub(super) fn is_in(self, first: u8, last: u8) -> Lanes {
        let above = self.0 - u8x16::splat(first);
        above.min(u8x16::splat(last - first)).simd_eq(above)
    }
}

/// The first byte at or after `from` at which `S` stops, or the end.
#[inline]
pub(super) fn find<S: Stop>(bytes: &[u8], from: usize) -> usize {
    let mut rest = bytes.get(from..).unwrap_or_default();
    while let Some((chunk, after)) = rest.split_first_chunk::<16>() {
        let stops = S::lanes(Chunk(u8x16::new(*chunk))).to_bitmask();
        if stops != 0 {
            return bytes.len() - rest.len() + stops.trailing_zeros() as usize;
        }
        rest = after;
    }
    let len = rest.iter().position(|&byte| chars::is(byte, S::CLASS));
    bytes.len() - rest.len() + len.unwrap_or(rest.len())
}
