//! How a client calls a method, over each binding.

use super::message;
use crate::api::soap::Version;
use crate::api::{Binding, HttpRequest, Method, WriteError, form};

/// Where a method is and what goes with a call of it, written out so that a request costs no
/// formatting.
pub(in crate::api) struct Call {
    /// The method.
    pub(in crate::api) name: &'static str,
    /// Its namespace.
    pub(in crate::api) namespace: &'static str,
    /// Its parameters.
    pub(in crate::api) parameters: &'static [&'static str],
    /// The path of the service.
    pub(in crate::api) path: &'static str,
    /// The path of the method, for GET and POST.
    pub(in crate::api) method_path: &'static str,
    /// With SOAP 1.1.
    pub(in crate::api) soap11: &'static [(&'static str, &'static str)],
    /// With SOAP 1.2.
    pub(in crate::api) soap12: &'static [(&'static str, &'static str)],
}

const FORM: &[(&str, &str)] = &[("Content-Type", "application/x-www-form-urlencoded")];

impl Call {
    /// Writes a call with these values of the parameters.
    ///
    /// # Errors
    /// When a value holds a character that XML cannot.
    ///
    /// # Panics
    /// When the values are not as many as the parameters.
    pub(in crate::api) fn write(
        &self,
        binding: Binding,
        values: &[&str],
        out: &mut HttpRequest,
    ) -> Result<(), WriteError> {
        let parameters = self.parameters;
        assert_eq!(values.len(), parameters.len(), "{} has other parameters", self.name);
        let (version, headers) = match binding {
            Binding::Get => {
                out.start(Method::Get, self.method_path, &[]);
                out.path.push('?');
                out.path.extend(form::pieces(parameters.iter().copied(), values));
                return Ok(());
            }
            Binding::Post => {
                out.start(Method::Post, self.method_path, FORM);
                for piece in form::pieces(parameters.iter().copied(), values) {
                    out.body.extend_from_slice(piece.as_bytes());
                }
                return Ok(());
            }
            Binding::Soap12 => (Version::V12, self.soap12),
            Binding::Soap11 | Binding::Xml => (Version::V11, self.soap11),
        };
        out.start(Method::Post, self.path, headers);
        let parameters = parameters.iter().copied().zip(values.iter().copied());
        message::write_request(&mut out.body, version, self.namespace, self.name, parameters)
    }
}
