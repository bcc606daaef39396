//! Bodies in gzip: RFC 1952.

use std::io::Read as _;

use flate2::bufread::GzDecoder;

use super::DecodeError;

/// The limit on members: `FEW_MEMBERS`, and one more per `BYTES_PER_MEMBER` of the body. Each member
/// costs the set-up of a decoder, and an empty one takes only 20 bytes.
const BYTES_PER_MEMBER: usize = 1024;
const FEW_MEMBERS: usize = 8;

/// The limit on the decoded size: `SHORT`, and `EXPANSION` times the size of the body. Repetitive markup
/// compresses to a hundredth; a body that compresses to a thousandth is made to keep its reader busy.
const EXPANSION: usize = 256;
const SHORT: usize = 64 * 1024;

/// Decodes `body` into `out`, which is cleared first, up to `most` bytes: a small body may hold a
/// large one.
///
/// # Errors
/// When it is not gzip to its last byte, becomes larger than that or than its size allows, or has too
/// many members.
pub(super) fn gunzip(body: &[u8], most: usize, out: &mut Vec<u8>) -> Result<(), DecodeError> {
    out.clear();
    let expanded = SHORT + EXPANSION * body.len();
    let too_large =
        if expanded < most { DecodeError::GzipExpandsTooMuch } else { DecodeError::BodyTooLarge };
    let most = most.min(expanded);
    let mut members = FEW_MEMBERS + body.len() / BYTES_PER_MEMBER;
    let mut rest = body;
    loop {
        let one_more = u64::try_from(most - out.len()).unwrap_or(u64::MAX).saturating_add(1);
        let mut decoder = GzDecoder::new(rest).take(one_more);
        decoder.read_to_end(out).map_err(|_| DecodeError::MalformedGzip)?;
        if out.len() > most {
            return Err(too_large);
        }
        rest = decoder.into_inner().into_inner();
        if rest.is_empty() {
            return Ok(());
        }
        members = members.checked_sub(1).ok_or(DecodeError::TooManyGzipMembers)?;
    }
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
    fn a_body_expands_in_proportion_to_its_size() {
        let most = usize::MAX / 2;
        for (length, decoded) in [
            (SHORT, Ok(())),
            (1_000_000, Err(DecodeError::GzipExpandsTooMuch)),
            (50_000_000, Err(DecodeError::GzipExpandsTooMuch)),
        ] {
            assert_eq!(gunzip(&gzip(&vec![0; length]), most, &mut Vec::new()), decoded, "{length}");
        }
        let row = |number| format!("<tr><td>{number}</td><td>a row like every other</td></tr>\n");
        let page: String = (0..20_000).map(row).collect();
        let zipped = gzip(page.as_bytes());
        assert!(page.len() > SHORT && zipped.len() * EXPANSION + SHORT >= page.len());
        assert_eq!(gunzip(&zipped, most, &mut Vec::new()), Ok(()));
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
            (gzip(b"").repeat(50_000), Err(DecodeError::TooManyGzipMembers)),
            (gzip(b"").repeat(2), Ok(b"")),
            (Vec::new(), Err(DecodeError::MalformedGzip)),
            (b"<out/>".to_vec(), Err(DecodeError::MalformedGzip)),
        ] {
            let mut out = b"what was there before".to_vec();
            let done = gunzip(&body, 64, &mut out);
            assert_eq!(done.map(|()| out.as_slice()), decoded);
            assert!(out.capacity() < 4096, "a bomb takes no room: {}", out.capacity());
        }
    }
}
