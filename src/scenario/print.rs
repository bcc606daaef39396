//! A scenario file, written.

use std::fmt::{Display, Write as _};

use toml::Spanned;

use super::file::{
    Accounts, File, Journey, Load, Order, SecretText, Stage, Step, Target, Transport,
};

/// Writes `file` as [`parse`](super::file::parse) reads it: the same keys with the same values.
pub(super) fn print(file: &File) -> String {
    let File {
        summary,
        api,
        binding,
        target,
        seed,
        accounts,
        load,
        transport,
        journey,
    } = file;
    let mut out = Lines::default();
    out.text("summary", summary.as_ref());
    out.text("api", value(api.as_ref()));
    out.text("binding", value(binding.as_ref()));
    match value(target.as_ref()) {
        None => {}
        Some(Target::One(url)) => out.text("target", Some(url)),
        Some(Target::PerApi(urls)) => {
            out.table("target", urls.iter().map(|(api, url)| (api, quoted(url))));
        }
    }
    out.number("seed", seed.as_ref());
    out.accounts(accounts);
    out.load(load);
    out.transport(transport);
    for journey in journey {
        out.journey(journey.get_ref());
    }
    out.0
}

fn value<T>(spanned: Option<&Spanned<T>>) -> Option<&T> {
    spanned.map(Spanned::get_ref)
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    /// A header, if keys followed it.
    fn under(&mut self, header: &str, keys: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        keys(&mut inner);
        if !inner.0.is_empty() {
            let gap = if self.0.is_empty() { "" } else { "\n" };
            let _ = write!(self.0, "{gap}[{header}]\n{}", inner.0);
        }
    }

    fn line(&mut self, key: &str, value: impl Display) {
        let _ = writeln!(self.0, "{key} = {value}");
    }

    fn text(&mut self, key: &str, value: Option<&String>) {
        if let Some(value) = value {
            self.line(key, quoted(value));
        }
    }

    fn number(&mut self, key: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.line(key, value);
        }
    }

    /// A table in one line; the values are written already.
    fn table<'k>(&mut self, key: &str, entries: impl Iterator<Item = (&'k String, String)>) {
        let entries: Vec<_> =
            entries.map(|(key, value)| format!("{} = {value}", key_of(key))).collect();
        self.line(key, format!("{{ {} }}", entries.join(", ")));
    }

    fn accounts(&mut self, accounts: &Accounts) {
        let Accounts { file, shared, order } = accounts;
        self.under("accounts", |out| {
            out.text("file", value(file.as_ref()));
            if *shared {
                out.line("shared", shared);
            }
            if *order == Order::Random {
                out.line("order", quoted("random"));
            }
        });
    }

    fn load(&mut self, load: &Load) {
        let Load {
            duration,
            iterations,
            warm_up,
            users,
            ramp,
            ramp_down,
            rate,
            arrivals,
            pool,
            tolerance,
            stage,
        } = load;
        self.under("load", |out| {
            out.text("duration", value(duration.as_ref()));
            out.number("iterations", value(iterations.as_ref()));
            out.text("warm-up", value(warm_up.as_ref()));
            out.number("users", value(users.as_ref()));
            out.text("ramp", value(ramp.as_ref()));
            out.text("ramp-down", value(ramp_down.as_ref()));
            out.text("rate", value(rate.as_ref()));
            out.text("arrivals", value(arrivals.as_ref()));
            out.number("pool", value(pool.as_ref()));
            out.text("tolerance", value(tolerance.as_ref()));
        });
        for stage in stage {
            let Stage { to, over } = stage.get_ref();
            self.under("[load.stage]", |out| {
                out.text("to", value(to.as_ref()));
                out.text("over", Some(over.get_ref()));
            });
        }
    }

    fn transport(&mut self, transport: &Transport) {
        let Transport {
            ca,
            client_cert,
            client_key,
            insecure,
            connections,
            timeout,
            connect_timeout,
            resolve_every,
            bind,
            headers,
            basic_auth,
            expect_continue,
            max_reply,
            max_in_flight,
            max_rate,
        } = transport;
        self.under("transport", |out| {
            out.text("ca", value(ca.as_ref()));
            out.text("client-cert", value(client_cert.as_ref()));
            out.text("client-key", value(client_key.as_ref()));
            out.number("insecure", value(insecure.as_ref()));
            out.text("connections", value(connections.as_ref()));
            out.text("timeout", value(timeout.as_ref()));
            out.text("connect-timeout", value(connect_timeout.as_ref()));
            out.text("resolve-every", value(resolve_every.as_ref()));
            out.text("bind", value(bind.as_ref()));
            if !headers.is_empty() {
                let entries = headers.iter().map(|(name, text)| (name.get_ref(), secret(text)));
                out.table("headers", entries);
            }
            out.number("basic-auth", value(basic_auth.as_ref()).map(secret));
            out.text("expect-continue", value(expect_continue.as_ref()));
            out.text("max-reply", value(max_reply.as_ref()));
            out.number("max-in-flight", value(max_in_flight.as_ref()));
            out.text("max-rate", value(max_rate.as_ref()));
        });
    }

    fn journey(&mut self, journey: &Journey) {
        let Journey { name, model, weight, api, binding, step } = journey;
        self.under("[journey]", |out| {
            out.text("name", Some(name.get_ref()));
            out.text("model", value(model.as_ref()));
            out.number("weight", value(weight.as_ref()));
            out.text("api", value(api.as_ref()));
            out.text("binding", value(binding.as_ref()));
        });
        for step in step {
            self.step(step.get_ref());
        }
    }

    fn step(&mut self, step: &Step) {
        let Step { call, name, with, expect, repeat, think, undoes } = step;
        self.under("[journey.step]", |out| {
            out.text("call", Some(call.get_ref()));
            out.text("name", name.as_ref());
            if !with.is_empty() {
                let entries =
                    with.iter().map(|(key, text)| (key.get_ref(), quoted(text.get_ref())));
                out.table("with", entries);
            }
            out.text("expect", value(expect.as_ref()));
            out.number("repeat", value(repeat.as_ref()));
            out.text("think", value(think.as_ref()));
            out.text("undoes", value(undoes.as_ref()));
        });
    }
}

/// As it was written: what is in the environment is not repeated.
fn secret(text: &SecretText) -> String {
    match text {
        SecretText::Here(secret) => quoted(secret.expose()),
        SecretText::Environment(variable) => format!("{{ env = {} }}", quoted(&variable.env)),
    }
}

fn key_of(key: &str) -> String {
    let is_bare = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if !key.is_empty() && key.bytes().all(is_bare) { key.to_owned() } else { quoted(key) }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
