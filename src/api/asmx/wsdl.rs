//! `?wsdl`: the service described for toolkits, WSDL 1.1, in the shape that ASMX gives it.

use super::contract::{Contract, ResultType};
use super::error_page::html_escaped;
use crate::api::{Binding, Incoming, Operation, Outgoing, ServiceOptions};

/// Answers `GET …?wsdl`.
pub(super) fn reply(
    contract: &Contract,
    request: &Incoming<'_>,
    options: &ServiceOptions,
) -> Outgoing {
    // Where the client found the service: its own `Host` again.
    let address = format!("http://{}{}", request.host.unwrap_or("localhost"), contract.path);
    let document = Description { contract, options }.write(&html_escaped(&address));
    Outgoing::new(200, "text/xml; charset=utf-8", document.into_bytes())
}

struct Description<'a> {
    contract: &'a Contract,
    options: &'a ServiceOptions,
}

/// How a binding is described.
struct Port {
    binding: Binding,
    /// What the names of its parts end in.
    suffix: &'static str,
    /// The same of the port type that it is a binding of: both SOAPs share one.
    abstract_suffix: &'static str,
    /// The prefix of its extension elements.
    prefix: &'static str,
    /// How it is carried.
    carrier: &'static str,
}

const PORTS: [Port; 4] = [
    Port {
        binding: Binding::Soap11,
        suffix: "Soap",
        abstract_suffix: "Soap",
        prefix: "soap",
        carrier: r#"transport="http://schemas.xmlsoap.org/soap/http""#,
    },
    Port {
        binding: Binding::Soap12,
        suffix: "Soap12",
        abstract_suffix: "Soap",
        prefix: "soap12",
        carrier: r#"transport="http://schemas.xmlsoap.org/soap/http""#,
    },
    Port {
        binding: Binding::Get,
        suffix: "HttpGet",
        abstract_suffix: "HttpGet",
        prefix: "http",
        carrier: r#"verb="GET""#,
    },
    Port {
        binding: Binding::Post,
        suffix: "HttpPost",
        abstract_suffix: "HttpPost",
        prefix: "http",
        carrier: r#"verb="POST""#,
    },
];

impl Description<'_> {
    fn write(&self, address: &str) -> String {
        let Contract { name, namespace, .. } = self.contract;
        let types = self.types();
        let messages = self.for_each_port_type(|suffix| self.messages(suffix));
        let port_types = self.for_each_port_type(|suffix| self.port_type(suffix));
        let bindings: String = self.ports().map(|port| self.binding(port)).collect();
        let ports: String = self
            .ports()
            .map(|Port { suffix, prefix, .. }| {
                format!(
                    r#"    <wsdl:port name="{name}{suffix}" binding="tns:{name}{suffix}">
      <{prefix}:address location="{address}" />
    </wsdl:port>
"#
                )
            })
            .collect();
        format!(
            r#"<?xml version="1.0" encoding="utf-8"?>
<wsdl:definitions xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:http="http://schemas.xmlsoap.org/wsdl/http/" xmlns:mime="http://schemas.xmlsoap.org/wsdl/mime/" xmlns:tns="{namespace}" targetNamespace="{namespace}" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/">
  <wsdl:types>
    <s:schema elementFormDefault="qualified" targetNamespace="{namespace}">
{types}    </s:schema>
  </wsdl:types>
{messages}{port_types}{bindings}  <wsdl:service name="{name}">
{ports}  </wsdl:service>
</wsdl:definitions>
"#
        )
    }

    /// The bindings that are on.
    fn ports(&self) -> impl Iterator<Item = &'static Port> {
        PORTS.iter().filter(|port| self.options.has(port.binding))
    }

    fn for_each_port_type(&self, write: impl Fn(&str) -> String) -> String {
        let is_used = |suffix: &&str| self.ports().any(|port| port.abstract_suffix == *suffix);
        ["Soap", "HttpGet", "HttpPost"].into_iter().filter(is_used).map(write).collect()
    }

    fn methods(&self) -> impl Iterator<Item = (&'static Operation, &'static ResultType)> {
        self.contract.operations.iter().zip(self.contract.results)
    }

    /// Elements for requests and replies, and the types of the results.
    fn types(&self) -> String {
        let methods = self.methods().map(|(operation, result)| {
            let name = operation.name;
            let parameters: String =
                operation.inputs.iter().map(|input| child(12, input.name, "s:string")).collect();
            let returned = child(12, &format!("{name}Result"), &format!("tns:{}", result.name));
            let fields: String = operation
                .outputs
                .iter()
                .map(|field| {
                    let is_integer = result.integers.contains(field);
                    child(10, field, if is_integer { "s:int" } else { "s:string" })
                })
                .collect();
            let result_name = result.name;
            format!(
                r#"      <s:element name="{name}">
        <s:complexType>
          <s:sequence>
{parameters}          </s:sequence>
        </s:complexType>
      </s:element>
      <s:element name="{name}Response">
        <s:complexType>
          <s:sequence>
{returned}          </s:sequence>
        </s:complexType>
      </s:element>
      <s:complexType name="{result_name}">
        <s:sequence>
{fields}        </s:sequence>
      </s:complexType>
"#
            )
        });
        let mut types: String = methods.collect();
        // GET and POST reply with the result itself.
        if self.ports().any(|port| port.prefix == "http") {
            types.extend(self.methods().map(|(_, ResultType { name, .. })| {
                format!(
                    r#"      <s:element name="{name}" nillable="true" type="tns:{name}" />
"#
                )
            }));
        }
        types
    }

    /// What goes over the ports of a port type: elements over SOAP, fields of a form otherwise.
    fn messages(&self, suffix: &str) -> String {
        let methods = self.methods().map(|(operation, result)| {
            let name = operation.name;
            let (input, output) = if suffix == "Soap" {
                (
                    part("parameters", "element", &format!("tns:{name}")),
                    part("parameters", "element", &format!("tns:{name}Response")),
                )
            } else {
                let fields = operation.inputs.iter();
                (
                    fields.map(|input| part(input.name, "type", "s:string")).collect(),
                    part("Body", "element", &format!("tns:{}", result.name)),
                )
            };
            format!(
                r#"  <wsdl:message name="{name}{suffix}In">
{input}  </wsdl:message>
  <wsdl:message name="{name}{suffix}Out">
{output}  </wsdl:message>
"#
            )
        });
        methods.collect()
    }

    fn port_type(&self, suffix: &str) -> String {
        let service = self.contract.name;
        let methods: String = self
            .methods()
            .map(|(Operation { name, summary, .. }, _)| {
                let summary = html_escaped(summary);
                format!(
                    r#"    <wsdl:operation name="{name}">
      <wsdl:documentation>{summary}</wsdl:documentation>
      <wsdl:input message="tns:{name}{suffix}In" />
      <wsdl:output message="tns:{name}{suffix}Out" />
    </wsdl:operation>
"#
                )
            })
            .collect();
        format!(
            r#"  <wsdl:portType name="{service}{suffix}">
{methods}  </wsdl:portType>
"#
        )
    }

    fn binding(&self, port: &Port) -> String {
        let service = self.contract.name;
        let Port { suffix, abstract_suffix, prefix, carrier, .. } = port;
        let methods: String = self
            .methods()
            .map(|(operation, _)| {
                let name = operation.name;
                let (how, input, output) = match port.binding {
                    Binding::Get => (
                        format!(r#"location="/{name}""#),
                        "<http:urlEncoded />".to_owned(),
                        r#"<mime:mimeXml part="Body" />"#.to_owned(),
                    ),
                    Binding::Post => (
                        format!(r#"location="/{name}""#),
                        r#"<mime:content type="application/x-www-form-urlencoded" />"#.to_owned(),
                        r#"<mime:mimeXml part="Body" />"#.to_owned(),
                    ),
                    Binding::Soap11 | Binding::Soap12 | Binding::Xml => {
                        let action = self.contract.action(operation);
                        let literal = format!(r#"<{prefix}:body use="literal" />"#);
                        let how = format!(r#"soapAction="{action}" style="document""#);
                        (how, literal.clone(), literal)
                    }
                };
                format!(
                    r#"    <wsdl:operation name="{name}">
      <{prefix}:operation {how} />
      <wsdl:input>{input}</wsdl:input>
      <wsdl:output>{output}</wsdl:output>
    </wsdl:operation>
"#
                )
            })
            .collect();
        format!(
            r#"  <wsdl:binding name="{service}{suffix}" type="tns:{service}{abstract_suffix}">
    <{prefix}:binding {carrier} />
{methods}  </wsdl:binding>
"#
        )
    }
}

/// A child of a sequence. A string or an object may be null, an integer may not.
fn child(indent: usize, name: &str, typed: &str) -> String {
    let least = u8::from(typed == "s:int");
    format!(
        r#"{:indent$}<s:element minOccurs="{least}" maxOccurs="1" name="{name}" type="{typed}" />
"#,
        ""
    )
}

/// A part of a message: an element, or a value of a type.
fn part(name: &str, kind: &str, what: &str) -> String {
    format!(
        r#"    <wsdl:part name="{name}" {kind}="{what}" />
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{leadertask, related};

    fn describe(contract: &Contract, bindings: &[Binding]) -> String {
        let options = ServiceOptions {
            bindings: bindings.to_vec(),
            ..ServiceOptions::documented(&related::Related)
        };
        let request = Incoming { host: Some("h&\"x"), ..Incoming::default() };
        let reply = reply(contract, &request, &options);
        String::from_utf8(reply.body).expect("UTF-8")
    }

    /// Every qualified name that a description refers to is defined in it.
    #[test]
    fn descriptions_are_whole_whichever_bindings_are_on() {
        let (soap11, soap12) = (Binding::Soap11, Binding::Soap12);
        for contract in [&leadertask::SERVICE, &related::SERVICE] {
            for bindings in [
                &[soap11, soap12, Binding::Get, Binding::Post][..],
                &[soap11],
                &[soap12],
                &[Binding::Get],
                &[],
            ] {
                let text = describe(contract, bindings);
                let tree = roxmltree::Document::parse(&text).expect("well-formed");
                let defined =
                    |name: &str| tree.descendants().any(|n| n.attribute("name") == Some(name));
                for node in tree.descendants() {
                    for attribute in node.attributes() {
                        if let Some(name) = attribute.value().strip_prefix("tns:") {
                            assert!(defined(name), "{name} in {text}");
                        }
                    }
                }
                let ports: Vec<_> = tree
                    .descendants()
                    .filter(|n| n.has_tag_name(("http://schemas.xmlsoap.org/wsdl/", "port")))
                    .map(|n| n.attribute("name").unwrap_or_default())
                    .collect();
                assert_eq!(ports.len(), bindings.len());
                assert!(ports.iter().all(|port| port.starts_with(contract.name)));
                let addresses = tree.descendants().filter_map(|n| n.attribute("location"));
                let expected = format!("http://h&\"x{}", contract.path);
                assert_eq!(addresses.filter(|a| *a == expected).count(), bindings.len());
            }
        }
    }

    #[test]
    fn strings_may_be_missing_and_integers_may_not() {
        let text = describe(&leadertask::SERVICE, &[Binding::Soap11]);
        for line in [
            "<s:element minOccurs=\"0\" maxOccurs=\"1\" name=\"user_token\" type=\"s:string\" />",
            "<s:element minOccurs=\"1\" maxOccurs=\"1\" name=\"error_code\" type=\"s:int\" />",
            "<s:element minOccurs=\"0\" maxOccurs=\"1\" name=\"CreateSessionResult\" \
             type=\"tns:CreateSession_Response\" />",
            "<soap:operation soapAction=\"https://sync.leadertask.net/CreateSession\" \
             style=\"document\" />",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
    }
}
