//! The engine's shape (one journey is one Goose transaction, our contracts and parsers) over hyper's
//! client in place of our codec.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use gander::api::{HttpRequest, Templates};
use goose::config::GooseConfiguration;
use goose::prelude::*;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::Mutex;

use crate::flow::{Flow, Transport, templates};

/// With it, the benchmark is this program.
pub(crate) const ARGUMENT: &str = "--goose-hyper";

static TEMPLATES: LazyLock<Arc<Templates>> = LazyLock::new(templates);
static ACCEPTED: AtomicUsize = AtomicUsize::new(0);

struct Hyper {
    authority: String,
    sender: SendRequest<Full<Bytes>>,
}

impl Hyper {
    async fn connect(authority: &str) -> Self {
        let stream = TcpStream::connect(authority).await.expect("a connection");
        stream.set_nodelay(true).expect("a socket option");
        let (sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
        tokio::spawn(connection);
        Self { authority: authority.to_owned(), sender }
    }
}

impl Transport for Hyper {
    async fn exchange(&mut self, request: &HttpRequest, read: &mut (dyn FnMut(u16, &[u8]) + Send)) {
        let mut builder = Request::builder()
            .method(request.method.as_str())
            .uri(&request.path)
            .header("Host", &self.authority);
        for (name, value) in request.headers {
            builder = builder.header(*name, *value);
        }
        let body = Full::new(Bytes::copy_from_slice(&request.body));
        let request = builder.body(body).expect("a request");
        let response = self.sender.send_request(request).await.expect("a reply");
        let status = response.status().as_u16();
        let body = response.collect().await.expect("a body").to_bytes();
        read(status, &body);
    }
}

/// `URL USERS ITERATIONS`
#[tokio::main]
pub(crate) async fn attack(arguments: &[String]) {
    let [url, users, iterations] = arguments else { panic!("URL USERS ITERATIONS") };
    let mut configuration = GooseConfiguration::default();
    configuration.host = url.clone().into();
    configuration.users = Some(users.parse().expect("a number"));
    configuration.iterations = Some(iterations.parse().expect("a number"));
    configuration.increase_rate = Some("1000000".to_owned());
    configuration.no_telnet = true;
    configuration.no_metrics = true;
    configuration.no_print_metrics = true;
    configuration.quiet = 2;
    let scenario = scenario!("session").register_transaction(transaction!(journey));
    let attack = GooseAttack::initialize_with_config(configuration)
        .expect("a valid configuration")
        .register_scenario(scenario);
    Box::pin(attack.execute()).await.expect("a run");
    println!("all {} exchanges ended as expected", ACCEPTED.load(Ordering::Relaxed));
}

/// Goose wants session data that can be cloned.
type Session = Arc<Mutex<(Flow, Hyper)>>;

async fn journey(user: &mut GooseUser) -> TransactionResult {
    if user.get_session_data::<Session>().is_none() {
        let authority = user.base_url.authority().to_owned();
        let flow = Flow::new(user.weighted_users_index, Arc::clone(&TEMPLATES));
        let session = (flow, Hyper::connect(&authority).await);
        user.set_session_data(Arc::new(Mutex::new(session)));
    }
    let session = Arc::clone(user.get_session_data_unchecked::<Session>());
    let (flow, transport) = &mut *session.lock().await;
    let accepted = flow.play(transport).await;
    ACCEPTED.fetch_add(accepted, Ordering::Relaxed);
    Ok(())
}
