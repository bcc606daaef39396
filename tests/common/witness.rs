//! A relay between a client and a server that notes when bytes pass: what both ends report can be
//! compared with it, and a busy machine delays all three alike.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// One exchange on a connection, as the relay saw it.
///
/// `asked` is later than the client sent the request, since it had been read by then; `answered` is
/// earlier than the client received the reply, since it had not been written by then.
#[derive(Clone, Copy, Debug)]
pub struct Exchange {
    /// The end of the exchange before on the same connection; the relay's own start if there was
    /// none. The client has sent its request later than this.
    pub before: Instant,
    pub asked: Instant,
    pub answered: Instant,
    /// The next request on the same connection, or its end. The client has received its reply
    /// earlier than this, if it uses a connection for one request after the other.
    pub after: Instant,
    /// Zero-based place on its connection.
    pub index: usize,
}

impl Exchange {
    /// No client can have waited for less than this.
    pub fn at_least(&self) -> Duration {
        self.answered - self.asked
    }

    /// No client can have waited for more than this.
    pub fn at_most(&self) -> Duration {
        self.after - self.before
    }
}

#[derive(Clone, Copy, Debug)]
enum Passed {
    Request(Instant),
    Reply(Instant),
    End(Instant),
}

type Log = Arc<Mutex<Vec<Passed>>>;

/// A relay to a server, which goes on until the test process ends.
pub struct Witness {
    pub address: SocketAddr,
    started: Instant,
    connections: Arc<Mutex<Vec<Log>>>,
}

impl Witness {
    pub fn of(server: SocketAddr) -> Self {
        let started = Instant::now();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let connections = Arc::<Mutex<Vec<Log>>>::default();
        let all = Arc::clone(&connections);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let log = Log::default();
                all.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&log));
                let server = TcpStream::connect(server).expect("the server listens");
                relay(&client, &server, &log);
            }
        });
        Self { address, started, connections }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All exchanges so far whose connections have ended, by connection. Waits for those ends:
    /// to be called when the client has exited.
    pub fn exchanges(&self) -> Vec<Exchange> {
        let connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut all = Vec::new();
        for log in connections {
            let passed = loop {
                let passed = log.lock().unwrap_or_else(PoisonError::into_inner).clone();
                if matches!(passed.last(), Some(Passed::End(_))) {
                    break passed;
                }
                thread::yield_now();
            };
            all.extend(paired(self.started, &passed));
        }
        all
    }
}

/// Copies both ways, and notes when.
fn relay(client: &TcpStream, server: &TcpStream, log: &Log) {
    for stream in [client, server] {
        stream.set_nodelay(true).expect("a socket option");
    }
    let copy = |from: &TcpStream, to: &TcpStream, passed: fn(Instant) -> Passed, is_client| {
        let (mut from, mut to) =
            (from.try_clone().expect("a handle"), to.try_clone().expect("a handle"));
        let log = Arc::clone(log);
        let note = move |passed| log.lock().unwrap_or_else(PoisonError::into_inner).push(passed);
        thread::spawn(move || {
            let mut buffer = [0; 16 * 1024];
            while let Ok(count @ 1..) = from.read(&mut buffer) {
                note(passed(Instant::now()));
                if to.write_all(&buffer[..count]).is_err() {
                    break;
                }
            }
            if is_client {
                note(Passed::End(Instant::now()));
            }
            let _ = to.shutdown(Shutdown::Write);
        });
    };
    copy(client, server, Passed::Request, true);
    copy(server, client, Passed::Reply, false);
}

/// The exchanges of one connection. A message may come in pieces: the last piece counts.
fn paired(started: Instant, passed: &[Passed]) -> Vec<Exchange> {
    let mut exchanges: Vec<Exchange> = Vec::new();
    let mut asked = None;
    for event in passed {
        match *event {
            Passed::Request(at) | Passed::End(at) => {
                if asked.is_none()
                    && let Some(last) = exchanges.last_mut()
                {
                    last.after = at;
                }
                asked = matches!(event, Passed::Request(_)).then_some(at);
            }
            Passed::Reply(at) => match (asked.take(), exchanges.last_mut()) {
                (Some(asked), last) => {
                    let before = last.map_or(started, |last| last.answered);
                    let index = exchanges.len();
                    exchanges.push(Exchange { before, asked, answered: at, after: at, index });
                }
                (None, Some(last)) => last.answered = at,
                (None, None) => panic!("a reply to no request"),
            },
        }
    }
    exchanges
}
