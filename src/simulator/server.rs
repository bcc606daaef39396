//! The sockets of the simulator.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::AccountSet;
use super::attended::Attended;
use super::capacity::Capacity;
use super::descriptors;
use super::exchange::answer;
use super::faults::{FaultRule, Faults, Lie, Lying};
use super::patience::{Patience, Watch};
use super::services::Services;
use crate::api::{Api, ServiceOptions, StoreLimits};

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

/// How many connections may wait to be accepted; the system may have a lower limit of its own. A
/// client that finds no room tries again after a second.
const BACKLOG: u32 = 16 * 1024;

/// What the system refuses for a moment is tried again after this.
const PAUSE: Duration = Duration::from_millis(10);

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
            while connections.try_join_next().is_some() {}
            match accepted {
                Ok((stream, _)) if connections.len() >= patience.connections => {
                    services.note_turned_away();
                    turn_away(&stream);
                }
                Ok((stream, _)) => {
                    let services = Arc::clone(&services);
                    let watch = Arc::new(Watch::new(patience));
                    connections.spawn(serve_connection(stream, services, watch, stopped.clone()));
                }
                // Out of file descriptors, or a client gone before it was accepted: others wait.
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
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
/// if it is to stop before.
async fn refuse(
    listener: TcpListener,
    connections: &mut JoinSet<()>,
    until: Instant,
    stop: &mut (impl Future<Output = ()> + Unpin),
) -> Option<TcpListener> {
    let address = listener.local_addr().ok()?;
    drop(listener);
    // The system is not to give the port to others meanwhile; whoever insists can have it.
    let mut kept = bound(address).ok();
    connections.shutdown().await;
    tokio::select! {
        () = tokio::time::sleep_until(until.into()) => {}
        () = &mut *stop => return None,
    }
    loop {
        let socket = kept.take().map_or_else(|| bound(address), Ok);
        if let Ok(listener) = socket.and_then(|socket| socket.listen(BACKLOG)) {
            return Some(listener);
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = &mut *stop => return None,
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    bound(address)?.listen(BACKLOG)
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // The port can be had again while connections to it are still dying, and on Windows, where
    // that is so anyway, not by two processes at once.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
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
    let reached = stream.local_addr().ok().map(|address| address.ip());
    let lie = services.faults.as_ref().map(|_| Arc::new(Lie::default()));
    let stream = Attended::new(Lying::new(stream, lie.clone()), Arc::clone(&watch));
    let service = service_fn(|request| async {
        Ok::<_, Infallible>(answer(request, &services, &watch, lie.as_deref(), reached).await)
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
