//! Bad replies as they came, for whoever looks into them and as seeds for fuzzing.
//!
//! Secrets are masked with as many bytes as they had, so that the offsets in the report stay true.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{fs, io};

use crate::measure::Outcome;

/// How many replies are kept of each kind, of all kinds, and how much of each.
const PER_KIND: usize = 3;
const MOST: usize = 60;
const LONGEST: usize = 64 * 1024;

/// A secret shorter than this is found everywhere: what holds it is not kept at all.
const SHORTEST_SECRET: usize = 3;

/// The first bad replies of each kind.
#[derive(Debug, Default)]
pub struct Captures(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    counts: HashMap<Kind, usize>,
    files: Vec<(String, Vec<u8>)>,
}

/// What makes replies alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    pub(super) api: &'static str,
    pub(super) operation: &'static str,
    pub(super) outcome: Outcome,
    /// What the bytes are: `xml` for a body, `http` for all that came.
    pub(super) form: &'static str,
}

impl Captures {
    /// Keeps a reply, unless there are enough of its kind.
    pub(super) fn keep<'s>(
        &self,
        kind: Kind,
        bytes: &[u8],
        secrets: impl Iterator<Item = Cow<'s, str>>,
    ) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = kept.counts.get(&kind).copied().unwrap_or(0) + 1;
        if number > PER_KIND || kept.files.len() >= MOST || bytes.is_empty() {
            return;
        }
        // Masked before it is cut: half a secret is one too.
        let Some(mut masked) = mask(bytes, secrets) else { return };
        masked.truncate(LONGEST);
        let Kind { api, operation, outcome, form } = kind;
        kept.counts.insert(kind, number);
        let outcome = outcome.name().replace(' ', "-");
        kept.files
            .push((format!("{api}.{operation}.{outcome}.{number}.{form}"), masked));
    }

    /// Writes what was kept into `captures` below `folder`, in place of what an earlier run left
    /// there, and gives that folder; `None` if there is nothing.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<Option<PathBuf>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = folder.join("captures");
        if folder.is_dir() {
            remove_earlier(&folder)?;
        }
        if kept.files.is_empty() {
            return Ok(None);
        }
        fs::create_dir_all(&folder)?;
        for (name, bytes) in &kept.files {
            fs::write(folder.join(name), bytes)?;
        }
        Ok(Some(folder))
    }
}

/// Removes the captures of an earlier run, known by their names, and nothing else.
fn remove_earlier(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        let parts: Vec<_> = name.split('.').collect();
        if let [api, _, _, number, "xml" | "http"] = parts[..]
            && crate::api::find(api).is_some()
            && number.parse::<usize>().is_ok()
        {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// `bytes` with stars in place of secrets, and of what looks like a key whoever's it is; `None` if
/// they cannot be masked.
fn mask<'s>(bytes: &[u8], secrets: impl Iterator<Item = Cow<'s, str>>) -> Option<Vec<u8>> {
    let mut masked = bytes.to_vec();
    for secret in secrets.filter(|secret| !secret.is_empty()) {
        let mut at = 0;
        while at < bytes.len() {
            match length_at(&bytes[at..], &secret) {
                Some(_) if secret.len() < SHORTEST_SECRET => return None,
                Some(length) => {
                    masked[at..at + length].fill(b'*');
                    at += length;
                }
                None => at += 1,
            }
        }
    }
    mask_keys(&mut masked);
    Some(masked)
}

/// How many bytes `secret` takes at the start of `text`, in upper or lower case, its characters as
/// they are or as XML and URLs write them; `None` if it does not stand there.
fn length_at(text: &[u8], secret: &str) -> Option<usize> {
    let mut rest = text;
    for c in secret.chars() {
        let length = spellings(c).find(|spelling| {
            rest.get(..spelling.len())
                .is_some_and(|r| r.eq_ignore_ascii_case(spelling.as_bytes()))
        })?;
        rest = &rest[length.len()..];
    }
    Some(text.len() - rest.len())
}

/// The ways a character may be written, the longer ones first: `&amp;` begins as `&` does.
fn spellings(c: char) -> impl Iterator<Item = String> {
    let named = match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\'' => Some("&apos;"),
        _ => None,
    };
    let code = u32::from(c);
    let encoded = move || {
        let mut buffer = [0; 4];
        c.encode_utf8(&mut buffer)
            .bytes()
            .map(|byte| format!("%{byte:02x}"))
            .collect::<String>()
    };
    // The plain one is tried first where it cannot be the beginning of another.
    let plain_first = (!matches!(c, '&' | '%')).then(|| c.to_string());
    plain_first
        .into_iter()
        .chain(named.map(str::to_owned))
        .chain(std::iter::once_with(move || format!("&#{code};")))
        .chain(std::iter::once_with(move || format!("&#x{code:x};")))
        .chain(std::iter::once_with(encoded))
        .chain(std::iter::once_with(move || c.to_string()))
}

/// Masks long runs of letters and digits: sessions that nobody could read, of a reply that broke.
fn mask_keys(bytes: &mut [u8]) {
    const KEY: usize = 16;
    let is_key = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'+' | b'=');
    for run in bytes.split_mut(|b| !is_key(b)) {
        let end = run.iter().rposition(u8::is_ascii_alphanumeric).map_or(0, |at| at + 1);
        if end >= KEY && run[..end].iter().any(u8::is_ascii_digit) {
            run[..end].fill(b'*');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_byte_by_byte_however_they_are_written() {
        let secret = "p<я&\"1";
        for (bytes, masked) in [
            ("<a x='p<я&\"1'/>", "<a x='*******'/>"),
            ("<a>P&lt;я&amp;&quot;1</a>", "<a>*******************</a>"),
            ("p&#60;&#x44F;&#38;&#34;1 x", "************************ x"),
            ("?p=p%3C%D1%8F%26%221&x", "?p=*****************&x"),
            ("p<я", "p<я"),
            ("b642dd1dd8500124fc4593eb, x1", "************************, x1"),
            (
                "http://schemas.xmlsoap.org/soap/envelope/",
                "http://schemas.xmlsoap.org/soap/envelope/",
            ),
            (
                "http://www.w3.org/2001/XMLSchema-instance",
                "http://www.w3.org/2001/XMLSchema-instance",
            ),
        ] {
            let found = mask(bytes.as_bytes(), [Cow::Borrowed(secret)].into_iter());
            assert_eq!(
                found.as_deref().map(String::from_utf8_lossy),
                Some(masked.into()),
                "{bytes}"
            );
            assert_eq!(masked.len(), bytes.len(), "offsets stay true");
        }
        let short = || [Cow::Borrowed("1")].into_iter();
        assert_eq!(mask(b"<a>1</a>", short()), None);
        assert_eq!(mask(b"<a>2</a>", short()), Some(b"<a>2</a>".to_vec()));
    }

    #[test]
    fn the_first_of_each_kind_are_kept_and_no_more() {
        let captures = Captures::default();
        let kind = Kind {
            api: "eltex",
            operation: "sp_login",
            outcome: Outcome::Http,
            form: "xml",
        };
        for n in 0..10_usize {
            captures.keep(kind, &vec![b' '; LONGEST * n], std::iter::empty());
        }
        for outcome in Outcome::ALL {
            for api in ["a", "b", "c"] {
                captures.keep(Kind { api, outcome, ..kind }, b"<a/>", std::iter::empty());
                captures.keep(Kind { api, outcome, ..kind }, b"<b/>", std::iter::empty());
            }
        }
        let kept = captures.0.into_inner().expect("nobody panicked");
        assert_eq!(kept.files.len(), MOST);
        let names: Vec<_> = kept.files[..4].iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names[..3], [1, 2, 3].map(|n| format!("eltex.sp_login.http.{n}.xml")));
        assert_eq!(names[3], "a.sp_login.accepted.1.xml");
        assert!(kept.files.iter().all(|(_, bytes)| bytes.len() <= LONGEST));
    }
}
