//! One simulated service: whose accounts, and how it is set up.

use super::{Api, Binding, Store};

/// A service that [`Api::answer`] answers for.
#[derive(Debug)]
pub struct Service {
    /// Its accounts and sessions.
    pub store: Store,
    /// How it is set up.
    pub options: ServiceOptions,
}

/// How a simulated service is set up, where real ones differ. What has no meaning to a service is
/// not looked at by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceOptions {
    /// The bindings that it answers to.
    pub bindings: Vec<Binding>,
    /// ASP.NET's `customErrors`: whether errors are one line for strangers, or stack traces.
    pub custom_errors: bool,
    /// How eltex sends its documented errors.
    pub error_status: ErrorStatus,
}

/// How eltex sends its documented errors: its pages say "404 on error", and show errors under 200.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ErrorStatus {
    /// Status 200, with the body.
    #[default]
    Ok,
    /// Status 404, with the body.
    NotFound,
    /// Status 404 without a body.
    NotFoundEmpty,
}

impl ServiceOptions {
    /// As the documents of `api` show it.
    #[must_use]
    pub fn documented(api: &dyn Api) -> Self {
        Self {
            bindings: api.documented_bindings().to_vec(),
            custom_errors: true,
            error_status: ErrorStatus::default(),
        }
    }

    /// Whether `binding` is on.
    #[must_use]
    pub fn has(&self, binding: Binding) -> bool {
        self.bindings.contains(&binding)
    }
}
