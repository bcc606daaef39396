//! The sockets of the simulator.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming as Body};
use hyper::header::{ALLOW, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::capacity::Capacity;
use super::services::Services;
use super::{AccountSet, control};
use crate::api::{Api, Incoming, Outgoing, ServiceOptions, StoreLimits};

/// How the simulator is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Who may log in.
    pub accounts: AccountSet,
    /// How long and how many sessions live.
    pub limits: StoreLimits,
    /// Which APIs it answers, and how each is set up.
    pub services: Vec<(&'static dyn Api, ServiceOptions)>,
    /// How much it can take; without, as much as the machine can.
    pub capacity: Option<Capacity>,
    /// What is random in how it behaves is drawn from this; ids of sessions are not.
    pub seed: u64,
}

/// A simulator that listens and does not answer yet.
#[derive(Debug)]
pub struct Simulator {
    listener: TcpListener,
    services: Arc<Services>,
}

/// A larger request is refused with 413.
const MAX_BODY: usize = 64 * 1024;

/// How long connections may take to end their last exchange.
const GRACE: Duration = Duration::from_secs(1);

impl Simulator {
    /// Takes the address.
    ///
    /// # Errors
    /// When it cannot be had.
    pub async fn bind(settings: &Settings) -> io::Result<Self> {
        Ok(Self {
            listener: TcpListener::bind(settings.listen).await?,
            services: Arc::new(Services::new(settings)),
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until `stop` is ready, then lets connections end their exchange.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let (stopping, stopped) = watch::channel(false);
        let mut connections = JoinSet::new();
        tokio::pin!(stop);
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = &mut stop => break,
            };
            match accepted {
                Ok((stream, _)) => {
                    let services = Arc::clone(&self.services);
                    connections.spawn(serve_connection(stream, services, stopped.clone()));
                }
                // Out of file descriptors, or a client gone before it was accepted: others wait.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
            while connections.try_join_next().is_some() {}
        }
        drop(self.listener);
        stopping.send_replace(true);
        let all_ended = async { while connections.join_next().await.is_some() {} };
        // Who is not done by then is cut off when the set is dropped.
        let _ = tokio::time::timeout(GRACE, all_ended).await;
    }
}

async fn serve_connection(
    stream: TcpStream,
    services: Arc<Services>,
    mut stopped: watch::Receiver<bool>,
) {
    // Where it fails the connection is slower, not wrong.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let services = Arc::clone(&services);
        async move { Ok::<_, Infallible>(answer(request, &services).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .max_buf_size(16 * 1024)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    // A client that breaks off or sends garbage ends its own connection only.
    let stop = async {
        // An error means that the server is gone, which is a stop too.
        let _ = stopped.wait_for(|&stopped| stopped).await;
    };
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stop => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

async fn answer(request: Request<Body>, services: &Services) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let header = |name: HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok());
    let request = Incoming {
        method: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query().unwrap_or(""),
        content_type: header(CONTENT_TYPE),
        host: header(HOST),
        soap_action: header(HeaderName::from_static("soapaction")),
        body: &[],
    };
    if let Some(reply) = control::answer(request.method, request.path, services) {
        return respond(reply);
    }
    let refused = |status| respond(services.receive(&request).answered(Outgoing::empty(status)));
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            return refused(413);
        }
        Err(_) => return refused(400),
    };
    let request = Incoming { body: &body, ..request };
    let receipt = services.receive(&request);
    respond(receipt.answered(services.serve(&request).await))
}

fn respond(reply: Outgoing) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(reply.body));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).expect("services answer with valid statuses");
    let headers = response.headers_mut();
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
