//! The help page of a service: what it can be asked, with forms to try it and sample messages.

use super::contract::Contract;
use super::error_page::html_escaped;
use super::message;
use crate::api::soap::Version;
use crate::api::{Binding, Incoming, Operation, Outgoing, ServiceOptions, WriteError, form};

/// Answers a GET of the service itself.
pub(super) fn reply(
    contract: &Contract,
    request: &Incoming<'_>,
    options: &ServiceOptions,
) -> Outgoing {
    let page = Page { contract, options, host: request.host.unwrap_or("localhost") }.write();
    Outgoing::new(200, "text/html; charset=utf-8", page.into_bytes())
}

struct Page<'a> {
    contract: &'a Contract,
    options: &'a ServiceOptions,
    host: &'a str,
}

const STYLE: &str = "\
body { font: 16px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em }
h1 { background: #036; color: #fff; padding: .3em .6em }
pre { background: #f4f4e8; padding: .8em; overflow-x: auto }
table { margin: .5em 0 }
input { width: 20em }";

impl Page<'_> {
    fn write(&self) -> String {
        let Contract { name, path, operations, .. } = self.contract;
        let list: String = operations
            .iter()
            .map(|Operation { name, summary, .. }| {
                let summary = html_escaped(summary);
                format!(
                    r##"<li><a href="#{name}">{name}</a>: {summary}</li>
"##
                )
            })
            .collect();
        let sections: String = (0..operations.len()).map(|index| self.section(index)).collect();
        format!(
            r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{name} Web Service</title>
<style>
{STYLE}
</style>
</head>
<body>
<h1>{name}</h1>
<p>The following operations are supported. For a formal definition, see the
<a href="{path}?WSDL">Service Description</a>.</p>
<ul>
{list}</ul>
{sections}</body>
</html>
"#
        )
    }

    /// An operation: forms to try it, and sample messages in each binding.
    fn section(&self, index: usize) -> String {
        let operation = &self.contract.operations[index];
        let is_on = |binding: &Binding| self.options.has(*binding);
        let forms: String = [Binding::Get, Binding::Post]
            .iter()
            .filter(|binding| is_on(binding))
            .map(|binding| self.form(operation, binding.name()))
            .collect();
        let samples: String = [Binding::Soap11, Binding::Soap12, Binding::Get, Binding::Post]
            .into_iter()
            .filter(is_on)
            .map(|binding| {
                let (title, request, reply) = self.messages(index, binding);
                let (request, reply) = (html_escaped(&request), html_escaped(&reply));
                format!(
                    "<h3>{title}</h3>\n<p>A sample request and its reply. The placeholders are to \
                     be replaced by actual values.</p>\n<pre>{request}</pre>\n<pre>{reply}</pre>\n"
                )
            })
            .collect();
        format!(
            r#"<h2 id="{0}">{0}</h2>
{forms}{samples}"#,
            operation.name
        )
    }

    fn form(&self, operation: &Operation, method: &str) -> String {
        let (path, name) = (self.contract.path, operation.name);
        let protocol = method.to_uppercase();
        let rows: String = operation
            .inputs
            .iter()
            .map(|input| {
                format!(
                    r#"<tr><td>{0}:</td><td><input name="{0}" aria-label="{0}"></td></tr>
"#,
                    input.name
                )
            })
            .collect();
        format!(
            r#"<form action="{path}/{name}" method="{method}">
<p>To test the operation using the HTTP {protocol} protocol, fill in and invoke.</p>
<table>
{rows}</table>
<button>Invoke</button>
</form>
"#
        )
    }

    /// The title of a binding with a request and a reply, each with its head.
    fn messages(&self, index: usize, binding: Binding) -> (&'static str, String, String) {
        let Contract { path, namespace, .. } = self.contract;
        let operation = &self.contract.operations[index];
        let result = &self.contract.results[index];
        let (name, host) = (operation.name, self.host);
        let inputs: Vec<_> = operation.inputs.iter().map(|input| input.name).collect();
        let fields = operation
            .outputs
            .iter()
            .map(|&field| (field, if result.integers.contains(&field) { "int" } else { "string" }));
        let soap = |version: Version, action: String| {
            let parameters = inputs.iter().map(|&input| (input, "string"));
            let request =
                written(|out| message::write_request(out, version, namespace, name, parameters));
            let reply =
                written(|out| message::write_reply(out, version, namespace, name, fields.clone()));
            let content_type = version.content_type();
            (
                format!(
                    "POST {path} HTTP/1.1\nHost: {host}\nContent-Type: {content_type}{action}\n\
                     Content-Length: length\n\n{}",
                    indented(&request)
                ),
                head(content_type) + &indented(&reply),
            )
        };
        let plain_reply = || {
            let reply =
                written(|out| message::write_plain(out, namespace, result.name, fields.clone()));
            head(Version::V11.content_type()) + &reply
        };
        let values = vec!["string"; inputs.len()];
        let query: String = form::pieces(inputs.iter().copied(), &values).collect();
        let action = self.contract.action(operation);
        match binding {
            Binding::Get => (
                "HTTP GET",
                format!("GET {path}/{name}?{query} HTTP/1.1\nHost: {host}\n"),
                plain_reply(),
            ),
            Binding::Post => (
                "HTTP POST",
                format!(
                    "POST {path}/{name} HTTP/1.1\nHost: {host}\n\
                     Content-Type: application/x-www-form-urlencoded\n\
                     Content-Length: length\n\n{query}"
                ),
                plain_reply(),
            ),
            Binding::Soap12 => {
                let (request, reply) = soap(Version::V12, String::new());
                ("SOAP 1.2", request, reply)
            }
            Binding::Soap11 | Binding::Xml => {
                let (request, reply) = soap(Version::V11, format!("\nSOAPAction: \"{action}\""));
                ("SOAP 1.1", request, reply)
            }
        }
    }
}

fn head(content_type: &str) -> String {
    format!("HTTP/1.1 200 OK\nContent-Type: {content_type}\nContent-Length: length\n\n")
}

fn written(write: impl FnOnce(&mut Vec<u8>) -> Result<(), WriteError>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("placeholders can be written");
    String::from_utf8(out).expect("the writer writes UTF-8")
}

/// A message of one line with each element on a line of its own.
fn indented(xml: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    for (i, piece) in xml.split("><").enumerate() {
        let is_declaration = i == 0;
        if piece.starts_with('/') {
            depth -= 1;
        }
        let open = if is_declaration { "" } else { "<" };
        let close = if piece.ends_with('>') { "" } else { ">" };
        out.extend(["  ".repeat(depth).as_str(), open, piece, close, "\n"]);
        let is_leaf = piece.starts_with('/') || piece.ends_with('/') || piece.contains("</");
        if !is_declaration && !is_leaf {
            depth += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Api, leadertask};

    /// The page shows what the document prints.
    #[test]
    fn messages_are_shown_as_the_documents_print_them() {
        let options = ServiceOptions::documented(&leadertask::Leadertask);
        let page = Page { contract: &leadertask::SERVICE, options: &options, host: "h" };
        let sample = |name: &str| {
            let samples = leadertask::Leadertask.samples();
            let found = samples.iter().find(|s| s.name == name).expect("a sample");
            // ASMX itself writes the declarations in another order than its help page.
            let text = String::from_utf8_lossy(found.bytes).replace(
                " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
                 xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
                 xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"",
                " xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" \
                 xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
                 xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"",
            );
            text.trim_end().to_owned()
        };
        let (_, request, reply) = page.messages(0, Binding::Soap11);
        let body =
            |message: &str| message.split_once("\n\n").expect("a head").1.trim_end().to_owned();
        assert_eq!(body(&request), sample("createsession.soap11.request.xml"));
        assert_eq!(body(&reply), sample("createsession.soap11.reply.xml"));
        assert!(request.contains("SOAPAction: \"https://sync.leadertask.net/CreateSession\"\n"));
        let written = page.write();
        for shown in [
            "&lt;error_code&gt;int&lt;/error_code&gt;",
            "<form action=\"/LeaderTaskSyncService.asmx/CreateSession\" method=\"get\">",
            "<input name=\"user_token\"",
            "Host: h\n",
            "?name=string&amp;password=string&amp;",
        ] {
            assert!(written.contains(shown), "{shown} in {written}");
        }
        assert!(!written.contains("SOAP 1.2"));
    }

    #[test]
    fn what_a_client_sends_is_escaped() {
        let options = ServiceOptions::documented(&leadertask::Leadertask);
        let host = "\"><script>";
        let page = Page { contract: &leadertask::SERVICE, options: &options, host }.write();
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;"), "{page}");
    }
}
