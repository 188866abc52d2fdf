//! Authentication and authorization.

mod attempts;
mod cookies;
mod disclosure;
mod documented;
mod keys;
mod late_body;
mod login;
pub(crate) mod matrix;
mod rate_limit;
mod sessions;
