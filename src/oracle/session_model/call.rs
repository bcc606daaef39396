//! Requests to a service, as the bytes choose.

use arbitrary::{Result, Unstructured};

use super::SMALL_DOMAIN;
use super::model::Model;
use crate::api::{self, Api, Binding, Input, Source};

/// A request, with the values of its operation's inputs by name.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) operation: &'static str,
    pub(super) domain: &'static str,
    pub(super) login: String,
    pub(super) password: String,
    pub(super) other: String,
    pub(super) session: String,
    pub(super) oddity: Oddity,
}

/// What our own client would not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Oddity {
    None,
    /// A SOAP header that the service does not know, and that says so much about having to.
    Header(&'static str),
    /// The login comes once more in a form.
    TwiceInForm,
    /// The first parameter comes once more in SOAP, after all others and with another value.
    TwiceInSoap,
}

impl Oddity {
    pub(super) fn choose(binding: Binding, data: &mut Unstructured<'_>) -> Result<Self> {
        if !data.ratio(1, 8)? {
            return Ok(Self::None);
        }
        Ok(match binding {
            Binding::Soap11 | Binding::Soap12 if data.arbitrary()? => Self::TwiceInSoap,
            Binding::Soap11 => Self::Header(data.choose(&["1", "0"])?),
            Binding::Soap12 => Self::Header(data.choose(&["1", "true", "0", "false"])?),
            Binding::Get | Binding::Post => Self::TwiceInForm,
            Binding::Xml => Self::None,
        })
    }

    pub(super) fn must_be_understood(self) -> bool {
        matches!(self, Self::Header("1" | "true"))
    }
}

impl Call {
    /// Any call, though mostly one that could be of use.
    pub(super) fn choose(
        api: &dyn Api,
        binding: Binding,
        model: &Model,
        sessions: &[String],
        data: &mut Unstructured<'_>,
    ) -> Result<Self> {
        let usual = api::DEFAULT_DOMAIN;
        let domain = match api.name() {
            "eltex" => data.choose(&[usual, usual, usual, SMALL_DOMAIN, "elsewhere"])?,
            _ => "",
        };
        let logins = ["user0", "user0", "user1", "blocked", "nobody", "", "новый & 'x'"];
        let login = (*data.choose(&logins)?).to_owned();
        let password = (*data.choose(&["", "", "password1", "p", "none"])?).to_owned();
        let right = model.account(domain, &login).map(|index| &model.accounts[index].password);
        let password = match right {
            Some(right) if data.ratio(3, 4)? => right.clone(),
            _ => password,
        };
        let latest = sessions.last().expect("there is always one");
        let session = if data.arbitrary()? { latest } else { data.choose(sessions)? };
        Ok(Self {
            operation: data.choose(api.operations())?.name,
            domain,
            login,
            password,
            other: (*data.choose(&logins)?).to_owned(),
            session: session.clone(),
            oddity: Oddity::choose(binding, data)?,
        })
    }

    /// What an input of the operation is to be.
    pub(super) fn input(&self, input: &Input) -> &str {
        match (input.source, input.name) {
            (Source::Domain, _) => self.domain,
            (Source::Login, _) => &self.login,
            (Source::Password, _) | (_, "newpassword") => &self.password,
            (Source::Session, _) => &self.session,
            (Source::Literal(text), _) => text,
            (Source::Required, "newlogin") => &self.other,
            (Source::Required, name) => panic!("the model does not know the input {name}"),
        }
    }
}
