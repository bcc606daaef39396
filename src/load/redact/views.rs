//! Every way to read a text that may hide a secret.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher as _, RandomState};

use super::base64::base64;
use super::escapes::{json, percent};
use super::framing::stripped;
use super::references::references;
use super::view::View;

/// Services escape what was escaped before: JSON with a URL in it, in an attribute.
const DEPTH: usize = 3;

/// More decoded bytes than this for each byte of the source are made by somebody who means to.
const GROWTH: usize = 32;
/// And at least so many are no matter.
const SMALL: usize = 4096;

/// A text with more ways to read it than anybody follows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooManyViews;

/// Calls `visit` with `roots` and everything that they decode to, in up to three steps. Comments,
/// CDATA and chunks are not counted as a step.
///
/// # Errors
/// When there is too much of it. Some of it was visited, and the text must not be shown.
pub(super) fn each(roots: Vec<View>, mut visit: impl FnMut(View)) -> Result<(), TooManyViews> {
    let mut left = GROWTH * (roots.iter().map(View::len).max().unwrap_or(0) + SMALL);
    let hasher = RandomState::new();
    let mut seen = HashSet::new();
    let mut queue: VecDeque<_> = roots.into_iter().map(|root| (root, 0)).collect();
    let whole: Vec<_> = queue.iter().filter_map(|(root, _)| stripped(root)).collect();
    queue.extend(whole.into_iter().map(|root| (root, 0)));
    while let Some((view, depth)) = queue.pop_front() {
        if !seen.insert(hasher.hash_one(&view)) {
            continue;
        }
        left = left.checked_sub(view.len()).ok_or(TooManyViews)?;
        if depth < DEPTH {
            queue.extend(decoded(&view).map(|view| (view, depth + 1)));
        }
        visit(view);
    }
    Ok(())
}

/// What a view decodes to in one step.
fn decoded(view: &View) -> impl Iterator<Item = View> {
    let escapes = [percent(view, false), percent(view, true), references(view), json(view)];
    let framed = std::iter::once_with(|| stripped(view));
    let encoded = (0..4).map(|phase| base64(view, phase));
    escapes.into_iter().chain(framed).chain(encoded).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        let view = |view: View| found.push(String::from_utf8_lossy(view.text()).into_owned());
        each(vec![View::of(text.as_bytes())], view).expect("a simple text");
        found
    }

    #[test]
    fn escapes_within_escapes_are_read() {
        for (text, plain) in [
            ("p&amp;amp;q", "p&q"),
            ("?u=%26amp%3B%25", "?u=&%"),
            (r"{&quot;u&quot;: &quot;\u0025\u0034\u0031&quot;}", r#"{"u": "A"}"#),
            ("a%2<!-- -->0b", "a b"),
            ("cCUyNiZhbXA7cSBy", "p&&q r"),
        ] {
            assert!(read(text).iter().any(|found| found == plain), "{text}: {:?}", read(text));
        }
        assert_eq!(read("No such user/password!"), ["No such user/password!"]);
    }

    #[test]
    fn views_are_bounded() {
        let text = r"%25252525&amp;amp;amp;amp;\\\\\\\\+<!---->".repeat(500);
        assert_eq!(each(vec![View::of(text.as_bytes())], |_| ()), Err(TooManyViews));
    }
}
