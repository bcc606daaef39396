//! What XML allows and hardly anyone writes.

use arbitrary::{Result, Unstructured};

/// One choice in `of`; never where the bytes have come to an end, which is to be plain.
pub(super) fn now_and_then(of: u8, data: &mut Unstructured<'_>) -> Result<bool> {
    Ok(data.int_in_range(1..=of)? == of)
}

/// White space where there must be some: production `S`.
pub(super) fn space(data: &mut Unstructured<'_>) -> Result<&'static str> {
    data.choose(&[" ", " ", "\n", " ", "\t ", "\r\n", " ", "\r"]).copied()
}

/// White space where there may be some.
pub(super) fn optional_space(data: &mut Unstructured<'_>) -> Result<&'static str> {
    data.choose(&["", "", "", " ", "\n", "", "\t", "\r\n"]).copied()
}

/// Production `Eq`.
pub(super) fn equals(data: &mut Unstructured<'_>) -> Result<&'static str> {
    data.choose(&["=", "=", "=", " = ", "=\n", "=", "\t=", "\r\n=\r"]).copied()
}

/// Comments and processing instructions with all that they may hold.
const ODDITIES: &[&str] = &[
    "<!-->-->",
    "<!--->-->",
    "<!-- - - -> -->",
    "<!-- -\n-\t- -->",
    "<!--\r\n-->",
    "<!--]]>-->",
    "<!--<!- -->",
    "<!-- <?p ?> <![CDATA[ ]]> </a> <a b=' -->",
    "<!-- &nope; &#0; & &#x; -->",
    "<!--<!DOCTYPE a [<!ENTITY b 'c'>]>-->",
    "<!--\u{7F}\u{85}\u{2028}\u{FFFD}\u{10FFFF}-->",
    "<?p ?>",
    "<?p ??>",
    "<?p\t???>",
    "<?p\r\nx\r?>",
    "<?p > ? > ?>",
    "<?p --> ]]> </a> <a b=' & &x; ?>",
    "<?p <?q?>",
    "<?p <!-- ?>",
    "<?p version='1.0'?>",
    "<?xml-stylesheet href='a'?>",
    "<?xmlx?>",
    "<?XML. version='1.0'?>",
    "<?x.-_1?>",
    "<?имя \u{A0}?>",
];

/// A comment or processing instruction.
pub(super) fn oddity(out: &mut String, data: &mut Unstructured<'_>) -> Result<()> {
    out.push_str(data.choose(ODDITIES)?);
    Ok(())
}

/// What may stand between elements.
pub(super) fn misc(out: &mut String, data: &mut Unstructured<'_>) -> Result<()> {
    for _ in 0..data.int_in_range(0..=2)? {
        match data.int_in_range(0..=8)? {
            8 => oddity(out, data)?,
            7 => out.push_str(data.choose(&["\r", "\t", "\r\r\n"])?),
            usual => out.push_str(
                [" ", "\n", "\r\n\t", "<!---->", "<!-- <a> & - -->", "<?pi?>", "<?a-b <x> ?>"]
                    [usual],
            ),
        }
    }
    Ok(())
}

/// What may stand between elements that are in another: white space in any spelling, too.
pub(super) fn inner_misc(out: &mut String, data: &mut Unstructured<'_>) -> Result<()> {
    misc(out, data)?;
    if now_and_then(16, data)? {
        let spaces = ["&#32;", "&#x0A;", "&#0009;", "<![CDATA[]]>", "<![CDATA[ \r\n]]>"];
        out.push_str(data.choose(&spaces)?);
    }
    Ok(())
}

/// Elements that no contract knows.
const STRANGERS: &[&str] = &[
    "<x/>",
    "<x><x><x/></x ></x\n>",
    "<x.-_1/>",
    "<_/>",
    "<xmlx xmly='' xmlnsx=''/>",
    "<XMLNS/>",
    "<имя атр='я'>ö</имя>",
    "<x a=\"'\" b='\"' c='>' d=']]>' e='/>' f='-->'/>",
    "<x a='1' A='2'/>",
    "<x a='&#13;&#x0a;&#009;'\tb\n=\r'\t\r\n'/>",
    "<x>]] > ]> ] ]]&gt; ]]&#62; ]]&#x3e;</x>",
    "<x>]]<!---->></x>",
    "<x>\"'-->?>/></x>",
    "<x><![CDATA[]]]]><![CDATA[>]]></x>",
    "<x><![CDATA[]]]></x>",
    "<x><![CDATA[<![CDATA[]] >]>]]]]]]></x>",
    "<x><![CDATA[</x><!--&amp;&nope;&<?p?>]]></x>",
    "<x>&lt;&gt;&amp;&apos;&quot;&#0000000000032;&#x0010FfFf;&#1114111;</x>",
    "<x>&#xD7FF;&#xE000;&#xFFFD;&#x10000;&#9;&#xa;&#xD;</x>",
    "<x>\u{7F}\u{80}\u{85}\u{A0}\u{D7FF}\u{E000}\u{FDD0}\u{FFFD}\u{1FFFE}\u{10FFFF}</x>",
    "<x a='\u{7F}\u{85}\u{2028}\u{FDD0}\u{FFFD}\u{1FFFE}'/>",
    "<x xml:lang='en' xml:space=\"preserve\"> </x>",
    "<xml:x xml:id='1'/>",
    "<x xmlns:xml='http://www.w3.org/XML/1998/namespace'/>",
    "<x xmlns=''/>",
    "<x xmlns='u'><x xmlns=''><x xmlns='v'/></x></x>",
    "<x xmlns='u' xmlns:y='u' a='1' y:a='2'/>",
    "<x xmlns:y='u' xmlns:z='v' y:a='1' z:a='2' a='3'/>",
    "<x y:a='1' xmlns:y='u'/>",
    "<y:x xmlns:y='u'><y:x xmlns:y='v' xmlns:z='u' y:a='1' z:a='2'/><y:x/></y:x>",
    "<y:x xmlns:y='u &amp; v'/>",
    "<x xmlns:y='u' xmlns:z='U' y:a='1' z:a='2'/>",
    "<XML:x xmlns:XML='http://www.w3.org/2000/xmlns'/>",
    "<xmlnsx:x xmlns:xmlnsx='u' xmlnsx:xmlns='v'/>",
    "<y:xmlns xmlns:y='u' y:xml='1'/>",
];

/// The first and last characters of each range that a name may begin with, and those that it may go
/// on with.
const NAME_STARTS: &str = "AZaz_\u{C0}\u{D6}\u{D8}\u{F6}\u{F8}\u{2FF}\u{370}\u{37D}\u{37F}\u{1FFF}\
    \u{200C}\u{200D}\u{2070}\u{218F}\u{2C00}\u{2FEF}\u{3001}\u{D7FF}\u{F900}\u{FDCF}\u{FDF0}\u{FFFD}\
    \u{10000}\u{EFFFF}";
const NAME_GOES_ON: &str = "-.09\u{B7}\u{300}\u{36F}\u{203F}\u{2040}";

/// An element that nobody asked for.
pub(super) fn stranger(out: &mut String, data: &mut Unstructured<'_>) -> Result<()> {
    match data.int_in_range(0..=7)? {
        0..=3 => out.push_str("<u:x xmlns:u='urn:u' u:y='1'><z>&amp;</z></u:x>"),
        4..=6 => out.push_str(data.choose(STRANGERS)?),
        _ => {
            let starts: Vec<char> = NAME_STARTS.chars().collect();
            let all: Vec<char> = NAME_STARTS.chars().chain(NAME_GOES_ON.chars()).collect();
            let (start, next) = (data.choose(&starts)?, data.choose(&all)?);
            let name = format!("{start}{next}");
            let element = format!("<{name} {name}='{name}'></{name}>");
            out.push_str(&element);
        }
    }
    Ok(())
}
