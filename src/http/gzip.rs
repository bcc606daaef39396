//! Bodies in gzip: RFC 1952.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;

use super::DecodeError;

/// Decodes `body` into `out`, which is cleared first, up to `most` bytes: a small body may hold a
/// large one.
///
/// # Errors
/// When it is not gzip to its last byte, or becomes larger than that.
pub(super) fn gunzip(body: &[u8], most: usize, out: &mut Vec<u8>) -> Result<(), DecodeError> {
    out.clear();
    let one_more = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(body)
        .take(one_more)
        .read_to_end(out)
        .map_err(|_| DecodeError::MalformedGzip)?;
    if out.len() > most {
        return Err(DecodeError::BodyTooLarge);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(body: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(body).expect("a vector takes any bytes");
        encoder.finish().expect("a vector takes any bytes")
    }

    #[test]
    fn bodies_are_decoded_to_the_last_byte_and_no_further_than_the_limit() {
        let text = gzip(b"<out/>");
        let bomb = gzip(&vec![0; 50_000_000]);
        assert!(bomb.len() < 100_000);
        for (body, decoded) in [
            (text.clone(), Ok(&b"<out/>"[..])),
            ([text.as_slice(), &text].concat(), Ok(b"<out/><out/>")),
            (gzip(&[b'x'; 64]), Ok(&[b'x'; 64])),
            (gzip(&[b'x'; 65]), Err(DecodeError::BodyTooLarge)),
            (bomb, Err(DecodeError::BodyTooLarge)),
            (text[..text.len() - 1].to_vec(), Err(DecodeError::MalformedGzip)),
            ([&text[..], b"x"].concat(), Err(DecodeError::MalformedGzip)),
            (b"<out/>".to_vec(), Err(DecodeError::MalformedGzip)),
        ] {
            let mut out = b"what was there before".to_vec();
            let done = gunzip(&body, 64, &mut out);
            assert_eq!(done.map(|()| out.as_slice()), decoded);
            assert!(out.capacity() < 4096, "a bomb takes no room: {}", out.capacity());
        }
    }
}
