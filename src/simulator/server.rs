//! The sockets of the simulator.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Limited};
use hyper::body::{Body as _, Incoming as Body};
use hyper::header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::attended::Attended;
use super::body::ReplyBody;
use super::capacity::Capacity;
use super::descriptors;
use super::faults::{FaultRule, Faults, Framing, Lie, Lying};
use super::patience::{Patience, Stage, Watch};
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
    /// How long and for how many clients it waits.
    pub patience: Patience,
    /// How much it can take; without, as much as the machine can.
    pub capacity: Option<Capacity>,
    /// What goes wrong.
    pub faults: Vec<FaultRule>,
    /// What is random in how it behaves is drawn from this; ids of sessions are not.
    pub seed: u64,
}

/// A simulator that listens and does not answer yet.
#[derive(Debug)]
pub struct Simulator {
    listener: TcpListener,
    services: Arc<Services>,
    patience: Patience,
}

/// A larger request is refused with 413.
const MAX_BODY: usize = 64 * 1024;

/// How many connections may wait to be accepted; the system may have a lower limit of its own. A
/// client that finds no room tries again after a second.
const BACKLOG: u32 = 16 * 1024;

/// How long connections may take to end their last exchange.
const GRACE: Duration = Duration::from_secs(1);

impl Simulator {
    /// Takes the address.
    ///
    /// # Errors
    /// When it cannot be had.
    #[expect(clippy::unused_async, reason = "a listener needs a runtime around it")]
    pub async fn bind(settings: &Settings) -> io::Result<Self> {
        let connections = descriptors::room_for(settings.patience.connections);
        Ok(Self {
            patience: Patience { connections, ..settings.patience },
            listener: listen(settings.listen)?,
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
        let Self { mut listener, services, patience } = self;
        let (stopping, stopped) = watch::channel(false);
        let mut connections = JoinSet::new();
        tokio::pin!(stop);
        loop {
            let refusal = services.faults.as_ref().and_then(Faults::next_refusal);
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = &mut stop => break,
                until = begun(refusal) => {
                    match refuse(listener, &mut connections, until, &mut stop).await {
                        Some(again) => listener = again,
                        None => return,
                    }
                    continue;
                }
            };
            match accepted {
                Ok((stream, _)) if connections.len() >= patience.connections => {
                    turn_away(&stream);
                }
                Ok((stream, _)) => {
                    let services = Arc::clone(&services);
                    let watch = Arc::new(Watch::new(patience));
                    connections.spawn(serve_connection(stream, services, watch, stopped.clone()));
                }
                // Out of file descriptors, or a client gone before it was accepted: others wait.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
            while connections.try_join_next().is_some() {}
        }
        drop(listener);
        stopping.send_replace(true);
        let all_ended = async { while connections.join_next().await.is_some() {} };
        // Who is not done by then is cut off when the set is dropped.
        let _ = tokio::time::timeout(GRACE, all_ended).await;
    }
}

/// Waits for a refusal to begin; gives its end.
async fn begun(refusal: Option<(Instant, Instant)>) -> Instant {
    match refusal {
        Some((start, end)) => {
            tokio::time::sleep_until(start.into()).await;
            end
        }
        None => std::future::pending().await,
    }
}

/// Listens no more and cuts off whoever is connected, until that time; then listens again. `None`
/// if it is to stop before, or another has the address by then.
async fn refuse(
    listener: TcpListener,
    connections: &mut JoinSet<()>,
    until: Instant,
    stop: &mut (impl Future<Output = ()> + Unpin),
) -> Option<TcpListener> {
    let address = listener.local_addr().ok()?;
    drop(listener);
    connections.shutdown().await;
    tokio::select! {
        () = tokio::time::sleep_until(until.into()) => listen(address).ok(),
        () = stop => None,
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // The port can be had again while connections to it are still dying, and on Windows, where
    // that is so anyway, not by two processes at once.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// One connection too many. It is not waited for, not even by the reply: what cannot be sent at
/// once is not.
fn turn_away(stream: &TcpStream) {
    let _ = stream.try_write(
        b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    );
}

async fn serve_connection(
    stream: TcpStream,
    services: Arc<Services>,
    watch: Arc<Watch>,
    mut stopped: watch::Receiver<bool>,
) {
    // Where it fails the connection is slower, not wrong.
    let _ = stream.set_nodelay(true);
    let stop = async {
        // An error means that the server is gone, which is a stop too.
        let _ = stopped.wait_for(|&stopped| stopped).await;
    };
    tokio::pin!(stop);
    // hyper allocates its buffers at once: who says nothing needs none.
    tokio::select! {
        _ = stream.readable() => {}
        () = &mut stop => return,
        () = watch.runs_out() => return,
    }
    let lie = services.faults.as_ref().map(|_| Arc::new(Lie::default()));
    let stream = Attended::new(Lying::new(stream, lie.clone()), Arc::clone(&watch));
    let service = service_fn(|request| async {
        Ok::<_, Infallible>(answer(request, &services, &watch, lie.as_deref()).await)
    });
    let connection = http1::Builder::new()
        // The watch sees to that, without a timer for each request.
        .header_read_timeout(None)
        // Who has said all it will say is answered all the same.
        .half_close(true)
        .max_buf_size(16 * 1024)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        biased;
        // A client that breaks off or sends garbage ends its own connection only.
        _ = connection.as_mut() => return,
        () = &mut stop => {}
        () = watch.runs_out() => return,
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

async fn answer(
    request: Request<Body>,
    services: &Services,
    watch: &Watch,
    lie: Option<&Lie>,
) -> Response<ReplyBody> {
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
        return respond(reply, None);
    }
    let refused = |status| {
        let receipt = services.receive(services.asked(&request));
        respond(receipt.answered(Outgoing::empty(status)), None)
    };
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
    let decision = faults.decide(asked, &request);
    let (reply, framing) = match Faults::instead(&decision) {
        Some(reply) => (reply, None),
        None => faults.spoil(&decision, asked, services.serve(&request).await),
    };
    tokio::time::sleep(decision.delay).await;
    faults.stall().await;
    if let (Some(wire), Some(lie)) = (decision.wire, lie) {
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
