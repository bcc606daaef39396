//! Outside the root element, and without one.

use super::Pieces;
use crate::xml::ErrorKind as K;

/// Misc [27].
pub(super) const OUTSIDE_ROOT: Pieces = &[
    (K::TextOutsideRoot, "§x"),
    (K::TextOutsideRoot, " \r\n§x"),
    (K::TextOutsideRoot, "§¤"),
    (K::TextOutsideRoot, "<!---->\t§¤ "),
    (K::TextOutsideRoot, "<!---->§\u{FEFF}"),
    (K::TextOutsideRoot, "§]]>"),
    (K::TextOutsideRoot, "§>"),
    (K::TextOutsideRoot, "§&amp;"),
    (K::TextOutsideRoot, "§&#32;"),
    (K::TextOutsideRoot, "§&nbsp;"),
    (K::TextOutsideRoot, "§&"),
    (K::TextOutsideRoot, "§<![CDATA[]]>"),
    (K::TextOutsideRoot, "\n§<![CDATA[ ]]>"),
    (K::InvalidCharacter, "§†"),
    (K::InvalidCharacter, "\n§†"),
    (K::InvalidCharacter, "<!--§†-->"),
    (K::InvalidCharacter, "<?p §†?>"),
    (K::DoubleHyphen, "<!-- §-- -->"),
    (K::DoubleHyphen, "<!-- §--->"),
    (K::InvalidTarget, "<?§?>"),
    (K::InvalidTarget, "<?§¡p?>"),
    (K::InvalidTarget, "<?p§¤?>"),
    (K::InvalidTarget, "<?p§:q?>"),
    (K::InvalidTarget, "<?§XML x?>"),
    (K::UnmatchedEndTag, "§</a>"),
    (K::UnmatchedEndTag, " §</>"),
    (K::MalformedMarkup, "§<!x>"),
    (K::MalformedMarkup, "§<![cdata[]]>"),
    (K::MalformedMarkup, "§<!ELEMENT a ANY>"),
    (K::Doctype, "§<!DOCTYPE a>"),
    (K::Doctype, "\n§<!DOCTYPE a SYSTEM 'u'>"),
    (K::Doctype, "<!---->§<!DOCTYPE a [<!ENTITY b 'c'>]>"),
    (K::Doctype, "§<!doctype html>"),
];

pub(super) const BYTE_ORDER_MARKS: Pieces = &[
    (K::TextOutsideRoot, "\u{FEFF}§\u{FEFF}"),
    (K::TextOutsideRoot, "\u{FEFF}§\u{FEFF} "),
    (K::TextOutsideRoot, " §\u{FEFF}"),
    (K::InvalidCharacter, "§\u{FFFE}"),
];

/// An XML declaration is at the very start, and there is one.
pub(super) const MISPLACED: Pieces = &[
    (K::MisplacedDeclaration, " §<?xml version='1.0'?>"),
    (K::MisplacedDeclaration, "\n§<?xml\tversion='1.0'?>"),
    (K::MisplacedDeclaration, "<!---->§<?xml version='1.0'?>"),
    (K::MisplacedDeclaration, "<?p?>§<?xml version='1.0'?>"),
    (K::MisplacedDeclaration, " §<?xml ?>"),
];

/// After the root element.
pub(super) const AFTER_ROOT: Pieces = &[
    (K::SecondRoot, "§<a/>"),
    (K::SecondRoot, "§<a></a>"),
    (K::SecondRoot, "\n<!---->§<a>"),
    (K::SecondRoot, "<?p?>§<none:a/>"),
    (K::UnexpectedEnd, "<§"),
    (K::SecondRoot, "§<a b='"),
    (K::SecondRoot, "§<1/>"),
    (K::UnmatchedEndTag, "§</"),
    (K::UnmatchedEndTag, "§</a"),
    (K::TextOutsideRoot, "§&amp"),
    (K::TextOutsideRoot, "§<![CDATA["),
    (K::TextOutsideRoot, "§\u{FEFF}"),
    (K::UnexpectedEnd, "<!--§"),
    (K::UnexpectedEnd, "<!-- -§"),
    (K::UnexpectedEnd, "<?p§"),
    (K::UnexpectedEnd, "<?p ?§"),
    (K::Doctype, "§<!DOCTYPE"),
    (K::MisplacedDeclaration, "§<?xml version='1.0'?>"),
];

/// The same before the root.
pub(super) const WITHOUT_ROOT: Pieces = &[
    (K::NoRoot, "§"),
    (K::NoRoot, "\r\n§"),
    (K::NoRoot, "<!-- <a/> -->\t§"),
    (K::NoRoot, " <?a b='<a></a>'?>§"),
    (K::TextOutsideRoot, "§x"),
    (K::TextOutsideRoot, " §&lt;a/>"),
    (K::UnexpectedEnd, "<§"),
    (K::UnexpectedEnd, "<a§"),
    (K::UnexpectedEnd, " <a b='c' §"),
    (K::UnexpectedEnd, "<!-- §"),
    (K::UnexpectedEnd, "<?p §"),
    (K::UnmatchedEndTag, "§</a"),
    (K::UnmatchedEndTag, "§</a>"),
];
