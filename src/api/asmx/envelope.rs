//! What a SOAP request holds.

use super::contract::Contract;
use crate::api::soap::{SOAP11, SOAP12, Version};
use crate::api::{Fields, Operation};
use crate::xml::{Error, Reader};

/// What an envelope tells before anyone looks at the parameters in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Envelope {
    /// Which SOAP it is; the namespace of the root where it is neither.
    pub(super) version: Result<Version, String>,
    /// A header that this service must understand, and does not.
    pub(super) not_understood: Option<String>,
    /// Whether there is a body at all.
    pub(super) has_body: bool,
    /// The method whose element is in the body.
    pub(super) element: Option<usize>,
}

impl Envelope {
    /// Reads a document from end to end.
    ///
    /// # Errors
    /// When it is not acceptable XML.
    pub(super) fn read(contract: &Contract, document: &str) -> Result<Self, Error> {
        let mut doc = Reader::new(document.as_bytes())?;
        doc.root()?;
        let mut envelope = Self {
            version: if doc.is(SOAP11, "Envelope") {
                Ok(Version::V11)
            } else if doc.is(SOAP12, "Envelope") {
                Ok(Version::V12)
            } else {
                Err(doc.namespace().into_owned())
            },
            not_understood: None,
            has_body: false,
            element: None,
        };
        if let Ok(version) = envelope.version {
            envelope.read_parts(contract, version, &mut doc)?;
        }
        doc.finish()?;
        Ok(envelope)
    }

    fn read_parts(
        &mut self,
        contract: &Contract,
        version: Version,
        doc: &mut Reader<'_>,
    ) -> Result<(), Error> {
        while !self.has_body && doc.child()? {
            if doc.is(version.namespace(), "Header") {
                while doc.child()? {
                    if self.not_understood.is_none() && must_understand(doc, version) {
                        self.not_understood = Some(doc.local_name().to_owned());
                    }
                    doc.skip()?;
                }
            } else if doc.is(version.namespace(), "Body") {
                self.has_body = true;
                if doc.child()? {
                    self.element =
                        contract.operation_of_element(&doc.namespace(), doc.local_name());
                }
            } else {
                doc.skip()?;
            }
        }
        Ok(())
    }
}

/// Whether the header last opened is for this service and must be understood, which no header is.
fn must_understand(doc: &mut Reader<'_>, version: Version) -> bool {
    let (for_whom, next) = match version {
        Version::V11 => ("actor", "http://schemas.xmlsoap.org/soap/actor/next"),
        Version::V12 => ("role", "http://www.w3.org/2003/05/soap-envelope/role/next"),
    };
    let namespace = version.namespace();
    let receiver = doc.attribute(namespace, for_whom).unwrap_or_default();
    let is_ours = receiver.is_empty()
        || receiver == next
        || receiver == "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver";
    let must = doc.attribute(namespace, "mustUnderstand");
    is_ours && must.is_some_and(|value| matches!(value.trim(), "1" | "true"))
}

/// Reads the parameters of a method, of which the first counts where one is repeated; what is not
/// there is left out. Another element in the body is a call without parameters.
///
/// `None` where a parameter holds an element, a comment or a processing instruction.
pub(super) fn read_parameters<'a>(
    document: &'a str,
    version: Version,
    namespace: &str,
    operation: &Operation,
) -> Option<Fields<'a>> {
    let mut doc = Reader::new(document.as_bytes()).ok()?;
    let mut fields = Fields::new();
    doc.root().ok()?;
    while doc.child().ok()? {
        if !doc.is(version.namespace(), "Body") {
            doc.skip().ok()?;
            continue;
        }
        if doc.child().ok()? && doc.is(namespace, operation.name) {
            read_children(document, &mut doc, namespace, operation, &mut fields)?;
        }
        return Some(fields);
    }
    Some(fields)
}

fn read_children<'a>(
    document: &'a str,
    doc: &mut Reader<'a>,
    namespace: &str,
    operation: &Operation,
    fields: &mut Fields<'a>,
) -> Option<()> {
    while doc.child().ok()? {
        let input = operation.inputs.iter().find(|input| doc.is(namespace, input.name));
        match input {
            Some(input) if fields.iter().all(|(name, _)| *name != input.name) => {
                let start = doc.offset();
                fields.push((input.name, doc.text().ok()?));
                if holds_comment_or_instruction(&document[start..doc.offset()]) {
                    return None;
                }
            }
            _ => doc.skip().ok()?,
        }
    }
    Some(())
}

/// Looks at a text as written, up to its end tag.
fn holds_comment_or_instruction(written: &str) -> bool {
    let mut rest = written;
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        if !rest.starts_with("<![CDATA[") {
            return !rest.starts_with("</");
        }
        rest = rest.split_once("]]>").map_or("", |(_, after)| after);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::leadertask::SERVICE;

    fn document(inner: &str) -> String {
        format!(
            "<e:Envelope xmlns:e='{SOAP11}' xmlns='{}'>{inner}</e:Envelope>",
            SERVICE.namespace
        )
    }

    #[test]
    fn envelopes_tell_what_is_in_them() {
        let body = "<e:Body><CreateSession/></e:Body>";
        let header = |attributes: &str| {
            document(&format!("<e:Header><x/><Ticket {attributes}><a/></Ticket></e:Header>{body}"))
        };
        let known = |element| Envelope {
            version: Ok(Version::V11),
            not_understood: None,
            has_body: true,
            element,
        };
        let strict = Envelope { not_understood: Some("Ticket".into()), ..known(Some(0)) };
        let foreign = |namespace: &str| Envelope {
            version: Err(namespace.into()),
            has_body: false,
            ..known(None)
        };
        for (document, expected) in [
            (document(body), known(Some(0))),
            (document("<x/><e:Body/><y/>"), known(None)),
            (document("<e:Body><x/></e:Body>"), known(None)),
            (document("<e:Body><CreateSession xmlns=''/></e:Body>"), known(None)),
            (document("<Body/>"), Envelope { has_body: false, ..known(None) }),
            (header("e:mustUnderstand='1'"), strict),
            (header("e:mustUnderstand='0'"), known(Some(0))),
            (header("mustUnderstand='1'"), known(Some(0))),
            (header("e:mustUnderstand='1' e:actor='urn:another'"), known(Some(0))),
            ("<a xmlns='urn:x'/>".into(), foreign("urn:x")),
            ("<Envelope/>".into(), foreign("")),
            (document(body).replace(SOAP11, "urn:x"), foreign("urn:x")),
        ] {
            assert_eq!(Envelope::read(&SERVICE, &document), Ok(expected), "{document}");
        }
        for wrong in ["", "<a>", "<!DOCTYPE a><a/>", &(document(body) + "x"), "<a>&nbsp;</a>"] {
            assert!(Envelope::read(&SERVICE, wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn parameters_are_read_as_asmx_reads_them() {
        for (inner, read) in [
            ("<name>a</name><password/>", Some(&[("name", "a"), ("password", "")][..])),
            (
                "<password> b </password>x<name>a</name>",
                Some(&[("password", " b "), ("name", "a")]),
            ),
            ("<!--c--><?p?><new><name>x</name></new><name>a</name>", Some(&[("name", "a")])),
            ("<name>a</name><name>b</name>", Some(&[("name", "a")])),
            ("<name>a<![CDATA[<!--b]]>&#x43;&lt;</name>", Some(&[("name", "a<!--bC<")])),
            ("<name xmlns=''>a</name>", Some(&[])),
            ("<new><!--c--></new>", Some(&[])),
            ("<name>a<!--c--></name>", None),
            ("<name><![CDATA[a]]><?p?></name>", None),
            ("<name>a<b/></name>", None),
        ] {
            let document =
                document(&format!("<e:Body><CreateSession>{inner}</CreateSession></e:Body>"));
            let fields =
                read_parameters(&document, Version::V11, SERVICE.namespace, &SERVICE.operations[0]);
            let pairs: Option<Vec<_>> =
                fields.as_ref().map(|f| f.iter().map(|(n, v)| (*n, &**v)).collect());
            assert_eq!(pairs.as_deref(), read, "{inner}");
        }
        for body in ["<e:Body/>", "<e:Body><Other><name>a</name></Other></e:Body>", ""] {
            let document = document(body);
            let fields =
                read_parameters(&document, Version::V11, SERVICE.namespace, &SERVICE.operations[0]);
            assert_eq!(fields, Some(Fields::new()), "{body}");
        }
    }
}
