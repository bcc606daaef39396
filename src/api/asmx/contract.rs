//! An ASMX service as data.

use crate::api::{Fields, Meaning, Operation, Store, Verdict, Visit};

/// All there is to know of a service to answer its requests and describe it.
pub(in crate::api) struct Contract {
    /// What its WSDL calls it.
    pub(in crate::api) name: &'static str,
    /// The namespace of its messages.
    pub(in crate::api) namespace: &'static str,
    /// Where it is.
    pub(in crate::api) path: &'static str,
    /// Its methods. Inputs and outputs are strings unless [`ResultType::integers`] names them.
    pub(in crate::api) operations: &'static [Operation],
    /// What each of them returns.
    pub(in crate::api) results: &'static [ResultType],
    /// What each of them does: operation and parameters in, the fields of the result out. Null
    /// strings are left out both ways.
    pub(in crate::api) call: fn(usize, Fields<'_>, &Store, &Visit) -> Fields<'static>,
    /// What the fields of a result mean to a client.
    pub(in crate::api) verdict: for<'a> fn(&Fields<'a>) -> Option<Verdict<'a>>,
}

/// The type that a method returns. Its fields are the outputs of the operation.
pub(in crate::api) struct ResultType {
    /// Its name.
    pub(in crate::api) name: &'static str,
    /// The fields that are `int`, not `string`.
    pub(in crate::api) integers: &'static [&'static str],
}

/// What a path below the service names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// The service itself.
    Service,
    /// The method of this name, as written; there need not be one.
    Method(&'a str),
}

impl Contract {
    /// What `path` names; `None` if it is another service's.
    pub(super) fn place<'a>(&self, path: &'a str) -> Option<Place<'a>> {
        // Windows does not tell cases apart, ASP.NET's method names do.
        let (service, rest) = path.split_at_checked(self.path.len())?;
        if !service.eq_ignore_ascii_case(self.path) {
            return None;
        }
        match rest.strip_prefix('/') {
            Some(method) => Some(Place::Method(method)),
            None => rest.is_empty().then_some(Place::Service),
        }
    }

    /// The index of the method called `name`.
    pub(super) fn operation_named(&self, name: &str) -> Option<usize> {
        self.operations.iter().position(|operation| operation.name == name)
    }

    /// The index of the method whose action this is.
    pub(super) fn operation_of_action(&self, action: &str) -> Option<usize> {
        let rest = action.strip_prefix(self.namespace)?;
        self.operation_named(rest.strip_prefix(self.action_separator())?)
    }

    /// The index of the method whose element is `local` in `namespace`.
    pub(super) fn operation_of_element(&self, namespace: &str, local: &str) -> Option<usize> {
        if namespace == self.namespace { self.operation_named(local) } else { None }
    }

    /// The `SOAPAction` of a method.
    pub(super) fn action(&self, operation: &Operation) -> String {
        format!("{}{}{}", self.namespace, self.action_separator(), operation.name)
    }

    /// What a result says.
    pub(super) fn meaning(&self, result: &Fields<'_>) -> Meaning {
        (self.verdict)(result)
            .as_ref()
            .map(Meaning::from)
            .expect("a result has a meaning")
    }

    fn action_separator(&self) -> &'static str {
        if self.namespace.ends_with('/') { "" } else { "/" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_actions_name_methods() {
        let contract = &crate::api::leadertask::SERVICE;
        for (path, place) in [
            ("/LeaderTaskSyncService.asmx", Some(Place::Service)),
            ("/leadertasksyncservice.ASMX", Some(Place::Service)),
            ("/LeaderTaskSyncService.asmx/", Some(Place::Method(""))),
            ("/LeaderTaskSyncService.asmx/a/b", Some(Place::Method("a/b"))),
            ("/LeaderTaskSyncService.asmxx", None),
            ("/LeaderTaskSyncService.asm", None),
            ("/", None),
        ] {
            assert_eq!(contract.place(path), place, "{path}");
        }
        for (action, operation) in [
            ("https://sync.leadertask.net/CreateSession", Some(0)),
            ("https://sync.leadertask.net//CreateSession", None),
            ("https://sync.leadertask.netCreateSession", None),
            ("https://sync.leadertask.net/createsession", None),
            ("", None),
        ] {
            assert_eq!(contract.operation_of_action(action), operation, "{action}");
        }
        let related = &crate::api::related::SERVICE;
        assert_eq!(related.operation_of_action("http://ws.euromsg.com/auth/Logout"), Some(1));
        assert_eq!(related.operation_of_action("http://ws.euromsg.com/authLogout"), None);
    }

    #[test]
    fn every_method_has_a_result_of_fields_that_exist() {
        for contract in [&crate::api::leadertask::SERVICE, &crate::api::related::SERVICE] {
            assert_eq!(contract.operations.len(), contract.results.len(), "{}", contract.name);
            for (operation, result) in contract.operations.iter().zip(contract.results) {
                assert!(result.integers.iter().all(|field| operation.outputs.contains(field)));
            }
        }
    }
}
