//! Which namespace a prefix means: Namespaces in XML 1.0 (3rd edition).

use std::borrow::Cow;

use arrayvec::ArrayVec;

use super::tag::RawAttribute;
use super::{Error, ErrorKind};

/// The most namespace declarations that may be in scope at once.
pub const MAX_NAMESPACES: usize = 32;

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

struct Binding<'a> {
    prefix: &'a str,
    uri: Cow<'a, str>,
    /// How many elements were open when it was declared.
    depth: usize,
}

/// A namespace in scope, by its declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Namespace(usize);

impl Namespace {
    /// No namespace.
    pub(super) const NONE: Self = Self(usize::MAX);
    /// The one of `xml:lang`, which needs no declaration.
    const XML: Self = Self(usize::MAX - 1);
}

/// The declarations in scope, innermost last.
#[derive(Default)]
pub(super) struct Scope<'a> {
    bindings: ArrayVec<Binding<'a>, MAX_NAMESPACES>,
}

/// Tells a namespace declaration from an ordinary attribute: the prefix it declares, if any.
pub(super) fn declared_prefix<'a>(attribute: &RawAttribute<'a>) -> Option<&'a str> {
    match (attribute.name.prefix, attribute.name.local) {
        ("", "xmlns") => Some(""),
        ("xmlns", prefix) => Some(prefix),
        _ => None,
    }
}

impl<'a> Scope<'a> {
    /// Binds `prefix` (empty: the default namespace) to the value of `attribute`.
    pub(super) fn declare(
        &mut self,
        prefix: &'a str,
        attribute: &RawAttribute<'a>,
        depth: usize,
    ) -> Result<(), Error> {
        let uri = attribute.value.as_ref();
        if prefix == "xmlns" {
            return Err(Error::new(ErrorKind::ReservedNamespace, attribute.at));
        }
        if (prefix == "xml") != (uri == XML) || uri == XMLNS {
            return Err(Error::new(ErrorKind::ReservedNamespace, attribute.value_at));
        }
        if uri.is_empty() && !prefix.is_empty() {
            return Err(Error::new(ErrorKind::EmptyNamespace, attribute.value_at));
        }
        if prefix == "xml" {
            return Ok(());
        }
        self.bindings
            .try_push(Binding { prefix, uri: attribute.value.clone(), depth })
            .map_err(|_| Error::new(ErrorKind::TooManyNamespaces, attribute.at))
    }

    /// Forgets what was declared at `depth` or deeper.
    pub(super) fn leave(&mut self, depth: usize) {
        while self.bindings.last().is_some_and(|b| b.depth >= depth) {
            self.bindings.pop();
        }
    }

    /// The namespace that `prefix` is bound to; `None` if nothing binds it.
    #[inline]
    pub(super) fn resolve(&self, prefix: &str) -> Option<Namespace> {
        let bound = self.bindings.iter().rposition(|b| b.prefix == prefix);
        match (bound, prefix) {
            (Some(index), _) => Some(Namespace(index)),
            (None, "") => Some(Namespace::NONE),
            (None, "xml") => Some(Namespace::XML),
            (None, _) => None,
        }
    }

    /// The name of a namespace that was resolved and is still in scope; empty for none.
    #[inline]
    pub(super) fn uri(&self, namespace: Namespace) -> &str {
        match namespace {
            Namespace::NONE => "",
            Namespace::XML => XML,
            Namespace(index) => self.bindings.get(index).map_or("", |binding| &binding.uri),
        }
    }
}
