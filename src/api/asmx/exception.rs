//! What .NET says of an error: to strangers its messages, to developers where it happened.

use std::iter;

/// An exception and what caused it.
pub(super) struct Exception {
    kind: &'static str,
    message: String,
    /// The methods it went through, the one that threw it first.
    trace: &'static [&'static str],
    cause: Option<Box<Exception>>,
}

impl Exception {
    /// An exception of a type, thrown in the first of these methods.
    pub(super) fn new(
        kind: &'static str,
        message: impl Into<String>,
        trace: &'static [&'static str],
    ) -> Self {
        Self { kind, message: message.into(), trace, cause: None }
    }

    /// The same, with what caused it.
    pub(super) fn caused_by(mut self, cause: Self) -> Self {
        self.cause = Some(Box::new(cause));
        self
    }

    /// What a reply says: with `custom_errors` one line of messages, without them types, messages
    /// and traces.
    pub(super) fn text(&self, custom_errors: bool) -> String {
        if custom_errors { self.messages() } else { self.traces() }
    }

    /// Its message alone.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    fn messages(&self) -> String {
        let all: Vec<_> = iter::successors(Some(self), |e| e.cause.as_deref())
            .map(|e| e.message.as_str())
            .collect();
        all.join(" ---> ")
    }

    /// As `Exception.ToString` has it.
    fn traces(&self) -> String {
        let cause = self.cause.as_ref().map_or_else(String::new, |cause| {
            format!(" ---> {}\n   --- End of inner exception stack trace ---", cause.traces())
        });
        let trace: String = self.trace.iter().map(|method| format!("\n   at {method}")).collect();
        format!("{}: {}{cause}{trace}", self.kind, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_get_a_line_and_developers_the_traces() {
        let cause = Exception::new("System.B", "why", &["B.f()"]);
        let error = Exception::new("System.A", "what", &["A.g()", "A.h()"]).caused_by(cause);
        assert_eq!(error.text(true), "what ---> why");
        assert_eq!(
            error.text(false),
            "System.A: what ---> System.B: why\n   at B.f()\n   \
             --- End of inner exception stack trace ---\n   at A.g()\n   at A.h()"
        );
    }
}
