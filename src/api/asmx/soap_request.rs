//! From a SOAP request to the method it calls, and back.

use std::borrow::Cow;

use super::contract::Contract;
use super::envelope::{Envelope, read_parameters};
use super::exception::Exception;
use super::fault::{Code, Fault, Refusal};
use super::media_type::{MediaType, unquoted};
use super::{charset, error_page, message};
use crate::api::soap::Version;
use crate::api::{Binding, Incoming, Outgoing, Service, ServiceOptions, Visit};

const SOAP_EXCEPTION: &str = "System.Web.Services.Protocols.SoapException";
const ROUTE: &[&str] = &[
    "System.Web.Services.Protocols.SoapServerProtocol.RouteRequest(SoapServerMessage message)",
    "System.Web.Services.Protocols.SoapServerProtocol.Initialize()",
    "System.Web.Services.Protocols.ServerProtocolFactory.Create(Type type, HttpContext context, \
     HttpRequest request, HttpResponse response, Boolean& abortProcessing)",
];
const READ: &[&str] = &[
    "System.Web.Services.Protocols.SoapServerProtocol.ReadParameters()",
    "System.Web.Services.Protocols.WebServiceHandler.CoreProcessRequest()",
];
const FIND_BODY: &[&str] = &["System.Web.Services.Protocols.SoapServerProtocol.GetBodyReader()"];

/// Answers a POST to the service itself.
pub(super) fn answer(
    contract: &Contract,
    request: &Incoming<'_>,
    service: &Service,
    visit: &Visit,
) -> Outgoing {
    let options = &service.options;
    if !options.has(Binding::Soap11) && !options.has(Binding::Soap12) {
        return error_page::unrecognized_format(None, options);
    }
    decode(request, options)
        .and_then(|document| call(contract, request, &document, service, visit))
        .unwrap_or_else(|refusal| refusal.reply(options))
}

/// The request as text.
fn decode<'a>(request: &Incoming<'a>, options: &ServiceOptions) -> Result<Cow<'a, str>, Refusal> {
    let media_type = MediaType::of(request.content_type);
    let is_soap = media_type.is("text/xml")
        || media_type.is("application/soap+xml") && options.has(Binding::Soap12);
    if !is_soap {
        return Err(Refusal::Status(415));
    }
    charset::decode(media_type, request.body).ok_or(Refusal::Status(400))
}

fn call(
    contract: &Contract,
    request: &Incoming<'_>,
    document: &str,
    service: &Service,
    visit: &Visit,
) -> Result<Outgoing, Refusal> {
    let envelope = Envelope::read(contract, document).map_err(|_| Refusal::Status(400))?;
    let version = check_version(&envelope, request, &service.options)?;
    let index = route(contract, request, &envelope, version, &service.options)?;
    check_parts(&envelope, version)?;
    let operation = &contract.operations[index];
    let parameters = read_parameters(document, version, contract.namespace, operation)
        .ok_or(Refusal::Status(400))?;

    let result = (contract.call)(index, parameters, &service.store, visit);
    let fields = result.iter().map(|(name, value)| (*name, &**value));
    let mut body = Vec::with_capacity(512);
    message::write_reply(&mut body, version, contract.namespace, operation.name, fields)
        .expect("every text of the service can be written");
    Ok(Outgoing::new(200, version.content_type(), body).meaning(contract.meaning(&result)))
}

/// The SOAP that the envelope is in and the reply will be in.
fn check_version(
    envelope: &Envelope,
    request: &Incoming<'_>,
    options: &ServiceOptions,
) -> Result<Version, Refusal> {
    let is_on = |version| match version {
        Version::V11 => options.has(Binding::Soap11),
        Version::V12 => options.has(Binding::Soap12),
    };
    let sent = envelope.version.as_ref();
    let is_soap12_media = MediaType::of(request.content_type).is("application/soap+xml");
    if sent == Ok(&Version::V11) && is_soap12_media {
        return Err(Refusal::Status(415));
    }
    if let Ok(&version) = sent
        && is_on(version)
    {
        return Ok(version);
    }
    let version = if is_on(Version::V11) { Version::V11 } else { Version::V12 };
    let message = format!(
        "Possible SOAP version mismatch: Envelope namespace {} was unexpected. Expecting {}.",
        sent.map_or_else(String::as_str, |version| version.namespace()),
        version.namespace()
    );
    let exception = Exception::new(SOAP_EXCEPTION, message, &ROUTE[1..]);
    Err(Fault { version, code: Code::VersionMismatch, exception }.into())
}

/// Which method is called: `SOAPAction`, and not the body, routes SOAP 1.1. In SOAP 1.2, which
/// has the action in the media type, a wrong one does not matter.
fn route(
    contract: &Contract,
    request: &Incoming<'_>,
    envelope: &Envelope,
    version: Version,
    options: &ServiceOptions,
) -> Result<usize, Refusal> {
    let action = sent_action(request, version);
    let named = action.and_then(|action| contract.operation_of_action(action));
    let routes_by_element =
        version == Version::V12 || action.is_none() && options.has(Binding::Soap12);
    let by_element = envelope.element.filter(|_| routes_by_element);
    named.or(by_element).ok_or_else(|| {
        let message = match (action, version) {
            (Some(action), Version::V11) => {
                format!("Server did not recognize the value of HTTP Header SOAPAction: {action}.")
            }
            (Some(action), Version::V12) => {
                format!("Unable to handle request. The action '{action}' was not recognized.")
            }
            (None, _) => "Unable to handle request without a valid action parameter. \
                          Please supply a valid soap action."
                .to_owned(),
        };
        let exception = Exception::new(SOAP_EXCEPTION, message, ROUTE);
        Fault { version, code: Code::Client, exception }.into()
    })
}

fn sent_action<'a>(request: &Incoming<'a>, version: Version) -> Option<&'a str> {
    match version {
        Version::V11 => request.soap_action.map(unquoted),
        Version::V12 => MediaType::of(request.content_type).parameter("action"),
    }
}

/// There is a body, and no header that would have to be understood.
fn check_parts(envelope: &Envelope, version: Version) -> Result<(), Fault> {
    if !envelope.has_body {
        let exception = Exception::new(SOAP_EXCEPTION, "Server was unable to read request.", READ)
            .caused_by(Exception::new(
                "System.InvalidOperationException",
                "Request format is invalid: Missing required soap:Body element.",
                FIND_BODY,
            ));
        return Err(Fault { version, code: Code::Client, exception });
    }
    match &envelope.not_understood {
        None => Ok(()),
        Some(header) => {
            let exception = Exception::new(
                "System.Web.Services.Protocols.SoapHeaderException",
                format!("SOAP header {header} was not understood."),
                READ,
            );
            Err(Fault { version, code: Code::MustUnderstand, exception })
        }
    }
}

/// The method that a request names, without a look at whether it may.
pub(super) fn operation_asked(contract: &Contract, request: &Incoming<'_>) -> Option<usize> {
    let media_type = MediaType::of(request.content_type);
    let version = if media_type.is("application/soap+xml") { Version::V12 } else { Version::V11 };
    let action = sent_action(request, version);
    action.and_then(|action| contract.operation_of_action(action)).or_else(|| {
        let document = charset::decode(media_type, request.body)?;
        Envelope::read(contract, &document).ok()?.element
    })
}
