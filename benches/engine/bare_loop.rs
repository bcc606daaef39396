//! Our codec in a bare loop on tokio, a task for each user: no Goose, nothing counted.

use std::sync::Arc;
use std::time::Duration;

use gander::api::HttpRequest;
use gander::http::{
    Addresses, Client, ClientSettings, Connections, Limits, Resolver, StallClock, Target,
    common_lines,
};

use crate::flow::{Flow, Transport, templates};

/// With it, the benchmark is this program.
pub(crate) const ARGUMENT: &str = "--bare-loop";

struct Ours(Client);

impl Transport for Ours {
    async fn exchange(&mut self, request: &HttpRequest, read: &mut (dyn FnMut(u16, &[u8]) + Send)) {
        let HttpRequest { method, path, headers, body } = request;
        let reply = self.0.exchange(method.as_str(), path, headers, body).await.expect("a reply");
        read(reply.status, reply.body);
    }
}

/// `URL USERS ITERATIONS`
#[tokio::main]
pub(crate) async fn attack(arguments: &[String]) {
    let [url, users, iterations] = arguments else { panic!("URL USERS ITERATIONS") };
    let iterations: usize = iterations.parse().expect("a number");
    let target = Target::parse(url, "").expect("a target");
    let connections = Connections::default();
    let addresses = target.resolve(&Resolver::system()).expect("an address");
    let settings = Arc::new(ClientSettings {
        addresses: Addresses::new(&addresses, None),
        bind: None,
        connections,
        common: common_lines(&[], connections),
        authority: target.authority(),
        prefix: target.prefix.clone(),
        prefix_covers: 0,
        tls: None,
        connect_timeout: Duration::from_secs(10),
        request_timeout: Duration::from_secs(10),
        expect_continue: None,
        limits: Limits::default(),
        stalls: StallClock::default(),
    });
    let templates = templates();
    let users = (0..users.parse().expect("a number")).map(|user| {
        let mut flow = Flow::new(user, Arc::clone(&templates));
        let mut transport = Ours(Client::new(Arc::clone(&settings), None));
        tokio::spawn(async move {
            let mut accepted = 0;
            for _ in 0..iterations {
                accepted += flow.play(&mut transport).await;
            }
            accepted
        })
    });
    let mut accepted = 0;
    for user in users.collect::<Vec<_>>() {
        accepted += user.await.expect("a user's end");
    }
    println!("all {accepted} exchanges ended as expected");
}
