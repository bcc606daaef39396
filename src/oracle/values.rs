//! Values that a fuzzer's bytes choose: what messages carry, weighted to what escaping gets wrong.

use std::borrow::Cow;

use arbitrary::{Result, Unstructured};

use super::writing::Place;
use crate::api::{Field, Fields};

const PIECES: &[&str] = &[
    "a",
    "0",
    "user17",
    " ",
    "  ",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "<",
    ">",
    "&",
    "\"",
    "'",
    "]]>",
    "]]",
    "]",
    "&amp;",
    "&#65;",
    "&lt;",
    "<!--",
    "--",
    "<![CDATA[",
    "%",
    "+",
    "=",
    ";",
    "%41",
    "Ж",
    "имя",
    "ığüşöçİ",
    "\u{FFFD}",
    "\u{7F}",
    "\u{85}",
    "\u{2028}",
    "\u{1F980}",
    "\u{10FFFF}",
];

/// A text that XML can hold.
pub(super) fn text(data: &mut Unstructured<'_>) -> Result<String> {
    let mut text = String::new();
    for _ in 0..data.int_in_range(0..=5)? {
        text.push_str(data.choose(PIECES)?);
    }
    Ok(text)
}

/// A text of anything at all.
pub(super) fn any_text(data: &mut Unstructured<'_>) -> Result<String> {
    let mut text = text(data)?;
    if data.ratio(1, 8)? {
        text.push(data.arbitrary()?);
    }
    if data.ratio(1, 8)? {
        text.insert(0, data.arbitrary()?);
    }
    Ok(text)
}

/// A number of any size: small ones as often as large ones.
fn number(data: &mut Unstructured<'_>) -> Result<i32> {
    let halved = data.int_in_range(0..=31)?;
    Ok(data.arbitrary::<i32>()? >> halved)
}

/// The inputs of a request for an operation.
pub(super) fn inputs(
    place: Place,
    data: &mut Unstructured<'_>,
    text: fn(&mut Unstructured<'_>) -> Result<String>,
) -> Result<Vec<String>> {
    place.api.operations()[place.operation]
        .inputs
        .iter()
        .map(|_| text(data))
        .collect()
}

/// The fields of a reply to an operation, as its contract has them, or of a fault.
pub(super) fn reply(place: Place, data: &mut Unstructured<'_>) -> Result<Fields<'static>> {
    let operation = &place.api.operations()[place.operation];
    let mut fields = Fields::new();
    let mut push = |name: &'static str, value: String| {
        let field: Field<'static> = (name, Cow::Owned(value));
        fields.push(field);
    };
    let filled = |data: &mut Unstructured<'_>| Ok(format!("{}x", text(data)?));
    if place.has_faults() && data.ratio(1, 6)? {
        push("faultcode", text(data)?);
        push("faultstring", text(data)?);
        return Ok(fields);
    }
    match operation.name {
        "CreateSession" => {
            let code: i32 = if data.arbitrary()? { 0 } else { number(data)? };
            push("error_code", code.to_string());
            push("error_string", text(data)?);
            push("uid_session", if code == 0 { filled(data)? } else { text(data)? });
        }
        "Login" | "Logout" => {
            let is_good = data.arbitrary()?;
            push("Code", if is_good { "00".to_owned() } else { filled(data)? });
            push("Message", text(data)?);
            push("DetailedMessage", text(data)?);
            if operation.name == "Login" && (is_good || data.arbitrary()?) {
                push("ServiceTicket", filled(data)?);
            }
        }
        _ if data.arbitrary()? => {
            let description = text(data)?;
            // To this command it is an answer, and no error.
            let is_answer = operation.name == "sp_check_login" && description == "already_exists";
            push("description", if is_answer { "no".to_owned() } else { description });
        }
        "sp_login" => {
            push("session", filled(data)?);
            for name in ["alias_address", "alias_iface"] {
                if data.arbitrary()? {
                    push(name, text(data)?);
                }
            }
        }
        "sp_check_login" => {
            push("answer", if data.arbitrary()? { "free" } else { "taken" }.to_owned());
        }
        _ => {}
    }
    Ok(fields)
}
