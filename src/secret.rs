//! What must not be shown.

use std::fmt;

/// A text that no log, report or panic shows: a password, a key, a session.
///
/// ```
/// let password = gander::secret::Secret::new("hunter2");
/// assert_eq!(format!("{password} {password:?}"), "*** ***");
/// assert_eq!(password.expose(), "hunter2");
/// ```
#[derive(Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What a variable of the environment holds, without the one line end that `echo` and editors put
    /// after it. An empty one counts as unset.
    ///
    /// ```
    /// use gander::secret::Secret;
    ///
    /// assert_eq!(Secret::from_environment("hunter2\r\n"), Some(Secret::new("hunter2")));
    /// assert_eq!(Secret::from_environment("\n"), None);
    /// ```
    #[must_use]
    pub fn from_environment(value: &str) -> Option<Self> {
        let line = value.strip_suffix('\n').map_or(value, |v| v.strip_suffix('\r').unwrap_or(v));
        (!line.is_empty()).then(|| Self::new(line))
    }

    /// Puts another text in its place. The room of a long one is given back.
    pub fn set(&mut self, text: &str) {
        const KEPT: usize = 1024;
        self.0.clear();
        self.0.shrink_to(KEPT);
        self.0.push_str(text);
    }

    /// The text, for whoever must have it: nothing that is shown.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
