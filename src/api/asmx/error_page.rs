//! Errors that ASP.NET tells in HTML: of requests that no protocol took.

use super::exception::Exception;
use crate::api::{Outgoing, ServiceOptions};

const HTML: &str = "text/html; charset=utf-8";
const FACTORY: &[&str] = &[
    "System.Web.Services.Protocols.WebServiceHandlerFactory.CoreGetHandler(Type type, HttpContext \
     context, HttpRequest request, HttpResponse response)",
    "System.Web.Services.Protocols.WebServiceHandlerFactory.GetHandler(HttpContext context, String \
     verb, String url, String filePath)",
];

/// 500: no binding that is on takes a request to this method, or to the service itself.
pub(super) fn unrecognized_format(method: Option<&str>, options: &ServiceOptions) -> Outgoing {
    let message = match method {
        Some(name) => {
            format!("Request format is unrecognized for URL unexpectedly ending in '/{name}'.")
        }
        None => "Request format is unrecognized.".to_owned(),
    };
    let exception = Exception::new("System.InvalidOperationException", message, FACTORY);
    Outgoing::new(500, HTML, page(&exception, options))
}

/// 405, with the methods that are allowed.
pub(super) fn method_not_allowed(allow: &'static str, options: &ServiceOptions) -> Outgoing {
    let message = "Request format is unrecognized.";
    let exception = Exception::new("System.Web.HttpException", message, FACTORY);
    Outgoing {
        content_type: Some(HTML),
        body: page(&exception, options),
        ..Outgoing::method_not_allowed(allow)
    }
}

fn page(exception: &Exception, options: &ServiceOptions) -> Vec<u8> {
    let message = html_escaped(exception.message());
    let details = if options.custom_errors {
        String::new()
    } else {
        format!("\n    <pre>{}</pre>", html_escaped(&exception.text(false)))
    };
    format!(
        "<!DOCTYPE html>\n<html>\n  <head><title>{message}</title></head>\n  <body>\n    \
         <h1>Server Error in '/' Application.</h1>\n    <h2><i>{message}</i></h2>{details}\n  \
         </body>\n</html>\n"
    )
    .into_bytes()
}

/// `text` as HTML, as content or in double quotes.
pub(super) fn html_escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
