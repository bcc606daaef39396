//! The session flow with our contracts and parsers, over any transport: what the engine does for a
//! request besides counting it.

use std::sync::Arc;

use gander::api::{self, Answer, Api, Binding, HttpRequest, Templates, Verdict};

/// A way to send a request and get its reply.
pub(crate) trait Transport {
    /// Sends it, and has the reply's status and body read.
    async fn exchange(&mut self, request: &HttpRequest, read: &mut (dyn FnMut(u16, &[u8]) + Send));
}

/// One user's flow.
pub(crate) struct Flow {
    api: &'static dyn Api,
    templates: Arc<Templates>,
    request: HttpRequest,
    login: String,
    password: String,
    session: String,
}

/// Templates for all users together.
pub(crate) fn templates() -> Arc<Templates> {
    Arc::new(Templates::new(api::find("eltex").expect("known")))
}

impl Flow {
    pub(crate) fn new(user: usize, templates: Arc<Templates>) -> Self {
        Self {
            api: api::find("eltex").expect("known"),
            templates,
            request: HttpRequest::default(),
            login: format!("user{user}"),
            password: format!("password{user}"),
            session: String::new(),
        }
    }

    /// Logs in, checks five times, logs out; gives how many exchanges were accepted.
    pub(crate) async fn play(&mut self, transport: &mut impl Transport) -> usize {
        let mut accepted = 0;
        for (operation, times) in [("sp_login", 1), ("sp_check_session", 5), ("sp_logout", 1)] {
            let operation = self.api.operation_named(operation).expect("known");
            for _ in 0..times {
                accepted += usize::from(self.ask(operation, transport).await);
            }
        }
        accepted
    }

    async fn ask(&mut self, operation: usize, transport: &mut impl Transport) -> bool {
        let domain = api::DEFAULT_DOMAIN;
        let all = [[domain, &self.login, &self.password], [domain, &self.login, &self.session]];
        let inputs = match operation {
            0 => &all[0][..],
            1 => &all[1][..],
            _ => &[domain, self.session.as_str()],
        };
        self.api
            .write_request(operation, Binding::Xml, inputs, &mut self.request)
            .expect("writable");
        let (templates, session) = (&self.templates, &mut self.session);
        let mut accepted = false;
        let mut read = |status: u16, body: &[u8]| {
            let mut answer = Answer::bare(Verdict::Http(status));
            templates.judge_into(operation, Binding::Xml, status, body, &mut answer);
            accepted = matches!(answer.verdict, Verdict::Accepted(_));
            if let Some(opened) = answer.field("session") {
                opened.clone_into(session);
            }
        };
        transport.exchange(&self.request, &mut read).await;
        accepted
    }
}
