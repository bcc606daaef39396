//! Documents that a reader with a loop in a loop would be slow on.

/// How long a document of size 1 is, about; that of size 4 is within the reader's limit.
const BYTES: usize = 15_000;

/// A document that is mostly `what`, in one of several lengths.
pub(crate) fn document(what: &str, size: usize) -> Vec<u8> {
    let repeat = |piece: &str| piece.repeat(BYTES / piece.len() * size);
    let (open, inside, close) = match what {
        "elements" => ("<a>", repeat("<b><c/></b>"), "</a>"),
        "namespaces" => ("<a>", repeat("<p:b xmlns:p='u' xmlns:q='v' xmlns='w'/>"), "</a>"),
        "attributes" => (
            "<a>",
            repeat("<b c='' d='' e='' f='' g='' h='' i='' j='' k='' l='' m='' n='' o='' p=''/>"),
            "</a>",
        ),
        "prefixes" => (
            "<a xmlns:p='u' xmlns:q='u'>",
            repeat("<p:b p:c='' p:d='' p:e='' p:f='' p:g='' p:h='' q:i='' q:j='' q:k=''/>"),
            "</a>",
        ),
        "text" => ("<a>", repeat("]]x \r]\u{FFFD}"), "</a>"),
        "references" => ("<a>", repeat("&amp;&#65;"), "</a>"),
        "comment" => ("<a><!--", repeat("- ->"), "--></a>"),
        "sections" => ("<a>", repeat("<![CDATA[]]]><?p ??>"), "</a>"),
        "unclosed" => ("<a><!--", repeat("<!-- -> ]]> ?> "), ""),
        _ => panic!("no document called {what}"),
    };
    let document = [open, &inside, close].concat().into_bytes();
    assert_eq!(
        gander::xml::check(&document).is_ok(),
        !close.is_empty(),
        "{what} is as well-formed as it should be"
    );
    document
}
