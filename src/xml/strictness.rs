//! What the reader accepts and refuses, a row each. `§` marks the byte an error must name.

use super::{ErrorKind as K, QuickXml, Reader, check, check_on};

const ACCEPTED: &[&str] = &[
    "<a/>",
    "<a></a>",
    "<a ></a >",
    "\u{FEFF}<a/>",
    "\u{FEFF}<?xml version='1.0'?><a/>",
    "<?xml version=\"1.0\" encoding=\"utf-8\" standalone='no' ?>\r\n<a/>\n",
    "<?xml version='1.0' encoding='US-ASCII'?><a/>",
    "<?xml version = '1.1'?><a/>",
    "<!-- - --><?p?><?p a?b?><a/><!----><?xml-stylesheet?> \t",
    "<a><!-- > & < --><![CDATA[<&]]]]><![CDATA[>]]></a>",
    "<a>]] > ]&#93;> ]]&gt;</a>",
    "<a b=\"'&#xA;\" c='\">'/>",
    "<a b = '1'\nc\r=\t'2'/>",
    "<имя атр='я'>ö</имя>",
    "<a xmlns='u'><b xmlns=''/></a>",
    "<p:a xmlns:p='u' p:x='1' x='2'/>",
    "<a xml:lang='en' xmlns:xml='http://www.w3.org/XML/1998/namespace'/>",
    "<a xmlns:p='u' xmlns:q='v' p:x='1' q:x='2'/>",
    "<a>&lt;&gt;&amp;&apos;&quot;&#0000000000032;&#x10FFFF;</a>",
    "<a>\u{7F}\u{FFFD}\u{10FFFF}</a>",
    "<a></a\n>",
];

const REFUSED: &[(K, &str)] = &[
    // The document as a whole.
    (K::NoRoot, "§"),
    (K::NoRoot, " <!-- only -->§"),
    (K::NoRoot, "<?xml version='1.0'?>§"),
    (K::UnclosedElement, "<a>§"),
    (K::UnclosedElement, "<a><b></b>§"),
    (K::UnclosedElement, "<a>text§"),
    (K::SecondRoot, "<a/>§<b/>"),
    (K::SecondRoot, "<a></a> §<b></b>"),
    (K::SecondRoot, "<a/>§<b"),
    (K::TextOutsideRoot, "§text<a/>"),
    (K::TextOutsideRoot, "<a/> §text"),
    (K::TextOutsideRoot, "<?xml version='1.0'?>§\u{A0}<a/>"),
    (K::TextOutsideRoot, "§&amp;<a/>"),
    (K::TextOutsideRoot, "<a/>§&amp;"),
    (K::TextOutsideRoot, "<a/>§&amp"),
    (K::TextOutsideRoot, "<a/>§<![CDATA[]]>"),
    (K::TextOutsideRoot, "<a/>§<![CDATA["),
    (K::TextOutsideRoot, "\u{FEFF}§\u{FEFF}<a/>"),
    (K::TextOutsideRoot, "<a/>§\u{FEFF}"),
    // Tags.
    (K::MismatchedEndTag, "<a></§b>"),
    (K::MismatchedEndTag, "<a></§ab>"),
    (K::MismatchedEndTag, "<ab></§a>"),
    (K::MismatchedEndTag, "<p:a xmlns:p='u'></§a>"),
    (K::MismatchedEndTag, "<a><b></§a></b>"),
    (K::UnmatchedEndTag, "§</a>"),
    (K::UnmatchedEndTag, "<a/>§</a>"),
    (K::UnmatchedEndTag, "<a/>§</a"),
    (K::InvalidName, "<a></§ a>"),
    (K::InvalidName, "<a></§>"),
    (K::MalformedMarkup, "<a></a §b='c'>"),
    (K::MalformedMarkup, "<a></a§/>"),
    (K::MalformedMarkup, "<a §/ >"),
    (K::MalformedMarkup, "<a>§<!x></a>"),
    (K::MalformedMarkup, "<a>§<![cdata[x]]></a>"),
    (K::UnexpectedEnd, "<§"),
    (K::UnexpectedEnd, "<a§"),
    (K::UnexpectedEnd, "<a §"),
    (K::UnexpectedEnd, "<a/§"),
    (K::UnexpectedEnd, "<a b§"),
    (K::UnexpectedEnd, "<a b=§"),
    (K::UnexpectedEnd, "<a b='c>§"),
    (K::UnexpectedEnd, "<a:§"),
    (K::UnexpectedEnd, "<a></a§"),
    (K::UnexpectedEnd, "<a><!-- §"),
    (K::UnexpectedEnd, "<a><![CDATA[ ]]§"),
    (K::UnexpectedEnd, "<a><?p §"),
    (K::UnexpectedEnd, "<a><?p?§"),
    (K::UnexpectedEnd, "<a><?§"),
    (K::UnexpectedEnd, "<?xml§"),
    (K::UnexpectedEnd, "<?xml version='1.0'?§"),
    (K::UnexpectedEnd, "<a><!§"),
    (K::UnexpectedEnd, "<a><!-§"),
    (K::UnexpectedEnd, "<a><!-- --§"),
    (K::UnexpectedEnd, "<a><![CDATA§"),
    (K::UnexpectedEnd, "<!DOCTYP§"),
    (K::UnexpectedEnd, "<a>&am§"),
    (K::UnexpectedEnd, "<a b='&am§"),
    (K::UnexpectedEnd, "<ab></a§"),
    (K::UnexpectedEnd, "<p:a xmlns:p='u'></p§"),
    (K::UnexpectedEnd, "<a b='1' b§"),
    (K::MismatchedEndTag, "<ab></§b"),
    (K::MismatchedEndTag, "<ab></§abc"),
    // Names.
    (K::InvalidName, "<§1a/>"),
    (K::InvalidName, "<§ a/>"),
    (K::InvalidName, "<§>"),
    (K::InvalidName, "<a§\u{D7}/>"),
    (K::InvalidName, "<a§\u{A0}b='c'/>"),
    (K::InvalidName, "<§:a/>"),
    (K::InvalidName, "<a:§/>"),
    (K::InvalidName, "<a:§1/>"),
    (K::InvalidName, "<a:b§:c xmlns:a='u'/>"),
    (K::InvalidName, "<a §-b='c'/>"),
    (K::InvalidName, "<a §='c'/>"),
    (K::InvalidName, "<a §<b='c'/>"),
    (K::InvalidName, "<a x:§='c'/>"),
    // Attributes.
    (K::MissingSpace, "<a b='1'§c='2'/>"),
    (K::MissingValue, "<a b§>"),
    (K::MissingValue, "<a b §/>"),
    (K::MissingValue, "<a b §c='1'/>"),
    (K::MissingValue, "<a b=§c/>"),
    (K::MissingValue, "<a b=§/>"),
    (K::LessThanInValue, "<a b='§<'/>"),
    (K::LessThanInValue, "<a b='§<c>"),
    (K::DuplicateAttribute, "<a b='1' §b='2'/>"),
    (K::DuplicateAttribute, "<a xmlns:p='u' xmlns:q='u' p:b='1' §q:b='2'/>"),
    (K::DuplicateAttribute, "<a xmlns:p='&#117;' xmlns:q='u' p:b='1' §q:b='2'/>"),
    (K::DuplicateAttribute, "<a xmlns='u' §xmlns='u'/>"),
    // References.
    (K::MalformedReference, "<a>§&</a>"),
    (K::MalformedReference, "<a>§&;</a>"),
    (K::MalformedReference, "<a>§& amp;</a>"),
    (K::MalformedReference, "<a>§&amp</a>"),
    (K::MalformedReference, "<a>§&#;</a>"),
    (K::MalformedReference, "<a>§&#x;</a>"),
    (K::MalformedReference, "<a>§&#X41;</a>"),
    (K::MalformedReference, "<a>§&#+65;</a>"),
    (K::MalformedReference, "<a>§&#6a;</a>"),
    (K::MalformedReference, "<a b='§&amp'/>"),
    (K::MalformedReference, "<a b='x§& '/>"),
    (K::MalformedReference, "<a>§&a:b;</a>"),
    (K::UnknownEntity, "<a>§&nbsp;</a>"),
    (K::UnknownEntity, "<a b='§&nbsp;'/>"),
    (K::UnknownEntity, "<a>§&AMP;</a>"),
    // Characters.
    (K::InvalidCharacter, "<a>§\u{0}</a>"),
    (K::InvalidCharacter, "<a>§\u{1F}</a>"),
    (K::InvalidCharacter, "<a b='§\u{8}'/>"),
    (K::InvalidCharacter, "<a><!--§\u{FFFE}--></a>"),
    (K::InvalidCharacter, "<a>§\u{FFFF}</a>"),
    (K::InvalidCharacter, "<a>ok ] \r\n\u{FFFD}§\u{FFFE}]]></a>"),
    (K::CdataEndInText, "<a>§]]>\u{FFFE}</a>"),
    (K::InvalidCharacter, "<a b='\u{FFFD}§\u{FFFE}'/>"),
    (K::LessThanInValue, "<a b='§<\u{1}'/>"),
    (K::InvalidCharacter, "<a><![CDATA[§\u{1}]]></a>"),
    (K::InvalidCharacter, "<a><![CDATA[§\u{1}"),
    (K::InvalidCharacter, "<!-- §\u{1}-- --><a/>"),
    (K::InvalidCharacter, "<a><!-- §\u{1}"),
    (K::InvalidCharacter, "<?p §\u{1}?><a/>"),
    (K::InvalidCharacter, "<a§\u{1}/>"),
    (K::InvalidCharacter, "<a §\u{1}b='c'/>"),
    (K::InvalidCharacter, "<a></a§\u{1}>"),
    (K::InvalidCharacter, "§\u{1}<a/>"),
    (K::InvalidCharacter, "<a/>§\u{FFFF}"),
    (K::MalformedReference, "<a>§&\u{1};</a>"),
    (K::InvalidCharacter, "<a>§&#0;</a>"),
    (K::InvalidCharacter, "<a>§&#x1F;</a>"),
    (K::InvalidCharacter, "<a>§&#xD800;</a>"),
    (K::InvalidCharacter, "<a>§&#xFFFE;</a>"),
    (K::InvalidCharacter, "<a>§&#x110000;</a>"),
    (K::InvalidCharacter, "<a>§&#x40FFFF;</a>"),
    (K::InvalidCharacter, "<a>§&#99999999999999999999;</a>"),
    (K::InvalidCharacter, "<a b='§&#1;'/>"),
    (K::InvalidCharacter, "<?xml version='1.0' encoding='us-ascii'?><a>§é</a>"),
    (K::CdataEndInText, "<a>x§]]></a>"),
    (K::CdataEndInText, "<a>]§]]></a>"),
    // Comments and processing instructions.
    (K::DoubleHyphen, "<!-- §-- --><a/>"),
    (K::DoubleHyphen, "<!-- §---><a/>"),
    (K::DoubleHyphen, "<a><!-- §-- "),
    (K::DoubleHyphen, "<a><!-- §---"),
    (K::UnexpectedEnd, "<!--><a/>§"),
    (K::UnexpectedEnd, "<!---><a/>§"),
    (K::InvalidTarget, "<?§?><a/>"),
    (K::InvalidTarget, "<?§ p?><a/>"),
    (K::InvalidTarget, "<?§xml?x?><a/>"),
    (K::InvalidTarget, "<?§1?><a/>"),
    (K::InvalidTarget, "<?p§:q?><a/>"),
    (K::InvalidTarget, "<?§XML version='1.0'?><a/>"),
    (K::InvalidTarget, "<a/><?§xMl?>"),
    (K::InvalidTarget, "<?§XML "),
    (K::InvalidTarget, "<a><?§<"),
    // Declarations.
    (K::MisplacedDeclaration, " §<?xml version='1.0'?><a/>"),
    (K::MisplacedDeclaration, "<?xml version='1.0'?>§<?xml version='1.0'?><a/>"),
    (K::MisplacedDeclaration, "<a>§<?xml version='1.0'?></a>"),
    (K::MisplacedDeclaration, "<a/>§<?xml version='1.0'?>"),
    (K::MisplacedDeclaration, "<a/>§<?xml version='1.0'"),
    (K::MalformedDeclaration, "<?xml§?><a/>"),
    (K::MalformedDeclaration, "<?xml§ encoding='utf-8'?><a/>"),
    (K::MalformedDeclaration, "<?xml version='§2.0'?><a/>"),
    (K::MalformedDeclaration, "<?xml version='§1.'?><a/>"),
    (K::MalformedDeclaration, "<?xml version=§1.0?><a/>"),
    (K::MalformedDeclaration, "<?xml version §?><a/>"),
    (K::MalformedDeclaration, "<?xml version='1.0§?><a/>"),
    (K::MalformedDeclaration, "<?xml version='1.0'§encoding='utf-8'?><a/>"),
    (K::MalformedDeclaration, "<?xml version='1.0' standalone='§maybe'?><a/>"),
    (
        K::MalformedDeclaration,
        "<?xml version='1.0' standalone='yes' §encoding='utf-8'?><a/>",
    ),
    (K::MalformedDeclaration, "<?xml version='1.0' §x='1'?><a/>"),
    (K::UnsupportedEncoding, "<?xml version='1.0' encoding='§utf-16'?><a/>"),
    (K::UnsupportedEncoding, "<?xml version='1.0' encoding='§windows-1251'?><a/>"),
    (K::UnsupportedEncoding, "<?xml version='1.0' encoding='§'?><a/>"),
    (K::Doctype, "§<!DOCTYPE a><a/>"),
    (K::Doctype, "§<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"),
    (K::Doctype, "<a>§<!DOCTYPE a></a>"),
    (K::Doctype, "<a/>§<!DOCTYPE a>"),
    (K::Doctype, "§<!DOCTYPE a ["),
    (K::Doctype, "§<!doctype html><html/>"),
    // Namespaces.
    (K::UndeclaredPrefix, "<§p:a/>"),
    (K::UndeclaredPrefix, "<a §p:b='c'/>"),
    (K::UndeclaredPrefix, "<a><b xmlns:p='u'/><§p:c/></a>"),
    (K::UndeclaredPrefix, "<§xmlns:a/>"),
    (K::EmptyNamespace, "<a xmlns:p='§'/>"),
    (K::ReservedNamespace, "<a §xmlns:xmlns='u'/>"),
    (K::ReservedNamespace, "<a xmlns:xml='§u'/>"),
    (K::ReservedNamespace, "<a xmlns:p='§http://www.w3.org/XML/1998/namespace'/>"),
    (K::ReservedNamespace, "<a xmlns='§http://www.w3.org/XML/1998/namespace'/>"),
    (K::ReservedNamespace, "<a xmlns='§http://www.w3.org/2000/xmlns/'/>"),
];

#[test]
fn accepts_what_is_well_formed() {
    for doc in ACCEPTED {
        assert_eq!(check(doc.as_bytes()), Ok(()), "{doc:?}");
        assert_eq!(check_on::<QuickXml<'_>>(doc.as_bytes()), Ok(()), "{doc:?}");
    }
}

#[test]
fn refuses_everything_else_at_the_spot() {
    for (kind, marked) in REFUSED {
        let offset = marked.find('§').expect("every row marks its spot");
        let doc = marked.replace('§', "");
        let error = check(doc.as_bytes()).expect_err(marked);
        assert_eq!((error.kind, error.offset), (*kind, offset), "{marked:?}");
        assert_eq!(check_on::<QuickXml<'_>>(doc.as_bytes()), Err(error), "{marked:?}");
    }
}

#[test]
fn says_of_a_cut_document_that_it_ends_too_early() {
    for doc in ACCEPTED {
        for (cut, _) in doc.char_indices() {
            let found = check(&doc.as_bytes()[..cut]);
            assert_eq!(check_on::<QuickXml<'_>>(&doc.as_bytes()[..cut]), found, "{cut} {doc:?}");
            let Err(error) = found else {
                // Nothing of the root is missing.
                roxmltree::Document::parse(&doc[..cut]).expect(doc);
                continue;
            };
            let is_end = matches!(error.kind, K::NoRoot | K::UnclosedElement | K::UnexpectedEnd);
            assert!(is_end && error.offset == cut, "{error}: {:?}", &doc[..cut]);
        }
    }
}

#[test]
fn refuses_bytes_that_are_not_utf8() {
    for (bytes, kind, offset) in [
        (&b"<a>\xFF</a>"[..], K::InvalidUtf8, 3),
        (b"<a>\xED\xA0\x80</a>", K::InvalidUtf8, 3),
        (b"<a>ok\xC3", K::InvalidUtf8, 5),
        (b"\xFF\xFE<\0a\0/\0>\0", K::UnsupportedEncoding, 0),
        (b"\xFE\xFF\0<\0a\0/\0>", K::UnsupportedEncoding, 0),
        (b"<\0a\0/\0>\0", K::InvalidCharacter, 1),
    ] {
        let error = check(bytes).expect_err("not UTF-8");
        assert_eq!((error.kind, error.offset), (kind, offset), "{bytes:?}");
    }
}

#[test]
fn limits_hold_exactly() {
    let nested = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
    assert_eq!(check(nested(super::MAX_DEPTH).as_bytes()), Ok(()));
    let error = check(nested(super::MAX_DEPTH + 1).as_bytes()).expect_err("too deep");
    assert_eq!((error.kind, error.offset), (K::TooDeep, 3 * super::MAX_DEPTH));

    let wide = |n: usize| {
        let attributes: Vec<_> = (0..n).map(|i| format!("a{i:02}=''")).collect();
        format!("<a {}/>", attributes.join(" "))
    };
    assert_eq!(check(wide(super::MAX_ATTRIBUTES).as_bytes()), Ok(()));
    let error = check(wide(super::MAX_ATTRIBUTES + 1).as_bytes()).expect_err("too wide");
    assert_eq!(
        (error.kind, error.offset),
        (K::TooManyAttributes, 3 + 7 * super::MAX_ATTRIBUTES)
    );

    let declaring = |n: usize| {
        let open: String = (0..n)
            .map(|i| format!("<a xmlns:a{i}='u' xmlns:b{i}='u' xmlns:c{i}='u'>"))
            .collect();
        format!("{open}{}", "</a>".repeat(n))
    };
    assert_eq!(check(declaring(10).as_bytes()), Ok(()));
    let error = check(declaring(11).as_bytes()).expect_err("too many namespaces");
    assert_eq!(error.kind, K::TooManyNamespaces);

    let sized = |n: usize| format!("<a>{}</a>", "x".repeat(n - 7)).into_bytes();
    assert_eq!(check(&sized(super::DEFAULT_MAX_BYTES)), Ok(()));
    let error = check(&sized(super::DEFAULT_MAX_BYTES + 1)).expect_err("too large");
    assert_eq!((error.kind, error.offset), (K::TooLarge, super::DEFAULT_MAX_BYTES));
}

#[test]
fn values_are_read_as_xml_means_them() {
    for (doc, value) in [
        ("<a> x </a>", " x "),
        ("<a/>", ""),
        ("<a>a&amp;b&#x20AC;</a>", "a&b€"),
        ("<a>x<!-- y --><?z?><![CDATA[<&>]]>w</a>", "x<&>w"),
        ("<a>1\r\n2\r3\n4&#13;</a>", "1\n2\n3\n4\r"),
        ("<a><![CDATA[\r\n]]></a>", "\n"),
    ] {
        let mut reader = Reader::new(doc.as_bytes()).expect(doc);
        reader.root().expect(doc);
        assert_eq!(reader.text().expect(doc), value, "{doc}");
        reader.finish().expect(doc);
    }
    for (doc, value) in [
        ("<a v=' x '/>", " x "),
        ("<a v='1\r\n2\t3\n4\r5&#10;&#13;'/>", "1 2 3 4 5\n\r"),
        ("<a v='&lt;&quot;\">'/>", "<\"\">"),
        ("<a xmlns:p='u' p:v='no' v='yes'/>", "yes"),
    ] {
        let mut reader = Reader::new(doc.as_bytes()).expect(doc);
        reader.root().expect(doc);
        assert_eq!(reader.attribute("", "v").as_deref(), Some(value), "{doc}");
    }
}

#[test]
fn names_are_compared_by_namespace_not_prefix() {
    let doc = b"<p:a xmlns:p='u' xmlns='v'><b/><p:b xmlns:p='w'/><p:b/></p:a>";
    let mut reader = Reader::new(doc).expect("well-formed");
    reader.root().expect("well-formed");
    assert!(reader.is("u", "a") && !reader.is("v", "a") && !reader.is("u", "b"));
    for namespace in ["v", "w", "u"] {
        assert!(reader.child().expect("well-formed"));
        assert!(reader.is(namespace, "b"), "{namespace}");
        reader.skip().expect("well-formed");
    }
    assert!(!reader.child().expect("well-formed"));
    reader.finish().expect("well-formed");
}
