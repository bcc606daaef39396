//! What all ASP.NET ASMX services share. A service is a [`Contract`], which is data, and its typed
//! messages; here is how a real one answers over HTTP, down to its error texts.
//!
//! The behaviour was observed on a real ASMX stack; where that could not be had, it follows the
//! published source of .NET.

mod charset;
mod client;
mod contract;
mod envelope;
mod error_page;
mod exception;
mod fault;
mod help;
mod media_type;
mod message;
mod plain;
mod soap_request;
mod wsdl;

use super::soap::{self, Version};
use super::{Binding, Fields, Incoming, Outgoing, Service, Verdict, Visit, WriteError};

pub(super) use client::Call;
pub(super) use contract::{Contract, ResultType};
pub(super) use message::{
    Text, or_empty, read_form, read_plain, read_reply, read_request, read_texts, values_of,
    write_plain, write_reply, write_request,
};

use contract::Place;

/// What every reply says.
const HEADERS: &[(&str, &str)] =
    &[("Cache-Control", "private, max-age=0"), ("X-AspNet-Version", "4.0.30319")];

/// Answers a request to the service; `None` if its path is another's.
pub(super) fn answer(
    contract: &Contract,
    request: &Incoming<'_>,
    service: &Service,
    visit: &Visit,
) -> Option<Outgoing> {
    let options = &service.options;
    let reply = match (contract.place(request.path)?, request.method) {
        (Place::Service, "GET") if request.query.eq_ignore_ascii_case("wsdl") => {
            wsdl::reply(contract, request, options)
        }
        (Place::Service, "GET") => help::reply(contract, request, options),
        (Place::Service, "POST") => soap_request::answer(contract, request, service, visit),
        (Place::Service, _) => error_page::method_not_allowed("GET, POST", options),
        (Place::Method(name), _) => plain::answer(contract, name, request, service, visit),
    };
    Some(Outgoing { headers: HEADERS, ..reply })
}

/// Writes the reply with these fields, or the fault that they are.
pub(super) fn write_any_reply(
    contract: &Contract,
    operation: usize,
    binding: Binding,
    fields: &Fields<'_>,
    out: &mut Vec<u8>,
) -> Result<(), WriteError> {
    out.clear();
    let values = fields.iter().map(|(name, value)| (*name, &**value));
    let version = match binding {
        Binding::Get | Binding::Post => {
            let result_type = contract.results[operation].name;
            return write_plain(out, contract.namespace, result_type, values);
        }
        Binding::Soap12 => Version::V12,
        Binding::Soap11 | Binding::Xml => Version::V11,
    };
    if let Some(Verdict::Fault { code, message }) = soap::fault_verdict(fields) {
        let fault = soap::Fault { version, code, message };
        return soap::write_fault(out, &fault)
            .map_err(|source| WriteError { input: "faultstring", source });
    }
    write_reply(out, version, contract.namespace, contract.operations[operation].name, values)
}

/// Which operation a request is for, as far as path, action or the body's element tell.
pub(super) fn operation_asked(contract: &Contract, request: &Incoming<'_>) -> Option<usize> {
    match contract.place(request.path)? {
        Place::Method(name) => contract.operation_named(name),
        Place::Service if request.method == "POST" => {
            soap_request::operation_asked(contract, request)
        }
        Place::Service => None,
    }
}
