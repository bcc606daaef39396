//! Values with placeholders: `{login}_new`.

use std::borrow::Cow;

use crate::secret::Secret;

/// What a value is put together from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// A slot of the user's values.
    Slot(usize),
}

/// Names to slots: first the columns of the accounts, then what replies are asked to leave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slots {
    names: Vec<String>,
}

impl Slots {
    /// Slots for the columns of the accounts.
    pub fn new(columns: impl IntoIterator<Item = String>) -> Self {
        Self { names: columns.into_iter().collect() }
    }

    /// The slot of `name`.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name)
    }

    /// The slot of `name`, made if there is none.
    pub fn find_or_add(&mut self, name: &str) -> usize {
        self.find(name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The names in the order of the slots.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

impl Template {
    /// The value of a slot.
    #[must_use]
    pub fn slot(slot: usize) -> Self {
        Self(vec![Part::Slot(slot)])
    }

    /// A fixed text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self(vec![Part::Text(text.to_owned())])
    }

    /// Reads a value with `{name}` placeholders; `{{` and `}}` stand for braces.
    ///
    /// # Errors
    /// The name that is no slot, or a sentence about a brace without its partner.
    pub fn parse(text: &str, slots: &Slots) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            let brace = &rest[at..];
            if let Some(after) = brace.strip_prefix("{{") {
                literal.push('{');
                rest = after;
            } else if let Some(after) = brace.strip_prefix("}}") {
                literal.push('}');
                rest = after;
            } else {
                let inside = brace.strip_prefix('{').ok_or(TemplateError::LoneBrace)?;
                let (name, after) = inside.split_once('}').ok_or(TemplateError::LoneBrace)?;
                let slot =
                    slots.find(name).ok_or_else(|| TemplateError::Unknown(name.to_owned()))?;
                if !literal.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut literal)));
                }
                parts.push(Part::Slot(slot));
                rest = after;
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() || parts.is_empty() {
            parts.push(Part::Text(literal));
        }
        Ok(Self(parts))
    }

    /// The value, with the slots filled from `values`.
    #[must_use]
    pub fn fill<'v>(&'v self, values: &'v [Secret]) -> Cow<'v, str> {
        let part = |part: &'v Part| match part {
            Part::Text(text) => text.as_str(),
            Part::Slot(slot) => values[*slot].expose(),
        };
        match &self.0[..] {
            [one] => Cow::Borrowed(part(one)),
            many => Cow::Owned(many.iter().map(part).collect()),
        }
    }

    /// As it is written in a file: what [`parse`](Self::parse) reads.
    #[must_use]
    pub fn written(&self, slots: &Slots) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.replace('{', "{{").replace('}', "}}"),
            Part::Slot(slot) => format!("{{{}}}", slots.names[*slot]),
        };
        self.0.iter().map(part).collect()
    }

    /// The slots it needs.
    pub fn slots(&self) -> impl Iterator<Item = usize> {
        self.0.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Slot(slot) => Some(*slot),
        })
    }
}

/// Why a value cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateError {
    /// A placeholder that nothing fills.
    Unknown(String),
    /// A brace without its partner.
    LoneBrace,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled() {
        let slots = Slots::new(["login", "domain"].map(String::from));
        let values = ["u0", "d"].map(Secret::new);
        for (text, filled) in [
            ("", ""),
            ("fixed", "fixed"),
            ("{login}", "u0"),
            ("{login}_new@{domain}", "u0_new@d"),
            ("{{login}}", "{login}"),
            ("{login}{login}", "u0u0"),
        ] {
            let template = Template::parse(text, &slots).expect(text);
            assert_eq!(template.fill(&values), filled, "{text}");
            assert_eq!(template.written(&slots), text);
        }
        for (text, error) in [
            ("{nobody}", TemplateError::Unknown("nobody".into())),
            ("{}", TemplateError::Unknown(String::new())),
            ("{login", TemplateError::LoneBrace),
            ("login}", TemplateError::LoneBrace),
        ] {
            assert_eq!(Template::parse(text, &slots), Err(error), "{text}");
        }
    }
}
