//! Which namespace a prefix means: Namespaces in XML 1.0 (3rd edition).

use std::borrow::Cow;

use arrayvec::ArrayVec;

use super::span::Span;
use super::tag::Attribute;
use super::value::Value;
use super::{Error, ErrorKind};

/// The most namespace declarations that may be in scope at once.
pub const MAX_NAMESPACES: usize = 32;

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

#[derive(Clone, Copy)]
struct Binding {
    prefix: Span,
    uri: Value,
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
pub(super) struct Scope {
    bindings: ArrayVec<Binding, MAX_NAMESPACES>,
    /// What no prefix means, which is asked most.
    default: Namespace,
}

impl Scope {
    /// Nothing is declared.
    pub(super) fn new() -> Self {
        Self { bindings: ArrayVec::new(), default: Namespace::NONE }
    }

    /// Binds `prefix` (empty: the default namespace) to the value of `attribute`.
    pub(super) fn declare(
        &mut self,
        text: &str,
        prefix: Span,
        attribute: &Attribute,
        depth: usize,
    ) -> Result<(), Error> {
        let uri = attribute.value;
        let error = |kind| Err(Error::new(kind, uri.start()));
        if prefix.is(text, "xmlns") {
            return Err(Error::new(ErrorKind::ReservedNamespace, attribute.at()));
        }
        if prefix.is(text, "xml") {
            return if uri.is(text, XML) { Ok(()) } else { error(ErrorKind::ReservedNamespace) };
        }
        // Told apart by length first: nearly every name is another's.
        if matches!(uri.len(), Some(0 | 29 | 36) | None) {
            match &*uri.of(text) {
                XML | XMLNS => return error(ErrorKind::ReservedNamespace),
                "" if !prefix.is_empty() => return error(ErrorKind::EmptyNamespace),
                _ => {}
            }
        }
        if prefix.is_empty() {
            self.default = Namespace(self.bindings.len());
        }
        self.bindings
            .try_push(Binding { prefix, uri, depth })
            .map_err(|_| Error::new(ErrorKind::TooManyNamespaces, attribute.at()))
    }

    /// Forgets what was declared at `depth` or deeper.
    #[inline]
    pub(super) fn leave(&mut self, depth: usize) {
        while self.bindings.last().is_some_and(|b| b.depth >= depth) {
            self.bindings.pop();
            if self.default == Namespace(self.bindings.len()) {
                let outer = self.bindings.iter().rposition(|b| b.prefix.is_empty());
                self.default = outer.map_or(Namespace::NONE, Namespace);
            }
        }
    }

    /// The namespace that `prefix` is bound to; `None` if nothing binds it.
    #[inline]
    pub(super) fn resolve(&self, text: &str, prefix: Span) -> Option<Namespace> {
        if prefix.is_empty() { Some(self.default) } else { self.find(text, prefix) }
    }

    fn find(&self, text: &str, prefix: Span) -> Option<Namespace> {
        let name = prefix.bytes(text);
        let bound = self.bindings.iter().rposition(|b| b.prefix.bytes(text) == name);
        bound.map(Namespace).or((name == b"xml").then_some(Namespace::XML))
    }

    /// The name of a namespace that was resolved and is still in scope; empty for none.
    pub(super) fn uri<'a>(&self, text: &'a str, namespace: Namespace) -> Cow<'a, str> {
        match namespace {
            Namespace::NONE => Cow::Borrowed(""),
            Namespace::XML => Cow::Borrowed(XML),
            Namespace(index) => self.bindings.get(index).map_or("".into(), |b| b.uri.of(text)),
        }
    }

    /// Whether a namespace that was resolved and is still in scope is called `uri`.
    #[inline]
    pub(super) fn is(&self, text: &str, namespace: Namespace, uri: &str) -> bool {
        match self.bindings.get(namespace.0) {
            Some(binding) => binding.uri.is(text, uri),
            None => self.uri(text, namespace) == uri,
        }
    }
}
