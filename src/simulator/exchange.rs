//! One request and its reply, between hyper and the services.

use std::net::IpAddr;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Body as _, Incoming as Body};
use hyper::header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE, HOST, HeaderName, HeaderValue, ORIGIN};
use hyper::{Request, Response, StatusCode, Version};

use super::body::ReplyBody;
use super::control;
use super::faults::{Faulty, Framing, Lie};
use super::host::{host_of, is_own};
use super::patience::{Stage, Watch};
use super::services::Services;
use crate::api::{Incoming, Outgoing};

/// A larger request is refused with 413.
const MAX_BODY: usize = 64 * 1024;

/// Answers one request, which came to the address `reached`.
pub(super) async fn answer(
    request: Request<Body>,
    services: &Services,
    watch: &Watch,
    lie: Option<&Lie>,
    reached: Option<IpAddr>,
) -> Response<ReplyBody> {
    let (head, body) = request.into_parts();
    let header = |name: HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok());
    let hosts = head.headers.get_all(HOST).iter().map(HeaderValue::as_bytes);
    let host = host_of(hosts, head.version >= Version::HTTP_11);
    let request = Incoming {
        method: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query().unwrap_or(""),
        content_type: header(CONTENT_TYPE),
        host: host.ok().flatten(),
        soap_action: header(HeaderName::from_static("soapaction")),
        body: &[],
    };
    let refused = |status| {
        let receipt = services.receive(services.asked(&request));
        respond(receipt.answered(Outgoing::empty(status)), None)
    };
    if host.is_err() {
        return refused(400);
    }
    let origin = head.headers.get(ORIGIN).map(HeaderValue::as_bytes);
    let is_own = is_own(request.host, origin, reached);
    if let Some(reply) = control::answer(request.method, request.path, is_own, services) {
        return respond(reply, None);
    }
    if body.size_hint().lower() > MAX_BODY as u64 {
        return refused(413);
    }
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => return refused(413),
        Err(_) => return refused(400),
    };
    watch.enter(Stage::Answer);
    let request = Incoming { body: &body, ..request };
    let asked = services.asked(&request);
    let receipt = services.receive(asked);
    let Some(faults) = &services.faults else {
        return respond(receipt.answered(services.serve(&request).await), None);
    };
    let Faulty { reply, framing, wire } =
        faults.answer(asked, &request, services.serve(&request)).await;
    if let (Some(wire), Some(lie)) = (wire, lie) {
        lie.tell(wire);
    }
    respond(receipt.answered(reply), framing)
}

fn respond(reply: Outgoing, framing: Option<Framing>) -> Response<ReplyBody> {
    let in_chunks = framing == Some(Framing::Chunked);
    let mut response = Response::new(ReplyBody::new(reply.body, in_chunks));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).expect("services answer with valid statuses");
    let headers = response.headers_mut();
    if framing == Some(Framing::Gzip) {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if let Some(content_type) = reply.content_type {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    if let Some(allow) = reply.allow {
        headers.insert(ALLOW, HeaderValue::from_static(allow));
    }
    for (name, value) in reply.headers {
        headers.insert(*name, HeaderValue::from_static(value));
    }
    response
}
