//! Users with credentials.

use axum::http::Method;
use ecomdb::{Database, NewUser, Password, Role, UserId};
use ecomdb_http::App;
use serde_json::Value;

use super::{Answer, TestApp};

pub(crate) const PASSWORD: &str = "correct horse battery";

impl TestApp {
    /// The same shop, on a server with authentication.
    pub(crate) fn guarded(db: Database) -> Self {
        Self::over(App::new(db.clone()).authenticate(true), db)
    }

    /// Sends a request with a token.
    pub(crate) fn ask_as(&self, token: &str, method: Method, uri: &str, body: Option<&Value>) -> Answer {
        let bearer = format!("Bearer {token}");
        let mut headers = vec![("Authorization", bearer.as_str())];
        if body.is_some() {
            headers.push(("Content-Type", "application/json"));
        }
        self.ask(method, uri, &headers, body.map(Value::to_string).unwrap_or_default())
    }
}

/// Creates a user of this role with the password [`PASSWORD`].
pub(crate) fn employ(db: &Database, email: &str, role: Role) -> UserId {
    let user = db.users().create(NewUser::new(email, "Some", "Body").unwrap()).unwrap().id;
    db.accounts().set_role(user, role).unwrap();
    give_password(db, user);
    user
}

pub(crate) fn give_password(db: &Database, user: UserId) {
    db.accounts().set_password(user, &Password::new(PASSWORD).unwrap()).unwrap();
}

/// Starts a session and returns its token.
pub(crate) fn session(db: &Database, user: UserId) -> String {
    let email = db.users().get(user).unwrap().email;
    db.accounts().log_in(&email, PASSWORD).unwrap().token.expose().to_owned()
}
