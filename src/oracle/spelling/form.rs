//! A form, spelt in any of the ways that forms allow.

use arbitrary::{Result, Unstructured};

use super::shuffle;

/// Pairs of a form, spelt in any of the ways that a form allows.
pub(in crate::oracle) fn spell_form(
    pairs: &[(&str, &str)],
    data: &mut Unstructured<'_>,
) -> Result<Vec<u8>> {
    let mut order: Vec<_> = pairs.to_vec();
    shuffle(&mut order, data)?;
    let mut out = String::new();
    for (name, value) in order {
        out.push_str(data.choose(&["", "", "&", "x=y&", "x&", "=&"])?);
        for c in name.chars() {
            let c = if data.ratio(1, 8)? { c.to_ascii_uppercase() } else { c };
            form_character(&mut out, c, !c.is_ascii_alphanumeric() && c != '_', data)?;
        }
        out.push('=');
        for c in value.chars() {
            let may_stand = c.is_ascii_alphanumeric() || "-._~=/:@!$'()*,;?".contains(c);
            form_character(&mut out, c, !may_stand, data)?;
        }
        out.push('&');
    }
    if data.arbitrary()? {
        out.pop();
    }
    Ok(out.into_bytes())
}

/// One character of a form, as itself or escaped.
fn form_character(
    out: &mut String,
    c: char,
    must_be_escaped: bool,
    data: &mut Unstructured<'_>,
) -> Result<()> {
    if c == ' ' && data.arbitrary()? {
        out.push('+');
        return Ok(());
    }
    if !must_be_escaped && !data.ratio(1, 10)? {
        out.push(c);
        return Ok(());
    }
    let c = c.to_string();
    let escaped: String = c.bytes().map(|byte| format!("%{byte:02X}")).collect();
    out.push_str(&if data.arbitrary()? { escaped } else { escaped.to_lowercase() });
    Ok(())
}
