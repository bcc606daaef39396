//! What is wrong with a document, and at which byte.

use std::fmt;

/// Where a document stops being acceptable, and why.
///
/// `offset` counts bytes from the start of the input (a byte order mark included) and is never
/// larger than its length. It names the offending spot, not the start of the tag around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{kind} at byte {offset}")]
pub struct Error {
    /// What is wrong.
    pub kind: ErrorKind,
    /// The first byte that cannot be accepted.
    pub offset: usize,
}

impl Error {
    /// An error of `kind` at byte `offset`.
    #[must_use]
    pub const fn new(kind: ErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }
}

/// The reasons for which a document is refused.
///
/// The first group is XML 1.0 (5th edition) and Namespaces in XML 1.0; the second is our limits;
/// the third is a contract that a well-formed document breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are not UTF-8.
    InvalidUtf8,
    /// The declaration or a byte order mark names an encoding that is not UTF-8 or US-ASCII.
    UnsupportedEncoding,
    /// A character that XML 1.0 does not allow, written out or as a reference.
    InvalidCharacter,
    /// No element at all.
    NoRoot,
    /// A second element after the root.
    SecondRoot,
    /// Text, CDATA or a reference outside the root element.
    TextOutsideRoot,
    /// The input ends inside a tag, comment, CDATA section, processing instruction or reference.
    UnexpectedEnd,
    /// The input ends before this many elements were closed, the innermost at least one.
    UnclosedElement,
    /// An end tag that names another element than the open one.
    MismatchedEndTag,
    /// An end tag where no element is open.
    UnmatchedEndTag,
    /// A tag, declaration or markup that XML's grammar does not know.
    MalformedMarkup,
    /// An XML declaration that is not at the very start, or a second one.
    MisplacedDeclaration,
    /// An XML declaration with a wrong version, order or syntax.
    MalformedDeclaration,
    /// `--` inside a comment.
    DoubleHyphen,
    /// `]]>` in text.
    CdataEndInText,
    /// A processing instruction without a valid target.
    InvalidTarget,
    /// A name that is empty or holds a character names may not have.
    InvalidName,
    /// White space is missing between two attributes.
    MissingSpace,
    /// An attribute without `=`, or without a quoted value.
    MissingValue,
    /// `<` in an attribute value.
    LessThanInValue,
    /// The same attribute twice, by name or by namespace and local name.
    DuplicateAttribute,
    /// A reference that is not `&name;`, `&#10;` or `&#xA;`.
    MalformedReference,
    /// A reference to an entity that only a DTD could declare.
    UnknownEntity,
    /// A prefix that no `xmlns:` declares.
    UndeclaredPrefix,
    /// `xmlns:p=""`.
    EmptyNamespace,
    /// `xml` or `xmlns`, as prefix or namespace, bound otherwise than XML does.
    ReservedNamespace,

    /// A document type declaration; refused wherever it stands.
    Doctype,
    /// More bytes than the limit.
    TooLarge,
    /// Elements nested deeper than the limit.
    TooDeep,
    /// More attributes on an element than the limit.
    TooManyAttributes,
    /// More namespace declarations in scope than the limit.
    TooManyNamespaces,

    /// The root, or the element at this place, is another than the contract says.
    UnexpectedElement,
    /// An element or attribute that the contract requires is not there.
    Missing(&'static str),
    /// An element that the contract has once is there again.
    Repeated(&'static str),
    /// A field that must be a whole number is not one.
    NotANumber(&'static str),
}

impl ErrorKind {
    /// A short name for tables and files, unique per kind, without the name of a field.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::InvalidUtf8 => "invalid UTF-8",
            Self::UnsupportedEncoding => "unsupported encoding",
            Self::InvalidCharacter => "character not allowed in XML",
            Self::NoRoot => "no root element",
            Self::SecondRoot => "second root element",
            Self::TextOutsideRoot => "text outside the root element",
            Self::UnexpectedEnd => "input ends inside markup",
            Self::UnclosedElement => "element not closed",
            Self::MismatchedEndTag => "end tag of another element",
            Self::UnmatchedEndTag => "end tag without a start tag",
            Self::MalformedMarkup => "malformed markup",
            Self::MisplacedDeclaration => "XML declaration not at the start",
            Self::MalformedDeclaration => "malformed XML declaration",
            Self::DoubleHyphen => "'--' in a comment",
            Self::CdataEndInText => "']]>' in text",
            Self::InvalidTarget => "invalid processing instruction target",
            Self::InvalidName => "invalid name",
            Self::MissingSpace => "no white space before an attribute",
            Self::MissingValue => "attribute without a quoted value",
            Self::LessThanInValue => "'<' in an attribute value",
            Self::DuplicateAttribute => "attribute given twice",
            Self::MalformedReference => "malformed reference",
            Self::UnknownEntity => "unknown entity",
            Self::UndeclaredPrefix => "undeclared namespace prefix",
            Self::EmptyNamespace => "prefix bound to an empty namespace",
            Self::ReservedNamespace => "reserved prefix or namespace",
            Self::Doctype => "DOCTYPE is not accepted",
            Self::TooLarge => "document over the size limit (64 KiB)",
            Self::TooDeep => "elements nested too deep",
            Self::TooManyAttributes => "too many attributes",
            Self::TooManyNamespaces => "too many namespace declarations",
            Self::UnexpectedElement => "unexpected element",
            Self::Missing(_) => "missing",
            Self::Repeated(_) => "given twice",
            Self::NotANumber(_) => "not a whole number",
        }
    }

    /// The field that a contract error is about.
    #[must_use]
    pub const fn field(self) -> Option<&'static str> {
        match self {
            Self::Missing(name) | Self::Repeated(name) | Self::NotANumber(name) => Some(name),
            _ => None,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field() {
            Some(name) => write!(f, "{name}: {}", self.label()),
            None => f.write_str(self.label()),
        }
    }
}
