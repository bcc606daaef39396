//! SOAP faults as ASMX writes them.

use std::borrow::Cow;

use super::exception::Exception;
use crate::api::soap::{self, SOAP11, SOAP12, Version};
use crate::api::{Binding, Meaning, Outgoing, ServiceOptions};
use crate::xml::UnwritableText;

/// Why a SOAP request is not answered as it wants.
pub(super) enum Refusal {
    /// A status without a body.
    Status(u16),
    /// A fault.
    Fault(Fault),
}

/// A fault.
pub(super) struct Fault {
    /// Which SOAP it is written in.
    pub(super) version: Version,
    /// What kind of fault.
    pub(super) code: Code,
    /// What it says.
    pub(super) exception: Exception,
}

/// What kind of fault: whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// The request is wrong; `Sender` in SOAP 1.2.
    Client,
    /// A header that must be understood is not.
    MustUnderstand,
    /// The envelope is of another SOAP.
    VersionMismatch,
}

impl Code {
    const fn name(self, version: Version) -> &'static str {
        match (self, version) {
            (Self::Client, Version::V11) => "soap:Client",
            (Self::Client, Version::V12) => "soap:Sender",
            (Self::MustUnderstand, _) => "soap:MustUnderstand",
            (Self::VersionMismatch, _) => "soap:VersionMismatch",
        }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Refusal {
    /// The reply that says so.
    pub(super) fn reply(self, options: &ServiceOptions) -> Outgoing {
        match self {
            Self::Status(status) => Outgoing::empty(status),
            Self::Fault(fault) => {
                let mut body = Vec::with_capacity(1024);
                fault.write(&mut body, options).expect("its text is printable");
                Outgoing::new(500, fault.version.content_type(), body).meaning(Meaning::Fault)
            }
        }
    }
}

impl Fault {
    fn write(&self, out: &mut Vec<u8>, options: &ServiceOptions) -> Result<(), UnwritableText> {
        let fault = soap::Fault {
            version: self.version,
            code: Cow::Borrowed(self.code.name(self.version)),
            message: Cow::Owned(printable(&self.exception.text(options.custom_errors))),
        };
        if self.code == Code::VersionMismatch && options.has(Binding::Soap12) {
            soap::write_fault_with_header(out, &fault, &upgrade(options))
        } else {
            soap::write_fault(out, &fault)
        }
    }
}

/// `text` without what XML cannot hold: it may repeat what a client sent.
fn printable(text: &str) -> String {
    let is_fine = |c: char| matches!(c, '\t' | '\n') || !c.is_control();
    text.chars()
        .map(|c| if is_fine(c) && !matches!(c, '\u{FFFE}' | '\u{FFFF}') { c } else { '?' })
        .collect()
}

/// Which envelopes would have been understood: SOAP 1.2 part 1, section 5.4.7.
fn upgrade(options: &ServiceOptions) -> String {
    let envelope = |binding, prefix, namespace| {
        if options.has(binding) {
            format!(
                "<soap12:SupportedEnvelope xmlns:{prefix}=\"{namespace}\" \
                 qname=\"{prefix}:Envelope\" />"
            )
        } else {
            String::new()
        }
    };
    format!(
        "<soap12:Upgrade xmlns:soap12=\"{SOAP12}\">{}{}</soap12:Upgrade>",
        envelope(Binding::Soap11, "soap", SOAP11),
        envelope(Binding::Soap12, "soap12", SOAP12),
    )
}
