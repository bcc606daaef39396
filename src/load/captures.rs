//! Bad replies as they came, for whoever looks into them and as seeds for fuzzing.
//!
//! While the run lasts they are copied and no more; they are redacted when it is over. Secrets are
//! masked with as many bytes as they had, so that the offsets in the report stay true.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{fs, io, mem};

use super::redact::{Form, LONGEST, MARGIN, Redactor, Reply, redact};
use crate::measure::Outcome;
use crate::secret::Secret;

/// How many replies are kept of each kind, and of all kinds.
const PER_KIND: usize = 3;
const MOST: usize = 60;

/// The first bad replies of each kind.
#[derive(Debug, Default)]
pub struct Captures(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    counts: HashMap<Kind, usize>,
    replies: Vec<(Kind, Reply)>,
    /// Redacted, by name.
    files: Vec<(String, Vec<u8>)>,
}

/// What makes replies alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    pub(super) api: &'static str,
    pub(super) operation: &'static str,
    pub(super) outcome: Outcome,
    pub(super) form: Form,
}

impl Captures {
    /// Keeps a reply, unless there are enough of its kind: a body with its `head`, or all that came
    /// in `bytes`.
    pub(super) fn keep<'s>(
        &self,
        kind: Kind,
        head: &[u8],
        bytes: &[u8],
        secrets: impl Iterator<Item = Cow<'s, str>>,
    ) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if bytes.is_empty() || kept.replies.len() >= MOST {
            return;
        }
        let count = kept.counts.entry(kind).or_default();
        if *count >= PER_KIND {
            return;
        }
        *count += 1;
        let reply = Reply {
            form: kind.form,
            head: head[..head.len().min(LONGEST)].to_vec(),
            bytes: bytes[..bytes.len().min(LONGEST + MARGIN)].to_vec(),
            is_cut: bytes.len() > LONGEST + MARGIN,
            secrets: secrets.map(Secret::new).collect(),
        };
        kept.replies.push((kind, reply));
    }

    /// Whether there is nothing to redact.
    pub(super) fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).replies.is_empty()
    }

    /// Redacts what was kept, and gives a note about replies that cannot be, if there are any.
    pub(super) fn redact(&self, redactor: &Redactor) -> Option<String> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut numbers: HashMap<Kind, usize> = HashMap::new();
        let mut unreadable = 0;
        for (kind, reply) in mem::take(&mut kept.replies) {
            let Some((form, bytes)) = redact(&reply, redactor) else {
                unreadable += 1;
                continue;
            };
            let kind = Kind { form, ..kind };
            let number = numbers.entry(kind).or_default();
            *number += 1;
            kept.files.push((kind.file_name(*number), bytes));
        }
        (unreadable > 0).then(|| {
            format!("bad replies that are not in captures/, as they are no text: {unreadable}")
        })
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

impl std::fmt::Debug for Kept {
    /// Without the replies, which hold what must not be shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").field("counts", &self.counts).finish_non_exhaustive()
    }
}

impl Kind {
    fn file_name(&self, number: usize) -> String {
        let Self { api, operation, outcome, form } = self;
        let outcome = outcome.name().replace(' ', "-");
        let extension = match form {
            Form::Body => "xml",
            Form::Received => "http",
        };
        format!("{api}.{operation}.{outcome}.{number}.{extension}")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_each_kind_are_kept_and_no_more() {
        let captures = Captures::default();
        let kind = Kind {
            api: "eltex",
            operation: "sp_login",
            outcome: Outcome::Http,
            form: Form::Body,
        };
        for n in 0..10_usize {
            captures.keep(kind, b"", &vec![b' '; LONGEST * n], std::iter::empty());
        }
        for outcome in Outcome::ALL {
            for api in ["a", "b", "c"] {
                let kind = Kind { api, outcome, ..kind };
                captures.keep(kind, b"", b"<a/>", std::iter::empty());
                captures.keep(kind, b"", b"<b/>", std::iter::empty());
            }
        }
        let redactor = Redactor::new(std::iter::empty::<&str>()).expect("no secrets");
        assert_eq!(captures.redact(&redactor), None);
        let kept = captures.0.into_inner().expect("nobody panicked");
        assert_eq!(kept.files.len(), MOST);
        let names: Vec<_> = kept.files[..4].iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names[..3], [1, 2, 3].map(|n| format!("eltex.sp_login.http.{n}.xml")));
        assert_eq!(names[3], "a.sp_login.accepted.1.xml");
        assert!(kept.files.iter().all(|(_, bytes)| bytes.len() <= LONGEST));
    }

    #[test]
    fn what_nobody_can_read_is_counted_and_leaves_no_gap() {
        let captures = Captures::default();
        let kind = Kind {
            api: "eltex",
            operation: "sp_login",
            outcome: Outcome::Malformed,
            form: Form::Body,
        };
        captures.keep(kind, b"", &[0; 100], std::iter::empty());
        captures.keep(kind, b"", b"<a>secret</a>", ["secret".into()].into_iter());
        let redactor = Redactor::new(std::iter::empty::<&str>()).expect("no secrets");
        let note = captures.redact(&redactor).expect("a note");
        assert!(note.ends_with("no text: 1"), "{note}");
        let kept = captures.0.into_inner().expect("nobody panicked");
        let file = ("eltex.sp_login.malformed.1.xml".to_owned(), b"<a>******</a>".to_vec());
        assert_eq!(kept.files, [file]);
    }
}
