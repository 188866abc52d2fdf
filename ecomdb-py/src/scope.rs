//! Where an operation runs: as a transaction of its own, for everybody or for somebody, or as a part of an open one.

use std::sync::Arc;

use crate::behalf::Behalf;
use crate::handle::Handle;
use crate::session::Session;

#[derive(Clone)]
pub(crate) enum Scope {
    Database(Arc<Handle>),
    OnBehalf(Behalf),
    Transaction(Arc<Session>),
}

/// Runs an operation without the GIL: `run!(self.scope, py, |shop| shop.users().get(id))`.
macro_rules! run {
    ($scope:expr, $py:expr, |$shop:ident| $body:expr) => {
        match &$scope {
            $crate::scope::Scope::Database(handle) => {
                let database = handle.database($py)?;
                let outcome = $py.detach(move || {
                    let $shop = &database;
                    $body
                });
                outcome.map_err(|error| $crate::errors::exception($py, &error))
            }
            $crate::scope::Scope::OnBehalf(behalf) => behalf.run($py, move |$shop| $body),
            $crate::scope::Scope::Transaction(session) => session.run($py, move |$shop| $body),
        }
    };
}
pub(crate) use run;

/// The same for an operation that can carry an idempotency key, given as `Option<&str>`.
macro_rules! run_once {
    ($scope:expr, $py:expr, $key:expr, |$shop:ident| $body:expr, |$once:ident, $given:ident| $with_key:expr) => {
        match $key {
            None => $crate::scope::run!($scope, $py, |$shop| $body),
            Some(key) => {
                let key = ecomdb::IdempotencyKey::new(key).map_err(|error| $crate::errors::invalid($py, &error))?;
                $crate::scope::run!($scope, $py, |$once| {
                    let $given = &key;
                    $with_key
                })
            }
        }
    };
}
pub(crate) use run_once;
