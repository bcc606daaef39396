//! `gander inspect`

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::exit::{Exit, Failure};
use super::names::{find_api, unknown};
use super::output;
use crate::api::{Api, Binding, Direction, Fields};
use crate::scenario::Transport;
use crate::xml::{self, Document, Position};

/// Show a message as the parsers read it, or where they refuse it
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The message; - is standard input
    file: PathBuf,
    /// Read it as a message of this API
    #[arg(long, value_name = "NAME", requires = "operation")]
    api: Option<String>,
    /// Read it as a request for, or a reply to, this operation
    #[arg(long, value_name = "OP", requires = "api")]
    operation: Option<String>,
}

pub(super) fn inspect(arguments: &Arguments) -> Result<Exit, Failure> {
    let bytes = read(&arguments.file)?;
    let judged = match (&arguments.api, &arguments.operation) {
        (Some(api), Some(operation)) => {
            let (api, operation) = resolve(api, operation)?;
            message(api, operation, &bytes)
        }
        _ => xml::check(Document::within(max_bytes(), &bytes))
            .map(|()| format!("well-formed XML, {} bytes\n", bytes.len())),
    };
    match judged {
        Ok(text) => {
            output::print(&text)?;
            Ok(Exit::Ok)
        }
        Err(error) => {
            let file = match arguments.file.display().to_string() {
                name if name == "-" => "standard input".to_owned(),
                name => name,
            };
            let position = Position::of(&bytes, error.offset);
            output::print(&format!("{file}:{position} (byte {}): {}\n", error.offset, error.kind))?;
            Ok(Exit::Failed)
        }
    }
}

/// As large as a reply may be to a run.
fn max_bytes() -> usize {
    Transport::default().max_reply
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    // One byte over the limit is enough to see that it is.
    let most = max_bytes() as u64 + 1;
    let read_all = |input: &mut dyn Read| {
        let mut bytes = Vec::new();
        input.take(most).read_to_end(&mut bytes).map(|_| bytes)
    };
    let read = if file == Path::new("-") {
        read_all(&mut io::stdin().lock())
    } else {
        File::open(file).and_then(|mut file| read_all(&mut file))
    };
    read.map_err(|error| Failure::usage(format!("{}: cannot be read: {error}", file.display())))
}

fn resolve(api: &str, operation: &str) -> Result<(&'static dyn Api, usize), Failure> {
    let found = find_api(api)?;
    let index = found.operation_named(operation).ok_or_else(|| {
        let names: Vec<_> = found.operations().iter().map(|o| o.name).collect();
        unknown("operation", operation, &names)
    })?;
    Ok((found, index))
}

/// The message as whichever of the operation's messages it is. Where it is none of them, the
/// reading that came farthest says why.
fn message(api: &dyn Api, operation: usize, bytes: &[u8]) -> Result<String, xml::Error> {
    let name = api.operations()[operation].name;
    let mut farthest: Option<xml::Error> = None;
    for direction in [Direction::Reply, Direction::Request] {
        for &binding in api.bindings() {
            let read = match direction {
                Direction::Reply => {
                    let document = Document::within(max_bytes(), bytes);
                    api.read_reply(operation, binding, document).map(|answer| {
                        let title = format!("{} reply to {name}: {}", api.name(), answer.verdict);
                        (answer.fields, title)
                    })
                }
                // Any text is some form, so only XML can be told.
                Direction::Request if matches!(binding, Binding::Get | Binding::Post) => continue,
                Direction::Request => api
                    .parse_request(operation, binding, bytes)
                    .map(|fields| (fields, format!("{} request for {name}", api.name()))),
            };
            match read {
                Ok((fields, title)) => return Ok(describe(&title, &fields)),
                Err(error) if farthest.is_none_or(|f| error.offset > f.offset) => {
                    farthest = Some(error);
                }
                Err(_) => {}
            }
        }
    }
    Err(farthest.expect("every API has a binding"))
}

fn describe(title: &str, fields: &Fields<'_>) -> String {
    let mut text = format!("{title}\n");
    let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, value) in fields {
        let _ = writeln!(text, "  {name:width$}  {value:?}");
    }
    text
}
