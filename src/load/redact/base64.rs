//! Runs of base64 in a text.

use super::view::View;

/// Four characters of a secret take at least so many in base64.
const SHORTEST_RUN: usize = 6;
/// What is shorter holds no secret.
const SHORTEST_TEXT: usize = 4;
/// Between texts.
const GAP: &[u8] = &[0];

/// The texts in the runs of base64 of a view, of either alphabet, line ends within runs passed
/// over. The groups of four begin `phase` characters after a run does: what stands before a
/// message may be of the same alphabet. `None` if there is no text.
///
/// Any word looks like base64 and decodes to bytes of no meaning; only what is UTF-8 without
/// control characters is a text.
pub(super) fn base64(view: &View, phase: usize) -> Option<View> {
    let mut texts = View::default();
    let mut decoded = View::default();
    let mut run: Vec<(usize, u8)> = Vec::new();
    let text = view.text();
    for (at, byte) in text.iter().copied().enumerate() {
        if let Some(bits) = value(byte) {
            run.push((at, bits));
        } else if run.is_empty() || !matches!(byte, b'\r' | b'\n') {
            decode(view, &run, phase, &mut decoded);
            keep_texts(&decoded, &mut texts);
            run.clear();
        }
    }
    decode(view, &run, phase, &mut decoded);
    keep_texts(&decoded, &mut texts);
    (texts.len() > 0).then_some(texts)
}

fn decode(view: &View, run: &[(usize, u8)], phase: usize, decoded: &mut View) {
    *decoded = View::default();
    if run.len() < SHORTEST_RUN + phase {
        return;
    }
    for group in run[phase..].chunks(4) {
        for pair in 0..group.len() - 1 {
            let ((from, high), (to, low)) = (group[pair], group[pair + 1]);
            let byte = (high << (2 + 2 * pair)) | (low >> (4 - 2 * pair));
            decoded.push(&[byte], view.span(from, to + 1));
        }
    }
}

/// The bits of a character, in either alphabet.
fn value(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

fn keep_texts(decoded: &View, texts: &mut View) {
    let mut at = 0;
    for chunk in decoded.text().utf8_chunks() {
        let valid = chunk.valid();
        for text in valid.split(|c: char| c.is_control() && !c.is_ascii_whitespace()) {
            let from = at + (text.as_ptr().addr() - valid.as_ptr().addr());
            if text.chars().take(SHORTEST_TEXT).count() == SHORTEST_TEXT {
                if texts.len() > 0 {
                    texts.push(GAP, decoded.span(from, from + 1));
                }
                texts.copy(decoded, from..from + text.len());
            }
        }
        at += valid.len() + chunk.invalid().len();
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    fn texts(text: &str) -> Vec<String> {
        let views = (0..4).filter_map(|phase| base64(&View::of(text.as_bytes()), phase));
        views.map(|view| String::from_utf8_lossy(view.text()).into_owned()).collect()
    }

    #[test]
    fn texts_are_found_wherever_a_run_begins() {
        let secret = "anna:Zq&7 wörd+X9k%ä?~";
        for encoded in [STANDARD.encode(secret), URL_SAFE_NO_PAD.encode(secret)] {
            for around in ["", "x", "xy", "Basic ", "path/", "abc/"] {
                let found = texts(&format!("{around}{encoded}"));
                assert!(found.iter().any(|text| text.contains(secret)), "{around}: {found:?}");
            }
            let (first, last) = encoded.split_at(9);
            let found = texts(&format!("{first}\r\n{last} and more"));
            assert!(found.iter().any(|text| text.contains(secret)), "{found:?}");
        }
    }

    #[test]
    fn words_are_no_base64() {
        assert_eq!(texts("No such user/password! Response envelope"), Vec::<String>::new());
    }

    #[test]
    fn decoded_bytes_know_where_they_stood() {
        // "secret" begins in the middle of a group.
        let view = base64(&View::of(b"is YTpzZWNyZXQ="), 0).expect("a text");
        assert_eq!((view.text(), view.span(2, 8).range()), (&b"a:secret"[..], 5..14));
    }
}
