//! Faults in a file.

use serde::Deserialize;
use toml::Spanned;

use super::rule::{FaultRule, Modifiers};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    fault: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    at: String,
    fault: String,
    p: Option<f64>,
    from: Option<String>,
    to: Option<String>,
    every: Option<String>,
    #[serde(rename = "for")]
    lasting: Option<String>,
}

/// Reads a TOML file of faults:
///
/// ```toml
/// [[fault]]
/// at = "eltex.sp_login"
/// fault = "latency=lognormal(20ms, 0.5)"
/// p = 0.1
///
/// [[fault]]
/// at = "*"
/// fault = "stall=1s"
/// every = "60s"
/// ```
///
/// # Errors
/// The line, and what to write instead.
pub fn read_faults(text: &str) -> Result<Vec<FaultRule>, (usize, String)> {
    let line = |offset: usize| text[..offset.min(text.len())].matches('\n').count() + 1;
    let file: File = toml::from_str(text)
        .map_err(|e| (line(e.span().map_or(0, |span| span.start)), e.message().to_owned()))?;
    file.fault
        .iter()
        .map(|entry| {
            let Entry { at, fault, p, from, to, every, lasting } = entry.get_ref();
            let modifiers = Modifiers {
                probability: *p,
                from: from.as_deref(),
                to: to.as_deref(),
                every: every.as_deref(),
                lasting: lasting.as_deref(),
            };
            FaultRule::new(at, fault, modifiers)
                .map_err(|message| (line(entry.span().start), message))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_say_what_the_option_says() {
        let text = "[[fault]]\nat = \"eltex.sp_login\"\nfault = \"latency=uniform(1ms, 2ms)\"\np = 0.5\n\
                    [[fault]]\nat = \"*\"\nfault = \"gzip\"\nevery = \"60s\"\nfor = \"1s\"\n";
        let rules: Vec<_> = read_faults(text).expect("a good file");
        let rules: Vec<_> = rules.iter().map(FaultRule::to_string).collect();
        let expected =
            ["eltex.sp_login:latency=uniform(1ms, 2ms),p=0.5", "*:gzip,every=60s,for=1s"];
        assert_eq!(rules, expected);
        assert!(read_faults("").expect("no faults").is_empty());
        for (text, line, message) in [
            ("\n[[fault]]\nat = \"*\"\nfault = \"slow\"\n", 2, "there is no fault \"slow\""),
            ("[[fault]]\nat = \"*\"\n", 1, "missing field `fault`"),
            ("[[fault]]\nat = \"*\"\nwhat = \"x\"\n", 3, "unknown field `what`"),
            ("[[fault]\n", 1, ""),
        ] {
            let (found, error) = read_faults(text).expect_err(text);
            assert!(found == line && error.starts_with(message), "{text}: {found}: {error}");
        }
    }
}
