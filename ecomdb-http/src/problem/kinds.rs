//! Every kind of problem. `GET /problems/{slug}` explains each, so that the `type` of a problem leads somewhere.

use serde::{Serialize, Serializer};

/// A kind of problem.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Kind {
    #[serde(rename = "type", serialize_with = "link")]
    slug: &'static str,
    title: &'static str,
    status: u16,
    #[serde(skip)]
    remedy: &'static str,
}

fn link<S: Serializer>(slug: &&'static str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("/problems/{slug}"))
}

impl Kind {
    /// Its name in URLs.
    pub(crate) const fn slug(&self) -> &'static str {
        self.slug
    }

    pub(crate) const fn title(&self) -> &'static str {
        self.title
    }

    pub(crate) const fn status(&self) -> u16 {
        self.status
    }

    /// What the client can do about it.
    pub(crate) const fn remedy(&self) -> &'static str {
        self.remedy
    }

    /// Whether the same request may succeed in a moment, so that it is safe to send it again.
    pub(crate) fn is_transient(&self) -> bool {
        self.status == 503 && self.slug != UNKNOWN_OUTCOME.slug
    }
}

macro_rules! kinds {
    ($($name:ident = $status:literal $slug:literal, $title:literal, $remedy:literal;)+) => {
        $(pub(crate) static $name: Kind = Kind { slug: $slug, title: $title, status: $status, remedy: $remedy };)+

        /// Every one, by status.
        pub(crate) static ALL: &[&Kind] = &[$(&$name),+];
    };
}

kinds! {
    MALFORMED = 400 "malformed-request", "The request cannot be read",
        "Its syntax, an id in its path, a query parameter or a header is wrong; `errors` names which.";
    UNAUTHENTICATED = 401 "unauthenticated", "It is not known who asks",
        "Log in at /api/auth/login and send what it answers as `Authorization: Bearer TOKEN`, or send an API key so.";
    WRONG_LOGIN = 401 "wrong-login", "The e-mail address or the password is wrong",
        "Which of them, or whether the user may not log in, is not told.";
    CROSS_SITE = 403 "cross-site-request", "A page of another site sent this",
        "Only pages of this server, and programs that are no browser, can change the shop.";
    FORBIDDEN = 403 "forbidden", "You may not do this",
        "`needed` is the scope that the role or the API key lacks, or `session` where a key is not enough. Without it, the \
         role has changed while the request was on its way: send it again.";
    NOT_FOUND = 404 "not-found", "There is no such thing",
        "Nothing has the id in the path or filter.";
    NO_ROUTE = 404 "unknown-route", "There is no such route",
        "The page at / lists the routes there are.";
    METHOD_NOT_ALLOWED = 405 "method-not-allowed", "The route has no such method",
        "The Allow header lists the methods that it has.";
    TOO_SLOW = 408 "request-timeout", "The body did not come in time",
        "Nothing was written. Send the whole body at once.";
    CONFLICT = 409 "conflict", "The present state of the shop forbids it",
        "Look at what is there and decide again.";
    DUPLICATE = 409 "duplicate", "Another one has this value already",
        "The values of the field in `errors` are unique: choose another, or use the one that is there.";
    INSUFFICIENT_STOCK = 409 "insufficient-stock", "There is not enough in stock",
        "Nothing was ordered. `available` units of the product in `product_id` can be; a client without `inventory:read` is told \
         so only if these are 10 or fewer.";
    ILLEGAL_TRANSITION = 409 "illegal-transition", "Its state does not allow this",
        "`from` is the state that the order or payment is in, `to` the one that it cannot get into from there.";
    OVERPAYMENT = 409 "overpayment", "That is more than is due",
        "`due` is left to pay.";
    OVER_REFUND = 409 "over-refund", "That is more than can be given back",
        "`refundable` is left to give back.";
    INACTIVE = 409 "inactive", "It is disabled or archived",
        "Make the user or product active, or use another.";
    IN_USE = 409 "in-use", "Others refer to it",
        "Remove what refers to it first, or take it out of use instead of deleting it.";
    LIMIT_REACHED = 409 "limit-reached", "There are as many as there may be",
        "`limit` is how many there may be of what `of` names. `detail` says what can be done instead.";
    KEY_REUSED = 409 "idempotency-key-reused", "The key was used for another request",
        "Every request needs an Idempotency-Key of its own; only a repetition has the same.";
    AUTHENTICATION_OFF = 409 "authentication-off", "The server runs without authentication",
        "Nobody has to log in. Whoever runs the server can start it with `ecomdb serve --auth on`.";
    CHANGED = 412 "precondition-failed", "It has changed since it was read",
        "Nothing was written. Get it again, with its new ETag, and decide anew.";
    TOO_LARGE = 413 "body-too-large", "The body is too large",
        "`detail` says how many bytes a body has at the most.";
    NOT_JSON = 415 "unsupported-media-type", "The body is not sent as plain JSON",
        "Send JSON without a `Content-Encoding`, and the header `Content-Type: application/json`.";
    MISDIRECTED = 421 "misdirected-request", "This server does not answer to that name",
        "Use the address that the server printed when it started.";
    INVALID = 422 "invalid", "The values of some fields are not allowed",
        "`errors` names every such field and says what is allowed. Nothing was written.";
    TOO_MANY_ATTEMPTS = 429 "too-many-attempts", "Too many attempts to log in",
        "Try again after the seconds that Retry-After says.";
    TOO_MANY_REQUESTS = 429 "too-many-requests", "Too many requests",
        "Try again after the seconds that Retry-After says. Whoever runs the server sets the limit with --rate-limit.";
    INTERNAL = 500 "internal-error", "The server failed",
        "Nothing was written. The server's log has the cause, under the `request_id`.";
    OVERLOADED = 503 "overloaded", "There is too much to do",
        "Nothing was written. Try again after the seconds that Retry-After says.";
    UNAVAILABLE = 503 "database-unavailable", "The database cannot be used",
        "`reason` is `unreachable`, `disk_full`, `read_only`, `no_access`, `disk_failed`, `damaged` or `moved`. Nothing was \
         written. Try again after the seconds that Retry-After says.";
    UNKNOWN_OUTCOME = 503 "unknown-outcome", "It is not known whether this was done",
        "The connection to the database broke while the change was saved, or that took too long. Repeat the request if it \
         had an Idempotency-Key: the repetition does it only if it was not done. Otherwise, look first.";
}
