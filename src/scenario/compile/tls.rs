//! Whom to trust, and what to show: one certificate, or one of each user's. Files that are named are
//! looked at, whether or not they will be used.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;

use super::super::accounts::PASSWORD;
use super::super::file;
use super::super::{Accounts, Plan, Slots, Source, Template, User};
use super::Compiler;
use crate::http::{Identity, Target, Tls, Trust};
use crate::secret::Secret;

/// So many certificates that cannot be used are named.
const MOST_NAMED: usize = 10;

/// A path as it was written.
struct Given {
    path: PathBuf,
    /// Where the file has it, if it does.
    span: Option<Range<usize>>,
}

impl Given {
    fn in_file(path: &Spanned<String>) -> Self {
        Self { path: path.get_ref().into(), span: Some(path.span()) }
    }

    fn by_option(path: &Path) -> Self {
        Self { path: path.to_owned(), span: None }
    }
}

/// A path, of which each user may have another.
enum PathTemplate {
    Text(Template),
    /// One that is not UTF-8, and so has no placeholders.
    Raw(PathBuf),
}

impl PathTemplate {
    fn fill(&self, values: &[Secret]) -> PathBuf {
        match self {
            Self::Text(template) => PathBuf::from(&*template.fill(values)),
            Self::Raw(path) => path.clone(),
        }
    }

    fn slots(&self) -> impl Iterator<Item = usize> {
        let template = match self {
            Self::Text(template) => Some(template),
            Self::Raw(_) => None,
        };
        template.into_iter().flat_map(Template::slots)
    }
}

/// Where certificates and their keys are.
struct Files {
    certificate: PathTemplate,
    key: PathTemplate,
    folder: PathBuf,
}

impl Files {
    /// Whether each user has its own.
    fn are_own(&self) -> bool {
        self.certificate.slots().chain(self.key.slots()).next().is_some()
    }

    /// The certificate and the key of a user with such values.
    fn of(&self, values: &[Secret]) -> (PathBuf, PathBuf) {
        let path = |template: &PathTemplate| self.folder.join(template.fill(values));
        (path(&self.certificate), path(&self.key))
    }

    /// The part of it that comes to nothing for a user with such values.
    fn missing(&self, values: &[Secret]) -> Option<&'static str> {
        let files = [(&self.certificate, "client-cert"), (&self.key, "client-key")];
        files
            .into_iter()
            .find_map(|(path, name)| path.fill(values).as_os_str().is_empty().then_some(name))
    }

    /// `anonymous` under the name of a user with such values.
    fn identify(&self, anonymous: &Tls, values: &[Secret]) -> Result<Tls, String> {
        if let Some(name) = self.missing(values) {
            return Err(format!("the path of the {name} is empty"));
        }
        let (certificate, key) = self.of(values);
        let identity = Identity::read(&certificate, &key);
        let identified = identity.and_then(|identity| anonymous.with_identity(&identity));
        identified.map_err(|error| error.to_string())
    }
}

fn is_tls(url: &str) -> bool {
    Target::parse(url, "").is_ok_and(|target| target.tls)
}

impl Compiler<'_> {
    pub(super) fn tls(&mut self, file: &file::Transport, plan: &mut Plan) {
        let Plan { source, targets, accounts, journeys, transport, .. } = plan;
        let in_tls = targets.iter().any(|(_, url)| is_tls(url));
        let overrides = &self.overrides.transport;
        let ca = file.ca.as_ref().filter(|_| overrides.trust.is_none());
        transport.trust = match (&overrides.trust, ca) {
            (Some(trust), _) => trust.clone(),
            (None, Some(path)) => Trust::File(source.folder.join(path.get_ref())),
            (None, None) => Trust::System,
        };
        let given = self.given(file);
        if !in_tls && !matches!(transport.trust, Trust::File(_)) && given.is_none() {
            return;
        }
        let anonymous = Tls::new(&transport.trust);
        let anonymous = anonymous
            .map_err(|error| self.problems.add_at(ca.map(Spanned::span), error.to_string()))
            .ok();
        transport.tls.clone_from(&anonymous);
        let Some((certificate, key)) = given else { return };
        transport.client_certificate = Some(certificate.path.display().to_string());
        let files = self.files(&certificate, &key, source, accounts);
        let (Some(files), Some(anonymous)) = (files, anonymous) else { return };
        let span = certificate.span;
        if files.are_own() {
            let users = journeys.iter_mut().flat_map(|journey| &mut journey.accounts);
            self.identify(users, &anonymous, &files, accounts, span.as_ref());
        } else {
            transport.tls = files
                .identify(&anonymous, &[])
                .map_err(|error| self.problems.add_at(span, error))
                .ok();
        }
    }

    /// The certificate and its key, as the command line or else the file names them.
    fn given(&mut self, file: &file::Transport) -> Option<(Given, Given)> {
        if let Some((certificate, key)) = &self.overrides.transport.client_certificate {
            return Some((Given::by_option(certificate), Given::by_option(key)));
        }
        match (&file.client_cert, &file.client_key) {
            (Some(certificate), Some(key)) => {
                Some((Given::in_file(certificate), Given::in_file(key)))
            }
            (Some(certificate), None) => {
                self.problems.add(certificate.span(), "a client-cert needs a client-key");
                None
            }
            (None, Some(key)) => {
                self.problems.add(key.span(), "a client-key needs a client-cert");
                None
            }
            (None, None) => None,
        }
    }

    fn files(
        &mut self,
        certificate: &Given,
        key: &Given,
        source: &Source,
        accounts: &Accounts,
    ) -> Option<Files> {
        let slots = Slots::new(self.columns.iter().cloned());
        let [certificate_path, key_path] =
            [certificate, key].map(|given| match given.path.to_str() {
                Some(text) => {
                    self.template(&slots, text, given.span.clone()).map(PathTemplate::Text)
                }
                None => Some(PathTemplate::Raw(given.path.clone())),
            });
        let mut files = Files {
            certificate: certificate_path?,
            key: key_path?,
            folder: PathBuf::new(),
        };
        for (template, given) in [(&files.certificate, certificate), (&files.key, key)] {
            if template.slots().any(|slot| slot == PASSWORD) {
                let message = "no path may have {password} in it: paths are shown";
                self.problems.add_at(given.span.clone(), message);
                return None;
            }
        }
        if certificate.span.is_some() {
            files.folder.clone_from(&source.folder);
        }
        if let (true, Some(file)) = (files.are_own(), accounts.file()) {
            files.folder = file.parent().map(Path::to_owned).unwrap_or_default();
        }
        Some(files)
    }

    /// Gives each of `users` its certificate. Each file is read once, whoever shares it.
    fn identify<'u>(
        &mut self,
        users: impl Iterator<Item = &'u mut User>,
        anonymous: &Tls,
        files: &Files,
        accounts: &Accounts,
        span: Option<&Range<usize>>,
    ) {
        let mut seen: HashMap<(PathBuf, PathBuf), Option<Tls>> = HashMap::new();
        let mut unusable = 0;
        for user in users {
            let paths = files.of(&user.values);
            if let Some(tls) = seen.get(&paths) {
                user.tls.clone_from(tls);
                continue;
            }
            user.tls = files
                .identify(anonymous, &user.values)
                .map_err(|error| {
                    unusable += 1;
                    if unusable <= MOST_NAMED {
                        let message = match (accounts.file(), user.line) {
                            (Some(file), Some(line)) => {
                                format!("{}:{line}: {error}", file.display())
                            }
                            _ => error,
                        };
                        self.problems.add_at(span.cloned(), message);
                    }
                })
                .ok();
            seen.insert(paths, user.tls.clone());
        }
        if unusable > MOST_NAMED {
            let more = unusable - MOST_NAMED;
            self.problems.add_at(
                span.cloned(),
                format!("{more} more accounts have no certificate that can be used"),
            );
        }
    }
}
