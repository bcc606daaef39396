//! `Content-Type`: RFC 9110 section 8.3.1.

/// A media type with its parameters.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MediaType<'a> {
    header: &'a str,
}

impl<'a> MediaType<'a> {
    /// From the header, which may be missing.
    pub(super) fn of(header: Option<&'a str>) -> Self {
        Self { header: header.unwrap_or("") }
    }

    /// Whether it is `name`, whatever its parameters.
    pub(super) fn is(self, name: &str) -> bool {
        self.header.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case(name)
    }

    /// The value of a parameter, without its quotes.
    pub(super) fn parameter(self, name: &str) -> Option<&'a str> {
        self.header.split(';').skip(1).find_map(|parameter| {
            let (found, value) = parameter.split_once('=')?;
            found.trim().eq_ignore_ascii_case(name).then(|| unquoted(value.trim()))
        })
    }
}

/// `value` without the double quotes around it.
pub(super) fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_parameters_are_found() {
        let media = MediaType::of(Some("Text/XML ;Charset=\"utf-8\"; action=urn:a=b"));
        assert!(media.is("text/xml") && !media.is("text/xm"));
        assert_eq!(media.parameter("charset"), Some("utf-8"));
        assert_eq!(media.parameter("action"), Some("urn:a=b"));
        assert_eq!(media.parameter("text/xml"), None);
        assert!(MediaType::of(None).is("") && MediaType::of(None).parameter("charset").is_none());
        assert_eq!([unquoted("\""), unquoted("'a'"), unquoted("\"\"")], ["\"", "'a'", ""]);
    }
}
