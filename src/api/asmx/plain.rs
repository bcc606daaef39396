//! GET and POST without SOAP: `/Service.asmx/Method?name=value`.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::contract::Contract;
use super::error_page::{self, html_escaped};
use super::exception::Exception;
use super::media_type::MediaType;
use super::message;
use crate::api::soap::Version;
use crate::api::{Binding, Fields, Incoming, Operation, Outgoing, Service, Visit, form};

const FIND: &[&str] = &[
    "System.Web.Services.Protocols.HttpServerProtocol.Initialize()",
    "System.Web.Services.Protocols.ServerProtocolFactory.Create(Type type, HttpContext context, \
     HttpRequest request, HttpResponse response, Boolean& abortProcessing)",
];
const READ: &[&str] = &[
    "System.Web.Services.Protocols.HttpServerProtocol.ReadParameters()",
    "System.Web.Services.Protocols.WebServiceHandler.CoreProcessRequest()",
];

/// Answers a request whose path names a method.
pub(super) fn answer(
    contract: &Contract,
    name: &str,
    request: &Incoming<'_>,
    service: &Service,
    visit: &Visit,
) -> Outgoing {
    let options = &service.options;
    let name = percent_decode_str(name).decode_utf8_lossy();
    let source = match request.method {
        "GET" if options.has(Binding::Get) => Source::Query,
        "POST" if options.has(Binding::Post) => Source::Form,
        "GET" | "POST" => return error_page::unrecognized_format(Some(&name), options),
        _ => return error_page::method_not_allowed("GET, POST", options),
    };
    if name.is_empty() {
        return error_page::unrecognized_format(Some(""), options);
    }
    match call(contract, &name, source, request, service, visit) {
        Ok(reply) => reply,
        Err(exception) => {
            let line = html_escaped(&exception.text(options.custom_errors)) + "\r\n";
            Outgoing::new(500, "text/plain; charset=utf-8", line.into_bytes())
        }
    }
}

/// Where the parameters are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Query,
    Form,
}

fn call(
    contract: &Contract,
    name: &str,
    source: Source,
    request: &Incoming<'_>,
    service: &Service,
    visit: &Visit,
) -> Result<Outgoing, Exception> {
    let invalid =
        |message, trace| Exception::new("System.InvalidOperationException", message, trace);
    let index = contract
        .operation_named(name)
        .ok_or_else(|| invalid(format!("{name} Web Service method name is not valid."), FIND))?;
    let sent = match source {
        Source::Query => request.query.as_bytes(),
        Source::Form => {
            if !MediaType::of(request.content_type).is("application/x-www-form-urlencoded") {
                let sent = request.content_type.unwrap_or("");
                return Err(invalid(format!("Request format is invalid: {sent}."), READ));
            }
            request.body
        }
    };
    let parameters = read_parameters(&contract.operations[index], source, sent)?;

    let result = (contract.call)(index, parameters, &service.store, visit);
    let fields = result.iter().map(|(name, value)| (*name, &**value));
    let result_type = contract.results[index].name;
    let mut body = Vec::with_capacity(512);
    message::write_plain(&mut body, contract.namespace, result_type, fields)
        .expect("every text of the service can be written");
    Ok(Outgoing::new(200, Version::V11.content_type(), body).meaning(contract.meaning(&result)))
}

/// All parameters of the operation are wanted, by names in any case; one that is there more than
/// once has its values joined.
fn read_parameters<'a>(
    operation: &Operation,
    source: Source,
    sent: &'a [u8],
) -> Result<Fields<'a>, Exception> {
    let pairs: Vec<_> = form::pairs(sent).collect();
    let mut parameters = Fields::new();
    for input in operation.inputs {
        let mut values = pairs
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(input.name))
            .map(|(_, value)| value);
        let mut joined = values.next().cloned().ok_or_else(|| {
            let message = format!("Missing parameter: {}.", input.name);
            Exception::new("System.InvalidOperationException", message, READ)
        })?;
        for value in values {
            joined = Cow::Owned(format!("{joined},{value}"));
        }
        if let Some(at) = dangerous_at(&joined) {
            return Err(dangerous(source, input.name, &joined, at));
        }
        parameters.push((input.name, joined));
    }
    Ok(parameters)
}

/// Where a value looks like markup to ASP.NET's request validation.
fn dangerous_at(value: &str) -> Option<usize> {
    value.as_bytes().windows(2).position(|two| match two {
        [b'<', next] => next.is_ascii_alphabetic() || b"!/?".contains(next),
        [b'&', b'#'] => true,
        _ => false,
    })
}

fn dangerous(source: Source, name: &str, value: &str, at: usize) -> Exception {
    let collection = match source {
        Source::Query => "QueryString",
        Source::Form => "Form",
    };
    // From ten characters before it to twenty after.
    let position = value[..at].chars().count();
    let start = position.saturating_sub(10);
    let shown: String = value.chars().skip(start).take(position + 20 - start).collect();
    let before = if start == 0 { "" } else { "..." };
    let after = if value.chars().count() > position + 20 { "..." } else { "" };
    let message = format!(
        "A potentially dangerous Request.{collection} value was detected from the client \
         ({name}=\"{before}{shown}{after}\")."
    );
    Exception::new(
        "System.Web.HttpRequestValidationException",
        message,
        &["System.Web.HttpRequest.ValidateString(String value, String collectionKey, \
           RequestValidationSource requestCollection)"],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::leadertask::SERVICE;

    #[test]
    fn parameters_are_wanted_all_and_joined() {
        let full = "NAME=a&password=%3C1&System_Name=&push_token=x&appleid=&user_token=&more=<b>";
        let read = |query: &str, source| {
            read_parameters(&SERVICE.operations[0], source, query.as_bytes())
                .map(|fields| fields.iter().map(|(_, v)| v.to_string()).collect::<Vec<_>>())
                .map_err(|e| e.message().to_owned())
        };
        let expected = ["a", "<1", "", "x", "", ""].map(str::to_owned).to_vec();
        assert_eq!(read(full, Source::Query), Ok(expected.clone()));
        let joined = read(&format!("{full}&name=b&name="), Source::Form).expect("all there");
        assert_eq!((joined[0].as_str(), &joined[1..]), ("a,b,", &expected[1..]));
        assert_eq!(read("", Source::Query), Err("Missing parameter: name.".into()));
        let cut = full.replace("user_token", "user-token");
        assert_eq!(read(&cut, Source::Query), Err("Missing parameter: user_token.".into()));
        for (value, source, detected) in [
            (
                "<script",
                Source::Query,
                "QueryString value was detected from the client (name=\"<script\").",
            ),
            ("a&#1", Source::Form, "Form value was detected from the client (name=\"a&#1\")."),
            (
                "0123456789АБВ<b>0123456789012345678901234",
                Source::Form,
                "Form value was detected from the client (name=\"...3456789АБВ<b>01234567890123456...\").",
            ),
        ] {
            let message =
                read(&full.replace("NAME=a", &format!("name={}", escaped(value))), source);
            let expected = format!("A potentially dangerous Request.{detected}");
            assert_eq!(message, Err(expected), "{value}");
        }
    }

    fn escaped(value: &str) -> String {
        form::pieces(["x"].into_iter(), &[value]).skip(3).collect()
    }
}
